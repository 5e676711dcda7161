"""Who may call which route: one line for each. Tests hold every route to its line, and docs/reference shows them.

The lines say what the services require, and require nothing themselves: jobs and commands are held to the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from imageloom.runtime.actor import OF_PROJECTS, OPERATORS, OWN, Permission, Role, granted

P = Permission


@dataclass(frozen=True, kw_only=True)
class Access:
    """``needs`` are the scopes of a token and, but for what is about oneself, the permissions of the role."""

    needs: tuple[Permission, ...] = ()
    is_open: bool = False
    """Anybody may call it."""
    for_operator: bool = False
    """A role is not enough: it is about the whole installation."""
    of_team: bool = False
    """A role in a project is not enough: it is about the whole team."""

    def allows(self, role: Role | None, in_project: Role | None = None) -> bool:
        """Whether a member of that role may, or somebody without a team; with this role of their own in the project
        that it is about.
        """
        if self.is_open or not self.needs or all(need in OWN for need in self.needs):
            return True
        if self.for_operator or role is None:
            return False
        return all(need in granted(self._counts(need, role, in_project)) for need in self.needs)

    def _counts(self, need: Permission, role: Role, in_project: Role | None) -> Role:
        is_of_team = self.of_team or need not in OF_PROJECTS
        return role if in_project is None or is_of_team or role is Role.owner else in_project


OPEN = Access(is_open=True)
KNOWN = Access()
"""Whoever is known."""


def _needs(*needs: Permission, of_team: bool = False) -> Access:
    return Access(needs=needs, for_operator=any(need in OPERATORS for need in needs), of_team=of_team)


ROUTES: Mapping[str, Access] = {
    "GET /health": OPEN,
    "GET /api/health": OPEN,
    "POST /api/auth/setup": OPEN,
    "POST /api/auth/sign-in": OPEN,
    "POST /api/auth/forgot": OPEN,
    "POST /api/auth/reset": OPEN,
    "POST /api/auth/strength": OPEN,
    "GET /api/auth/session": OPEN,
    "POST /api/auth/email": OPEN,
    "POST /api/auth/register": OPEN,
    "POST /api/auth/join": OPEN,
    "POST /api/auth/refresh": KNOWN,
    "POST /api/auth/sign-out": KNOWN,
    "GET /api/me": KNOWN,
    "GET /api/me/profile": _needs(P.account_read),
    "PATCH /api/me/profile": _needs(P.account_write),
    "POST /api/me/password": _needs(P.account_write),
    "POST /api/me/email": _needs(P.account_write),
    "GET /api/sessions": _needs(P.account_read),
    "DELETE /api/sessions": _needs(P.account_write),
    "DELETE /api/sessions/{session_id}": _needs(P.account_write),
    "GET /api/tokens": _needs(P.tokens_read),
    "POST /api/tokens": _needs(P.tokens_write),
    "DELETE /api/tokens/{token_id}": _needs(P.tokens_write),
    "GET /api/me/activity": _needs(P.account_read),
    "GET /api/activity": _needs(P.users_read),
    "GET /api/users": _needs(P.users_read),
    "PATCH /api/users/{user_id}": _needs(P.users_write),
    "POST /api/users/{user_id}/disable": _needs(P.users_write),
    "POST /api/users/{user_id}/enable": _needs(P.users_write),
    "POST /api/users/{user_id}/reset": _needs(P.users_write),
    "GET /api/usage": _needs(P.members_read),
    "GET /api/teams": _needs(P.members_read),
    "GET /api/teams/{team_id}/members": _needs(P.members_read, of_team=True),
    "PATCH /api/teams/{team_id}/members/{user_id}": _needs(P.members_write, of_team=True),
    "DELETE /api/teams/{team_id}/members/{user_id}": _needs(P.members_write, of_team=True),
    "GET /api/invitations": _needs(P.members_write, of_team=True),
    "POST /api/invitations": _needs(P.members_write, of_team=True),
    "POST /api/memberships": _needs(P.account_write),
    "DELETE /api/invitations/{invitation_id}": _needs(P.members_write, of_team=True),
    "GET /api/projects": _needs(P.projects_read),
    "POST /api/projects": _needs(P.projects_write),
    "PATCH /api/projects/{project_id}": _needs(P.projects_write),
    "GET /api/projects/{project_id}/members": _needs(P.members_read),
    "PUT /api/projects/{project_id}/members/{user_id}": _needs(P.members_write),
    "DELETE /api/projects/{project_id}/members/{user_id}": _needs(P.members_write),
    "PUT /api/batches/{batch_id}/schedule": _needs(P.batches_write),
    "DELETE /api/batches/{batch_id}/schedule": _needs(P.batches_write),
    "GET /api/batches/{batch_id}/diff/{other_id}": _needs(P.batches_read),
    "GET /api/batches/{batch_id}/diff/{other_id}/items": _needs(P.batches_read),
    "GET /api/recipes": _needs(P.batches_read),
    "POST /api/recipes": _needs(P.batches_write),
    "GET /api/recipes/{recipe_id}": _needs(P.batches_read),
    "DELETE /api/recipes/{recipe_id}": _needs(P.batches_write),
    "GET /api/recipes/{recipe_id}/diff": _needs(P.batches_read),
    "GET /api/recipes/{recipe_id}/versions": _needs(P.batches_read),
    "POST /api/recipes/{recipe_id}/run": _needs(P.batches_write),
    "GET /api/wildcards": _needs(P.batches_read),
    "POST /api/wildcards": _needs(P.batches_write),
    "GET /api/wildcards/{file_id}": _needs(P.batches_read),
    "PATCH /api/wildcards/{file_id}": _needs(P.batches_write),
    "DELETE /api/wildcards/{file_id}": _needs(P.batches_write),
    "GET /api/schedules": _needs(P.batches_read),
    "POST /api/schedules": _needs(P.batches_write),
    "GET /api/schedules/{schedule_id}": _needs(P.batches_read),
    "DELETE /api/schedules/{schedule_id}": _needs(P.batches_write),
    "POST /api/schedules/{schedule_id}/pause": _needs(P.batches_write),
    "POST /api/schedules/{schedule_id}/resume": _needs(P.batches_write),
    "GET /api/quotas": _needs(P.members_read),
    "POST /api/quotas": _needs(P.members_write, of_team=True),
    "DELETE /api/quotas/{quota_id}": _needs(P.members_write, of_team=True),
    "GET /api/budgets": _needs(P.batches_read),
    "POST /api/budgets": _needs(P.keys_write),
    "GET /api/budgets/{cap_id}": _needs(P.batches_read),
    "PUT /api/budgets/{cap_id}": _needs(P.keys_write),
    "DELETE /api/budgets/{cap_id}": _needs(P.keys_write),
    "GET /api/batches": _needs(P.batches_read),
    "POST /api/batches": _needs(P.batches_write),
    "GET /api/batches/standing": _needs(P.batches_read),
    "GET /api/batches/{batch_id}": _needs(P.batches_read),
    "POST /api/batches/{batch_id}/cancel": _needs(P.batches_write),
    "GET /api/batches/{batch_id}/causes": _needs(P.batches_read),
    "GET /api/batches/{batch_id}/cells": _needs(P.batches_read),
    "GET /api/batches/{batch_id}/edits": _needs(P.batches_read),
    "POST /api/batches/{batch_id}/edits": _needs(P.batches_write),
    "POST /api/batches/{batch_id}/edits/preview": _needs(P.batches_read),
    "GET /api/batches/{batch_id}/edits/{edit_id}": _needs(P.batches_read),
    "GET /api/batches/{batch_id}/edits/{edit_id}/items": _needs(P.batches_read),
    "POST /api/batches/{batch_id}/edits/{edit_id}/undo": _needs(P.batches_write),
    "GET /api/edits/{edit_id}": _needs(P.batches_read),
    "GET /api/batches/{batch_id}/events": _needs(P.batches_read),
    "GET /api/batches/{batch_id}/export.zip": _needs(P.batches_read),
    "GET /api/batches/{batch_id}/files": _needs(P.batches_read),
    "GET /api/batches/{batch_id}/items": _needs(P.batches_read),
    "GET /api/batches/{batch_id}/items/{item_id}/attempts": _needs(P.batches_read),
    "GET /api/batches/{batch_id}/lineups": _needs(P.batches_read),
    "GET /api/batches/{batch_id}/manifest.csv": _needs(P.batches_read),
    "POST /api/batches/{batch_id}/pause": _needs(P.batches_write),
    "POST /api/batches/{batch_id}/reconcile": _needs(P.batches_write),
    "POST /api/batches/{batch_id}/resume": _needs(P.batches_write),
    "POST /api/batches/{batch_id}/retry": _needs(P.batches_write),
    "GET /api/batches/{batch_id}/verify": _needs(P.batches_read),
    "POST /api/bills/reconcile": _needs(P.batches_read),
    "POST /api/estimates": _needs(P.batches_read),
    "POST /api/plans/preview": _needs(P.batches_read),
    "POST /api/sheets": _needs(P.batches_write),
    "GET /api/sheets/{sheet_id}": _needs(P.batches_read),
    "GET /api/sheets/{sheet_id}/rows": _needs(P.batches_read),
    "GET /api/history": _needs(P.batches_read),
    "GET /api/batches/{batch_id}/request": _needs(P.batches_read),
    "GET /api/assets": _needs(P.assets_read),
    "POST /api/assets": _needs(P.batches_write),
    "GET /api/assets/columns": _needs(P.assets_read),
    "GET /api/assets/export.zip": _needs(P.assets_read),
    "GET /api/assets/files": _needs(P.assets_read),
    "POST /api/assets/verify": _needs(P.assets_read),
    "GET /api/assets/{asset_id}": _needs(P.assets_read),
    "GET /api/assets/{asset_id}/file": _needs(P.assets_read),
    "GET /api/assets/{asset_id}/preview": _needs(P.assets_read),
    "GET /api/boards": _needs(P.assets_read),
    "POST /api/boards": _needs(P.assets_write),
    "GET /api/boards/{board_id}": _needs(P.assets_read),
    "PATCH /api/boards/{board_id}": _needs(P.assets_write),
    "DELETE /api/boards/{board_id}": _needs(P.assets_write),
    "POST /api/boards/{board_id}/restore": _needs(P.assets_write),
    "POST /api/boards/{board_id}/assets": _needs(P.assets_write),
    "POST /api/boards/{board_id}/assets/move": _needs(P.assets_write),
    "POST /api/boards/{board_id}/assets/remove": _needs(P.assets_write),
    "GET /api/trash": _needs(P.assets_read),
    "POST /api/trash": _needs(P.assets_write),
    "POST /api/trash/restore": _needs(P.assets_write),
    "POST /api/trash/empty": _needs(P.assets_delete),
    "GET /api/labels": _needs(P.assets_read),
    "GET /api/votes": _needs(P.assets_read),
    "POST /api/votes": _needs(P.assets_write),
    "POST /api/judgements": _needs(P.assets_write),
    "POST /api/judgements/undo": _needs(P.assets_write),
    "GET /api/keys": _needs(P.keys_read),
    "POST /api/keys": _needs(P.keys_write),
    "POST /api/keys/rotate": Access(needs=(P.keys_write,), for_operator=True),
    "PATCH /api/keys/{key_id}": _needs(P.keys_write),
    "DELETE /api/keys/{key_id}": _needs(P.keys_write),
    "POST /api/keys/{key_id}/test": _needs(P.keys_write),
    "GET /api/lanes": _needs(P.lanes_read),
    "POST /api/lanes/{lane_id}/pause": _needs(P.lanes_write),
    "POST /api/lanes/{lane_id}/resume": _needs(P.lanes_write),
    "GET /api/models": KNOWN,
    "GET /api/prices": KNOWN,
    "GET /api/providers": KNOWN,
    "GET /v1/models": KNOWN,
    "GET /v1/models/{model}": KNOWN,
    "POST /v1/images/generations": _needs(P.batches_write, P.assets_read),
    "POST /v1/images/edits": _needs(P.batches_write, P.assets_read),
    "GET /v1/images/files/{asset_id}.{extension}": OPEN,
}

ASKS_FIRST = frozenset({"/v1/images/generations", "/v1/images/edits"})
"""Paths whose routes find out who asks before they read a byte of the body, together with more that they look up."""
OPEN_PATHS = frozenset(name.partition(" ")[2] for name, access in ROUTES.items() if access.is_open)
