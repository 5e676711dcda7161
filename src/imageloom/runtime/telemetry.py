"""Logs: constant snake_case events with fields and bound ids. Prompts, keys and signed URLs never appear."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any

import structlog

from imageloom.runtime.settings import LogSettings

_SECRET_WORDS = ("key", "token", "secret", "password", "authorization", "cookie")
_HARMLESS = frozenset({"idempotency_key", "token_id", "key_id", "token_prefix"})


def _hide_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name in event:
        if name not in _HARMLESS and any(word in name.lower() for word in _SECRET_WORDS):
            event[name] = "***"
    return event


class _Lines:
    """Prints to stderr. A line that cannot be written, because the disk is full, is lost: the work goes on."""

    def __init__(self, *_names: Any) -> None:
        self._print = structlog.PrintLogger(sys.stderr).msg

    def msg(self, message: str) -> None:
        with suppress(OSError):
            self._print(message)

    debug = info = warning = error = critical = exception = log = msg


def configure_logs(settings: LogSettings) -> None:
    """Sets up structlog and the standard library's loggers. Called once, by a door."""
    level = getattr(logging, settings.level.upper())
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if settings.format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _hide_secrets,
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_Lines,
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, force=True)
    for noisy in ("dbos", "sqlalchemy", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
