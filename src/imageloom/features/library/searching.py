"""What pictures are sought by: words of their prompts, a model, a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from imageloom.kit.errors import InvalidInput

WORDS_MAX = 8


@dataclass(frozen=True, kw_only=True)
class Sought:
    """What a picture must be like. All words must stand in its prompt, as written or as sent, or in its file's name."""

    words: tuple[str, ...] = ()
    model: str | None = None
    run_id: str | None = None
    project_id: str | None = None
    ids: tuple[str, ...] | None = None

    @classmethod
    def of(
        cls,
        *,
        q: str | None,
        model: str | None,
        batch: str | None,
        project: str | None,
        ids: Sequence[str] | None = None,
    ) -> Sought:
        """Raises :class:`InvalidInput`."""
        words = tuple((q or "").split())
        if len(words) > WORDS_MAX:
            raise InvalidInput(f"At most {WORDS_MAX} words are sought at once.", field="q", hint="Leave some out.")
        return cls(words=words, model=model, run_id=batch, project_id=project, ids=None if ids is None else tuple(ids))

    @property
    def reads_rows(self) -> bool:
        """Whether no index helps."""
        return bool(self.words or self.model)
