"""Commands for people: who may sign in, in which role, and who no longer."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from imageloom.doors.cli.link import Link, connect
from imageloom.doors.cli.output import EXIT_BAD_INPUT, Json, console, fail, print_json, print_table, spoken_errors
from imageloom.doors.cli.projects import found_project
from imageloom.kit.periods import WORDS
from imageloom.runtime.actor import Role

Who = Annotated[str, typer.Argument(help="The user's id, or mail address.")]
Team = Annotated[str | None, typer.Option(help="The team's id. Yours when absent, if you are in just one.")]


def add_to(app: typer.Typer) -> None:
    """Adds these commands to the application."""
    users = typer.Typer(help="People who may sign in.", invoke_without_command=True)
    users.callback()(list_users)
    users.command("ls")(list_them)
    users.command("invite")(invite)
    users.command("disable")(disable)
    users.command("enable")(enable)
    users.command("role")(change_role)
    users.command("operator")(change_operator)
    users.command("reset")(reset)
    users.command("activity")(list_activity)
    users.command("usage")(show_usage)
    users.command("quotas")(list_quotas)
    users.command("quota")(set_quota)
    users.command("unquota")(remove_quota)
    app.add_typer(users, name="users")


def list_users(context: typer.Context, as_json: Json = False) -> None:
    """List users."""
    if context.invoked_subcommand is None:
        _list(as_json=as_json)


def list_them(as_json: Json = False) -> None:
    """List users, their roles and whether they may sign in."""
    _list(as_json=as_json)


def _list(*, as_json: bool) -> None:
    with spoken_errors():
        server = connect()
        users = list(server.pages("/api/users", limit=500))
        roles: dict[str, list[str]] = {}
        # Who is a guest in a team does not see its members.
        for team in (one for one in server.get("/api/teams") if one["role"] != Role.guest):
            for member in server.get(f"/api/teams/{team['id']}/members"):
                roles.setdefault(member["user_id"], []).append(f"{member['role']} of {team['name']}")
    if as_json:
        print_json([{**user, "roles": roles.get(user["id"], [])} for user in users])
        return
    rows = [
        (
            user["id"],
            user["name"],
            user["email"],
            ", ".join([*(["operator"] if user["is_admin"] else []), *roles.get(user["id"], [])]),
            "disabled" if user["disabled_at"] else "yes" if user["can_sign_in"] else "no, there is no password",
        )
        for user in users
    ]
    print_table(("id", "name", "address", "role", "may sign in"), rows, empty="There are no users.")


def invite(
    email: Annotated[
        str | None, typer.Argument(help="Where the link is sent. Without it, hand it over yourself.")
    ] = None,
    role: Annotated[Role, typer.Option(help="What they may do in the team, or in the project.")] = Role.editor,
    project: Annotated[
        str | None, typer.Option(help="A project's id or name: they see it alone, and are a guest in the team.")
    ] = None,
    team: Team = None,
    as_json: Json = False,
) -> None:
    """Make a link that lets one person into the team, or into one project of it. It is shown this once."""
    with spoken_errors():
        server = connect()
        into = None if project is None else found_project(server, project)["id"]
        body = {"email": email, "role": role.value, "team_id": team, "project_id": into}
        made = server.post("/api/invitations", body)
    print_json(made) if as_json else console.print(made["link"], markup=False)


def disable(user: Who, as_json: Json = False) -> None:
    """Stop every session and token of a user at once. What they made stays, and batches that they began go on."""
    _tell(user, "disable", "is out. Enable again: imageloom users enable", as_json=as_json)


def enable(user: Who, as_json: Json = False) -> None:
    """Let a user sign in again."""
    _tell(user, "enable", "may sign in again. Out again: imageloom users disable", as_json=as_json)


def _tell(user: str, action: str, told: str, *, as_json: bool) -> None:
    with spoken_errors():
        server = connect()
        changed = server.post(f"/api/users/{user_id_of(server, user)}/{action}")
    if as_json:
        print_json(changed)
    else:
        console.print(f"{changed['name']} {told} {changed['id']}", markup=False)


def change_role(user: Who, role: Role, team: Team = None, as_json: Json = False) -> None:
    """Give a member of the team another role, at once."""
    with spoken_errors():
        server = connect()
        if team is None:
            teams = server.get("/api/teams")
            if len(teams) != 1:
                fail("You are in several teams: say which with --team.", code=EXIT_BAD_INPUT)
            team = teams[0]["id"]
        where = f"/api/teams/{team}/members/{user_id_of(server, user)}"
        changed = server.call("PATCH", where, json={"role": role.value})
    print_json(changed) if as_json else console.print(f"{user} is {changed['role']} now.", markup=False)


def change_operator(
    user: Who,
    no: Annotated[bool, typer.Option("--no", help="They are no longer one.")] = False,
    as_json: Json = False,
) -> None:
    """Make somebody an operator, who sees and changes the whole installation."""
    with spoken_errors():
        server = connect()
        changed = server.call("PATCH", f"/api/users/{user_id_of(server, user)}", json={"is_admin": not no})
    if as_json:
        print_json(changed)
    else:
        console.print(f"{changed['name']} is {'an' if changed['is_admin'] else 'no'} operator.", markup=False)


def reset(user: Who, as_json: Json = False) -> None:
    """Make a link that sets a new password, to hand over. It is shown this once."""
    with spoken_errors():
        server = connect()
        made = server.post(f"/api/users/{user_id_of(server, user)}/reset")
    print_json(made) if as_json else console.print(made["link"], markup=False)


def list_activity(
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many of the newest.")] = 50, as_json: Json = False
) -> None:
    """List what was done to accounts and teams, newest first."""
    with spoken_errors():
        lines = connect().get("/api/activity", limit=limit)["items"]
    if as_json:
        print_json(lines)
        return
    rows = [
        (line["created_at"], line["kind"], line["user_id"], line["subject_id"], line["address"], _details(line))
        for line in lines
    ]
    print_table(("at", "what", "by", "to", "from", "details"), rows, empty="Nothing was done yet.")


def show_usage(as_json: Json = False) -> None:
    """Show how many members, pictures and bytes each team has."""
    with spoken_errors():
        teams = connect().get("/api/usage")
    if as_json:
        print_json(teams)
        return
    rows = [(team["team_id"], team["team"], team["members"], team["pictures"], team["file_bytes"]) for team in teams]
    print_table(("id", "team", "members", "pictures", "bytes"), rows, empty="There are no teams.")


def list_quotas(as_json: Json = False) -> None:
    """List how many pictures, calls and bytes you and your team may have, and what is used of them."""
    with spoken_errors():
        quotas = connect().get("/api/quotas")
    if as_json:
        print_json(quotas)
        return
    rows = [
        (
            quota["id"],
            quota["name"] if quota["user_id"] else f"team {quota['name']}",
            quota["kind"],
            WORDS[quota["period"]],
            quota["amount"],
            quota["used"],
            quota["left"],
            (quota["resets_at"] or "")[:16],
        )
        for quota in quotas
    ]
    columns = ("id", "of", "what", "period", "at most", "used", "left", "more from")
    print_table(
        columns, rows, empty="No quotas. Set one: imageloom users quota jun@example.com images 500 --period day"
    )


def set_quota(
    of: Annotated[str, typer.Argument(help="The user's id or mail address, or the word team.")],
    kind: Annotated[str, typer.Argument(help="images, calls, or bytes of stored pictures.")],
    amount: Annotated[int, typer.Argument(help="At most so many.")],
    period: Annotated[str, typer.Option(help="total, day, week or month.")] = "total",
    zone: Annotated[str | None, typer.Option(help="Whose days they are, such as Asia/Taipei. UTC when absent.")] = None,
    team: Team = None,
    as_json: Json = False,
) -> None:
    """Set how many pictures, calls or bytes a person may have in a team, or the team."""
    with spoken_errors():
        server = connect()
        body = {"kind": kind, "amount": amount, "period": period, "zone": zone, "team_id": team}
        quota = server.post("/api/quotas", body | {"user_id": None if of == "team" else user_id_of(server, of)})
    if as_json:
        print_json(quota)
        return
    per = WORDS[quota["period"]]
    console.print(
        f"{quota['name']}: {quota['amount']} {quota['kind']} {per}; {quota['used']} used, {quota['left']} left.",
        markup=False,
    )


def remove_quota(quota_id: Annotated[str, typer.Argument(help="The quota's id.")], as_json: Json = False) -> None:
    """Remove a quota. What waits for it goes on at once."""
    with spoken_errors():
        quota = connect().delete(f"/api/quotas/{quota_id}")
    print_json(quota) if as_json else console.print(f"Removed {quota_id}.")


def _details(line: dict[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in line["details"].items())


def user_id_of(server: Link, user: str) -> str:
    """A user's id, by their address too."""
    if "@" not in user:
        return user
    wished = user.strip().lower()
    found = [str(known["id"]) for known in server.pages("/api/users", limit=500) if known["email"] == wished]
    if found:
        return found[0]
    return fail(f"No user has the address {user}.", code=EXIT_BAD_INPUT)
