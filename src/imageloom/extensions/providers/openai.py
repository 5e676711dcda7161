"""OpenAI: the gpt-image family. dall-e-2, dall-e-3 and gpt-image-1 are gone; gpt-image-2.6-sunburst stands in.

Facts checked 2026-11-22 against OpenAI's SDK 3.54.0 and its API reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from imageloom.contracts.provider import (
    Done,
    Fault,
    Findable,
    HeaderKey,
    HttpCall,
    ImageRequest,
    Json,
    Limits,
    Model,
    More,
    NotThere,
    Operation,
    Pending,
    Reply,
    Sizes,
    WholeNumbers,
)
from imageloom.extensions.providers import _openai_images as images

_BOTH = frozenset({Operation.text_to_image, Operation.edit})
_BASIC = ("low", "medium", "high")
_FREE_SIZES = Sizes(
    default="1024x1024", multiple_of=16, min_side=16, max_side=3840, max_pixels=3840 * 2160, max_ratio=3.0
)
_THREE_SIZES = Sizes(default="1024x1024", choices=("1024x1024", "1536x1024", "1024x1536"))
_OPTIONS: Mapping[str, tuple[str, ...] | WholeNumbers] = {
    "moderation": ("auto", "low"),
    "output_compression": WholeNumbers(least=0, most=100, formats=frozenset({"webp", "jpeg"})),
}
_OF_TODAY = {**_OPTIONS, "complexity": ("low", "medium", "high")}
_PROMPT_MAX = 32_000
_REFERENCES_MAX = 16
_PARTIALS_MAX = 3
_PARTIAL_TOKENS = 100


def _current(model: str, title: str, *, qualities: tuple[str, ...], note: str, partials: int = _PARTIALS_MAX) -> Model:
    return Model(
        id=model,
        title=title,
        sizes=_FREE_SIZES,
        operations=_BOTH,
        qualities=qualities,
        default_quality="medium",
        formats=("png", "webp", "jpeg"),
        backgrounds=("auto", "opaque", "transparent"),
        max_prompt_characters=_PROMPT_MAX,
        max_references=_REFERENCES_MAX,
        partial_pictures=partials,
        partial_tokens=_PARTIAL_TOKENS,
        masks=True,
        options=_OF_TODAY,
        note=note,
        expected_seconds=25.0,
    )


def _ending(model: str, title: str) -> Model:
    return Model(
        id=model,
        title=title,
        sizes=_THREE_SIZES,
        operations=_BOTH,
        qualities=_BASIC,
        default_quality="medium",
        formats=("png", "webp", "jpeg"),
        backgrounds=("auto", "opaque", "transparent"),
        max_prompt_characters=_PROMPT_MAX,
        max_references=_REFERENCES_MAX,
        partial_pictures=_PARTIALS_MAX,
        partial_tokens=_PARTIAL_TOKENS,
        masks=True,
        options=_OPTIONS,
        deprecated_on=date(2026, 9, 8),
        shutdown_on=date(2026, 12, 1),
        replacement="gpt-image-2.6-sunburst",
        note="Ends on 2026-12-01. Follows instructions and writes text; not reproducible, takes no seed.",
        expected_seconds=25.0,
    )


@dataclass(frozen=True)
class OpenAI:
    """See :class:`imageloom.contracts.provider.Provider`."""

    id: str = "openai"
    title: str = "OpenAI"
    base_url: str = "https://api.openai.com/v1"
    auth: HeaderKey = HeaderKey(environment="OPENAI_API_KEY")
    limits: Limits = Limits(concurrency=8)
    models: tuple[Model, ...] = (
        _current(
            "gpt-image-2.6-sunburst",
            "GPT Image 2.6 Sunburst",
            qualities=(*_BASIC, "xhigh", "max"),
            note="The strongest of the family. Not reproducible, takes no seed; always answers in one piece.",
            partials=0,
        ),
        _current(
            "gpt-image-2.6-flare",
            "GPT Image 2.6 Flare",
            qualities=(*_BASIC, "xhigh", "max"),
            note="The quick one of 2.6. Not reproducible, takes no seed.",
        ),
        _current(
            "gpt-image-2.5-sunburst",
            "GPT Image 2.5 Sunburst",
            qualities=(*_BASIC, "xhigh", "max"),
            note="Follows long instructions. Not reproducible, takes no seed.",
        ),
        _current(
            "gpt-image-2.5-flare",
            "GPT Image 2.5 Flare",
            qualities=(*_BASIC, "xhigh", "max"),
            note="The quick one of 2.5. Not reproducible, takes no seed.",
        ),
        _current(
            "gpt-image-2",
            "GPT Image 2",
            qualities=_BASIC,
            note="Any size in steps of 16. Not reproducible, takes no seed.",
        ),
        _ending("gpt-image-1.5", "GPT Image 1.5"),
        _ending("gpt-image-1-mini", "GPT Image 1 Mini"),
        _ending("chatgpt-image-latest", "ChatGPT Image"),
    )
    hosts: tuple[str, ...] = ()
    any_base_url: bool = True
    open_models: bool = False
    findable: Findable = "none"

    def open_model(self, model_id: str) -> Model:
        raise KeyError(model_id)

    def submit(self, request: ImageRequest) -> HttpCall:
        return images.build(request)

    def read_submit(self, reply: Reply) -> Done | Pending | Fault:
        return images.read(reply)

    def poll(self, handle: Mapping[str, Json]) -> HttpCall:
        raise NotImplementedError("this provider answers at once and has no jobs to poll")

    def read_poll(self, reply: Reply, handle: Mapping[str, Json]) -> Done | Pending | Fault:
        raise NotImplementedError("this provider answers at once and has no jobs to poll")

    def cancel(self, handle: Mapping[str, Json]) -> HttpCall | None:
        return None

    def find_lost(self, request: ImageRequest) -> HttpCall | None:
        return None

    def read_find_lost(
        self, reply: Reply, request: ImageRequest, *, since: datetime, taken: frozenset[str]
    ) -> Pending | More | NotThere:
        raise NotImplementedError("this provider cannot be asked for lost pictures")

    def check(self) -> HttpCall | None:
        return images.check_call()

    def read_check(self, reply: Reply) -> Fault | None:
        return images.read_check(reply)


PROVIDER = OpenAI()
