"""``serve`` and ``worker``: the processes themselves."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from filelock import FileLock, Timeout

from imageloom.doors.cli.link import Address, address_path, write_address
from imageloom.runtime import collector, cores, memory
from imageloom.runtime.settings import Settings, make_data_dir
from imageloom.runtime.telemetry import configure_logs

if TYPE_CHECKING:
    import uvicorn

    from imageloom.doors.bootstrap import Application

log = structlog.get_logger(__name__)

IDLE_SECONDS = 60.0
IDLE_LOOK_SECONDS = 5.0
UVICORN_GRACE_SECONDS = 3
"""Open event streams would otherwise hold a stop for ever."""


class CannotServe(Exception):
    """The server cannot start here; the message says what to do."""


def serve(settings: Settings, *, background: bool) -> int:
    """Serves until SIGTERM or SIGINT; returns the exit code.

    In the background it takes any free port when its own is taken, and leaves when nothing is left to do.
    """
    configure_logs(settings.log)
    memory.end_without_memory()
    make_data_dir(settings.data_dir)
    _keep_inside(settings.data_dir)
    lock = _lock_directory(settings.data_dir)
    try:
        listener = _listen(settings, any_port=background)
        settings = _as_heard(settings, listener)
        return asyncio.run(_serve(settings, listener, until_idle=background))
    finally:
        address_path(settings.data_dir).unlink(missing_ok=True)
        lock.release()


def _keep_inside(data_dir: Path) -> None:
    """What is put aside for a moment, uploads above all, lies in the data directory too, and not where all can look."""
    folder = data_dir / "work"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    tempfile.tempdir = os.environ["TMPDIR"] = str(folder.absolute())


def _lock_directory(data_dir: Path) -> FileLock:
    lock = FileLock(data_dir / "run" / "serve.lock")
    lock_path = Path(lock.lock_file)
    lock_path.parent.mkdir(parents=True, exist_ok=True)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise CannotServe(
            f"Another Imageloom server already works on {data_dir}. Stop it first, or use another IMAGELOOM_DATA_DIR."
        ) from None
    return lock


def _listen(settings: Settings, *, any_port: bool) -> socket.socket:
    host, port = settings.server.host, settings.server.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for wish in (port, 0) if any_port else (port,):
        # Named as TCP, for asyncio turns Nagle's algorithm off for nothing else: an answer's body would wait for the
        # other side to have acknowledged its head, which takes that side 40 ms.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, wish))
        except OSError as error:
            listener.close()
            if not any_port:
                raise CannotServe(
                    f"Port {port} on {host} is taken ({error.strerror}). "
                    "Set IMAGELOOM_SERVER__PORT to another one, or 0 for any."
                ) from None
            continue
        listener.listen(1024)
        return listener
    raise CannotServe(f"No port on {host} could be opened.")


def _as_heard(settings: Settings, listener: socket.socket) -> Settings:
    """With the port that was found, where any would do: links in letters lead there."""
    server = settings.server.model_copy(update={"port": listener.getsockname()[1]})
    return settings.model_copy(update={"server": server})


async def _serve(settings: Settings, listener: socket.socket, *, until_idle: bool) -> int:
    memory.watch_loop()
    token = secrets.token_urlsafe(32)
    with collector.loading():
        import uvicorn

        from imageloom.doors.http.app import make_app

        application = _open(settings)
        app = make_app(application, owner_token=token)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="on",
        timeout_graceful_shutdown=UVICORN_GRACE_SECONDS,
        server_header=False,
    )
    server = uvicorn.Server(config)
    # uvicorn would raise the signal again at the end, and die before the books are closed.
    server.capture_signals = partial(_signals_stop, server)  # type: ignore[method-assign]
    failed: list[BaseException] = []

    def on_start_failed(error: BaseException) -> None:
        failed.append(error)
        server.should_exit = True

    app.state.on_start_failed = on_start_failed
    url = _url(listener)
    write_address(settings.data_dir, Address(url=url, token=token, pid=os.getpid()))
    if not until_idle:
        sys.stderr.write(f"Imageloom listens on {url} (docs at {url}/docs)\n")
        app.state.on_started = partial(_greet, application, url)
    watch = asyncio.create_task(_leave_when_idle(application, server)) if until_idle else None
    async with cores.together():
        await server.serve(sockets=[listener])
    if watch is not None:
        watch.cancel()
    if failed:
        sys.stderr.write(f"{failed[0]}\n")
        return 1
    return 0


async def _greet(application: Application, url: str) -> None:
    """Until an operator can sign in, each start prints a new link that makes one; the older links stop working."""
    from imageloom.features.identity.links import LinkKind, address_of

    secret = await application.people.setup_secret()
    if secret is not None:
        base = application.settings.server.public_url or url
        sys.stderr.write(f"Nobody can sign in yet. Once: {address_of(LinkKind.setup, secret, base=base)}\n")


@contextmanager
def _signals_stop(server: uvicorn.Server) -> Iterator[None]:
    def stop() -> None:
        server.force_exit = server.should_exit
        server.should_exit = True

    _on_signals(stop)
    yield


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    if host in ("0.0.0.0", "::"):  # noqa: S104  only read, to name an address that a person can open
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def _leave_when_idle(application: Application, server: uvicorn.Server) -> None:
    from imageloom.features.generation.taking import lanes_to_drive
    from imageloom.features.schedules.repository import has_any

    idle = 0.0
    while True:
        await asyncio.sleep(IDLE_LOOK_SECONDS)
        busy = bool(server.server_state.connections) or application.problem is not None
        if not busy:
            transact = application.writer.transact
            busy = bool(await transact(lanes_to_drive)) or await transact(has_any)
        idle = 0.0 if busy else idle + IDLE_LOOK_SECONDS
        if idle >= IDLE_SECONDS:
            log.info("left_when_idle")
            server.should_exit = True
            return


def work(settings: Settings) -> int:
    """A worker beside a server, on PostgreSQL: drives lanes and makes previews until SIGTERM or SIGINT."""
    from imageloom.runtime.db.engines import dialect_of

    configure_logs(settings.log)
    if dialect_of(settings.database_url) == "sqlite":
        raise CannotServe(
            "SQLite has one process: `imageloom serve` does the work itself. "
            "For workers beside it set IMAGELOOM_DATABASE__URL to a PostgreSQL database."
        )
    memory.end_without_memory()
    _keep_inside(settings.data_dir)
    return asyncio.run(_work(settings))


async def _work(settings: Settings) -> int:
    memory.watch_loop()
    with collector.loading():
        application = _open(settings)
    stop = asyncio.Event()
    _on_signals(stop.set)
    async with cores.together():
        await application.start()
        sys.stderr.write(f"Imageloom works as {application.engine.executor_id}\n")
        await stop.wait()
        await application.stop()
    return 0


def _open(settings: Settings) -> Application:
    from imageloom.doors.bootstrap import open_application, process_environment
    from imageloom.features.catalog.price_lines import PriceBookBroken
    from imageloom.runtime.cipher import MasterKeyUnreadable

    try:
        return open_application(settings, environment=process_environment())
    except (MasterKeyUnreadable, PriceBookBroken) as error:
        raise CannotServe(str(error)) from None


def _on_signals(stop: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
