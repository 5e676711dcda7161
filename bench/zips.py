"""A batch's pictures as one ZIP, beside reading the same files and summing them up."""

from __future__ import annotations

import http.client
import tempfile
import time
import zlib
from pathlib import Path
from urllib.parse import urlsplit

from bench.measuring import Bar, Finding, Spread, high_water_mb, in_turn, processor_seconds
from bench.weave import PICTURE_BYTES, SERVING, Loom
from tests.server import Server
from tools.upstream.client import Upstream

PICTURES = 1_000
CHUNK = 1 << 20


def run(*, rounds: int) -> list[Finding]:
    with (
        Upstream("--latency", "0.05", "--picture-bytes", str(PICTURE_BYTES)) as upstream,
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        Server(Path(folder)) as server,
    ):
        server.command = SERVING
        loom = Loom(server, upstream, 32)
        loom.open()
        loom.weave(PICTURES)
        batch = server.get("/api/batches")["items"][0]
        # What weaving needed at most shall not hide what packing needs.
        server.stop()
        server.start(IMAGELOOM_ENGINE__POLL_SECONDS="1.0")
        files = [path for path in (Path(folder) / "blobs" / "pictures").rglob("*") if path.is_file()]
        before = high_water_mb(loom.pid)
        ours, read = in_turn(
            [lambda: _download(server, loom.pid, batch["id"]), lambda: _read(files[-PICTURES:])], rounds=rounds
        )
        grown = high_water_mb(loom.pid) - before
        server.stop()
    return [
        Finding(
            name=f"CPU, ZIP of {PICTURES:,} pictures", name_zh=f"CPU，{PICTURES:,} 張圖的 ZIP", spread=ours, unit=" s"
        ),
        Finding(
            name="CPU, ZIP over HTTP / read and crc32",
            name_zh="CPU，經 HTTP 的 ZIP／讀檔加 crc32",
            spread=ours.over(read),
            bar=Bar(limit=2, aim=1.2),
        ),
        Finding(
            name="memory beyond before", name_zh="多用的記憶體", spread=Spread.of(grown), unit=" MB", bar=Bar(limit=64)
        ),
    ]


def _download(server: Server, pid: int, batch_id: str) -> float:
    address = server.address
    connection = http.client.HTTPConnection(urlsplit(address["url"]).netloc)
    used = processor_seconds(pid)
    connection.request(
        "GET", f"/api/batches/{batch_id}/export.zip", headers={"Authorization": f"Bearer {address['token']}"}
    )
    answer = connection.getresponse()
    promised, came = int(answer.headers["Content-Length"]), 0
    while piece := answer.read(CHUNK):
        came += len(piece)
    assert answer.status == 200
    assert came == promised > PICTURES * PICTURE_BYTES
    connection.close()
    return processor_seconds(pid) - used


def _read(files: list[Path]) -> float:
    used = time.process_time()
    for path in files:
        checksum = 0
        with path.open("rb") as file:
            while piece := file.read(CHUNK):
                checksum = zlib.crc32(piece, checksum)
    return time.process_time() - used
