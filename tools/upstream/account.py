"""The account: what was asked, what was paid. It outlives the client under test."""

from __future__ import annotations

import json
import random
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MIX = {"429": 0.4, "500": 0.2, "503": 0.2, "refuse": 0.1, "trunc": 0.1}
REQUESTS_KEPT = 20_000


@dataclass
class Config:
    """What may be changed while it runs, through POST /control/config."""

    errors: float = 0.0
    latency: float = 0.2
    jitter: float = 0.0
    limit_rpm: int | None = None
    limit_concurrency: int | None = None
    api_key: str | None = None
    outage: bool = False
    listing: bool = True
    picture_bytes: int = 60_000
    mix: dict[str, float] = field(default_factory=lambda: dict(MIX))

    def change(self, values: dict[str, Any]) -> None:
        for name, value in values.items():
            if not hasattr(self, name):
                raise ValueError(f"there is no setting {name!r}")
            setattr(self, name, value)


@dataclass
class Account:
    config: Config
    seed: int = 1
    file: Path | None = None
    paid: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    requests: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=REQUESTS_KEPT))
    starts: deque[float] = field(default_factory=deque)
    total_requests: int = 0
    in_flight: int = 0
    max_in_flight: int = 0
    rate_limited: int = 0
    canceled: int = 0

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)

    @property
    def paid_calls(self) -> int:
        return sum(self.paid.values())

    def pay(self, prompt: str) -> int:
        """Counts a picture as made; returns its number."""
        self.paid[prompt] += 1
        if self.file is not None:
            with self.file.open("a") as file:
                file.write(json.dumps({"prompt": prompt, "at": time.time()}) + "\n")
        return self.paid_calls

    def over_limit(self) -> float | None:
        """Seconds to wait when a limit is passed, else ``None``; counts the start."""
        now = time.monotonic()
        while self.starts and self.starts[0] <= now - 60:
            self.starts.popleft()
        rpm, most = self.config.limit_rpm, self.config.limit_concurrency
        if rpm is not None and len(self.starts) >= rpm:
            self.rate_limited += 1
            return max(1.0, self.starts[0] + 60 - now)
        if most is not None and self.in_flight > most:
            self.rate_limited += 1
            return 1.0
        self.starts.append(now)
        return None

    def draw(self) -> str | None:
        """A misbehaviour for this call, by chance."""
        if self.config.errors <= 0 or self.random.random() >= self.config.errors:
            return None
        return self.random.choices(list(self.config.mix), weights=list(self.config.mix.values()))[0]

    def reset(self) -> None:
        for counter in (self.paid, self.calls):
            counter.clear()
        self.requests.clear()
        self.starts.clear()
        self.total_requests = self.max_in_flight = self.rate_limited = self.canceled = 0

    def document(self) -> dict[str, Any]:
        return {
            "paid_calls": self.paid_calls,
            "by_prompt": dict(self.paid),
            "requests": self.total_requests,
            "in_flight": self.in_flight,
            "max_in_flight": self.max_in_flight,
            "rate_limited": self.rate_limited,
            "canceled": self.canceled,
        }
