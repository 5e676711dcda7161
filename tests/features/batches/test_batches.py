"""Batches over HTTP: submitted, estimated, steered, taken away and verified."""

from __future__ import annotations

import asyncio
import csv
import io
import zipfile
from typing import Any

import openpyxl
import orjson
import pytest
from PIL import Image
from sqlalchemy import update

from imageloom.features.batches import feeds
from imageloom.features.generation.models import Attempt, Item, Run
from imageloom.kit.pictures.inspect import DamagedPicture
from imageloom.runtime import faultpoints
from imageloom.runtime.pixels.preview import make_previews
from tests.studio import OPENAI, REPLICATE, Studio

ILLUSTRATOR = "illustrator/scene-1"


async def test_the_illustrator_makes_pictures_without_a_key(studio: Studio) -> None:
    batch = await studio.made(["a cat", "一隻貓"], model=ILLUSTRATOR, plan={"sizes": ["128x96"]})
    assert batch["counts"]["done"] == 2
    assert (batch["estimated"], batch["settled"]) == ("0", "0")
    first, second = await studio.items(batch["id"])
    assert first["fields"]["seed"] != second["fields"]["seed"]
    asset = await studio.until(lambda a: a["previews"] == "done", f"/api/assets/{first['asset_id']}")
    assert (asset["width"], asset["height"]) == (128, 96)
    assert asset["provenance"]["metadata"]["scene"]["subjects"][0]["object"] == "cat"
    preview = await studio.http.get(f"/api/assets/{asset['id']}/preview?size=256")
    assert Image.open(io.BytesIO(preview.content)).format == "WEBP"
    await studio.balanced(batch["id"])


async def test_a_plan_is_the_product_of_its_axes(studio: Studio) -> None:
    await studio.add_key("openai")
    plan = {"sizes": ["256x256", "512x256"], "qualities": ["low", "high"], "count": 2}
    estimate = await studio.post("/api/estimates", {"prompts": ["a", "b"], "plan": {"models": [OPENAI], **plan}})
    assert (estimate["items"], estimate["row_items"]) == (2 * 2 * 2 * 2, [8, 8])
    assert estimate["unknown"] == 16
    assert estimate["expected"] is None
    batch = await studio.made(["a", "b"], plan=plan)
    assert batch["counts"]["done"] == 16
    assert studio.upstream.account()["paid_calls"] == 16


async def test_the_estimate_says_the_price_and_what_is_not_sent(studio: Studio) -> None:
    await studio.add_key("openai")
    plan = {"models": [OPENAI], "sizes": ["1024x1024"], "qualities": ["high"], "seeds": ["1-3"]}
    estimate = await studio.post("/api/estimates", {"prompts": ["a"], "plan": plan})
    assert (estimate["items"], estimate["low"], estimate["unknown"]) == (3, "0.633", 0)
    assert estimate["not_sent"] == [{"model": OPENAI, "field": "seed", "reason": "the model takes no seed"}]


async def test_a_workbook_is_uploaded_and_blank_rows_are_told(studio: Studio) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (["prompt", "size"], ["貓", "64x64"], [None, None], ["狗", "64x64"]):
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    files = {"file": ("提示詞.xlsx", buffer.getvalue(), "application/octet-stream")}
    sheet = await studio.call("POST", "/api/sheets", files=files)
    assert (sheet["row_count"], sheet["blank_rows"], sheet["format"]) == (2, 1, "xlsx")
    batch = await studio.post("/api/batches", {"sheet_id": sheet["id"], "plan": {"models": [ILLUSTRATOR]}})
    assert batch["warnings"] == ["1 rows of the sheet hold no text, or a remark behind #, and were passed over."]
    await studio.finished(batch["id"])
    assert [item["row_number"] for item in await studio.items(batch["id"])] == [2, 4]


async def test_a_large_sheet_that_is_planned_keeps_nobody_from_writing(studio: Studio) -> None:
    """Planning happens between transactions: on SQLite one that waited for it would stop the ledger."""
    await studio.add_key("openai")
    text = "\n".join(f"picture {n}" for n in range(10_000))
    files = {"file": ("long.txt", text.encode(), "text/plain")}
    sheet = await studio.call("POST", "/api/sheets", files=files)
    body = {"sheet_id": sheet["id"], "plan": {"models": [OPENAI], "sizes": ["1024x1024"]}}
    estimating = asyncio.create_task(studio.post("/api/estimates", body))
    await asyncio.sleep(0)
    await studio.post("/api/projects", {"name": "written meanwhile"})
    assert not estimating.done()
    assert (await estimating)["items"] == 10_000


async def test_a_batch_whose_items_cannot_be_written_says_so_and_goes_on_later(studio: Studio) -> None:
    object.__setattr__(studio.settings.plans, "inline_items", 1)
    files = {"file": ("a.txt", b"one\ntwo\nthree\n", "text/plain")}
    sheet = await studio.call("POST", "/api/sheets", files=files)
    (path,) = (found for found in (studio.settings.data_dir / "blobs" / "sheets").rglob("*") if found.is_file())
    content = path.read_bytes()
    body = {"sheet_id": sheet["id"], "plan": {"models": [ILLUSTRATOR], "sizes": ["64x64"]}}
    with faultpoints.armed("batches.before_expand", path.unlink):
        batch = await studio.post("/api/batches", body)
        told = await studio.until(lambda b: b["reason"] is not None, f"/api/batches/{batch['id']}")
    assert "missing from the store" in told["reason"]
    path.write_bytes(content)
    await studio.application.engine.fire("expand-left")
    done = await studio.finished(batch["id"])
    assert (done["counts"]["done"], done["reason"]) == (3, None)
    await studio.balanced(batch["id"])


async def test_the_same_submit_twice_at_once_is_one_batch(studio: Studio) -> None:
    body = {"prompts": ["a cat"], "plan": {"models": [ILLUSTRATOR], "sizes": ["64x64"]}}
    headers = {"Idempotency-Key": "twice"}
    made = await asyncio.gather(*(studio.post("/api/batches", body, headers=headers) for _ in range(5)))
    assert len({batch["id"] for batch in made}) == 1
    assert len((await studio.get("/api/batches"))["items"]) == 1
    token = await studio.post("/api/tokens", {"name": "writes", "scopes": ["batches:write"]})
    headers["Authorization"] = f"Bearer {token['token']}"
    again = await studio.post("/api/batches", body, headers=headers)
    assert again["id"] == made[0]["id"]


async def test_a_sheet_is_uploaded_read_and_used(studio: Studio) -> None:
    text = "subject,size\n貓,128x128\n狗,64x64\n"
    for encoding in ("utf-8", "utf-8-sig", "big5", "utf-16"):
        files = {"file": ("sheet.csv", text.encode(encoding), "text/csv")}
        sheet = await studio.call("POST", "/api/sheets", files=files)
        assert (sheet["columns"], sheet["row_count"]) == (["subject", "size"], 2)
        assert sheet["sample"][0]["subject"] == "貓"
    body = {"sheet_id": sheet["id"], "plan": {"template": "{{subject}}在草地上", "models": [ILLUSTRATOR]}}
    batch = await studio.finished((await studio.post("/api/batches", body))["id"])
    items = await studio.items(batch["id"])
    assert [item["prompt"] for item in items] == ["貓在草地上", "狗在草地上"]
    assert [item["fields"]["width"] for item in items] == [128, 64]
    assert items[0]["row"] == {"subject": "貓", "size": "128x128"}
    assert items[0]["template"] == "{{subject}}在草地上"


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({"prompts": ["a"], "plan": {"models": ["nobody/none"]}}, 400, "unknown_model", "model"),
        ({"prompts": ["a"], "plan": {"models": [ILLUSTRATOR], "sizes": ["4000x4000"]}}, 400, "does_not_fit", "size"),
        ({"prompts": ["a"], "plan": {"models": [ILLUSTRATOR], "sizes": ["huge"]}}, 400, "invalid_input", "plan.sizes"),
        ({"prompts": ["a"], "plan": {"template": "{{nothing}}"}}, 400, "missing_column", "plan.template"),
        ({"prompts": ["a"], "plan": {"seeds": ["x"]}}, 400, "invalid_input", "plan.seeds"),
        ({"prompts": ["a"], "plan": {"models": [OPENAI]}}, 400, "no_credential", "plan.models"),
        ({"prompts": ["#"], "sheet_id": "x"}, 422, "malformed", None),
        ({"prompts": []}, 422, "malformed", "prompts"),
        ({"prompts": ["a"], "surprise": 1}, 422, "malformed", "surprise"),
        ({"sheet_id": "nowhere"}, 404, "not_found", "sheet_id"),
        ({"prompts": ["a"], "project": "nowhere"}, 404, "not_found", "project"),
        ({"prompts": ["a"], "references": ["none"]}, 404, "not_found", "references"),
        ({"prompts": ["   "]}, 400, "nothing_to_make", "sheet_id"),
    ],
)
async def test_a_bad_submit_names_the_field_and_leaves_nothing(
    studio: Studio, body: dict, status: int, code: str, field: str | None
) -> None:
    problem = await studio.call("POST", "/api/batches", json=body, status=status)
    assert problem["code"] == code
    if field is not None:
        assert problem["field"] == field
    assert (await studio.get("/api/batches"))["items"] == []


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"a,a\n1,2\n", "both named"),
        ("a.csv", b"a,\n1,2\n", "has more cells|cells and the header"),
        ("a.csv", b'a\n"open', "Row 2"),
        ("a.csv", b"", "empty"),
        ("a.exe", b"MZ", "no sheet"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1", "old Excel"),
        ("a.xlsx", b"PK\x03\x04broken", "XLSX"),
        ("a.jsonl", b'{"prompt": {"deep": 1}}', "an object"),
        ("a.jsonl", b"not json", "no JSON"),
        ("a.yaml", b"a: &x [1]\nb: *x", "aliases"),
        ("a.json", b'{"x": 1}', "no list"),
        ("a.txt", b"fine\nbad \x00 byte", "NUL"),
        ("a.csv", b"prompt\n" + b"x" * 150_000, "more than"),
    ],
)
async def test_a_bad_sheet_is_refused_with_its_row(studio: Studio, name: str, content: bytes, words: str) -> None:
    files = {"file": (name, content, "application/octet-stream")}
    problem = await studio.call("POST", "/api/sheets", files=files, status=400)
    assert any(word in problem["detail"] for word in words.split("|")), problem
    uploads = studio.settings.data_dir / "uploads"
    assert list(uploads.iterdir()) == []


async def test_the_same_key_and_body_is_one_batch(studio: Studio) -> None:
    body = {"prompts": ["a cat"], "plan": {"models": [ILLUSTRATOR], "sizes": ["64x64"]}}
    headers = {"Idempotency-Key": "only-once"}
    first = await studio.http.post("/api/batches", json=body, headers=headers)
    again = await studio.http.post("/api/batches", json=body, headers=headers)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    other = {**body, "prompts": ["a dog"]}
    problem = await studio.call("POST", "/api/batches", json=other, headers=headers, status=409)
    assert problem["code"] == "idempotency_key_reused"
    assert len((await studio.get("/api/batches"))["items"]) == 1


async def test_a_large_batch_is_written_in_pages_by_a_job(studio: Studio) -> None:
    object.__setattr__(studio.settings.plans, "inline_items", 5)
    object.__setattr__(studio.settings.plans, "page_items", 7)
    await studio.add_key("openai", concurrency=20)
    batch = await studio.made([f"picture {n}" for n in range(30)])
    assert batch["counts"]["done"] == 30
    assert [item["position"] for item in await studio.items(batch["id"])] == list(range(30))
    await studio.balanced(batch["id"])


async def test_a_batch_that_is_cancelled_while_it_is_written_balances(studio: Studio) -> None:
    object.__setattr__(studio.settings.plans, "inline_items", 1)
    await studio.add_key("openai", concurrency=1)
    batch = await studio.submit([f"picture {n}" for n in range(50)])
    await studio.post(f"/api/batches/{batch['id']}/cancel")
    await studio.finished(batch["id"])
    books = await studio.balanced(batch["id"])
    assert books["counts"]["cancelled"] >= 40
    problem = await studio.call("POST", f"/api/batches/{batch['id']}/pause", status=409)
    assert problem["code"] == "run_not_active"


async def test_pause_holds_and_resume_goes_on(studio: Studio) -> None:
    await studio.add_key("openai", concurrency=2)
    batch = await studio.submit([f"picture {n}" for n in range(30)])
    await studio.post(f"/api/batches/{batch['id']}/pause")
    paused = await studio.until(lambda b: b["counts"]["running"] == 0, f"/api/batches/{batch['id']}")
    assert (paused["state"], paused["reason"]) == ("paused", "Paused by a person.")
    calls = len(studio.upstream.requests())
    await asyncio.sleep(0.2)
    assert len(studio.upstream.requests()) == calls
    await studio.post(f"/api/batches/{batch['id']}/resume")
    assert (await studio.finished(batch["id"]))["counts"]["done"] == 30


async def test_a_paused_lane_holds_its_items(studio: Studio) -> None:
    await studio.add_key("openai", concurrency=2)
    await studio.made(["first"])
    (lane,) = await studio.get("/api/lanes")
    await studio.post(f"/api/lanes/{lane['id']}/pause")
    batch = await studio.submit(["second"])
    await asyncio.sleep(0.3)
    assert (await studio.get(f"/api/batches/{batch['id']}"))["counts"]["pending"] == 1
    (lane,) = await studio.get("/api/lanes")
    assert (lane["waiting"], lane["reason"]) == (1, "Paused by a person.")
    await studio.post(f"/api/lanes/{lane['id']}/resume")
    assert (await studio.finished(batch["id"]))["counts"]["done"] == 1
    await studio.call("POST", "/api/lanes/none/pause", status=404)


async def test_only_what_failed_is_tried_again(studio: Studio) -> None:
    await studio.add_key("openai")
    batch = await studio.made(["fine", "bad once #fake:trunc:1", "refused #fake:refuse"])
    assert batch["counts"]["failed"] == 1
    moved = await studio.post(f"/api/batches/{batch['id']}/retry", {"states": ["failed"]})
    assert moved == {"items": 1}
    batch = await studio.finished(batch["id"])
    assert (batch["counts"]["done"], batch["counts"]["refused"]) == (2, 1)
    assert studio.upstream.account()["by_prompt"]["fine"] == 1
    problem = await studio.call("POST", f"/api/batches/{batch['id']}/retry", json={}, status=409)
    assert problem["code"] == "nothing_to_retry"


async def test_uncertain_items_wait_for_a_person(studio: Studio) -> None:
    await studio.add_key("openai")
    batch = await studio.made(["lost #fake:lost:1", "also lost #fake:lost:1"])
    assert batch["counts"]["uncertain"] == 2
    first, _second = await studio.items(batch["id"])
    path = f"/api/batches/{batch['id']}/reconcile"
    assert await studio.post(path, {"resolution": "resend", "item_ids": [first["id"]]}) == {"items": 1}
    batch = await studio.finished(batch["id"])
    assert (batch["counts"]["done"], batch["counts"]["uncertain"]) == (1, 1)
    assert await studio.post(path, {"resolution": "give_up"}) == {"items": 1}
    batch = await studio.get(f"/api/batches/{batch['id']}")
    assert (batch["counts"]["failed"], batch["counts"]["uncertain"]) == (1, 0)
    books = await studio.balanced(batch["id"])
    assert books["resent_items"] == 1
    problem = await studio.call("POST", path, json={"resolution": "resend"}, status=409)
    assert problem["code"] == "not_uncertain"


@pytest.mark.parametrize(("policy", "state", "paid"), [("resend_once", "done", 2), ("give_up", "failed", 1)])
async def test_the_policy_decides_about_uncertain_items(studio: Studio, policy: str, state: str, paid: int) -> None:
    await studio.add_key("openai")
    batch = await studio.made(["lost #fake:lost:1"], uncertain_policy=policy)
    (item,) = await studio.items(batch["id"])
    assert item["state"] == state
    assert studio.upstream.account()["paid_calls"] == paid


async def test_progress_is_streamed_and_can_be_resumed(studio: Studio) -> None:
    await studio.add_key("openai", concurrency=2)
    batch = await studio.submit([f"picture {n}" for n in range(12)])
    events = await read_events(studio, batch["id"], None)
    assert events[0][0] == "snapshot"
    assert events[-1][0] == "end"
    changed = [item["position"] for kind, _id, data in events if kind == "delta" for item in data["items"]]
    last = events[-1][1]
    assert events[-2][2]["counts"]["done"] == 12
    assert len(changed) == len(set(changed))
    resumed = await read_events(studio, batch["id"], "0")
    positions = {item["position"] for kind, _id, data in resumed if kind == "delta" for item in data["items"]}
    assert positions == set(range(12))
    assert (await read_events(studio, batch["id"], last))[0][0] != "snapshot"
    assert (await read_events(studio, batch["id"], "99999999"))[0][0] == "snapshot"
    object.__setattr__(studio.settings.engine, "retention_days", -1)
    assert (await read_events(studio, batch["id"], last))[0][0] == "snapshot"


async def test_however_many_follow_a_batch_it_is_read_once(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[str] = []
    look = feeds.Feed._look

    async def counted(feed: feeds.Feed, *, fresh: bool) -> bool:
        looks.append(feed.run_id)
        return await look(feed, fresh=fresh)

    monkeypatch.setattr(feeds.Feed, "_look", counted)
    await studio.add_key("openai", concurrency=1)
    studio.upstream.config(latency=0.3)
    batch = await studio.submit([f"picture {n}" for n in range(4)])
    heard = await asyncio.gather(*(read_events(studio, batch["id"], None) for _ in range(30)))
    assert {events[-1][0] for events in heard} == {"end"}
    for events in heard:
        positions = {item["position"] for kind, _id, data in events if kind == "delta" for item in data["items"]}
        assert events[0][2]["counts"]["done"] + len(positions) >= 4
    # A look at most every quarter of a second and one more, not thirty times that.
    assert len(looks) < 60


async def test_who_is_far_behind_begins_anew_with_a_snapshot(studio: Studio) -> None:
    feed = feeds.Feed(run_id="x", scopes=studio.application.scopes)
    for number in range(feeds.KEPT_EVENTS + 10):
        feed._tell(b"%d" % number)
    with feed.heard(on_silence=lambda: None):
        late, place = await feed.next(3)
        assert (late[:15], place) == (b"event: snapshot", feed.told)
        assert await feed.next(feed.told - 1) == (b"%d" % (feeds.KEPT_EVENTS + 9), feed.told)


async def test_a_quiet_stream_says_that_it_is_there(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "BEAT_SECONDS", 0.2)
    await studio.add_key("openai", concurrency=1)
    studio.upstream.config(latency=0.3)
    batch = await studio.submit([f"picture {n}" for n in range(4)])
    path = f"/api/batches/{batch['id']}"
    await studio.until(lambda b: b["counts"]["done"] >= 1, path)
    await studio.post(f"{path}/pause")
    await studio.until(lambda b: b["counts"]["running"] == 0, path)
    reading = asyncio.create_task(studio.http.get(f"{path}/events"))
    await asyncio.sleep(2.5)
    await studio.post(f"{path}/resume")
    text = (await reading).text
    assert ": still here" in text
    first = orjson.loads(text.split("data: ", 1)[1].split("\n", 1)[0])
    assert first["eta_seconds"] is None


def test_the_pace_is_that_of_the_last_minute() -> None:
    pace = feeds.Pace()
    for second in range(0, 300, 10):
        pace.see(float(second), second if second < 200 else 200 + (second - 200) * 3)
    assert pace.per_second() == 3.0


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        (update(Run).values(done=Run.done + 1), "counter"),
        (update(Item).where(Item.position == 0).values(asset_id=None), "asset"),
        (update(Attempt).values(outcome="succeeded"), "made_twice"),
    ],
)
async def test_verify_finds_books_that_do_not_balance(studio: Studio, statement: Any, rule: str) -> None:
    await studio.add_key("openai")
    batch = await studio.made(["one #fake:503", "two"])
    assert (await studio.balanced(batch["id"]))["resent_items"] == 0
    await studio.application.writer.transact(lambda connection: connection.execute(statement))
    books = await studio.get(f"/api/batches/{batch['id']}/verify")
    assert not books["balanced"]
    assert {problem["rule"] for problem in books["problems"]} == {rule}
    files = (await studio.get(f"/api/batches/{batch['id']}/files", names="[prompt]"))["items"]
    assert len(files) == (1 if rule == "asset" else 2)


async def test_names_say_whose_batch_it_was_and_where_it_was_made(studio: Studio) -> None:
    batch = await studio.made(["a cat"], model="illustrator/scene-1", name="Autumn", plan={"sizes": ["128x64"]})
    me = (await studio.get("/api/me"))["name"]
    names = "{project}/[batch]_[user]/[provider]-[model]-[width]x[height]-[style]-[index]"
    (file,) = (await studio.get(f"/api/batches/{batch['id']}/files", names=names))["items"]
    assert file["path"] == f"Studio/Autumn_{me}/illustrator-scene-1-128x64-1.png"


async def test_the_books_balance_at_every_moment_of_a_batch(studio: Studio) -> None:
    await studio.add_key("openai", concurrency=16)
    batch = await studio.submit([f"picture {n}" for n in range(120)])
    looks = 0
    while (await studio.get(f"/api/batches/{batch['id']}"))["finished_at"] is None:
        await studio.balanced(batch["id"])
        looks += 1
    assert looks > 1


async def test_names_that_collide_are_counted_on_every_page(studio: Studio) -> None:
    batch = await studio.made(["a cat"], model=ILLUSTRATOR, plan={"sizes": ["64x64"], "count": 5})
    query = {"names": "{prompt}", "limit": 2}
    page = await studio.get(f"/api/batches/{batch['id']}/files", **query)
    paths = [file["path"] for file in page["items"]]
    while page["next"] is not None:
        page = await studio.get(f"/api/batches/{batch['id']}/files", cursor=page["next"], **query)
        paths += [file["path"] for file in page["items"]]
    assert len(set(paths)) == 5
    assert all(file["size_bytes"] > 0 for file in page["items"])


async def test_a_store_that_is_elsewhere_is_not_left_out_in_silence(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = await studio.made(["a cat"], model=ILLUSTRATOR, plan={"sizes": ["64x64"]})
    monkeypatch.setattr(studio.application.ports.blobs, "local_path", lambda _key: None)
    response = await studio.http.get(f"/api/batches/{batch['id']}/export.zip")
    assert "MISSING.txt" in zipfile.ZipFile(io.BytesIO(response.content)).namelist()


async def read_events(studio: Studio, batch_id: str, last_id: str | None) -> list[tuple[str, str, dict]]:
    headers = {} if last_id is None else {"Last-Event-ID": last_id}
    response = await studio.http.get(f"/api/batches/{batch_id}/events", headers=headers)
    events = []
    for block in response.text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "data" in fields:
            events.append((fields["event"], fields["id"], orjson.loads(fields["data"])))
    return events


async def test_pictures_are_taken_away_with_their_words(studio: Studio) -> None:
    await studio.add_key("openai")
    prompts = ["a cat, sitting", "=cmd|'/c calc'!A0", "霓虹 夜市"]
    batch = await studio.made(prompts)
    query = {"names": "[project]/[index]-[prompt:words=2]"}
    files = (await studio.get(f"/api/batches/{batch['id']}/files", limit=2, **query))["items"]
    assert [file["path"] for file in files] == ["Studio/1-a cat.png", "Studio/2-=cmd ' c calc'!A0.png"]
    response = await studio.http.get(f"/api/batches/{batch['id']}/export.zip", params=query)
    assert int(response.headers["content-length"]) == len(response.content)
    archive = zipfile.ZipFile(io.BytesIO(response.content))
    assert archive.testzip() is None
    assert len(archive.namelist()) == 4
    rows = list(csv.DictReader(io.StringIO(archive.read("manifest.csv").decode("utf-8-sig"))))
    assert rows[1]["prompt"].startswith("'=cmd")
    assert [row["state"] for row in rows] == ["done"] * 3
    inside = Image.open(io.BytesIO(archive.read(files[0]["path"])))
    assert inside.info["parameters"].startswith("a cat, sitting\n")
    assert b"trainedAlgorithmicMedia" in archive.read(files[0]["path"])
    problem = await studio.call("GET", f"/api/batches/{batch['id']}/files?names=[promt]", status=400)
    assert problem["hint"] == "Did you mean [prompt]?"


async def test_the_original_is_untouched_and_the_delivered_file_has_the_same_pixels(studio: Studio) -> None:
    await studio.add_key("openai")
    batch = await studio.made(["a cat"])
    (item,) = await studio.items(batch["id"])
    path = f"/api/assets/{item['asset_id']}/file"
    original = await studio.http.get(path)
    full = await studio.http.get(path, params={"metadata": "full"})
    none = await studio.http.get(path, params={"metadata": "none"})
    assert none.content == original.content
    assert len(full.content) > len(original.content)
    pixels = [Image.open(io.BytesIO(r.content)).tobytes() for r in (original, full)]
    assert pixels[0] == pixels[1]
    await studio.until(lambda asset: asset["previews"] == "done", f"/api/assets/{item['asset_id']}")
    for tagged in (
        path,
        f"/api/assets/{item['asset_id']}",
        f"/api/assets/{item['asset_id']}/preview?size=256",
        f"/api/batches/{batch['id']}",
        f"/api/batches/{batch['id']}/items",
        f"/api/batches/{batch['id']}/files",
    ):
        tag = (await studio.http.get(tagged)).headers["etag"]
        for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            assert (await studio.http.get(tagged, headers={"If-None-Match": known})).status_code == 304
        assert (await studio.http.get(tagged, headers={"If-None-Match": '"other"'})).status_code == 200


async def test_verify_finds_a_missing_and_a_changed_file(studio: Studio) -> None:
    await studio.add_key("openai")
    batch = await studio.made(["one", "two", "three"])
    items = await studio.items(batch["id"])
    paths = []
    for item in items[:2]:
        # Whoever makes its previews still reads the file.
        asset = await studio.until(lambda a: a["previews"] != "pending", f"/api/assets/{item['asset_id']}")
        path = studio.application.ports.blobs.local_path(f"pictures/{asset['blake3']}")
        assert path is not None
        paths.append(path)
    paths[0].unlink()
    paths[1].write_bytes(paths[1].read_bytes()[:-1] + b"x")
    books = await studio.get(f"/api/batches/{batch['id']}/verify")
    assert not books["balanced"]
    assert sorted(problem["rule"] for problem in books["problems"]) == ["file_changed", "file_missing"]
    gone = await studio.call("GET", f"/api/assets/{items[0]['asset_id']}/file", status=410)
    assert gone["code"] == "file_gone"
    response = await studio.http.get(f"/api/batches/{batch['id']}/export.zip")
    assert "MISSING.txt" in zipfile.ZipFile(io.BytesIO(response.content)).namelist()


async def test_a_picture_that_cannot_be_decoded_reopens_its_item(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_function: object, *_arguments: object, timeout_seconds: float, cpu_seconds: float) -> None:
        raise DamagedPicture("it cannot be decoded")

    assert callable(make_previews)
    monkeypatch.setattr(studio.application.ports.workers, "run", broken)
    await studio.add_key("openai")
    batch = await studio.submit(["looks whole"])
    failed = await studio.until(lambda b: b["counts"]["failed"] == 1, f"/api/batches/{batch['id']}")
    (item,) = await studio.items(failed["id"])
    assert "paid for" in item["message"]
    await studio.balanced(batch["id"])


async def test_an_uploaded_picture_is_edited(studio: Studio) -> None:
    await studio.add_key("openai")
    picture = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(picture, "PNG")
    files = {"file": ("red.png", picture.getvalue(), "image/png")}
    asset = await studio.call("POST", "/api/assets", files=files)
    batch = await studio.made(["make it blue"], references=[asset["id"]])
    assert batch["counts"]["done"] == 1
    (item,) = await studio.items(batch["id"])
    (attempt,) = await studio.get(f"/api/batches/{batch['id']}/items/{item['id']}/attempts")
    assert attempt["sent"]["url"] == "images/edits"
    assert attempt["sent"]["files"] == ["image[]"]
    refused = {"file": ("x.png", b"<svg/>", "image/png")}
    problem = await studio.call("POST", "/api/assets", files=refused, status=400)
    assert problem["code"] == "bad_picture"


async def test_two_users_share_a_lane_fairly(studio: Studio) -> None:
    await studio.add_key("openai", concurrency=1)
    big = await studio.submit([f"big {n}" for n in range(30)])
    small = await studio.submit([f"small {n}" for n in range(3)], priority=9)
    await studio.finished(small["id"])
    assert (await studio.get(f"/api/batches/{big['id']}"))["counts"]["pending"] > 15
    await studio.post(f"/api/batches/{big['id']}/cancel")
    await studio.finished(big["id"])


async def test_lists_are_paged_and_tagged(studio: Studio) -> None:
    for name in ("one", "two", "three"):
        await studio.submit(["a cat"], model=ILLUSTRATOR, name=name, plan={"sizes": ["64x64"]})
    page = await studio.get("/api/batches", limit=2)
    assert [batch["name"] for batch in page["items"]] == ["three", "two"]
    rest = await studio.get("/api/batches", limit=2, cursor=page["next"])
    assert ([batch["name"] for batch in rest["items"]], rest["next"]) == (["one"], None)
    await studio.call("GET", "/api/batches?cursor=%21%21", status=400)
    await studio.call("GET", f"/api/batches/{page['items'][0]['id']}/items?cursor=YWJj", status=400)
    await studio.call("GET", f"/api/batches/{page['items'][0]['id']}/items?state=odd", status=400)
    models = await studio.get("/api/models", provider="openai")
    assert models[0]["name"].startswith("openai/")
    assert any(provider["id"] == "illustrator" for provider in await studio.get("/api/providers"))
    await studio.until(lambda page: all(b["finished_at"] for b in page["items"]), "/api/batches")
    first = await studio.http.get("/api/batches")
    tagged = await studio.http.get("/api/batches", headers={"If-None-Match": first.headers["etag"]})
    assert tagged.status_code == 304
    assets = await studio.get("/api/assets", limit=2)
    assert len(assets["items"]) == 2
    assert assets["next"]


async def test_replicate_jobs_are_cancelled_with_their_batch(studio: Studio) -> None:
    await studio.add_key("replicate", concurrency=2)
    batch = await studio.submit(["slow #fake:stuck", "slower #fake:stuck"], model=REPLICATE)
    await studio.until(lambda b: b["counts"]["running"] == 2, f"/api/batches/{batch['id']}")
    await studio.post(f"/api/batches/{batch['id']}/cancel")
    done = await studio.finished(batch["id"])
    assert done["counts"]["cancelled"] == 2
    assert studio.upstream.account()["canceled"] == 2


async def test_a_list_shows_of_a_picture_what_its_own_page_shows(studio: Studio) -> None:
    await studio.made(["a cat", "a dog"], model=ILLUSTRATOR, plan={"sizes": ["64x64"]})
    listed = (await studio.get("/api/assets"))["items"]
    path = f"/api/assets/{listed[0]['id']}"
    await studio.until(lambda asset: asset["previews"] == "done", path)
    listed = (await studio.get("/api/assets"))["items"]
    assert listed[0] == await studio.get(path)
    assert len(listed) == 2
