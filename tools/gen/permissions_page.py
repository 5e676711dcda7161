"""Writes docs/reference/permissions.md from the lines of access and the routes, or checks that it is fresh."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from imageloom.doors.http.access import ROUTES, Access
from imageloom.doors.http.app import openapi_document
from imageloom.runtime.actor import OF_PROJECTS, OPERATORS, OWN, Permission, Role, granted
from tools.gen.writing import write_or_check

HEAD = """# Who may do what

Generated from `src/imageloom/doors/http/access.py`, to which a test holds every route of the OpenAPI document.

Whoever is not known is answered 401 everywhere but where it says *anybody*: without a token or session, and with one
that is unknown, expired, revoked, signed by another key, or of a disabled user. The words are the same for each reason.
A role that is too little, and a token without a scope that is needed, is answered 403; without a team, some routes say
first that there is no project, 404. What belongs to another team, or to another user where it is somebody's own, is
answered 404, as if it were not there. A request by a cookie that comes from another site, or without its word,
is answered 403.

A token does no more than the one who made it, and no more than its scopes. *Operators* are those who run the
installation: the owner whom the first start makes. What is about oneself needs no role.

A role in a project counts there instead of the one in the team, for what the second column marks; an owner of the team
is an owner of each project. Everything else goes by the role in the team. A guest may nothing, and is answered 404 for
every project in which they have no role of their own, and for everything in it.

## Roles

| permission, scope | by the project's role | guest | viewer | editor | owner | operator |
| --- | --- | --- | --- | --- | --- | --- |
"""
ROUTES_HEAD = """
## Routes

| route | scopes of a token | whose role | without a team, guest | viewer | editor | owner | operator |
| --- | --- | --- | --- | --- | --- | --- | --- |
"""
YES, NO = "✓", "403"


def roles() -> Iterator[str]:
    for permission in Permission:
        own = permission in OWN
        marks = ["✓" if permission in OF_PROJECTS else ""]
        marks += ["✓" if own or permission in granted(role) else "" for role in reversed(Role)]
        operator = "✓" if own or permission in OPERATORS else "as the role"
        yield f"| `{permission.value}` | {' | '.join(marks)} | {operator} |\n"


def routes() -> Iterator[str]:
    document = openapi_document()
    listed = {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}
    assert listed == set(ROUTES), f"routes and their lines differ: {sorted(listed ^ set(ROUTES))}"
    for name, access in sorted(ROUTES.items(), key=lambda line: (line[0].partition(" ")[2], line[0])):
        yield row(name, access)


def row(name: str, access: Access) -> str:
    if access.is_open:
        return f"| `{name}` | *anybody* | |{' ✓ |' * 5}\n"
    needs = " ".join(f"`{need.value}`" for need in access.needs) or "none"
    marks = [YES if access.allows(role) else NO for role in (None, Role.viewer, Role.editor, Role.owner)]
    operator = YES if access.for_operator or access.allows(None) else "as the role"
    is_of_project = any(need in OF_PROJECTS for need in access.needs) and not access.of_team
    is_of_role = not access.for_operator and not access.allows(None)
    whose = "the project's" if is_of_project else "the team's" if is_of_role else ""
    return f"| `{name}` | {needs} | {whose} | {' | '.join(marks)} | {operator} |\n"


def main(words: list[str]) -> int:
    lines = list(routes())
    text = HEAD + "".join(roles()) + ROUTES_HEAD + "".join(lines)
    return write_or_check("docs/reference/permissions.md", text, check="--check" in words, saw=f"{len(lines)} routes")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
