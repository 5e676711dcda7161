"""Wire shapes of OpenAI's images API, and what we add to them."""

from __future__ import annotations

from typing import Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from imageloom.runtime.http.inputs import Id, Input, Name

PROMPT_MAX = 100_000
PICTURES_MAX = 10
IMAGES_MAX = 16
EXTRAS_MAX = 50
EXTRA_CHARACTERS = 2_000

_FORMATS: dict[str, str] = {"jpg": "jpeg"}


class Wished(Input):
    """What generations and edits have in common. Members that are not named here are extensions (``extra_body``): a
    model that knows one gets it, and the answer lists the others.
    """

    model_config = ConfigDict(extra="allow")

    prompt: str = Field(min_length=1, max_length=PROMPT_MAX)
    model: Name | None = Field(default=None, description="provider/model, an alias, or a model id that is unique.")
    n: int | None = Field(default=None, ge=1, le=PICTURES_MAX)
    size: Id | None = Field(default=None, description="WIDTHxHEIGHT or auto.")
    quality: Id | None = None
    background: Id | None = None
    output_format: Id | None = Field(default=None, description="png, jpeg or webp, where the model makes it.")
    response_format: Literal["url", "b64_json"] | None = Field(default=None, description="b64_json when absent.")
    stream: bool | None = None
    partial_images: int | None = Field(
        default=None,
        ge=0,
        le=3,
        description="Unfinished pictures before each whole one, in a stream, if the model has any.",
    )
    user: Name | None = None
    safety_identifier: Name | None = None
    seed: int | None = Field(default=None, ge=0, le=2**63 - 1, description="Ours. Further pictures get seed+1, seed+2…")
    negative_prompt: str | None = Field(default=None, max_length=PROMPT_MAX, description="Ours.")

    @field_validator("prompt")
    @classmethod
    def _says_something(cls, prompt: str) -> str:
        if not prompt.strip():
            raise ValueError("the text is empty")
        return prompt

    @model_validator(mode="after")
    def _bound_extras(self) -> Wished:
        extras = self.model_extra or {}
        if len(extras) > EXTRAS_MAX:
            raise ValueError(f"more than {EXTRAS_MAX} members that OpenAI's API does not have")
        for name, value in extras.items():
            told = text_of(value)
            if len(name) + len(told) > EXTRA_CHARACTERS or "\0" in name or "\0" in told:
                raise ValueError(f"{name[:40]!r} is too long, or holds a NUL character")
        return self

    @property
    def format(self) -> str | None:
        wished = None if self.output_format is None else self.output_format.lower()
        return None if wished is None else _FORMATS.get(wished, wished)


class ImageCreate(Wished):
    """The body of ``POST /v1/images/generations``."""


class ImageRef(Input):
    """A picture by its address, as a data URL, or by the id of one that is here."""

    image_url: str | None = None
    file_id: Id | None = Field(default=None, description="The id of a picture in the library.")

    @model_validator(mode="after")
    def _one(self) -> ImageRef:
        if (self.image_url is None) == (self.file_id is None):
            raise ValueError("give either image_url or file_id")
        return self


class ImageEdit(Wished):
    """The JSON body of ``POST /v1/images/edits``."""

    images: list[ImageRef] = Field(min_length=1, max_length=IMAGES_MAX)
    mask: ImageRef | None = None


def text_of(value: Any) -> str:
    """An extension's value as the text that models and books know."""
    if isinstance(value, str):
        return value
    return orjson.dumps(value).decode()


class OpenAIImage(BaseModel):
    url: str | None = None
    b64_json: str | None = None
    revised_prompt: str | None = None


class TokenDetails(BaseModel):
    text_tokens: int
    image_tokens: int


class OpenAIUsage(BaseModel):
    input_tokens: int
    input_tokens_details: TokenDetails
    output_tokens: int
    total_tokens: int


class NotSentField(BaseModel):
    field: str
    value: str
    reason: str


class Failure(BaseModel):
    """A picture of several that was not made."""

    index: int
    state: str
    message: str | None


class Books(BaseModel):
    """What we add to an answer: where the pictures are in the books, and what became of every wish."""

    batch: str
    assets: list[str]
    not_sent: list[NotSentField]
    failures: list[Failure]
    cost: str | None
    currency: str


class OpenAIImages(BaseModel):
    """The answer to generations and edits."""

    created: int
    data: list[OpenAIImage]
    background: str | None = None
    output_format: str | None = None
    quality: str | None = None
    size: str | None = None
    usage: OpenAIUsage | None = None
    imageloom: Books


class OpenAIModel(BaseModel):
    id: str
    object: Literal["model"]
    created: int
    owned_by: str
    shutdown_date: str | None = None


class OpenAIModels(BaseModel):
    object: Literal["list"]
    data: list[OpenAIModel]
