from __future__ import annotations

import pytest

from imageloom.runtime.egress.errors import NoAnswer, redact


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("key sk-1234567890 sent", "key *** sent"),
        ("GET https://u:p@cdn.example/a.png?sig=abc&x=1 failed", "GET https://cdn.example/a.png failed"),
        ('"https://cdn.example/a?sig=abc", next', '"https://cdn.example/a", next'),
        ("https://cdn.example#token=abc", "https://cdn.example"),
        ("Authorization: Bearer abcdefghijklmnop", "Authorization: Bearer ***"),
        ("nothing to hide", "nothing to hide"),
    ],
)
def test_redact(text: str, shown: str) -> None:
    assert redact(text, ["sk-1234567890", "", "hide"]) == shown


def test_a_failure_shows_what_a_caller_needs() -> None:
    failure = NoAnswer("reset", sent=True, message="It ended.")

    assert repr(failure) == "NoAnswer('reset', sent=True, message='It ended.')"
    assert str(failure) == "It ended."
