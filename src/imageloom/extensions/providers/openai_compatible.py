"""Any server that speaks OpenAI's images API. It serves whatever models it likes, so a person names them."""

from __future__ import annotations

from dataclasses import dataclass

from imageloom.contracts.provider import HeaderKey, Limits, Model, Operation, Sizes
from imageloom.extensions.providers.openai import OpenAI


@dataclass(frozen=True)
class OpenAICompatible(OpenAI):
    """The same calls and answers; only the facts differ, and they are guesses that refuse little."""

    id: str = "openai_compatible"
    title: str = "OpenAI-compatible server"
    base_url: str = "http://127.0.0.1:8000/v1"
    auth: HeaderKey = HeaderKey(environment="OPENAI_COMPATIBLE_API_KEY")
    limits: Limits = Limits(concurrency=4)
    models: tuple[Model, ...] = ()
    open_models: bool = True

    def open_model(self, model_id: str) -> Model:
        return Model(
            id=model_id,
            title=model_id,
            sizes=Sizes(default="1024x1024", max_side=4096),
            operations=frozenset({Operation.text_to_image, Operation.edit}),
            qualities=("auto", "low", "medium", "high", "standard", "hd"),
            seed="best_effort",
            max_references=16,
            masks=True,
            note="Whatever the server does with this name; its capabilities are not known here.",
            expected_seconds=20.0,
        )


PROVIDER = OpenAICompatible()
