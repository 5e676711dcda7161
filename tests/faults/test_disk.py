"""The disk is full, out of inodes, read-only, forbidden, or fails now and then. What was paid for waits for it."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.scene import CONCURRENCY, ITEMS, Scene
from tests.server import HTTP, Server
from tools.faults.filesystems import FileSystem, small
from tools.faults.machine import why_no_namespaces, why_no_tracing
from tools.upstream.client import Upstream

needs_namespaces = pytest.mark.skipif(why_no_namespaces() is not None, reason=why_no_namespaces() or "")
needs_tracing = pytest.mark.skipif(why_no_tracing() is not None, reason=why_no_tracing() or "")
Break = Callable[[FileSystem], None]


@pytest.fixture
def pictures_disk(tmp_path: Path) -> Iterator[FileSystem]:
    """The whole data directory but the database."""
    with small(tmp_path / "data", size="32m", inodes=4000) as disk:
        yield disk


@pytest.fixture
def database_disk(tmp_path: Path) -> Iterator[FileSystem]:
    with small(tmp_path / "database", size="16m") as disk:
        yield disk


def staged(server: Server, upstream: Upstream, url: str | None = None) -> Scene:
    return Scene(server, upstream, database_url=url)


def storage(scene: Scene) -> dict[str, Any]:
    health = HTTP.get(f"{scene.server.address['url']}/api/health", timeout=5).json()
    (part,) = [part for part in health["parts"] if part["name"] == "storage"]
    return part


def waits_and_goes_on(scene: Scene, batch: str, heal: Callable[[], None], again: Callable[[], None]) -> None:
    """What must be true of every disk that refuses and then takes again.

    ``again`` refuses once more: an answer that is given up gives back the room it had.
    """

    def refused() -> bool:
        again()
        return any("not stored" in (item["message"] or "") for item in scene.items(batch))

    scene.server.until(refused)
    assert storage(scene)["status"] == "degraded"
    # What is in flight arrives; nothing more is bought.
    scene.server.until(lambda: scene.upstream.account()["in_flight"] == 0)
    scene.server.until(refused)
    paid = scene.upstream.account()["paid_calls"]
    code, said = scene.server.run("status", batch)
    assert code == 0
    assert "Paid, not stored" in said, said
    assert scene.upstream.account()["paid_calls"] == paid < ITEMS
    heal()
    scene.until_rest(batch)
    scene.server.until(lambda: storage(scene)["status"] == "up")
    assert scene.compare(batch)["done"] == ITEMS
    assert scene.upstream.account()["paid_calls"] == ITEMS
    assert "attempt_broke" not in scene.server.log()


@needs_namespaces
@pytest.mark.fault(18, 20)
@pytest.mark.parametrize(
    "fill", [pytest.param(FileSystem.fill, id="bytes"), pytest.param(FileSystem.fill_inodes, id="inodes")]
)
def test_a_disk_of_pictures_that_gets_full(
    pictures_disk: FileSystem, tmp_path: Path, slow_upstream: Upstream, fill: Break
) -> None:
    url = f"sqlite:///{tmp_path / 'imageloom.db'}"
    disk = pictures_disk
    with Server(disk.seen, place=disk.place, prefix=disk.prefix, database_url=url) as server:
        scene = staged(server, slow_upstream, url)
        with scene.watched() as health:
            scene.begin()
            batch = scene.submit()
            scene.until_ended(batch, 40)
            fill(disk)
            waits_and_goes_on(scene, batch, disk.make_room, lambda: fill(disk))
        assert health.words["down"] == 0


@needs_namespaces
@pytest.mark.fault(18, 25)
def test_a_full_disk_that_takes_a_little_now_and_then(
    pictures_disk: FileSystem, tmp_path: Path, slow_upstream: Upstream
) -> None:
    """The last write before the end is short: half a picture is no picture."""
    url = f"sqlite:///{tmp_path / 'imageloom.db'}"
    disk = pictures_disk
    slow_upstream.config(picture_bytes=60_000)
    with Server(disk.seen, place=disk.place, prefix=disk.prefix, database_url=url) as server:
        scene = staged(server, slow_upstream, url)
        with scene.watched():
            scene.begin()
            batch = scene.submit(60)
            scene.until_ended(batch, 10)
            for _ in range(5):
                disk.fill()
                scene.server.until(lambda: storage(scene)["status"] == "degraded")
                with (disk.seen / ".fill").open("r+b") as file:
                    file.truncate(file.seek(0, 2) - 20_000)
            disk.make_room()
            scene.until_rest(batch)
            assert scene.compare(batch)["done"] == 60
            assert scene.upstream.account()["paid_calls"] == 60


@needs_namespaces
@pytest.mark.fault(18)
def test_a_kill_while_paid_pictures_wait_for_room(
    pictures_disk: FileSystem, tmp_path: Path, slow_upstream: Upstream
) -> None:
    url = f"sqlite:///{tmp_path / 'imageloom.db'}"
    disk = pictures_disk
    with Server(disk.seen, place=disk.place, prefix=disk.prefix, database_url=url) as server:
        scene = staged(server, slow_upstream, url)
        with scene.watched():
            scene.begin()
            batch = scene.submit()
            scene.until_ended(batch, 40)
            disk.fill()
            scene.server.until(lambda: storage(scene)["status"] == "degraded")
            scene.server.kill()
            disk.make_room()
            scene.server.start()
            scene.until_rest(batch)
            counts = scene.compare(batch, uncertain_at_most=CONCURRENCY)
            assert counts["done"] + counts["uncertain"] == ITEMS


@needs_namespaces
@pytest.mark.fault(21)
@pytest.mark.parametrize("folder", ["blobs", "incoming"])
def test_a_disk_that_becomes_read_only(file_scene: Scene, folder: str) -> None:
    scene = file_scene
    server = scene.server
    with small(server.folder / folder, size="32m") as disk:
        server.prefix = disk.prefix
        scene.elsewhere[folder] = disk.seen
        scene.begin()
        batch = scene.submit()
        scene.until_ended(batch, 40)
        disk.remount("ro")
        waits_and_goes_on(scene, batch, lambda: disk.remount("rw"), lambda: None)
        server.stop()


@pytest.mark.fault(27)
def test_a_folder_of_pictures_that_may_not_be_written(file_scene: Scene) -> None:
    scene = file_scene
    if os.geteuid() == 0:
        # Root may write everywhere, unless that is taken away.
        scene.server.prefix = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    scene.begin()
    batch = scene.submit()
    scene.until_ended(batch, 40)
    folders = [path for path in (scene.server.folder / "blobs").rglob("*") if path.is_dir()]
    forbid(folders)
    try:
        waits_and_goes_on(scene, batch, lambda: allow(folders), lambda: None)
    finally:
        allow(folders)


def forbid(folders: list[Path]) -> None:
    for folder in folders:
        folder.chmod(stat.S_IRUSR | stat.S_IXUSR)


def allow(folders: list[Path]) -> None:
    for folder in folders:
        folder.chmod(stat.S_IRWXU)


@needs_namespaces
@pytest.mark.fault(19)
def test_a_disk_of_the_database_that_gets_full(
    database_disk: FileSystem, tmp_path: Path, slow_upstream: Upstream
) -> None:
    disk = database_disk
    url = f"sqlite:///{disk.place / 'imageloom.db'}"
    with Server(tmp_path / "data", prefix=disk.prefix, database_url=url) as server:
        scene = staged(server, slow_upstream, f"sqlite:///{disk.seen / 'imageloom.db'}")
        with scene.watched() as health:
            scene.begin()
            batch = scene.submit()
            scene.until_ended(batch, 40)
            disk.fill()
            address = server.address
            refused = HTTP.post(
                f"{address['url']}/api/batches",
                json={"prompts": [f"more {n}" * 200 for n in range(1900)], "plan": {"models": ["openai/gpt-image-2"]}},
                headers={"Authorization": f"Bearer {address['token']}"},
                timeout=60,
            )
            assert (refused.status_code, refused.json()["code"]) == (507, "no_room"), refused.text
            assert "Retry-After" in refused.headers
            server.until(lambda: health.words["down"] > 0)
            disk.make_room()
            scene.until_rest(batch)
            server.until(lambda: storage(scene)["status"] == "up")
            assert [row["id"] for row in server.pages("/api/batches")] == [batch]
            assert scene.compare(batch)["done"] == ITEMS
            assert scene.upstream.account()["paid_calls"] == ITEMS


@needs_namespaces
@pytest.mark.fault(18)
def test_an_upload_without_room_is_refused(pictures_disk: FileSystem, tmp_path: Path, slow_upstream: Upstream) -> None:
    disk = pictures_disk
    url = f"sqlite:///{tmp_path / 'imageloom.db'}"
    with Server(disk.seen, place=disk.place, prefix=disk.prefix, database_url=url) as server:
        scene = staged(server, slow_upstream, url)
        scene.begin()
        disk.fill()
        address = server.address
        answer = HTTP.post(
            f"{address['url']}/api/assets",
            files={"file": ("cat.png", bytes(200_000), "image/png")},
            headers={"Authorization": f"Bearer {address['token']}"},
            timeout=30,
        )
        assert (answer.status_code, answer.json()["code"]) == (507, "no_room"), answer.text
        assert list((disk.seen / "uploads").iterdir()) == []


CALLS = [3, *(pytest.param(number, marks=pytest.mark.long) for number in range(1, 41) if number != 3)]


@needs_tracing
@pytest.mark.fault(22)
@pytest.mark.parametrize("number", CALLS)
def test_a_sync_that_fails(file_scene: Scene, number: int) -> None:
    """The N-th of every thread fails, and each N-th after it."""
    scene = file_scene
    scene.begin()
    batch = scene.submit(60)
    pid = scene.server.process.pid
    inject = f"inject=fsync,fdatasync:error=EIO:when={number}+{number + 2}"
    tracer = subprocess.Popen(
        ["strace", "-f", "-qq", "--seccomp-bpf", "-o", str(scene.server.folder / "run" / "strace.log")]
        + ["-e", "trace=fsync,fdatasync", "-e", inject, "-p", str(pid)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        scene.until_rest(batch)
    finally:
        tracer.terminate()
        tracer.wait()
    assert scene.compare(batch)["done"] == 60
    assert scene.upstream.account()["paid_calls"] == 60
    assert "attempt_broke" not in scene.server.log()
