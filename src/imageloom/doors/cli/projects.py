"""Commands for projects, and for who has a role of their own in one."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from imageloom.doors.cli.link import Link, connect
from imageloom.doors.cli.output import EXIT_BAD_INPUT, Json, console, fail, print_json, print_table, spoken_errors

Which = Annotated[str, typer.Argument(help="The project's id or name.")]
Who = Annotated[str, typer.Argument(help="The user's id, or mail address.")]


class ProjectRole(StrEnum):
    """A role in a project. A guest of the team is somebody without any."""

    owner = "owner"
    editor = "editor"
    viewer = "viewer"


def add_to(app: typer.Typer) -> None:
    """Adds these commands to the application."""
    projects = typer.Typer(help="Projects, and who may do what in them.", invoke_without_command=True)
    projects.callback()(list_projects)
    projects.command("ls")(list_them)
    projects.command("create")(create)
    projects.command("rename")(rename)
    projects.command("members")(list_members)
    projects.command("role")(set_role)
    projects.command("unrole")(remove_role)
    app.add_typer(projects, name="projects")


def list_projects(context: typer.Context, as_json: Json = False) -> None:
    """List the projects that you see."""
    if context.invoked_subcommand is None:
        _list(as_json=as_json)


def list_them(as_json: Json = False) -> None:
    """List the projects that you see, and your role in each."""
    _list(as_json=as_json)


def _list(*, as_json: bool) -> None:
    with spoken_errors():
        projects = connect().get("/api/projects")
    if as_json:
        print_json(projects)
        return
    rows = [(project["id"], project["name"], project["role"], project["team_id"]) for project in projects]
    print_table(("id", "name", "your role", "team"), rows, empty="You see no project.")


def create(
    name: Annotated[str, typer.Argument(help="What it is called. A team has one of each name.")],
    team: Annotated[str | None, typer.Option(help="The team's id. Yours when absent, if you are in just one.")] = None,
    as_json: Json = False,
) -> None:
    """Make a project in your team."""
    with spoken_errors():
        made = connect().post("/api/projects", {"name": name, "team_id": team})
    print_json(made) if as_json else console.print(f"{made['name']} is {made['id']}.", markup=False)


def rename(
    project: Which,
    name: Annotated[str, typer.Argument(help="The new name. A team has one of each.")],
    as_json: Json = False,
) -> None:
    """Give a project another name. Its id, batches and pictures stay."""
    with spoken_errors():
        server = connect()
        changed = server.call("PATCH", f"/api/projects/{found_project(server, project)['id']}", json={"name": name})
    print_json(changed) if as_json else console.print(f"It is {changed['name']} now.", markup=False)


def list_members(project: Which, as_json: Json = False) -> None:
    """List who sees a project, and by which role."""
    with spoken_errors():
        server = connect()
        members = server.get(f"/api/projects/{found_project(server, project)['id']}/members")
    if as_json:
        print_json(members)
        return
    rows = [
        (
            row["user_id"],
            row["name"],
            row["email"],
            row["role"],
            "in the project" if row["role"] == row["project_role"] else "in the team",
            row["team_role"],
        )
        for row in members
    ]
    print_table(("id", "name", "address", "role", "by a role", "role in the team"), rows, empty="Nobody sees it.")


def set_role(project: Which, user: Who, role: ProjectRole, as_json: Json = False) -> None:
    """Give a member of the team another role in one project, at once; a guest of the team is let into it."""
    with spoken_errors():
        server = connect()
        where = _place(server, found_project(server, project), user)
        changed = server.call("PUT", where, json={"role": role.value})
    _tell(changed, as_json=as_json)


def remove_role(project: Which, user: Who, as_json: Json = False) -> None:
    """Take a role in a project away, at once. The one in the team counts again: a guest is out."""
    with spoken_errors():
        server = connect()
        changed = server.delete(_place(server, found_project(server, project), user))
    _tell(changed, as_json=as_json)


def _tell(changed: Any, *, as_json: bool) -> None:
    if as_json:
        print_json(changed)
    elif changed["role"] == "guest":
        console.print(f"{changed['name']} does not see the project any more.", markup=False)
    else:
        console.print(f"{changed['name']} is {changed['role']} in the project now.", markup=False)


def found_project(server: Link, project: str) -> Any:
    """The project of this id, or else of this name."""
    known = server.get("/api/projects")
    found = [one for one in known if one["id"] == project] or [one for one in known if one["name"] == project]
    if len(found) > 1:
        fail(f"Several of your teams have a project {project}: say its id.", code=EXIT_BAD_INPUT)
    return found[0] if found else fail(f"There is no project {project}.", code=EXIT_BAD_INPUT)


def _place(server: Link, project: Any, user: str) -> str:
    """Where their role in the project is, found by their address too, by those who see addresses."""
    user_id = user
    if "@" in user:
        wished = user.strip().lower()
        members = server.get(f"/api/teams/{project['team_id']}/members")
        found = [str(member["user_id"]) for member in members if member["email"] == wished]
        user_id = found[0] if found else fail(f"You see no member with the address {user}.", code=EXIT_BAD_INPUT)
    return f"/api/projects/{project['id']}/members/{user_id}"
