"""What can be wrong with a prompt. Each error names the rule, the place and the way out."""

from __future__ import annotations

from typing import Any

from imageloom.kit.errors import InvalidInput

AS_WRITTEN = 'Put a backslash before a sign that is meant as text, or send prompts as written: "mode": "as_written".'
NEAR_CHARACTERS = 40


class PromptBad(InvalidInput):
    code = "prompt_bad"
    title = "The grammar of the prompt is broken."
    way_out = AS_WRITTEN


class WildcardBad(InvalidInput):
    code = "wildcard_bad"
    title = "A wildcard cannot be used."
    way_out = "One value a line in NAME.txt, or lists under names in a .yaml or .json file."

    def __init__(self, detail: str, *, rule: str, hint: str | None = None) -> None:
        super().__init__(detail, field="plan.prompts.wildcards", hint=hint, rule=rule)


def prompt_error(
    rule: str, detail: str, *, text: str, at: int, wildcard: str | None = None, hint: str | None = None
) -> PromptBad:
    """``at`` counts from 0; people read positions from 1. ``text`` is the prompt, or the value of a wildcard."""
    near = text[at : at + NEAR_CHARACTERS]
    where = f"character {at + 1}" if wildcard is None else f"character {at + 1} of a value of __{wildcard}__"
    extra: dict[str, Any] = {"rule": rule, "position": at + 1, "near": near}
    if wildcard is not None:
        extra["wildcard"] = wildcard
    return PromptBad(f"At {where}: {detail}", field="prompt", hint=hint, **extra)
