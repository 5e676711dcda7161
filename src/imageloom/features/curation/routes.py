"""Routes of judgements, labels, boards and the trash."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response

from imageloom.features.curation.boards import BoardService
from imageloom.features.curation.errors import BoardChanged, BoardExists, BoardFull, NotInTrash
from imageloom.features.curation.repository import BoardSum
from imageloom.features.curation.schemas import (
    BoardChangedRead,
    BoardCreate,
    BoardPlace,
    BoardPut,
    BoardRead,
    BoardUpdate,
    Chosen,
    EmptyTrash,
    JudgementCreate,
    JudgementsRead,
    JudgementsUndo,
    LabelRead,
    LabelsRead,
    TrashEmptied,
    TrashMoved,
    TrashRead,
    VoteCreate,
    VoteRead,
    VotesRead,
)
from imageloom.features.curation.service import CurationService
from imageloom.features.curation.trash import TrashService
from imageloom.features.curation.voting import VoteService
from imageloom.features.identity.routes import AskingDevice
from imageloom.features.library.models import Board
from imageloom.kit.errors import Forbidden, InvalidInput, NotFound
from imageloom.kit.pagination import cursor_after, decode_cursor
from imageloom.runtime.http.pages import LIMIT_DEFAULT, NOT_MODIFIED, Cursor, Limit, Page, tagged_json, tagged_page
from imageloom.runtime.http.problems import errors
from imageloom.runtime.http.routing import Router
from imageloom.runtime.http.scopes import ReadScope, WriteScope

router = Router(prefix="/api", tags=["curation"])


@router.post("/judgements", responses=errors(Forbidden, NotFound, InvalidInput))
async def judge(body: JudgementCreate, scope: WriteScope) -> JudgementsRead:
    """Says of many pictures at once what is thought of them: pick, rating, labels. All of it happens, or nothing."""
    return await CurationService(scope).judge(body)


@router.post("/judgements/undo", responses=errors(Forbidden, NotFound))
async def undo_judgements(body: JudgementsUndo, scope: WriteScope) -> JudgementsRead:
    """Takes back a judgement, picture by picture, but for those that somebody has judged since."""
    return await CurationService(scope).undo(body)


@router.get("/labels", responses=errors(Forbidden))
async def list_labels(scope: ReadScope) -> LabelsRead:
    """Labels that pictures have, the most used first, 500 at most."""
    rows = await CurationService(scope).labels()
    return LabelsRead(items=[LabelRead(label=label, pictures=pictures) for label, pictures in rows])


@router.post(
    "/votes",
    status_code=201,
    responses={
        **errors(Forbidden, NotFound, InvalidInput),
        200: {"model": VoteRead, "description": "You have voted on these pictures before, and changed your mind."},
    },
)
async def vote(body: VoteCreate, scope: WriteScope, response: Response) -> VoteRead:
    """Keeps which of some pictures was chosen blind. One person has one vote on the same pictures: the last."""
    told, is_new = await VoteService(scope).vote(body)
    response.status_code = 201 if is_new else 200
    return told


@router.get("/votes", response_model=VotesRead, responses=errors(Forbidden) | NOT_MODIFIED)
async def count_votes(
    request: Request,
    scope: ReadScope,
    batch: Annotated[str | None, Query(max_length=26, description="Votes on pictures of this batch alone.")] = None,
    project: Annotated[str | None, Query(max_length=26, description="Votes on pictures of this project alone.")] = None,
) -> Response:
    """What each model has won of the blind votes in which it stood beside another one, most wins first."""
    told = await VoteService(scope).wins(batch=batch, project=project)
    return tagged_json(request, told)


def _shape(board: Board, told: BoardSum) -> BoardRead:
    return BoardRead(
        id=board.id,
        project_id=board.project_id,
        name=board.name,
        revision=board.revision,
        pictures=told.pictures,
        cover_asset_id=told.cover_asset_id,
        created_at=board.created_at,
        updated_at=board.updated_at,
    )


async def _shaped(service: BoardService, board: Board) -> BoardRead:
    return _shape(board, (await service.sums([board]))[board.id])


async def _changed(service: BoardService, board: Board, places: dict[str, int], *, asked: int) -> BoardChangedRead:
    return BoardChangedRead(
        board=await _shaped(service, board),
        changed=len(places),
        unchanged=asked - len(places),
        places=[BoardPlace(asset_id=one, position=place) for one, place in places.items()],
    )


@router.get(
    "/boards", response_model=Page[BoardRead], responses=errors(Forbidden, NotFound, InvalidInput) | NOT_MODIFIED
)
async def list_boards(
    request: Request,
    scope: ReadScope,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = None,
    project: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """Boards, newest first. What lies on one: /api/assets/columns?board=ID&order=board."""
    service = BoardService(scope)
    before = None if cursor is None else decode_cursor(cursor)
    rows = await service.boards(project=project, before=before, limit=limit)
    sums = await service.sums(rows)
    return tagged_page(request, [_shape(board, sums[board.id]) for board in rows], cursor_after(rows, limit))


@router.post("/boards", status_code=201, responses=errors(Forbidden, NotFound, BoardExists))
async def create_board(body: BoardCreate, scope: WriteScope) -> BoardRead:
    service = BoardService(scope)
    return await _shaped(service, await service.create(body))


@router.get("/boards/{board_id}", response_model=BoardRead, responses=errors(Forbidden, NotFound) | NOT_MODIFIED)
async def read_board(board_id: str, request: Request, scope: ReadScope) -> Response:
    service = BoardService(scope)
    return tagged_json(request, await _shaped(service, await service.board(board_id)))


@router.patch("/boards/{board_id}", responses=errors(Forbidden, NotFound, BoardExists, BoardChanged))
async def rename_board(board_id: str, body: BoardUpdate, scope: WriteScope) -> BoardRead:
    service = BoardService(scope)
    return await _shaped(service, await service.rename(board_id, body))


@router.delete("/boards/{board_id}", responses=errors(Forbidden, NotFound))
async def remove_board(board_id: str, scope: WriteScope) -> BoardRead:
    """The board goes, its pictures stay. It can be restored."""
    service = BoardService(scope)
    return await _shaped(service, await service.remove(board_id))


@router.post("/boards/{board_id}/restore", responses=errors(Forbidden, NotFound, BoardExists))
async def restore_board(board_id: str, scope: WriteScope) -> BoardRead:
    """Brings a removed board back, with what lay on it."""
    service = BoardService(scope)
    return await _shaped(service, await service.restore(board_id))


@router.post("/boards/{board_id}/assets", responses=errors(Forbidden, NotFound, BoardFull, BoardChanged))
async def add_to_board(board_id: str, body: BoardPut, scope: WriteScope) -> BoardChangedRead:
    """Puts pictures on the board. Those that lie there already stay where they are."""
    service = BoardService(scope)
    return await _changed(service, *await service.put(board_id, body), asked=len(body.ids))


@router.post("/boards/{board_id}/assets/move", responses=errors(Forbidden, NotFound, BoardChanged))
async def move_on_board(board_id: str, body: BoardPut, scope: WriteScope) -> BoardChangedRead:
    """Gives pictures of the board another place. ``places`` are those of before: sent as ``positions`` they undo it."""
    service = BoardService(scope)
    return await _changed(service, *await service.move(board_id, body), asked=len(body.ids))


@router.post("/boards/{board_id}/assets/remove", responses=errors(Forbidden, NotFound))
async def remove_from_board(board_id: str, body: Chosen, scope: WriteScope) -> BoardChangedRead:
    """Takes pictures off the board. ``places`` are where they were: adding them with these ``positions`` undoes it."""
    service = BoardService(scope)
    return await _changed(service, *await service.take_off(board_id, body.ids), asked=len(body.ids))


@router.get("/trash", responses=errors(Forbidden))
async def read_trash(scope: ReadScope) -> TrashRead:
    """What lies in the trash. The pictures: /api/assets?trash=true."""
    return await TrashService(scope).look()


@router.post("/trash", responses=errors(Forbidden, NotFound))
async def throw_away(body: Chosen, scope: WriteScope) -> TrashMoved:
    """Puts pictures into the trash. They leave every list, and keep their file, their boards and what is thought of
    them until they are deleted there.
    """
    return await TrashService(scope).throw(body.ids)


@router.post("/trash/restore", responses=errors(Forbidden, NotFound))
async def restore_from_trash(body: Chosen, scope: WriteScope) -> TrashMoved:
    """Takes pictures out of the trash, back to where they were."""
    return await TrashService(scope).restore(body.ids)


@router.post("/trash/empty", responses=errors(Forbidden, NotFound, NotInTrash))
async def empty_trash(body: EmptyTrash, scope: WriteScope, device: AskingDevice) -> TrashEmptied:
    """Deletes pictures of the trash for good, 2,000 at once. What they cost stays in the books, and what became of
    them is told wherever they are asked for. A file goes a day later, if no other picture or item needs it.
    """
    return await TrashService(scope).empty(body.ids, device=device)
