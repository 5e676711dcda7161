"""Boards: pictures in an order that people gave them."""

from __future__ import annotations

from typing import Any

from tests.features.curation.test_judging import make
from tests.studio import Studio


async def order_of(studio: Studio, board: str, **query: Any) -> list[str]:
    """The board's pictures, page by page."""
    ids: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = await studio.get("/api/assets/columns", board=board, order="board", limit=2, **query, **cursor)
        ids += page["ids"]
        if page["next"] is None:
            return ids
        cursor = {"cursor": page["next"]}


async def test_a_board_holds_pictures_in_its_own_order(studio: Studio) -> None:
    one, two, three, four = await make(studio)
    board = await studio.call("POST", "/api/boards", status=201, json={"name": "Posters 海報"})
    where = f"/api/boards/{board['id']}"
    assert (board["pictures"], board["cover_asset_id"], board["revision"]) == (0, None, 0)
    added = await studio.post(f"{where}/assets", {"ids": [three, one, two]})
    assert (added["changed"], added["board"]["pictures"], added["board"]["cover_asset_id"]) == (3, 3, three)
    assert await order_of(studio, board["id"]) == [three, one, two]
    again = await studio.post(f"{where}/assets", {"ids": [two, four], "before": one})
    assert (again["changed"], again["unchanged"], [place["asset_id"] for place in again["places"]]) == (1, 1, [four])
    assert await order_of(studio, board["id"]) == [three, four, one, two]
    assert await order_of(studio, board["id"], q="boats") == [three, four, two]
    moved = await studio.post(f"{where}/assets/move", {"ids": [two, three], "before": four})
    assert await order_of(studio, board["id"]) == [two, three, four, one]
    back = {
        "ids": [place["asset_id"] for place in moved["places"]],
        "positions": [place["position"] for place in moved["places"]],
    }
    await studio.post(f"{where}/assets/move", back)
    assert await order_of(studio, board["id"]) == [three, four, one, two]
    # Newest first, as everywhere, for whoever does not ask for the board's order.
    newest = sorted([one, two, three, four], reverse=True)
    assert (await studio.get("/api/assets/columns", board=board["id"]))["ids"] == newest
    assert [row["id"] for row in (await studio.get("/api/assets", board=board["id"]))["items"]] == newest
    taken = await studio.post(f"{where}/assets/remove", {"ids": [one, three]})
    assert (taken["changed"], await order_of(studio, board["id"])) == (2, [four, two])
    put = {
        "ids": [place["asset_id"] for place in taken["places"]],
        "positions": [place["position"] for place in taken["places"]],
    }
    await studio.post(f"{where}/assets", put)
    assert await order_of(studio, board["id"]) == [three, four, one, two]
    assert (await studio.get(where))["revision"] == 6


async def test_a_board_is_renamed_removed_and_brought_back(studio: Studio) -> None:
    one, *_rest = await make(studio)
    board = await studio.post("/api/boards", {"name": "first"})
    other = await studio.post("/api/boards", {"name": "second"})
    where = f"/api/boards/{board['id']}"
    await studio.post(f"{where}/assets", {"ids": [one]})
    assert [row["name"] for row in (await studio.get("/api/boards"))["items"]] == ["second", "first"]
    page = await studio.get("/api/boards", limit=1)
    assert [row["id"] for row in (await studio.get("/api/boards", cursor=page["next"]))["items"]] == [board["id"]]
    renamed = await studio.call("PATCH", where, json={"name": "third", "revision": 1})
    assert (renamed["name"], renamed["revision"]) == ("third", 2)
    for body, code in (({"name": "second"}, "board_exists"), ({"name": "x", "revision": 1}, "board_changed")):
        assert (await studio.call("PATCH", where, status=409, json=body))["code"] == code
    assert (await studio.call("POST", "/api/boards", status=409, json={"name": "second"}))["code"] == "board_exists"
    await studio.call("DELETE", where, status=200)
    assert [row["id"] for row in (await studio.get("/api/boards"))["items"]] == [other["id"]]
    await studio.call("GET", where, status=404)
    await studio.call("POST", f"{where}/assets", status=404, json={"ids": [one]})
    assert (await studio.post(f"{where}/restore"))["pictures"] == 1
    assert await order_of(studio, board["id"]) == [one]
    assert (await studio.post(f"{where}/restore"))["name"] == "third"


async def test_what_cannot_be_put_on_a_board_names_its_field(studio: Studio) -> None:
    one, two, *_rest = await make(studio)
    board = await studio.post("/api/boards", {"name": "first"})
    where = f"/api/boards/{board['id']}"
    await studio.post("/api/trash", {"ids": [two]})
    for path, body, status, field in (
        ("/assets", {"ids": ["no-such-picture"]}, 404, "ids"),
        ("/assets", {"ids": [two]}, 404, "ids"),
        ("/assets", {"ids": [one], "before": two}, 404, "before"),
        ("/assets", {"ids": [one], "revision": 7}, 409, "revision"),
        ("/assets/move", {"ids": [one]}, 404, "ids"),
        ("/assets/move", {"ids": [one], "before": one}, 422, None),
        ("/assets", {"ids": [one], "positions": [1, 2]}, 422, None),
        ("/assets", {"ids": []}, 422, "ids"),
    ):
        problem = await studio.call("POST", where + path, status=status, json=body)
        assert field is None or problem["field"] == field, problem
    for name in ("", " x", "a\nb", "a" * 201):
        await studio.call("POST", "/api/boards", status=422, json={"name": name})
    problem = await studio.call("GET", "/api/assets/columns", status=400, params={"order": "board"})
    assert problem["field"] == "board"
    assert (await studio.post(f"{where}/assets/remove", {"ids": [one]}))["unchanged"] == 1
    assert (await studio.get(where))["revision"] == 0
