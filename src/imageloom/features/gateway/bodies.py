"""Bodies of requests: JSON, or a form with files, as OpenAI's routes take either."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import orjson
from fastapi import Request
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile

from imageloom.features.gateway.errors import BadImage
from imageloom.features.gateway.pictures import Given, Upload, kept
from imageloom.features.gateway.schemas import IMAGES_MAX, ImageCreate, ImageEdit, Wished
from imageloom.kit.errors import InvalidInput, Malformed, rule_of
from imageloom.runtime.http.uploads import is_form, name_of, received
from imageloom.runtime.scope import Scopes

FIELDS_MAX = 100
_FILES = ("image", "image[]", "images", "images[]")
_AS_FILES = "Send the picture itself as a file of the form. A JSON body takes addresses, in images and mask."
T = TypeVar("T", bound=Wished)


async def read_create(request: Request) -> ImageCreate:
    """Raises :class:`Malformed`."""
    if is_form(request):
        raise Malformed("This takes no form.", field="body", hint="Send a JSON object; forms with files go to edits.")
    return _validated(ImageCreate, _members(await request.body()))


async def read_edit(request: Request, scopes: Scopes) -> tuple[Wished, list[Given], Given | None]:
    """The wish, the pictures to edit and the mask. Raises :class:`Malformed` and :class:`BadImage`."""
    if is_form(request):
        async with request.form(max_files=IMAGES_MAX + 1, max_fields=FIELDS_MAX) as form:
            return await _read_form(form, scopes)
    body = _validated(ImageEdit, _members(await request.body()))
    return body, list(body.images), body.mask


async def _read_form(form: FormData, scopes: Scopes) -> tuple[Wished, list[Given], Given | None]:
    fields: dict[str, str] = {}
    images: list[Given] = []
    mask: Given | None = None
    for name, value in form.multi_items():
        if isinstance(value, str):
            _take(fields, name, value)
        elif name in _FILES:
            images.append(await _upload(value, scopes, field="image"))
        elif name == "mask":
            mask = await _upload(value, scopes, field="mask")
        else:
            raise InvalidInput(
                f"A file came as {name[:40]!r}.", field="image", hint="Pictures come as image, image[] and mask."
            )
    body = _validated(ImageCreate, fields)
    if not images:
        raise Malformed("image: there is no picture to edit.", field="image", hint="Send one as the file image.")
    return body, images, mask


def _take(fields: dict[str, str], name: str, value: str) -> None:
    """What would be dropped is refused: an edit without its mask is another picture, and paid for."""
    if name in _FILES or name == "mask":
        raise BadImage(f"{name} came as text, and not as a file.", field=name.removesuffix("[]"), hint=_AS_FILES)
    if name in fields:
        raise Malformed(f"{name[:40]}: it came twice.", field=name[:200], hint="Send each field once.")
    fields[name] = value


async def _upload(file: UploadFile, scopes: Scopes, *, field: str) -> Upload:
    try:
        async with received(file, scopes.ports.settings) as path:
            return Upload(kept=await kept(path, scopes=scopes, field=field), filename=name_of(file, fallback="upload"))
    except InvalidInput as error:
        raise BadImage(error.detail, field=field) from None


def _members(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"The body is no JSON: {error}.", field="body", hint="Send a JSON object.") from None


def _validated(kind: type[T], members: Any) -> T:
    if not isinstance(members, Mapping):
        raise Malformed("The body is no JSON object.", field="body", hint="Send one with at least a prompt.")
    try:
        return kind.model_validate(members)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(str(part)[:60] for part in fault["loc"]) or "body"
        hint = "What this route takes is at /docs and in /openapi.json."
        raise Malformed(f"{place}: {rule_of(fault['msg'])}.", field=place[:200], hint=hint) from None
