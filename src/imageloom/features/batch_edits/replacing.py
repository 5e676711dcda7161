"""Find and replace, in a process of its own: a regular expression may take for ever, a short text become a long one."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

from imageloom.features.batch_edits.errors import PatternBad
from imageloom.features.batch_edits.schemas import ReplaceInput
from imageloom.features.catalog.fitting import PROMPT_MAX
from imageloom.runtime.pixels.workers import WorkerDied, WorkerTimeout
from imageloom.runtime.scope import Ports

CPU_SECONDS = 2.0
"""A thousand times what an honest pattern needs for ten thousand prompts."""
CLOCK_SECONDS = 60.0
CHARACTERS_MAX = 100_000_000


async def replaced(ports: Ports, prompts: Sequence[str], wish: ReplaceInput) -> list[str]:
    """The prompts with every occurrence replaced. Raises :class:`PatternBad`."""
    if not wish.regex and not wish.ignore_case:
        return await asyncio.to_thread(lambda: [_plainly(prompt, wish) for prompt in prompts])
    pattern, flags = (wish.find if wish.regex else re.escape(wish.find)), re.IGNORECASE if wish.ignore_case else 0
    try:
        # Python warns of what a later version will read in another way, and compiles what it warns of.
        found: list[str] | str = await ports.workers.run(
            substitute,
            list(prompts),
            pattern,
            wish.replace,
            flags,
            wish.regex,
            timeout_seconds=CLOCK_SECONDS,
            cpu_seconds=CPU_SECONDS,
        )
    except WorkerTimeout:
        raise PatternBad(
            f"The pattern took more than {CPU_SECONDS:.0f} seconds over {len(prompts)} prompts.",
            field="replace.find",
            hint="Repetitions inside of repetitions, such as (a+)+, take for ever. Choose fewer items.",
        ) from None
    except WorkerDied:
        raise PatternBad(
            "The replaced prompts do not fit into memory.", field="replace.replace", hint="Replace by less."
        ) from None
    if isinstance(found, str):
        raise PatternBad(found, field="replace.find", hint="Without `regex` the text is taken letter by letter.")
    return found


def _plainly(prompt: str, wish: ReplaceInput) -> str:
    """Counted before it is made: a short text may become one that fills the memory."""
    longer = prompt.count(wish.find) * (len(wish.replace) - len(wish.find))
    if len(prompt) + longer > PROMPT_MAX:
        raise PatternBad(_too_long(prompt), field="replace.replace", hint="Replace by less.")
    return prompt.replace(wish.find, wish.replace)


def _too_long(prompt: str) -> str:
    return f"A prompt would have more than {PROMPT_MAX} characters: {prompt[:60]!r}…"


def substitute(prompts: list[str], pattern: str, replacement: str, flags: int, is_regex: bool) -> list[str] | str:
    """In the worker. A sentence instead of texts says what is wrong."""
    try:
        compiled = re.compile(pattern, flags)
        template = replacement if is_regex else replacement.replace("\\", r"\\")
        made, size = [], 0
        for prompt in prompts:
            text = compiled.sub(template, prompt)
            if len(text) > PROMPT_MAX:
                return _too_long(prompt)
            if "\0" in text:
                return "The replacement makes a NUL character, which no prompt may hold."
            size += len(text)
            if size > CHARACTERS_MAX:
                return f"The replaced prompts have more than {CHARACTERS_MAX} characters together."
            made.append(text)
    except (re.error, IndexError, OverflowError, RecursionError) as error:
        return f"The pattern cannot be read: {error}."
    return made
