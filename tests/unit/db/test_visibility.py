"""The condition on rows of projects: a list of teams, as long as nobody is a guest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Select

from imageloom.features.batches.repository import BatchRepository
from imageloom.features.curation.repository import BoardRepository
from imageloom.features.generation.repository import GenerationRepository
from imageloom.features.library.repository import LibraryRepository
from imageloom.features.recipes.repository import RecipeRepository
from imageloom.features.schedules.repository import ScheduleRepository
from imageloom.features.wildcards.repository import WildcardRepository
from imageloom.kit.ids import ProjectId, TeamId, UserId
from imageloom.runtime.actor import SYSTEM, Actor, Permission, Reach, Role
from imageloom.runtime.db.visibility import allowed, within

LISTS: list[tuple[str, Callable[[Actor], Any]]] = [
    ("batches", BatchRepository.visible_to),
    ("runs", GenerationRepository.visible_to),
    ("assets", LibraryRepository.visible_to),
    ("boards", BoardRepository.visible_to),
    ("recipes", RecipeRepository.visible_to),
    ("wildcard_files", WildcardRepository.visible_to),
    ("schedules", ScheduleRepository.visible_to),
]
TEAM, ONE = TeamId("studio"), ProjectId("one")


def condition(statement: Select[Any]) -> str:
    compiled = statement.compile(compile_kwargs={"literal_binds": True})
    return " ".join(str(compiled).partition("WHERE ")[2].split())


def somebody(role: Role, **projects: Role) -> Actor:
    own = {TEAM: {ProjectId(name): in_project for name, in_project in projects.items()}}
    return Actor(user_id=UserId("jun"), roles={TEAM: role}, projects=own)


@pytest.mark.parametrize(("table", "visible_to"), LISTS)
def test_members_read_by_a_list_of_teams(table: str, visible_to: Callable[[Actor], Select[Any]]) -> None:
    system = condition(visible_to(SYSTEM))
    plain = f"{table}.team_id IN ('studio')"
    expected = f"{system} AND {plain}" if system else plain
    for who in (somebody(Role.viewer), somebody(Role.owner, one=Role.viewer), somebody(Role.editor, one=Role.viewer)):
        assert condition(visible_to(who)) == expected
    guest = condition(visible_to(somebody(Role.guest, one=Role.viewer)))
    assert guest.endswith(f"{plain} AND {table}.project_id IN ('one')")
    nothing = condition(visible_to(somebody(Role.guest)))
    assert "studio" not in nothing
    assert "IN (NULL) AND (1 != 1)" in nothing


def test_who_is_a_guest_beside_being_a_member_sees_both() -> None:
    reach = Reach((TeamId("own"),), also=(ONE,), teams_of_also=(TEAM,))
    table = LibraryRepository.visible_to(SYSTEM).selected_columns
    told = str(
        within(reach, team=table.team_id, project=table.project_id).compile(compile_kwargs={"literal_binds": True})
    )
    assert told == (
        "assets.team_id IN ('own', 'studio') AND (assets.team_id IN ('own') OR assets.project_id IN ('one'))"
    )


def test_where_a_role_was_lowered_less_is_allowed() -> None:
    table = LibraryRepository.visible_to(SYSTEM)
    columns = table.selected_columns
    who = somebody(Role.editor, one=Role.viewer, two=Role.owner)
    told = condition(allowed(table, who, Permission.assets_write, team=columns.team_id, project=columns.project_id))
    assert told == "assets.team_id IN ('studio') AND (assets.project_id NOT IN ('one'))"
    told = condition(allowed(table, who, Permission.assets_delete, team=columns.team_id, project=columns.project_id))
    assert told == "assets.team_id IN ('studio') AND assets.project_id IN ('two')"
