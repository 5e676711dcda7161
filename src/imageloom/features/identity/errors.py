"""What can be wrong with signing in, and with accounts."""

from __future__ import annotations

from typing import ClassVar

from imageloom.kit.errors import Conflict, Forbidden, InvalidInput, Unauthenticated


class WrongPassword(Unauthenticated):
    """The same for an address that nobody has, a wrong password and a disabled user."""

    code: ClassVar[str] = "wrong_password"
    title: ClassVar[str] = "The address or the password is wrong."


class PresentPasswordWrong(InvalidInput):
    """Of somebody who is signed in: 401 would tell the page that they are not."""

    code: ClassVar[str] = "present_password_wrong"
    title: ClassVar[str] = "The present password is another one."


class WeakPassword(InvalidInput):
    code: ClassVar[str] = "weak_password"
    title: ClassVar[str] = "The password can be guessed."


class EmailTaken(Conflict):
    code: ClassVar[str] = "email_taken"
    title: ClassVar[str] = "Somebody has this address already."


class RegistrationClosed(Forbidden):
    code: ClassVar[str] = "registration_closed"
    title: ClassVar[str] = "People are invited here."


class AccountNeeded(Forbidden):
    """An address is proved by a letter, or by the word of a team in which an operator is an owner."""

    code: ClassVar[str] = "account_needed"
    title: ClassVar[str] = "This invitation is for somebody who has an account."


class NoSession(Conflict):
    """The request came with a token: there is no session that could be refreshed or ended."""

    code: ClassVar[str] = "no_session"
    title: ClassVar[str] = "Nobody is signed in on this device."


class LastOperator(Conflict):
    code: ClassVar[str] = "last_operator"
    title: ClassVar[str] = "Somebody must be left who may change this."
