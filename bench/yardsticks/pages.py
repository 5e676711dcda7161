"""A page of assets with bare Starlette: one query, one dump, nobody asked who is there."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from typing import Any

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.yardsticks.running import listen

COLUMNS = """
id project_id run_id item_id blake3 format width height previews preview colour trouble pick rating labels revision
trashed_at removed_at provenance created_at
""".split()  # noqa: SIM905  a list of columns is read as a line of words
LIMIT = 50


def make_app(database: str) -> Starlette:
    connection = sqlite3.connect(database)
    connection.row_factory = sqlite3.Row
    (team,) = connection.execute("SELECT id FROM teams").fetchone()

    async def assets(request: Request) -> Response:
        before = request.query_params.get("before", "Z")
        rows = connection.execute(
            f"SELECT {', '.join(COLUMNS)} FROM assets WHERE team_id = ? AND id < ? ORDER BY id DESC LIMIT ?",
            (team, before, LIMIT),
        ).fetchall()
        body = {"items": [_shape(row) for row in rows], "next": rows[-1]["id"]}
        return Response(orjson.dumps(body), media_type="application/json")

    return Starlette(routes=[Route("/assets", assets)])


def _shape(row: sqlite3.Row) -> dict[str, Any]:
    shaped = dict(row)
    shaped["batch_id"] = shaped.pop("run_id")
    shaped["pick"] = shaped["pick"] or "none"
    shaped["rating"] = shaped["rating"] or 0
    shaped["labels"] = orjson.loads(shaped["labels"]) if shaped["labels"] else []
    shaped["provenance"] = orjson.loads(shaped["provenance"])
    for when in ("trashed_at", "removed_at", "created_at"):
        if shaped[when]:
            shaped[when] = shaped[when].replace(" ", "T").removesuffix(".000000") + "Z"
    return shaped


if __name__ == "__main__":
    listener = listen()
    print(listener.getsockname()[1], flush=True)
    config = uvicorn.Config(make_app(sys.argv[1]), log_config=None, access_log=False, lifespan="off")
    asyncio.run(uvicorn.Server(config).serve(sockets=[listener]))
