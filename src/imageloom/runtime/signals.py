"""Hints inside one process: something changed, look at the rows. The rows are the truth; a lost hint costs a second."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager


class Signal:
    """A wake-up for one listener. Hints that come while it is busy are merged into one."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def set(self) -> None:
        self._event.set()

    def take(self) -> bool:
        """Whether there was a hint, without waiting for one. The hint is taken."""
        was = self._event.is_set()
        self._event.clear()
        return was

    async def wait(self, *, timeout_seconds: float) -> bool:
        """True when hinted, false when the time ran out. Either way the hint is taken."""
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._event.wait()
        except TimeoutError:
            return False
        finally:
            self._event.clear()
        return True


def topics_of(kind: str, topic: str) -> tuple[str, str, str]:
    """What those may listen to who wait for an event: its topic, its kind, or that kind on that topic alone."""
    return topic, kind, f"{kind} {topic}"


class Signals:
    """Topics and who listens to them. Used from one event loop."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[Signal]] = defaultdict(set)

    def notify(self, *topics: str) -> None:
        for topic in topics:
            for signal in self._listeners.get(topic, ()):
                signal.set()

    def is_heard(self, topic: str) -> bool:
        """Whether anybody in this process listens to it."""
        return topic in self._listeners

    @contextmanager
    def listen(self, *topics: str) -> Iterator[Signal]:
        signal = Signal()
        for topic in topics:
            self._listeners[topic].add(signal)
        try:
            yield signal
        finally:
            for topic in topics:
                self._listeners[topic].discard(signal)
                if not self._listeners[topic]:
                    del self._listeners[topic]
