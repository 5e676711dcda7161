"""Every provider keeps the contract: what it sends, how it reads each answer, what it never does."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from imageloom.contracts.provider import (
    BlobRef,
    Done,
    Fault,
    ImageRequest,
    JsonBody,
    LocalProvider,
    More,
    MultipartBody,
    NotThere,
    Operation,
    Outcome,
    Pending,
    Provider,
    RemotePicture,
    Reply,
)
from imageloom.doors.bootstrap import discover_providers
from imageloom.features.catalog.entries import find_model
from imageloom.features.catalog.fitting import DoesNotFit, check_prompt, fit

PROVIDERS, BROKEN = discover_providers()
BLOB = BlobRef(path=Path("x"), size_bytes=3)
TODAY = date(2026, 11, 23)


def error(code: str, message: str = "no") -> dict[str, Any]:
    return {"error": {"message": message, "type": "t", "param": None, "code": code}}


OPENAI = [
    ("success", 200, {"data": [{"b64_json": BLOB}], "usage": {"output_tokens": 9}}, {}, Outcome.succeeded, None),
    ("url", 200, {"data": [{"url": "https://x/y.png"}]}, {}, Outcome.succeeded, None),
    ("rate limited", 429, error("rate_limit_exceeded"), {"retry-after": "7"}, Outcome.rate_limited, 7.0),
    ("in ms", 429, error("rate_limit_exceeded"), {"retry-after-ms": "1500"}, Outcome.rate_limited, 1.5),
    ("absurd", 429, error("rate_limit_exceeded"), {"retry-after": "-3"}, Outcome.rate_limited, None),
    ("quota", 429, error("insufficient_quota"), {}, Outcome.quota_exhausted, None),
    ("billing", 400, error("billing_hard_limit_reached"), {}, Outcome.quota_exhausted, None),
    ("auth", 401, error("invalid_api_key"), {}, Outcome.unauthorized, None),
    ("forbidden", 403, error("forbidden"), {}, Outcome.unauthorized, None),
    ("refused", 400, error("moderation_blocked"), {}, Outcome.refused, None),
    ("refused in words", 400, error("x", "safety_violations=[a]"), {}, Outcome.refused, None),
    ("invalid", 400, error("invalid_size"), {}, Outcome.invalid, None),
    ("unavailable", 503, error("overloaded"), {}, Outcome.unavailable, None),
    ("timeout", 408, error("timeout"), {}, Outcome.unavailable, None),
    ("gateway", 502, None, {}, Outcome.uncertain, None),
    ("gateway in shape", 504, error("x"), {}, Outcome.uncertain, None),
    ("not json", 200, None, {}, Outcome.uncertain, None),
    ("no data", 200, {"x": 1}, {}, Outcome.uncertain, None),
    ("empty", 200, {"data": []}, {}, Outcome.failed, None),
    ("bad base64", 200, {"data": [{"b64_json": None}]}, {}, Outcome.failed, None),
]


@pytest.mark.parametrize("provider_id", ["openai", "openai_compatible"])
@pytest.mark.parametrize(("name", "status", "body", "headers", "outcome", "wait"), OPENAI)
def test_openai_answers_are_read(
    provider_id: str, name: str, status: int, body: Any, headers: dict, outcome: Outcome, wait: float | None
) -> None:
    provider = PROVIDERS[provider_id]
    assert isinstance(provider, Provider)
    result = provider.read_submit(Reply(status=status, headers=headers, body=body))
    if outcome == Outcome.succeeded:
        assert isinstance(result, Done), name
    else:
        assert isinstance(result, Fault), name
        assert (result.outcome, result.retry_after_seconds) == (outcome, wait)


def job(status: str, **more: Any) -> dict[str, Any]:
    return {"id": "j1", "status": status, "output": None, "error": None, **more}


REPLICATE = [
    (201, job("starting"), Pending),
    (200, job("processing"), Pending),
    (200, job("succeeded", output=["https://replicate.delivery/a.png"], metrics={"predict_time": 2.5}), Done),
    (200, job("succeeded", output="https://replicate.delivery/a.png"), Done),
    (200, job("succeeded"), Outcome.failed),
    (200, job("failed", error="NSFW content detected"), Outcome.refused),
    (200, job("failed", error="CUDA"), Outcome.failed),
    (200, job("canceled"), Outcome.cancelled),
    (200, job("aborted"), Outcome.cancelled),
    (200, {"x": 1}, Outcome.uncertain),
    (401, {"detail": "no"}, Outcome.unauthorized),
    (402, {"detail": "no credit"}, Outcome.quota_exhausted),
    (422, {"detail": "bad input"}, Outcome.invalid),
    (429, {"detail": "Your rate limit resets in ~30s."}, Outcome.rate_limited),
    (503, {"detail": "busy"}, Outcome.unavailable),
    (502, None, Outcome.uncertain),
]


@pytest.mark.parametrize(("status", "body", "expected"), REPLICATE)
def test_replicate_answers_are_read(status: int, body: Any, expected: Any) -> None:
    provider = PROVIDERS["replicate"]
    assert isinstance(provider, Provider)
    reply = Reply(status=status, headers={}, body=body)
    for result in (provider.read_submit(reply), provider.read_poll(reply, {"id": "j1"})):
        if isinstance(expected, Outcome):
            assert isinstance(result, Fault)
            assert result.outcome == expected
            if expected == Outcome.rate_limited:
                assert result.retry_after_seconds == 30
        else:
            assert isinstance(result, expected)


def request(**more: Any) -> ImageRequest:
    return ImageRequest(model="m", prompt="a cat", tag="t1", **more)


def test_what_openai_is_sent() -> None:
    provider = PROVIDERS["openai"]
    assert isinstance(provider, Provider)
    call = provider.submit(request(width=1024, height=512, quality="high", options={"moderation": "low"}))
    assert call.url == "images/generations"
    assert isinstance(call.body, JsonBody)
    assert call.body.value == {
        "model": "m",
        "prompt": "a cat",
        "n": 1,
        "size": "1024x512",
        "quality": "high",
        "moderation": "low",
    }
    edit = provider.submit(request(operation=Operation.edit, references=(BLOB,), mask=BLOB))
    assert isinstance(edit.body, MultipartBody)
    assert [name for name, _file in edit.body.files] == ["image[]", "mask"]
    assert provider.cancel({}) is None
    assert provider.find_lost(request()) is None
    check = provider.check()
    assert check is not None
    assert check.url == "models"


def test_replicate_finds_a_lost_job_by_its_input() -> None:
    provider = PROVIDERS["replicate"]
    assert isinstance(provider, Provider)
    now = datetime(2026, 11, 23, tzinfo=UTC)
    wanted = request(seed=5)
    made = {"prompt": "a cat", "seed": 5}
    listed = [
        {"id": "j1", "input": made, "created_at": now.isoformat()},
        {"id": "j2", "input": made, "created_at": now.isoformat()},
        {"id": "old", "input": made, "created_at": (now - timedelta(days=1)).isoformat()},
    ]

    def ask(results: list[dict[str, Any]], taken: set[str], following: str | None = None) -> Any:
        reply = Reply(status=200, headers={}, body={"results": results, "next": following})
        return provider.read_find_lost(reply, wanted, since=now - timedelta(hours=1), taken=frozenset(taken))

    assert ask(listed, {"j1"}).handle == {"id": "j2"}
    assert isinstance(ask(listed, {"j1", "j2"}), NotThere)
    assert isinstance(ask([], set()), NotThere)
    more = ask([], set(), "https://api.replicate.com/v1/predictions?cursor=abc")
    assert isinstance(more, More)
    assert more.call.query == (("cursor", "abc"),)


def test_the_catalogue_is_whole() -> None:
    assert BROKEN == ()
    assert set(PROVIDERS) == {"illustrator", "openai", "openai_compatible", "replicate"}
    for provider in PROVIDERS.values():
        for model in provider.models:
            assert model.title
            assert model.note
            fitted = fit(
                model,
                {"size": model.sizes.default},
                operation=Operation.text_to_image,
                references=0,
                today=TODAY,
            )
            assert fitted.request_fields["width"]
        if isinstance(provider, Provider):
            call = provider.submit(request())
            assert "authorization" not in repr(call).lower()
    assert isinstance(PROVIDERS["illustrator"], LocalProvider)


def test_models_are_found_by_name_and_near_names_are_offered() -> None:
    assert find_model(PROVIDERS, "gpt-image-2")[0] is not None
    assert find_model(PROVIDERS, "openai_compatible/anything")[0] is not None
    assert find_model(PROVIDERS, "replicate/a/b")[0] is not None
    assert "openai/gpt-image-2" in find_model(PROVIDERS, "openai/gpt-imge-2")[1]


@pytest.mark.parametrize(
    ("model", "wishes", "field"),
    [
        ("openai/gpt-image-2", {"size": "1000x1000"}, "size"),
        ("openai/gpt-image-2", {"size": "3840x1024"}, "size"),
        ("openai/gpt-image-2", {"size": "8x8"}, "size"),
        ("openai/gpt-image-1.5", {"size": "512x512"}, "size"),
        ("openai/gpt-image-2", {"quality": "max"}, "quality"),
        ("openai/gpt-image-2", {"format": "bmp"}, "format"),
        ("openai/gpt-image-2", {"background": "plaid"}, "background"),
        ("openai/gpt-image-2", {"moderation": "none"}, "moderation"),
        ("openai/gpt-image-2", {"format": "webp", "output_compression": "101"}, "output_compression"),
        ("openai/gpt-image-2", {"format": "webp", "output_compression": "-1"}, "output_compression"),
        ("openai/gpt-image-2", {"format": "webp", "output_compression": "half"}, "output_compression"),
        ("openai/gpt-image-2", {"format": "jpeg", "background": "transparent"}, "format"),
        ("illustrator/scene-1", {"background": "transparent"}, "background"),
        ("illustrator/scene-1", {"seed": str(2**40)}, "seed"),
    ],
)
def test_what_a_model_lacks_is_refused_before_money(model: str, wishes: dict[str, str], field: str) -> None:
    entry = find_model(PROVIDERS, model)[0]
    assert entry is not None
    with pytest.raises(DoesNotFit) as refused:
        fit(entry.model, wishes, operation=Operation.text_to_image, references=0, today=TODAY)
    assert refused.value.field == field


def test_what_a_model_does_not_know_is_listed() -> None:
    entry = find_model(PROVIDERS, "illustrator/scene-1")[0]
    assert entry is not None
    wishes = {
        "quality": "high",
        "negative_prompt": "x",
        "background": "opaque",
        "steps": "5",
        "seed": "7",
        "format": "png",
    }
    fitted = fit(entry.model, wishes, operation=Operation.text_to_image, references=0, today=TODAY)
    assert [note.field for note in fitted.not_sent] == ["quality", "negative_prompt", "background", "steps"]
    for operation, references in ((Operation.edit, 1), (Operation.text_to_image, 9)):
        with pytest.raises(DoesNotFit):
            fit(entry.model, {}, operation=operation, references=references, today=TODAY)
    check_prompt(entry.model, "a")
    with pytest.raises(DoesNotFit):
        check_prompt(entry.model, "x" * 200_000)
    ending = find_model(PROVIDERS, "openai/gpt-image-1.5")[0]
    assert ending is not None
    arguments: dict[str, Any] = {"operation": Operation.text_to_image, "references": 0}
    assert "ends on 2026-12-01" in fit(ending.model, {}, today=TODAY, **arguments).warnings[0]
    with pytest.raises(DoesNotFit, match="Use gpt-image-2.6-sunburst"):
        fit(ending.model, {}, today=date(2026, 12, 1), **arguments)


@pytest.mark.parametrize("wished", ["webp", "jpeg", "png", None])
def test_a_compression_is_a_number_and_counts_for_formats_that_have_one(wished: str | None) -> None:
    entry = find_model(PROVIDERS, "openai/gpt-image-2")[0]
    assert entry is not None
    wishes = {"output_compression": "60", "moderation": "low"} | ({} if wished is None else {"format": wished})
    fitted = fit(entry.model, wishes, operation=Operation.text_to_image, references=0, today=TODAY)
    is_sent = wished in ("webp", "jpeg")
    assert fitted.request_fields["options"] == {"moderation": "low"} | ({"output_compression": 60} if is_sent else {})
    assert [(note.field, note.value) for note in fitted.not_sent] == ([] if is_sent else [("output_compression", "60")])


def test_a_remote_picture_is_a_url() -> None:
    assert RemotePicture(url="https://x").max_bytes > 0
