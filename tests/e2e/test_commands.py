"""The command line, as a person types it, against a real server."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import zipfile
from pathlib import Path

import pytest
import typer.main

from imageloom.doors.cli.main import app
from tests.processes import COMMAND
from tests.server import Server
from tools.upstream.client import Upstream


def test_a_batch_from_a_sheet_to_a_folder(say, tmp_path: Path) -> None:
    sheet = tmp_path / "prompts.csv"
    sheet.write_text("title,prompt\ncat,a cat\n狗,一隻狗\n", encoding="utf-8")
    out = tmp_path / "out"
    code, words = say("batch", str(sheet), "--size", "64x64", "--out", str(out), "--names", "[column:title]")
    assert code == 0, words
    assert "Requested 2 = 2 done" in words
    assert "The books balance." in words
    assert sorted(path.name for path in out.iterdir()) == ["cat.png", "manifest.csv", "狗.png"]
    code, words = say("ls")
    assert "prompts.csv" in words
    batch = json.loads(say("ls", "--json")[1])[0]["id"]
    assert "finished" in say("status", batch)[1]
    assert json.loads(say("status", batch, "--json")[1])["counts"]["done"] == 2
    assert say("verify", batch)[0] == 0
    assert json.loads(say("verify", batch, "--json")[1])["balanced"]
    assert say("export", batch, "--out", str(tmp_path / "again"))[0] == 0
    assert say("export", batch, "--out", str(tmp_path / "all.zip"))[0] == 0
    assert (tmp_path / "all.zip").stat().st_size > 1000
    assert say("watch", batch, "--out", str(tmp_path / "watched"))[0] == 0
    assert say("watch", batch, "--json")[0] == 0
    assert "illustrator" in say("lanes")[1]
    assert say("lanes", "--json")[0] == 0
    assert say("lanes", "pause", "illustrator")[0] == 0
    assert say("lanes", "resume", "illustrator")[0] == 0
    for verb in ("pause", "resume", "cancel"):
        assert say(verb, batch)[0] == 2
    assert say("retry", batch)[0] == 2
    assert "Nothing is uncertain" in say("reconcile", batch)[1]
    assert say("reconcile", batch, "--json")[0] == 0
    assert say("reconcile", batch, "--give-up")[0] == 2
    assert say("reconcile", batch, "--give-up", "--resend")[0] == 2


def test_a_folder_keeps_what_it_held(say, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for seed in ("1", "2", "1"):
        words = ("batch", "-", "--size", "64x64", "--seed", seed, "--names", "{prompt}", "--out", str(out))
        assert say(*words, stdin="a cat\n")[0] == 0
    pictures = sorted(path.name for path in out.glob("*.png"))
    # Each batch says of its pictures which batch made them, so even the same drawing is another file.
    assert pictures == ["a cat-1.png", "a cat-2.png", "a cat.png"]
    batch = json.loads(say("ls", "--json")[1])[0]["id"]
    assert say("watch", batch, "--names", "{prompt}", "--out", str(out))[0] == 0
    assert sorted(path.name for path in out.glob("*.png")) == pictures
    with (out / "manifest-2.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["file"] for row in csv.DictReader(file)] == ["a cat-2.png"]
    assert list(out.glob(".*")) == []


def test_interrupting_detaches_and_the_batch_goes_on(server: Server) -> None:
    lines = "\n".join(f"a cat {number}" for number in range(40)).encode()
    command = [*COMMAND, "batch", "-", "--size", "1024x1024"]
    with subprocess.Popen(
        command, env=server.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(lines)
        process.stdin.close()
        batch = process.stdout.readline().decode().split()[1].rstrip(":")
        server.until(lambda: server.get(f"/api/batches/{batch}")["counts"]["done"] > 0)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130
        assert f"imageloom watch {batch}" in process.stderr.read().decode()
    assert server.get(f"/api/batches/{batch}")["finished_at"] is None
    code, words = server.run("watch", batch)
    assert code == 0, words
    assert server.get(f"/api/batches/{batch}")["counts"]["done"] == 40


def test_lines_from_standard_input_detached(say) -> None:
    code, words = say("batch", "-", "--size", "64x64", "--detach", stdin="a cat\n")
    assert code == 0
    assert "1 item." in words
    code, words = say("batch", "-", "--size", "64x64", "--negative", "dark", "--detach", stdin="a cat\n")
    assert (code, "is not sent negative_prompt" in words) == (0, True), words
    code, words = say("batch", "-", "--size", "64x64", "--json", stdin="a cat\n")
    assert json.loads(words)["counts"]["done"] == 1
    code, words = say("batch", "-", "--size", "64x64", "--detach", "--json", stdin="a cat\n")
    assert json.loads(words)["counts"]["total"] == 1


def test_estimates_and_the_catalogue(say, server: Server, tmp_path: Path) -> None:
    sheet = tmp_path / "p.txt"
    sheet.write_text("a cat\n")
    code, words = say("estimate", str(sheet), "--model", "openai/gpt-image-2", "--quality", "high", "--seed", "1-2")
    assert code == 0
    assert "2 items: USD 0.42202, at least 0.422, at most 0.42237." in words
    assert "Not sent" in words
    assert json.loads(say("estimate", str(sheet), "--json")[1])["items"] == 1
    assert "illustrator/scene-1" in say("models")[1]
    assert say("models", "--json")[0] == 0
    piped = server.run("models")[1]
    assert "GPT Image 2.6 Sunburst" in piped
    assert say("models", "--provider", "nobody")[0] == 2
    assert say("models", "--provider", "nobody", "--json")[0] == 2
    assert "not needed" in say("providers")[1]
    assert say("providers", "--json")[0] == 0


def test_keys_and_tokens(say, upstream: Upstream) -> None:
    assert "No keys yet" in say("keys")[1]
    code, words = say(
        "keys", "add", "openai", "--base-url", upstream.openai, "--concurrency", "3", stdin="sk-abcdefghij\n"
    )
    assert code == 0, words
    key = json.loads(say("keys", "--json")[1])[0]
    assert key["hint"] == "…ghij"
    assert "ghij" in say("keys")[1]
    assert say("keys", "test", key["id"])[0] == 0
    upstream.config(api_key="x")
    assert say("keys", "test", key["id"])[0] == 1
    changed = say(
        "keys", "change", key["id"], "--new-key", "--images-per-minute", "7", "--json", stdin="sk-klmnopqrst\n"
    )
    assert changed[0] == 0
    told = json.loads(changed[1])
    assert (told["hint"], told["limits"]) == ("…qrst", {"concurrency": 3, "images_per_minute": 7})
    assert say("keys", "change", key["id"], "--base-url", "http://127.0.0.1:9/v1")[0] == 2
    assert "qrst" in say("keys", "change", key["id"], "--label", "main")[1]
    assert "1 secrets" in say("keys", "rotate")[1]
    assert say("keys", "remove", key["id"])[0] == 0
    code, token = say("tokens", "create", "ci", "--scope", "batches:read", "--days", "3")
    assert token.startswith("iml_")
    assert json.loads(say("tokens", "create", "other", "--json")[1])["token"]
    tokens = json.loads(say("tokens", "--json")[1])
    assert "batches:read" in say("tokens")[1]
    assert say("tokens", "revoke", tokens[0]["id"])[0] == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("batch", "nowhere.csv"), 2),
        (("status", "nowhere"), 2),
        (("keys", "add", "nobody"), 2),
        (("restore", "nowhere"), 2),
        (("nonsense",), 2),
        (("--version",), 0),
    ],
)
def test_what_is_wrong_is_said(say, words: tuple[str, ...], code: int) -> None:
    assert say(*words, stdin="sk-x\n")[0] == code


def test_files_come_as_they_are_wished(say, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ("--size", "96x64", "--out", str(out), "--names", "[index]")
    wish = ("--format", "jpeg", "--format-quality", "70", "--background", "#000000", "--max-side", "48")
    assert say("batch", "-", *words, *wish, stdin="a cat\na fox\n")[0] == 0
    assert sorted(path.name for path in out.iterdir()) == ["1.jpg", "2.jpg", "manifest.csv"]
    with (out / "manifest.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["file"], row["made_as"], row["delivered_as"], row["not_converted"]) for row in rows] == [
        (f"{n}.jpg", "png 96x64", "jpeg 48x32 quality 70", "") for n in (1, 2)
    ]
    assert all((out / row["file"]).read_bytes().startswith(b"\xff\xd8") for row in rows)
    batch = json.loads(say("ls", "--json")[1])[0]["id"]
    folder = tmp_path / "webp"
    told = say("export", batch, "--out", str(folder), "--format", "webp", "--lossless", "--json")
    assert (told[0], json.loads(told[1])["not_converted"]) == (0, {})
    assert len(list(folder.glob("*.webp"))) == 2
    assert say("export", batch, "--out", str(tmp_path / "all.zip"), "--format", "webp", "--quality", "60")[0] == 0
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert sum(name.endswith(".webp") for name in archive.namelist()) == 2
    assert say("export", batch, "--out", str(tmp_path / "no"), "--format", "png", "--quality", "60")[0] == 2


def test_where_pictures_go_is_checked_before_any_is_made(say, server: Server, tmp_path: Path) -> None:
    before = server.get("/api/batches")["items"]
    taken = tmp_path / "file"
    taken.write_text("not a folder")
    for words in (
        ("--names", "[nonsense]", "--out", str(tmp_path / "out")),
        ("--metadata", "some", "--out", str(tmp_path / "out")),
        ("--out", str(taken / "below")),
        ("--format", "gif", "--out", str(tmp_path / "out")),
        ("--format", "png", "--format-quality", "80", "--out", str(tmp_path / "out")),
        ("--lossless", "--out", str(tmp_path / "out")),
    ):
        assert say("batch", "-", "--size", "64x64", *words, stdin="a cat\n")[0] == 2
    assert server.get("/api/batches")["items"] == before


def test_a_batch_that_is_held_says_so_and_how_to_go_on(say, server: Server, upstream: Upstream) -> None:
    upstream.config(api_key="another")
    key = json.loads(say("keys", "add", "openai", "--base-url", upstream.openai, "--json", stdin="sk-abcdefghij\n")[1])
    lane = f"openai:{key['id']}"
    command = [*COMMAND, "batch", "-", "--model", "openai/gpt-image-2", "--names", "[seed]", "--out", "my out"]
    with subprocess.Popen(
        command, env=server.environment, cwd=server.folder, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write("a cat")
        process.stdin.close()
        words = process.stderr.readline()
        assert f"1 wait on {lane}: Incorrect API key provided." in words
        assert f"imageloom lanes resume {lane}" in words
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130
        batch = json.loads(say("ls", "--json")[1])[0]["id"]
        assert f"imageloom watch {batch} --out 'my out' --names '[seed]'" in process.stderr.read()
    assert f"imageloom lanes resume {lane}" in say("status", batch)[1]
    assert json.loads(say("status", batch, "--json")[1])["lanes"][0]["is_parked"]
    upstream.config(api_key=None)
    assert json.loads(say("lanes", "resume", lane, "--json")[1])["id"] == lane
    assert say("watch", batch)[0] == 0
    assert say("keys", "remove", key["id"])[0] == 0


def test_every_command_that_answers_has_an_answer_for_machines() -> None:
    for name, command in typer.main.get_command(app).commands.items():
        for part in [command, *getattr(command, "commands", {}).values()]:
            options = {option for parameter in part.params for option in parameter.opts}
            assert "--json" in options or name in ("serve", "worker"), f"{name} {part.name}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRETS__MASTER_KEY", "change-me"),
        ("SECRETS__MASTER_KEY", "my-very-own-and-secret-words"),
        ("DATABASE__URL", "mysql://user:my-very-own-password@host/name"),
        ("SERVER__PORT", "many"),
        ("SERVER__PROT", "5000"),
    ],
)
def test_a_wrong_setting_is_named_and_not_shown(say, monkeypatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"IMAGELOOM_{name}", value)
    for command in ("serve", "worker", "doctor", "migrate", "ls"):
        code, words = say(command)
        assert code == 2
        assert words.startswith(f"IMAGELOOM_{name}: ")
        assert value not in words


def test_a_broken_master_key_is_explained(tmp_path: Path) -> None:
    broken = Server(tmp_path / "broken")
    (tmp_path / "broken" / "secrets").mkdir(parents=True)
    (tmp_path / "broken" / "secrets" / "master.key").write_text("nonsense\n")
    code, words = broken.run("serve")
    assert code == 3
    assert "holds no master key" in words
    assert "Traceback" not in words


def test_a_broken_price_file_is_explained_by_its_line(tmp_path: Path) -> None:
    broken = Server(tmp_path / "broken")
    (tmp_path / "broken" / "prices").mkdir(parents=True)
    file = tmp_path / "broken" / "prices" / "openai.own.yaml"
    file.write_text("# our contract\n- {unit: image, amount: 0.19, currency: USD}\n")
    code, words = broken.run("serve")
    assert code == 3
    assert "openai.own.yaml, line 2" in words
    assert "Traceback" not in words


def test_the_doctor_and_the_backup(say, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, words = say("doctor")
    assert code == 0, words
    assert "Running on this data directory" in words
    say("batch", "-", "--size", "64x64", stdin="a cat\n")
    many = "\n".join(f"a cat {n}" for n in range(60))
    running = json.loads(say("batch", "-", "--detach", "--json", "--size", "1024x1024", stdin=many)[1])["id"]
    table = tmp_path / "own.csv"
    table.write_text("provider,unit,amount,model\nopenai,image,0.5,gpt-image-2\n")
    assert say("prices", "import", str(table))[0] == 0
    saved = tmp_path / "saved.tar"
    assert "not in it" in say("backup", str(saved))[1]
    assert say("backup", str(saved))[0] == 2
    assert say("backup", str(tmp_path / "key.tar"), "--with-master-key")[0] == 0
    assert say("cancel", running)[0] == 0
    assert say("restore", str(saved))[0] == 2
    assert say("migrate")[0] == 2
    assert server.run("worker")[0] == 3
    monkeypatch.setenv("IMAGELOOM_DATA_DIR", str(tmp_path / "restored"))
    code, words = say("restore", str(tmp_path / "key.tar"))
    assert "every hash checked" in words
    assert say("migrate")[0] == 0
    assert json.loads(say("doctor", "--json")[1])
    kept = (tmp_path / "restored" / "prices" / "openai.own.yaml").read_text()
    own = server.folder / "prices" / "openai.own.yaml"
    assert kept == own.read_text()
    own.unlink()
    with Server(tmp_path / "restored") as restored:
        restored.start()
        batches = restored.get("/api/batches")["items"]
        assert batches
        held = restored.get(f"/api/batches/{running}")
        assert (held["state"], held["reason"].split(".")[0]) == ("paused", "Restored from a backup")
        for batch in batches:
            assert restored.get(f"/api/batches/{batch['id']}/verify")["balanced"]
    broken = tmp_path / "broken.tar"
    broken.write_bytes((tmp_path / "key.tar").read_bytes()[:-20_000])
    monkeypatch.setenv("IMAGELOOM_DATA_DIR", str(tmp_path / "third"))
    assert say("restore", str(broken))[0] == 2
    assert list((tmp_path / "third").iterdir()) == []
    (tmp_path / "third" / "secrets").mkdir()
    (tmp_path / "third" / "secrets" / "master.key").write_text("another")
    code, words = say("restore", str(tmp_path / "key.tar"))
    assert code == 2
    assert "another master key" in words


def test_a_command_starts_a_server_when_there_is_none(tmp_path: Path) -> None:
    lonely = Server(tmp_path / "lonely")
    code, words = lonely.run("batch", "-", "--size", "64x64", stdin="a cat\n")
    assert code == 0, words
    assert "1 done" in words
    import os
    import signal

    # What people wrote, and letters that the log shows, are nobody else's on this machine.
    log = lonely.folder / "run" / "server.log"
    assert [oct(place.stat().st_mode & 0o777) for place in (lonely.folder, log)] == ["0o700", "0o600"]
    os.kill(lonely.address["pid"], signal.SIGTERM)


def test_a_taken_port_is_named(tmp_path: Path, server: Server) -> None:
    other = Server(tmp_path / "other")
    other.environment["IMAGELOOM_SERVER__PORT"] = server.address["url"].rpartition(":")[2]
    code, words = other.run("serve")
    assert code == 3
    assert "is taken" in words


def test_prices_are_listed_checked_and_imported(say, server: Server, tmp_path: Path) -> None:
    code, words = say("prices", "ls", "--provider", "openai", "--model", "gpt-image-2")
    assert code == 0
    assert "USD 0.211" in words
    assert "https://developers.openai.com" in words
    assert len(json.loads(say("prices", "ls", "--json")[1])["lines"]) > 50
    table = tmp_path / "own.csv"
    table.write_text("provider,unit,amount,model,checked_on\nopenai,image,0.5,gpt-image-2,2026-01-01\n")
    assert json.loads(say("prices", "import", str(table), "--dry-run", "--json")[1])["written"][0]["lines"] == 1
    assert "Nothing of this" in say("prices", "import", str(table), "--provider", "nobody")[1]
    file = server.folder / "prices" / "openai.own.yaml"
    assert not file.exists()
    try:
        assert str(file) in say("prices", "import", str(table))[1]
        sheet = tmp_path / "p.txt"
        sheet.write_text("a cat\n")
        words = say("estimate", str(sheet), "--model", "openai/gpt-image-2", "--quality", "low")[1]
        assert "1 item: USD 0.50001, at least 0.5," in words
        assert "was last checked on 2026-01-01" in words
        assert "stale" in say("prices", "ls", "--model", "gpt-image-2")[1]
        code, words = say("prices", "check")
        assert (code, f"{file}: 1 lines, 1 stale" in words) == (1, True)
        other = server.folder / "prices" / "opneai.yml"
        other.write_text(file.read_text())
        file.write_text(file.read_text().replace("gpt-image-2", "gpt-imaeg-2"))
        told = json.loads(say("prices", "check", "--json")[1])
        other.unlink()
        assert [one["unused"] for one in told[-2:]] == [
            ["line 2: openai serves no gpt-imaeg-2."],
            ["there is no provider opneai. Did you mean openai?"],
        ]
        file.write_text("- {}\n")
        code, words = say("prices", "check", "--json")
        assert code == 2
        assert "line 1" in json.loads(words)[-1]["broken"]
        assert "Not read:" in say("prices", "ls")[1]
    finally:
        file.unlink(missing_ok=True)
    table.write_bytes("備註\n".encode("big5"))
    code, words = say("prices", "import", str(table))
    assert (code, "own.csv is not in UTF-8" in words) == (2, True), words
    table.write_text("nothing\n")
    assert say("prices", "import", str(table))[0] == 2
    assert say("prices", "check", str(table))[0] == 2
    model_prices = tmp_path / "model_prices.json"
    row = {"litellm_provider": "openai", "mode": "image_generation", "output_cost_per_image": 0.1}
    model_prices.write_text(json.dumps({"gpt-image-2": row, "unheard-of": row}))
    code, words = say("prices", "import", str(model_prices), "--dry-run")
    assert (code, "Left out 1: no provider here serves the model." in words) == (0, True)


def test_a_plan_that_is_wrong_is_told_whole(say, tmp_path: Path) -> None:
    sheet = tmp_path / "bad.csv"
    sheet.write_text(
        "prompt,model,size,quality\na cat,openai/gpt-image-2,1024x1024,\na dog,nobody/none,,\na cow,,5x,\n"
        "a hen,openai/gpt-image-2,,ultra\n"
    )
    code, words = say("estimate", str(sheet))
    assert code == 2
    assert "This cannot be submitted: 3 are wrong." in words
    assert "It has low, medium, high." in " ".join(words.split()), "each row has its way out"
    assert "unknown_model" in words
    assert "the size '5x' is not WIDTHxHEIGHT." in words
    code, words = say("batch", str(sheet), "--detach")
    assert code == 2
    assert "Row 3: There is no model 'nobody/none'." in words
    assert "Row 5: GPT Image 2 has no quality 'ultra'. It has low, medium, high." in words
    assert "the size '5x' is not WIDTHxHEIGHT." in words


def test_a_broken_price_file_keeps_the_server_from_starting_and_is_named(tmp_path: Path) -> None:
    with Server(tmp_path / "data") as server:
        (tmp_path / "data" / "prices").mkdir(parents=True)
        file = tmp_path / "data" / "prices" / "openai.yaml"
        file.write_text("# ours\n- {unit: image, amount: 0.05}\n")
        code, words = server.run("serve")
        assert code == 3
        assert f"{file}, line 2: a price line has exactly the members" in words
        code, words = server.run("doctor")
        assert code == 1
        assert f"{file}, line 2" in words
        assert server.run("prices", "check")[0] == 2


def test_a_bill_is_reconciled(say, tmp_path: Path) -> None:
    bill = tmp_path / "bill.csv"
    bill.write_text("model,amount,id\ngpt-image-2,0.5,unheard-of\n")
    code, words = say("prices", "reconcile", str(bill), "--provider", "openai")
    assert code == 1
    assert "unheard-of" in words
    assert "0 pictures: settled USD 0, billed USD 0.5, difference 0.5." in words
    assert json.loads(say("prices", "reconcile", str(bill), "--provider", "openai", "--json")[1])["billed"] == "0.5"
    assert say("prices", "reconcile", str(bill), "--provider", "nobody")[0] == 2


def test_the_same_batch_again_is_reused(say, tmp_path: Path) -> None:
    sheet = tmp_path / "once.txt"
    sheet.write_text("a lantern that is drawn once\n")
    assert say("batch", str(sheet), "--size", "64x64")[0] == 0
    assert (
        "1 item, 1 of them reused for nothing: USD 0." in say("estimate", str(sheet), "--size", "64x64", "--reuse")[1]
    )
    code, words = say("batch", str(sheet), "--size", "64x64", "--reuse", "--json")
    assert code == 0
    batch = json.loads(words)["batch_id"]
    assert json.loads(say("status", batch, "--json")[1])["state"] == "finished"
