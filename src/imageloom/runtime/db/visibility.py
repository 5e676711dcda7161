"""What of the things of projects somebody sees, or may change, as a condition on their rows."""

from __future__ import annotations

from typing import Any, TypeVarTuple

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, or_

from imageloom.runtime.actor import Actor, Permission, Reach

Ts = TypeVarTuple("Ts")
Column = SQLColumnExpression[Any]


def visible(statement: Select[*Ts], actor: Actor, *, team: Column, project: Column) -> Select[*Ts]:
    """The rows of a statement that the actor sees: where every query about what belongs to projects starts.

    For whoever is in no team as a guest this is a list of teams and nothing else.
    """
    return statement if actor.is_system else statement.where(within(actor.seen, team=team, project=project))


def allowed(
    statement: Select[*Ts], actor: Actor, permission: Permission, *, team: Column, project: Column
) -> Select[*Ts]:
    """The rows with which the actor's roles allow this."""
    reach = actor.reach(permission)
    return statement if actor.is_system else statement.where(within(reach, team=team, project=project))


def within(reach: Reach, *, team: Column, project: Column) -> ColumnElement[bool]:
    """The condition. All teams are named first, as they are for whoever is no guest: the indexes begin with them."""
    whole: ColumnElement[bool] = team.in_(reach.teams)
    if reach.but:
        whole = and_(whole, project.not_in(reach.but))
    if not reach.also:
        return whole
    single = project.in_(reach.also)
    named = team.in_((*reach.teams, *reach.teams_of_also))
    return and_(named, or_(whole, single)) if reach.teams else and_(named, single)
