"""The socket on which the server listens."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

from imageloom.doors.cli.serve import _listen
from imageloom.runtime.settings import Settings


async def test_what_is_sent_does_not_wait_for_acknowledgements(tmp_path: Path) -> None:
    """An answer leaves in two pieces, its head and its body; Nagle's algorithm holds the second back for 40 ms."""
    listener = _listen(Settings(data_dir=tmp_path), any_port=True)
    accepted: asyncio.Future[socket.socket] = asyncio.get_running_loop().create_future()

    async def accept(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.set_result(writer.get_extra_info("socket"))

    async with await asyncio.start_server(accept, sock=listener):
        _reader, writer = await asyncio.open_connection(*listener.getsockname()[:2])
        ours = await asyncio.wait_for(accepted, timeout=20)
        assert ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
        writer.close()
