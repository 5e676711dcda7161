"""Wire shapes of judgements, boards and the trash."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, field_validator, model_validator

from imageloom.runtime.http.inputs import Id, Input, Name

AT_ONCE_MAX = 2_000
"""Pictures that one request changes at most: a transaction of some tenths of a second."""
LABELS_MAX = 12
LABEL_CHARACTERS = 40
BOARD_MAX = 10_000
"""Pictures on one board: what the page still orders by hand, and one transaction numbers anew."""


def _label(text: str) -> str:
    """One spelling for what looks the same: composed, and with single spaces."""
    label = " ".join(unicodedata.normalize("NFC", text).split())
    if not label or len(label) > LABEL_CHARACTERS or not label.isprintable():
        raise ValueError(f"a label has 1 to {LABEL_CHARACTERS} characters, and only such as are seen")
    return label


def _distinct(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


Label = Annotated[str, Field(max_length=200), AfterValidator(_label)]
Labels = Annotated[list[Label], Field(max_length=LABELS_MAX), AfterValidator(_distinct)]
AssetIds = Annotated[list[Id], Field(min_length=1, max_length=AT_ONCE_MAX), AfterValidator(_distinct)]
PickWord = Literal["pick", "reject", "none"]
Rating = Annotated[int, Field(ge=0, le=5)]
Revision = Annotated[int, Field(ge=0, le=2**31 - 1)]


class JudgementCreate(Input):
    """What is said of all these pictures. What is left out stays as it is."""

    ids: AssetIds
    pick: PickWord | None = None
    rating: Rating | None = Field(default=None, description="1 to 5; 0 takes it back.")
    labels: Labels | None = Field(default=None, description="These and no others.")
    add_labels: Labels = Field(default_factory=list)
    remove_labels: Labels = Field(default_factory=list)
    revisions: dict[Id, Revision] = Field(
        default_factory=dict,
        max_length=AT_ONCE_MAX,
        description="The `revision` of a picture by its id, as it was seen: one that has another now is left alone.",
    )

    @model_validator(mode="after")
    def _says_something(self) -> JudgementCreate:
        if self.labels is not None and (self.add_labels or self.remove_labels):
            raise ValueError("give either labels, or what is added and removed")
        said = (self.pick, self.rating, self.labels, self.add_labels or None, self.remove_labels or None)
        if all(one is None for one in said):
            raise ValueError("say something: pick, rating, labels, add_labels or remove_labels")
        return self


VOTED_MAX = 9
"""Pictures that one vote lays beside each other."""


class VoteCreate(Input):
    """The pictures that were shown without saying which is which, and the one that was chosen."""

    ids: Annotated[list[Id], Field(min_length=2, max_length=VOTED_MAX)]
    chosen: Id = Field(description="One of `ids`.")

    @model_validator(mode="after")
    def _chooses_of_those(self) -> VoteCreate:
        if len(set(self.ids)) != len(self.ids):
            raise ValueError("each picture is shown once")
        if self.chosen not in self.ids:
            raise ValueError("chosen is one of ids")
        return self


class VoteRead(BaseModel):
    id: str
    ids: list[str]
    chosen: str
    created_at: datetime


class WinsRead(BaseModel):
    """Of the ``held`` votes in which the model stood beside another one, it ``won`` so many."""

    model: str
    won: int
    held: int


class VotesRead(BaseModel):
    """``votes`` counts those that stood between models; of one model alone a vote says nothing here."""

    votes: int
    models: list[WinsRead]


class Judgement(Input):
    """What was thought of a picture before it changed. ``revision`` is the one that it has since."""

    asset_id: Id
    revision: Revision
    pick: PickWord
    rating: Rating
    labels: Labels


class JudgementsUndo(Input):
    """``before`` of an answer: each picture is put back, unless somebody has judged it since."""

    before: list[Judgement] = Field(min_length=1, max_length=AT_ONCE_MAX)

    @field_validator("before")
    @classmethod
    def _each_once(cls, before: list[Judgement]) -> list[Judgement]:
        if len({entry.asset_id for entry in before}) != len(before):
            raise ValueError("a picture stands there twice")
        return before


class JudgementsRead(BaseModel):
    """``unchanged`` were so already. ``conflicts`` were judged by somebody else meanwhile, and left alone. ``before``
    is of those that changed, and what undoes it: send it to /api/judgements/undo.
    """

    changed: int
    unchanged: int
    conflicts: list[str]
    before: list[Judgement]


class LabelRead(BaseModel):
    label: str
    pictures: int


class LabelsRead(BaseModel):
    items: list[LabelRead]


class Chosen(Input):
    ids: AssetIds


class EmptyTrash(Input):
    """``ids`` are some of the trash; without them it is all of it."""

    ids: AssetIds | None = None


class TrashMoved(BaseModel):
    """``ids`` are those that changed: what undoes it, sent to the opposite route."""

    changed: int
    unchanged: int
    ids: list[str]


class TrashEmptied(BaseModel):
    """``removed`` pictures are gone for good. Their files go in a night after a day, if nothing else needs
    them. ``left`` more lie in the trash: ask again.
    """

    removed: int
    left: int


class TrashRead(BaseModel):
    """``empties_at`` is when the oldest goes, or null when the trash is empty or never empties itself."""

    pictures: int
    size_bytes: int
    retention_days: int
    oldest_at: datetime | None
    empties_at: datetime | None


def _board_name(name: str) -> str:
    if not name.strip() or name != name.strip() or not name.isprintable():
        raise ValueError("a name has no space around it and only characters that are seen")
    return name


BoardName = Annotated[Name, Field(min_length=1), AfterValidator(_board_name)]


class BoardCreate(Input):
    name: BoardName
    project: Name | None = Field(default=None, description="Id or name; the first project when absent.")


class BoardUpdate(Input):
    name: BoardName
    revision: Revision | None = Field(default=None, description="As it was seen; refused when the board has another.")


class BoardRead(BaseModel):
    """``pictures`` are those that are not in the trash; ``cover_asset_id`` is the first of them."""

    id: str
    project_id: str
    name: str
    revision: int
    pictures: int
    cover_asset_id: str | None
    created_at: datetime
    updated_at: datetime


class BoardPlace(BaseModel):
    """A picture and its place. Places are numbers in order, with room between them."""

    asset_id: str
    position: int


class BoardPut(Input):
    """Pictures, and where on the board they go, in this order. ``positions`` are their places of before: what undoes a
    removal or a move.
    """

    ids: AssetIds
    before: Id | None = Field(default=None, description="The picture of the board that they go before; else the end.")
    positions: list[Annotated[int, Field(ge=-(10**11), le=10**11)]] | None = Field(default=None, max_length=AT_ONCE_MAX)
    revision: Revision | None = Field(default=None, description="As it was seen; refused when the board has another.")

    @model_validator(mode="after")
    def _one_place(self) -> BoardPut:
        if self.positions is not None and (self.before is not None or len(self.positions) != len(self.ids)):
            raise ValueError("give either before, or a position for each picture")
        if self.before in self.ids:
            raise ValueError("a picture does not go before itself")
        return self


class BoardChangedRead(BaseModel):
    """``places`` are where the pictures that changed were (removed, moved) or are (added)."""

    board: BoardRead
    changed: int
    unchanged: int
    places: list[BoardPlace]
