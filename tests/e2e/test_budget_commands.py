"""Budgets on the command line: a cap that stops a batch, the words that say so, and the raise that resumes it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import COMMAND
from tests.server import Server
from tools.upstream.client import Upstream

MODEL = ("--model", "openai/gpt-image-2", "--size", "1024x1024", "--quality", "medium")


@pytest.fixture
def server(tmp_path: Path, upstream: Upstream) -> Iterator[Server]:
    with Server(tmp_path / "data") as running:
        running.start()
        running.add_key("openai", upstream.openai, concurrency=4)
        yield running
        running.stop()


def test_a_cap_stops_a_batch_and_a_raise_resumes_it(server: Server, tmp_path: Path) -> None:
    sheet = tmp_path / "prompts.txt"
    sheet.write_text("\n".join(f"picture {number:02}" for number in range(12)))
    words = [*COMMAND, "batch", str(sheet), *MODEL, "--cap", "0.10", "--out", str(tmp_path / "out")]
    environment = {**server.environment, "COLUMNS": "200"}
    told = tmp_path / "told.txt"
    with told.open("wb") as output:
        process = subprocess.Popen(words, env=environment, stdout=output, stderr=output)
        server.until(lambda: "Raise it: imageloom budgets set" in " ".join(told.read_text().split()))
        (cap,) = json.loads(server.run("budgets", "ls", "--json")[1])
        assert (cap["kind"], cap["waiting"]) == ("batch", 8)
        code, listed = server.run("budgets", "ls")
        assert code == 0
        assert "8 wait" in " ".join(listed.split())
        code, status = server.run("status", cap["target"])
        assert (
            code,
            "Out of budget: the cap of the batch, USD 0.1 in all, does not cover the next picture"
            in " ".join(status.split()),
        ) == (
            0,
            True,
        ), status
        code, raised = server.run("budgets", "set", cap["id"], "1.00")
        assert (code, "USD 1 in all" in raised) == (0, True), raised
        assert process.wait(timeout=60) == 0
    assert "Requested 12 = 12 done" in told.read_text()
    assert len(list((tmp_path / "out").glob("*.png"))) == 12


def test_a_cap_says_what_helps_where_more_money_does_not(server: Server) -> None:
    unknown = {"models": ["openai/gpt-image-2.6-sunburst"], "sizes": ["1024x1024"], "qualities": ["medium"]}
    batch = server.post("/api/batches", {"prompts": ["one"], "plan": unknown, "cap": "1"})
    server.until(lambda: "--allow-unknown" in (server.get(f"/api/batches/{batch['id']}")["reason"] or ""))
    (cap,) = server.get("/api/budgets")["items"]
    told = " ".join(server.run("status", batch["id"])[1].split())
    assert f"Allow it: imageloom budgets set {cap['id']} AMOUNT --allow-unknown" in told
    assert "Raise it" not in told
    assert server.run("budgets", "set", cap["id"], "1", "--allow-unknown")[0] == 0
    server.until(lambda: server.get(f"/api/batches/{batch['id']}")["state"] == "finished")


def test_caps_are_set_listed_and_removed(server: Server) -> None:
    assert "No caps" in server.run("budgets", "ls")[1]
    code, words = server.run("budgets", "set", "team", "100", "--period", "month", "--zone", "Asia/Taipei")
    assert (code, "Cap " in words) == (0, True), words
    code, words = server.run("budgets", "set", "provider:openai", "20", "--period", "day", "--soft", "--allow-unknown")
    assert (code, words.startswith("Soft cap")) == (0, True), words
    assert json.loads(server.run("budgets", "set", "user", "5", "--json")[1])["name"] == "owner"
    caps = json.loads(server.run("budgets", "ls", "--json")[1])
    assert [(cap["kind"], cap["amount"]) for cap in caps] == [("user", "5"), ("provider", "20"), ("team", "100")]
    (project,) = server.get("/api/projects")
    named = json.loads(server.run("budgets", "set", f"project:{project['name']}", "7", "--json")[1])
    assert (named["target"], server.run("budgets", "rm", named["id"])[0]) == (project["id"], 0)
    for wrong in (("project:Nowhere", "5"), ("user:no@body.example", "5")):
        code, words = server.run("budgets", "set", *wrong)
        assert (code, wrong[0].partition(":")[2] in words) == (2, True), words
    for wrong in (("pirate", "5"), ("team", "lots"), ("batch:nothing", "5"), ("team", "1", "--zone", "Nowhere")):
        code, words = server.run("budgets", "set", *wrong)
        assert code == 2, words
    for wish in (("--period", "day"), ("--soft",)):
        code, words = server.run("budgets", "set", caps[0]["id"], "90", *wish)
        assert (code, "A cap keeps its period" in words) == (2, True), words
    assert json.loads(server.run("budgets", "rm", caps[0]["id"], "--json")[1])["amount"] == "5"
    assert server.run("budgets", "rm", caps[1]["id"])[0] == 0
    assert server.run("budgets", "rm", caps[1]["id"])[0] == 2


def test_what_brought_no_picture_is_said_at_the_end(server: Server, tmp_path: Path) -> None:
    sheet = tmp_path / "prompts.txt"
    sheet.write_text("good\nbad #fake:trunc\nrefused #fake:refusepaid\n")
    code, words = server.run("batch", str(sheet), *MODEL, "--cap", "5", "--as-written")
    assert code == 1
    assert "(of that USD 0.01327 for failures and USD 0.01327 for refusals)" in " ".join(words.split())
    listed = " ".join(server.run("budgets", "ls")[1].split())
    assert "for failures" in listed
