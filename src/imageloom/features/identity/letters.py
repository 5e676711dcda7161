"""The words of letters, in both languages: who gets one may have no account that would say which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from imageloom.features.identity.links import LinkKind
from imageloom.runtime.mail import Letter


@dataclass(frozen=True)
class Words:
    subject: str
    english: str
    chinese: str


_IGNORE = ("If you did not ask for this, do nothing.", "若不是你要求的，不必理會這封信。")
_WORDS: Mapping[str, Words] = {
    LinkKind.reset: Words("A new password · 重設密碼", "Set a new password here:", "請在這裡設定新密碼："),
    LinkKind.email: Words(
        "Your new address · 確認新信箱",
        "Somebody with an account here wants to sign in with this address. Confirm it here:",
        "有一個帳號要改用這個信箱登入，請在這裡確認：",
    ),
    LinkKind.notice: Words(
        "Your address was changed · 信箱已變更",
        "Your account has another mail address now. If it was not you who changed it, tell the operator of this place:",
        "你的帳號已改用另一個信箱。如果不是你改的，請通知這裡的管理者：",
    ),
    LinkKind.registration: Words(
        "Your registration · 完成註冊", "Finish your registration here:", "請在這裡完成註冊："
    ),
    LinkKind.invitation: Words(
        "You are invited · 邀請你加入",
        "You are invited to Imageloom. Join here:",
        "有人邀請你加入 Imageloom，請由此加入：",
    ),
}
_KNOWN = Words(
    "You have an account · 你已有帳號",
    "Somebody asked to register with this address, which has an account already. Sign in with it here:",
    "有人用這個信箱申請註冊，但它已經有帳號。請在這裡登入：",
)


def letter_with(kind: str, link: str, *, to: str, minutes: int) -> Letter:
    """The letter that carries a link."""
    words = _WORDS[kind]
    return _letter(
        words,
        to=to,
        link=link,
        english=f"It works once, for {minutes} minutes.",
        chinese=f"只能使用一次，{minutes} 分鐘內有效。",
    )


def letter_of_change(base: str, *, to: str) -> Letter:
    """To the address that an account had until now."""
    return _letter(_WORDS[LinkKind.notice], to=to, link=base, english="", chinese="")


def letter_to_known(base: str, *, to: str) -> Letter:
    """To somebody who has an account already, and asked, or was asked for, to register."""
    return _letter(_KNOWN, to=to, link=base, english="", chinese="")


def _letter(words: Words, *, to: str, link: str, english: str, chinese: str) -> Letter:
    parts = [words.english, words.chinese, link, english, chinese, *_IGNORE]
    return Letter(to=to, subject=f"Imageloom: {words.subject}", text="\n\n".join(part for part in parts if part))
