"""Commands for provider keys, tokens, models and providers."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from imageloom.doors.cli.link import connect
from imageloom.doors.cli.output import (
    EXIT_BAD_INPUT,
    EXIT_NOT_ALL_DONE,
    Json,
    console,
    fail,
    money,
    print_json,
    print_table,
    spoken_errors,
)


def add_to(app: typer.Typer) -> None:
    """Adds these commands to the application."""
    keys = typer.Typer(help="Provider keys.", invoke_without_command=True)
    keys.callback()(list_keys)
    keys.command("add")(add_key)
    keys.command("change")(change_key)
    keys.command("test")(check_key)
    keys.command("remove")(remove_key)
    keys.command("rotate")(rotate_keys)
    app.add_typer(keys, name="keys")
    tokens = typer.Typer(help="API tokens.", invoke_without_command=True)
    tokens.callback()(list_tokens)
    tokens.command("create")(create_token)
    tokens.command("revoke")(revoke_token)
    app.add_typer(tokens, name="tokens")
    app.command("models")(list_models)
    app.command("providers")(list_providers)


def list_keys(context: typer.Context, as_json: Json = False) -> None:
    """List keys, masked."""
    if context.invoked_subcommand is not None:
        return
    with spoken_errors():
        keys = connect().get("/api/keys")
    if as_json:
        print_json(keys)
        return
    rows = [(key["id"], key["provider"], key["label"], key["hint"], key["base_url"], key["trouble"]) for key in keys]
    print_table(
        ("id", "provider", "label", "key", "address", "trouble"), rows, empty="No keys yet: imageloom keys add openai"
    )


def add_key(
    provider: Annotated[str, typer.Argument(help="The provider's id, such as openai.")],
    label: Annotated[str, typer.Option(help="A name for you.")] = "",
    base_url: Annotated[str | None, typer.Option(help="Another server with the same API.")] = None,
    concurrency: Annotated[int | None, typer.Option(min=1, help="Calls at a time.")] = None,
    requests_per_minute: Annotated[int | None, typer.Option(min=1)] = None,
    images_per_minute: Annotated[int | None, typer.Option(min=1)] = None,
    requests_per_day: Annotated[int | None, typer.Option(min=1)] = None,
    as_json: Json = False,
) -> None:
    """Store a key, encrypted. It is read from standard input, never from the command line."""
    key = typer.prompt("Key", hide_input=True, default="") if sys.stdin.isatty() else sys.stdin.readline()
    limits = {
        "concurrency": concurrency,
        "requests_per_minute": requests_per_minute,
        "images_per_minute": images_per_minute,
        "requests_per_day": requests_per_day,
    }
    body: dict[str, Any] = {
        "provider": provider,
        "label": label,
        "key": key.strip() or None,
        "base_url": base_url,
        "limits": {name: limit for name, limit in limits.items() if limit is not None},
    }
    with spoken_errors():
        made = connect().post("/api/keys", body)
    if as_json:
        print_json(made)
    else:
        console.print(f"Stored {made['id']} for {made['provider']}. Try it: imageloom keys test {made['id']}")


def change_key(
    key_id: str,
    new_key: Annotated[
        bool, typer.Option("--new-key", help="Put another key in its place, read from standard input.")
    ] = False,
    label: Annotated[str | None, typer.Option(help="Another name.")] = None,
    base_url: Annotated[
        str | None, typer.Option(help="Another address, empty for the usual one; needs --new-key.")
    ] = None,
    concurrency: Annotated[int | None, typer.Option(min=1, help="Calls at a time.")] = None,
    requests_per_minute: Annotated[int | None, typer.Option(min=1)] = None,
    images_per_minute: Annotated[int | None, typer.Option(min=1)] = None,
    requests_per_day: Annotated[int | None, typer.Option(min=1)] = None,
    as_json: Json = False,
) -> None:
    """Change a key in its place; its lane and its books go on. What is not named stays as it is."""
    wished = {
        "concurrency": concurrency,
        "requests_per_minute": requests_per_minute,
        "images_per_minute": images_per_minute,
        "requests_per_day": requests_per_day,
    }
    limits = {name: limit for name, limit in wished.items() if limit is not None}
    body: dict[str, Any] = {} if label is None else {"label": label}
    if base_url is not None:
        body["base_url"] = base_url or None
    if new_key:
        key = typer.prompt("Key", hide_input=True) if sys.stdin.isatty() else sys.stdin.readline()
        body["key"] = key.strip()
    with spoken_errors():
        if limits:
            kept: dict[str, Any] = next(
                (key["limits"] for key in connect().get("/api/keys") if key["id"] == key_id), {}
            )
            body["limits"] = {**kept, **limits}
        changed = connect().call("PATCH", f"/api/keys/{key_id}", json=body)
    if as_json:
        print_json(changed)
    else:
        console.print(f"Changed {changed['id']} {changed['hint']}. Try it: imageloom keys test {changed['id']}")


def check_key(key_id: str, as_json: Json = False) -> None:
    """Ask the provider whether a key works. Costs nothing."""
    with spoken_errors():
        checked = connect().post(f"/api/keys/{key_id}/test")
    if as_json:
        print_json(checked)
    else:
        console.print(checked["message"], style="green" if checked["works"] else "red", markup=False)
    if not checked["works"]:
        raise typer.Exit(EXIT_NOT_ALL_DONE)


def remove_key(key_id: str, as_json: Json = False) -> None:
    """Delete a key's secret. Its part in the books stays."""
    with spoken_errors():
        removed = connect().delete(f"/api/keys/{key_id}")
    print_json(removed) if as_json else console.print(f"Removed {key_id}.")


def rotate_keys(as_json: Json = False) -> None:
    """Make a new master key and write every secret again under it."""
    with spoken_errors():
        rotated = connect().post("/api/keys/rotate")
    if as_json:
        print_json(rotated)
    else:
        console.print(f"{rotated['secrets']} secrets are under a new master key.")


def list_tokens(context: typer.Context, as_json: Json = False) -> None:
    """List your tokens."""
    if context.invoked_subcommand is not None:
        return
    with spoken_errors():
        tokens = connect().get("/api/tokens")
    if as_json:
        print_json(tokens)
        return
    rows = [
        (
            token["id"],
            token["name"],
            token["prefix"] + "…",
            "everything" if token["scopes"] is None else " ".join(token["scopes"]) or "nothing",
            "revoked" if token["revoked_at"] else token["expires_at"] or "never expires",
        )
        for token in tokens
    ]
    print_table(("id", "name", "token", "may", "until"), rows, empty="No tokens yet: imageloom tokens create NAME")


def create_token(
    name: Annotated[str, typer.Argument(help="What it is for.")],
    scope: Annotated[list[str] | None, typer.Option(help="What it may do, such as batches:read. Repeat.")] = None,
    days: Annotated[int | None, typer.Option(min=1, max=3650, help="Days until it expires.")] = None,
    as_json: Json = False,
) -> None:
    """Make an API token. It is shown this once."""
    with spoken_errors():
        made = connect().post("/api/tokens", {"name": name, "scopes": scope, "expires_in_days": days})
    if as_json:
        print_json(made)
    else:
        console.print(made["token"], markup=False)


def revoke_token(token_id: str, as_json: Json = False) -> None:
    """Revoke a token at once."""
    with spoken_errors():
        revoked = connect().delete(f"/api/tokens/{token_id}")
    print_json(revoked) if as_json else console.print(f"Revoked {token_id}.")


def list_models(
    provider: Annotated[str | None, typer.Option(help="Only this provider's.")] = None, as_json: Json = False
) -> None:
    """List models, what they can do and what they cost."""
    with spoken_errors():
        models = connect().get("/api/models", provider=provider)
    if provider is not None and not models:
        fail(f"There is no provider {provider}, or it has no models.", code=EXIT_BAD_INPUT)
    if as_json:
        print_json(models)
        return
    rows = [
        (
            model["name"],
            model["title"],
            model["sizes"]["default"],
            " ".join(model["qualities"]),
            model["seed"],
            money(model["expected_price"]),
            f"ends {model['shutdown_on']}, use {model['replacement']}" if model["shutdown_on"] else "",
        )
        for model in models
    ]
    print_table(("name", "title", "size", "qualities", "seed", "expected", "note"), rows, empty="No models.")


def list_providers(as_json: Json = False) -> None:
    """List providers, and whether there is a key for each."""
    with spoken_errors():
        server = connect()
        providers = server.get("/api/providers")
        having = {key["provider"] for key in server.get("/api/keys")}
    if as_json:
        print_json(providers)
        return
    rows = [
        (
            provider["id"],
            provider["title"],
            provider["kind"],
            "not needed" if not provider["needs_key"] else "yes" if provider["id"] in having else "no",
            provider["models"],
        )
        for provider in providers
    ]
    print_table(("id", "title", "kind", "key", "models"), rows, empty="No providers.")
