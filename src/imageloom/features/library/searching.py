"""What pictures are sought by: words of their prompts, a model, a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from imageloom.kit.errors import InvalidInput

WORDS_MAX = 8


class Pick(StrEnum):
    """What somebody thinks of a picture at a glance."""

    pick = "pick"
    reject = "reject"
    none = "none"


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What people must have said of a picture: all of it."""

    pick: Pick | None = None
    rating_least: int = 0
    label: str | None = None


ANYHOW = Judged()


@dataclass(frozen=True, kw_only=True)
class Sought:
    """What a picture must be like. All words must stand in its prompt, as written or as sent, or in its file's name."""

    words: tuple[str, ...] = ()
    model: str | None = None
    run_id: str | None = None
    project_id: str | None = None
    ids: tuple[str, ...] | None = None
    judged: Judged = ANYHOW
    board_id: str | None = None
    in_trash: bool = False
    """Only what lies in the trash. What does is otherwise found by its id alone."""

    @classmethod
    def of(
        cls,
        *,
        q: str | None,
        model: str | None,
        batch: str | None,
        project: str | None,
        ids: Sequence[str] | None = None,
        judged: Judged | None = None,
        board: str | None = None,
        in_trash: bool = False,
    ) -> Sought:
        """Raises :class:`InvalidInput`."""
        words = tuple((q or "").split())
        if len(words) > WORDS_MAX:
            raise InvalidInput(f"At most {WORDS_MAX} words are sought at once.", field="q", hint="Leave some out.")
        return cls(
            words=words,
            model=model,
            run_id=batch,
            project_id=project,
            ids=None if ids is None else tuple(ids),
            judged=judged or ANYHOW,
            board_id=board,
            in_trash=in_trash,
        )

    @property
    def is_plain(self) -> bool:
        """Whether it asks for nothing but a batch or a project."""
        return not (self.reads_rows or self.in_trash or self.board_id or self.ids is not None or self.judged != ANYHOW)

    @property
    def reads_rows(self) -> bool:
        """Whether no index helps."""
        return bool(self.words or self.model)
