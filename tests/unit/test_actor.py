"""Roles in teams and in projects, and what of projects they reach."""

from __future__ import annotations

import pytest

from imageloom.kit.errors import Forbidden, NotFound
from imageloom.kit.ids import ProjectId, TeamId, UserId
from imageloom.runtime.actor import OF_PROJECTS, OPERATORS, OWN, Actor, Permission, Reach, Role, granted

STUDIO, OTHER = TeamId("studio"), TeamId("other")
ONE, TWO = ProjectId("one"), ProjectId("two")
P = Permission


def actor(role: Role | None, *, scopes: frozenset[str] | None = None, **projects: Role) -> Actor:
    own = {STUDIO: {ProjectId(name): in_project for name, in_project in projects.items()}} if projects else {}
    roles = {} if role is None else {STUDIO: role}
    return Actor(user_id=UserId("jun"), roles=roles, projects=own, scopes=scopes)


@pytest.mark.parametrize(
    ("team", "project", "counts"),
    [
        (Role.guest, Role.viewer, Role.viewer),
        (Role.guest, Role.owner, Role.owner),
        (Role.viewer, Role.editor, Role.editor),
        (Role.editor, Role.viewer, Role.viewer),
        (Role.owner, Role.viewer, Role.owner),
    ],
)
def test_the_role_in_the_project_counts_there_and_nowhere_else(team: Role, project: Role, counts: Role) -> None:
    who = actor(team, one=project)
    assert who.role_in(STUDIO, ONE) is counts
    assert who.role_in(STUDIO, TWO) is who.role_in(STUDIO) is team
    for permission in OF_PROJECTS:
        assert who.may(permission, team_id=STUDIO, project_id=ONE) == (permission in granted(counts))
        assert who.may(permission, team_id=STUDIO, project_id=TWO) == (permission in granted(team))
        assert who.may(permission, team_id=STUDIO) == (permission in granted(team))
    for permission in set(Permission) - OF_PROJECTS - OWN - OPERATORS:
        assert who.may(permission, team_id=STUDIO, project_id=ONE) == (permission in granted(team))


def test_a_role_in_a_project_counts_in_its_own_team_alone() -> None:
    who = Actor(
        user_id=UserId("jun"), roles={STUDIO: Role.viewer, OTHER: Role.guest}, projects={STUDIO: {ONE: Role.owner}}
    )
    assert who.role_in(OTHER, ONE) is Role.guest
    with pytest.raises(NotFound):
        who.require(P.batches_read, team_id=OTHER, project_id=ONE)


def test_a_role_in_a_project_is_nothing_without_a_place_in_the_team() -> None:
    who = actor(None, one=Role.owner)
    assert who.seen == Reach()
    assert not who.may(P.batches_read)
    with pytest.raises(NotFound):
        who.require(P.batches_read, team_id=STUDIO, project_id=ONE)


def test_what_a_guest_does_not_see_is_not_there_for_them() -> None:
    who = actor(Role.guest, one=Role.viewer)
    who.require(P.batches_read, team_id=STUDIO, project_id=ONE)
    with pytest.raises(Forbidden):
        who.require(P.batches_write, team_id=STUDIO, project_id=ONE)
    with pytest.raises(NotFound):
        who.require(P.batches_read, team_id=STUDIO, project_id=TWO)
    with pytest.raises(Forbidden):
        who.require(P.members_read, team_id=STUDIO)
    assert who.team_ids == ()
    assert who.working_in == (STUDIO,)


def test_permissions_anywhere() -> None:
    assert not any(actor(Role.guest).may(permission) for permission in set(Permission) - OWN)
    assert actor(Role.guest, one=Role.editor).may(P.batches_write)
    assert actor(Role.viewer, one=Role.editor).may(P.batches_write)
    # Nobody gets the team's keys by a project.
    assert not actor(Role.guest, one=Role.owner).may(P.keys_read)
    assert not actor(Role.viewer, one=Role.owner).may(P.tokens_write)
    assert not actor(Role.guest, one=Role.owner, scopes=frozenset({"assets:read"})).may(P.batches_read)


@pytest.mark.parametrize(
    ("who", "permission", "reach"),
    [
        (actor(Role.viewer), P.projects_read, Reach((STUDIO,))),
        (actor(Role.viewer, one=Role.editor), P.projects_read, Reach((STUDIO,))),
        (actor(Role.editor, one=Role.viewer), P.projects_read, Reach((STUDIO,))),
        (actor(Role.guest), P.projects_read, Reach()),
        (actor(Role.guest, one=Role.viewer), P.projects_read, Reach(also=(ONE,), teams_of_also=(STUDIO,))),
        (actor(Role.owner, one=Role.viewer), P.assets_delete, Reach((STUDIO,))),
        (actor(Role.editor, one=Role.owner), P.assets_delete, Reach(also=(ONE,), teams_of_also=(STUDIO,))),
        (actor(Role.editor, one=Role.viewer), P.batches_write, Reach((STUDIO,), but=(ONE,))),
    ],
)
def test_reach(who: Actor, permission: Permission, reach: Reach) -> None:
    assert who.reach(permission) == reach
