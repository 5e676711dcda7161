"""Making boards, and putting pictures on them in an order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from imageloom.features.curation.errors import BoardChanged, BoardExists, BoardFull
from imageloom.features.curation.ordering import placed, put_back
from imageloom.features.curation.repository import EMPTY, BoardRepository, BoardSum
from imageloom.features.curation.schemas import BOARD_MAX, BoardCreate, BoardPut, BoardUpdate
from imageloom.features.library.models import Board
from imageloom.features.teams.service import TeamService
from imageloom.kit.errors import NotFound
from imageloom.kit.ids import TeamId
from imageloom.runtime.actor import Permission
from imageloom.runtime.scope import Scope


class BoardService:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.repository = BoardRepository(scope.session)

    async def create(self, body: BoardCreate) -> Board:
        """Raises :class:`NotFound` and :class:`BoardExists`."""
        project = await TeamService(self.scope).project(body.project)
        self.scope.actor.require_for(project, Permission.assets_write)
        await self._check_name(project.id, body.name)
        now = self.scope.ports.clock.now()
        board = Board(
            id=self.scope.ports.ids.new(),
            team_id=project.team_id,
            project_id=project.id,
            name=body.name,
            live_name=body.name,
            revision=0,
            created_at=now,
            updated_at=now,
            removed_at=None,
        )
        await self.repository.add(board)
        await self._tell(board)
        return board

    async def board(self, board_id: str) -> Board:
        """Raises :class:`NotFound`, also for one that was removed."""
        return await self._board(board_id, Permission.assets_read)

    async def boards(self, *, project: str | None, before: str | None, limit: int) -> Sequence[Board]:
        self.scope.actor.require(Permission.assets_read)
        project_id = None if project is None else (await TeamService(self.scope).project(project)).id
        return await self.repository.boards(self.scope.actor, project_id=project_id, before=before, limit=limit)

    async def sums(self, boards: Iterable[Board]) -> Mapping[str, BoardSum]:
        ids = [board.id for board in boards]
        return dict.fromkeys(ids, EMPTY) | await self.repository.sums(self.scope.actor, ids)

    async def rename(self, board_id: str, body: BoardUpdate) -> Board:
        board = await self._changing(board_id, body.revision)
        if board.name != body.name:
            await self._check_name(board.project_id, body.name)
            board.name = board.live_name = body.name
            await self._changed(board)
        return board

    async def remove(self, board_id: str) -> Board:
        """Its pictures stay where they are, and on it: it can be brought back."""
        board = await self._changing(board_id, None)
        board.live_name, board.removed_at = None, self.scope.ports.clock.now()
        await self._changed(board)
        return board

    async def restore(self, board_id: str) -> Board:
        board = await self._board(board_id, Permission.assets_write, hold=True, removed=True)
        if board.removed_at is not None:
            await self._check_name(board.project_id, board.name)
            board.live_name, board.removed_at = board.name, None
            await self._changed(board)
        return board

    async def put(self, board_id: str, body: BoardPut) -> tuple[Board, dict[str, int]]:
        """Adds those that are not on it yet; returns their places. Raises :class:`BoardFull`."""
        board = await self._changing(board_id, body.revision)
        order = await self.repository.order(board.id)
        new = [one for one in body.ids if one not in order]
        await self._check_pictures(board, new)
        if len(order) + len(new) > BOARD_MAX:
            raise BoardFull(f"It has {len(order)}, {len(new)} would come, and {BOARD_MAX} are the most.", field="ids")
        places = self._places(body, order, new)
        await self.repository.move(board.id, {one: place for one, place in places.items() if one in order})
        added = {one: places[one] for one in new}
        await self.repository.put(board.id, added, at=self.scope.ports.clock.now())
        await self._changed(board, if_so=bool(new))
        return board, added

    async def move(self, board_id: str, body: BoardPut) -> tuple[Board, dict[str, int]]:
        """Gives some of its pictures another place; returns the places that they had."""
        board = await self._changing(board_id, body.revision)
        order = await self.repository.order(board.id)
        self._check_on_board(body.ids, order, field="ids")
        places = self._places(body, order, body.ids)
        moved = {one: place for one, place in places.items() if order[one] != place}
        await self.repository.move(board.id, moved)
        await self._changed(board, if_so=bool(moved))
        return board, {one: order[one] for one in body.ids if one in moved}

    async def take_off(self, board_id: str, ids: Sequence[str]) -> tuple[Board, dict[str, int]]:
        """Takes pictures off the board, and off nothing else; returns the places that they had."""
        board = await self._changing(board_id, None)
        order = await self.repository.order(board.id)
        gone = {one: order[one] for one in ids if one in order}
        await self.repository.take_off(board.id, list(gone))
        await self._changed(board, if_so=bool(gone))
        return board, gone

    # --- what all of them check and tell -----------------------------------------------------------------------

    async def _board(
        self, board_id: str, permission: Permission, *, hold: bool = False, removed: bool = False
    ) -> Board:
        board = await self.repository.board(self.scope.actor, board_id, hold=hold)
        self.scope.actor.require_for(board, permission)
        if board is None or (board.removed_at is not None and not removed):
            raise NotFound("There is no such board.")
        return board

    async def _changing(self, board_id: str, revision: int | None) -> Board:
        board = await self._board(board_id, Permission.assets_write, hold=True)
        if revision is not None and revision != board.revision:
            raise BoardChanged(f"It has the revision {board.revision}, not {revision}.", field="revision")
        return board

    async def _check_name(self, project_id: str, name: str) -> None:
        if await self.repository.named(project_id, name) is not None:
            raise BoardExists(f"There is a board {name!r}.", field="name")

    async def _check_pictures(self, board: Board, ids: Sequence[str]) -> None:
        found = await self.repository.of_team(self.scope.actor, TeamId(board.team_id), ids)
        missing = next((one for one in ids if one not in found), None)
        if missing is not None:
            raise NotFound(
                f"The team of this board has no picture {missing} outside the trash.", field="ids", hint="Leave it out."
            )

    def _places(self, body: BoardPut, order: Mapping[str, int], ids: Sequence[str]) -> dict[str, int]:
        if not ids:
            return {}
        if body.positions is not None:
            wished = dict(zip(body.ids, body.positions, strict=True))
            return put_back(order, ids, [wished[one] for one in ids])
        if body.before is not None:
            self._check_on_board([body.before], order, field="before")
        return placed(order, ids, before=body.before)

    @staticmethod
    def _check_on_board(ids: Sequence[str], order: Mapping[str, int], *, field: str) -> None:
        missing = next((one for one in ids if one not in order), None)
        if missing is not None:
            raise NotFound(f"Picture {missing} is not on this board.", field=field, hint="Read the board again.")

    async def _changed(self, board: Board, *, if_so: bool = True) -> None:
        if if_so:
            board.revision += 1
            board.updated_at = self.scope.ports.clock.now()
            await self._tell(board)

    async def _tell(self, board: Board) -> None:
        payload = {"board_id": board.id, "revision": board.revision, "user_id": self.scope.actor.user_id}
        await self.scope.publish("board.changed", topic=f"team:{board.team_id}", payload=payload)
