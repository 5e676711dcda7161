"""The rules of the ledger that need no database: what happens next, and the limits of a lane."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pydantic import ValidationError

from imageloom.contracts.provider import Outcome
from imageloom.features.generation.decide import Circumstances, decide
from imageloom.features.generation.limits import Breaker, RateWindow
from imageloom.features.generation.models import ItemState, UncertainPolicy
from imageloom.kit.ids import UlidIds, looks_like_id
from imageloom.kit.money import Money
from imageloom.runtime.cipher import Cipher, SecretUnreadable, open_cipher
from imageloom.runtime.db.engines import dialect_of
from imageloom.runtime.db.types import UtcDateTime
from imageloom.runtime.settings import GenerationSettings, Settings

SETTINGS = GenerationSettings()


def after(outcome: Outcome, **more: object):
    return decide(Circumstances(outcome=outcome, **more), SETTINGS, jitter=lambda: 0.5)


@pytest.mark.parametrize(
    ("outcome", "facts", "to", "tries"),
    [
        (Outcome.succeeded, {}, "done", 0),
        (Outcome.refused, {}, "refused", 0),
        (Outcome.invalid, {}, "failed", 1),
        (Outcome.cancelled, {}, "cancelled", 0),
        (Outcome.rate_limited, {}, "pending", 0),
        (Outcome.quota_exhausted, {}, "pending", 0),
        (Outcome.unauthorized, {}, "pending", 0),
        (Outcome.unavailable, {}, "pending", 1),
        (Outcome.unavailable, {"tries": 2}, "failed", 1),
        (Outcome.unavailable, {"tries": 2, "in_outage": True}, "pending", 0),
        (Outcome.failed, {}, "failed", 1),
        (Outcome.failed, {"billed": True}, "failed", 1),
        (Outcome.failed, {"billed": False}, "pending", 1),
        (Outcome.uncertain, {}, "uncertain", 0),
        (Outcome.uncertain, {"policy": UncertainPolicy.give_up}, "failed", 1),
        (Outcome.uncertain, {"policy": UncertainPolicy.resend_once}, "pending", 0),
        (Outcome.uncertain, {"policy": UncertainPolicy.resend_once, "resends": 1}, "uncertain", 0),
    ],
)
def test_what_happens_next(outcome: Outcome, facts: dict, to: str, tries: int) -> None:
    decision = after(outcome, **facts)
    assert (decision.to, decision.tries) == (ItemState(to), tries)


def test_waiting_follows_the_provider_within_reason() -> None:
    assert after(Outcome.rate_limited, retry_after_seconds=7).lane_pause_seconds == 7
    assert after(Outcome.rate_limited, retry_after_seconds=1e9).lane_pause_seconds == 3600
    assert after(Outcome.rate_limited, rate_limits_in_a_row=3).lane_pause_seconds == 8
    assert after(Outcome.unavailable, tries=1).delay_seconds == 2.0
    assert after(Outcome.unavailable, retry_after_seconds=5).delay_seconds == 5
    assert after(Outcome.quota_exhausted).park


def test_a_minute_holds_so_many_starts() -> None:
    window = RateWindow(3)
    window.start(0.0, 2)
    assert window.available(1.0) == 1
    window.start(1.0, 1)
    assert window.available(60.0) == 0
    assert window.opens_in(60.0) == 1.0
    assert window.available(61.0) == 2
    assert RateWindow(None).available(0) > 1000
    assert RateWindow(None).opens_in(0) == 0


def test_the_breaker_opens_probes_and_closes() -> None:
    breaker = Breaker(3, 60, 30)
    assert [breaker.unavailable("call", "one", t) for t in (0, 100, 101, 102)] == [False, False, False, True]
    assert breaker.state(110) == "open"
    assert breaker.slots(110, 5) == 0
    assert breaker.opens_in(110) == 22
    assert breaker.slots(133, 5) == 1
    breaker.started("probe", 133)
    assert breaker.slots(134, 5) == 0
    breaker.undecided("began before it opened")
    assert breaker.slots(134, 5) == 0
    breaker.undecided("probe")
    assert breaker.slots(134, 5) == 1
    assert breaker.unavailable("call", "two", 135)
    assert breaker.state(136) == "open"
    breaker.started("second probe", 166)
    breaker.answered("second probe")
    assert breaker.slots(167, 5) == 5


def test_a_call_from_before_an_outage_does_not_end_it() -> None:
    breaker = Breaker(3, 60, 30)
    for call in ("old", "older", "oldest"):
        breaker.started(call, 0)
    assert not breaker.unavailable("a", "first", 10)
    breaker.answered("old")
    assert breaker.unavailable("b", "second", 11)
    breaker.answered("older")
    assert breaker.unavailable("c", "third", 12)
    breaker.answered("oldest")
    assert breaker.state(13) == "open"


def test_one_item_that_always_fails_is_no_outage() -> None:
    breaker = Breaker(5, 60, 30)
    assert [breaker.unavailable(f"call {t}", "it", t) for t in range(3)] == [False, False, False]


def test_some_failures_among_many_calls_are_no_outage() -> None:
    breaker = Breaker(3, 60, 30)
    assert not breaker.unavailable("call", "first", 0)
    for number in range(100):
        breaker.started(f"slow {number}", 1)
    assert not any(breaker.unavailable(f"slow {number}", f"item {number}", 2) for number in range(10))
    breaker.answered("slow 50")
    assert breaker.slots(3, 5) == 5


def test_a_probe_of_an_outage_is_followed_by_another_items() -> None:
    """The delay of an item in an outage grows with its calls, so that others come before it."""
    settings = GenerationSettings()
    decisions = [
        decide(Circumstances(outcome=Outcome.unavailable, in_outage=True, calls=n), settings, jitter=lambda: 1.0)
        for n in (0, 3)
    ]
    assert [decision.tries for decision in decisions] == [0, 0]
    assert [decision.delay_seconds for decision in decisions] == [2.0, 16.0]


def test_money_is_exact_and_does_not_mix() -> None:
    assert Money.of("0.1").times(3) == Money(300_000)
    assert str(Money(13_170) + Money(1)) == "0.0132 USD"
    with pytest.raises(ValueError, match="cannot add"):
        Money(1) + Money(1, "EUR")


def test_ids_rise_and_look_like_ids() -> None:
    made = [UlidIds().new() for _ in range(3)] + [(ids := UlidIds()).new(), ids.new()]
    assert all(looks_like_id(one) for one in made)
    assert made[-1] > made[-2]
    assert not looks_like_id("short")


def test_secrets_need_their_key(tmp_path: Path) -> None:
    cipher = open_cipher(tmp_path, configured=None)
    token = cipher.encrypt("sk-1")
    assert open_cipher(tmp_path, configured=None).decrypt(token) == "sk-1"
    assert (tmp_path / "secrets" / "master.key").stat().st_mode & 0o777 == 0o600
    other = open_cipher(tmp_path / "other", configured=None)
    for use in (other.decrypt, other.rotate):
        with pytest.raises(SecretUnreadable):
            use(token)
    key = (tmp_path / "secrets" / "master.key").read_text().strip()
    assert open_cipher(tmp_path, configured=key).decrypt(token) == "sk-1"
    assert repr(Cipher([key])) == "Cipher()"


def test_production_refuses_sample_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGELOOM_DATABASE__URL", "postgresql://u:password@h/d")
    assert Settings().environment == "dev"
    monkeypatch.setenv("IMAGELOOM_ENVIRONMENT", "prod")
    with pytest.raises(ValidationError) as caught:
        Settings()
    assert "password@h" not in str(caught.value)


@pytest.mark.parametrize("place", ["dev", "test", "prod"])
@pytest.mark.parametrize("key", ["change-me", "c2hvcnQ=", "my-very-own-and-secret-words"])
def test_what_is_no_master_key_is_refused_everywhere_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, place: str, key: str
) -> None:
    monkeypatch.setenv("IMAGELOOM_ENVIRONMENT", place)
    monkeypatch.setenv("IMAGELOOM_SECRETS__MASTER_KEY", f"{Fernet.generate_key().decode()},{key}")
    with pytest.raises(ValidationError) as caught:
        Settings()
    assert key not in str(caught.value)


def test_times_have_zones_and_databases_are_known() -> None:
    with pytest.raises(ValueError, match="naive"):
        UtcDateTime().process_bind_param(datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None), None)
    with pytest.raises(ValueError, match="not supported"):
        dialect_of("mysql://x/y")
