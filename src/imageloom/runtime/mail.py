"""Letters to people, by SMTP. Where no server is set, development shows them in the log and nobody else does."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

import aiosmtplib
import structlog

from imageloom.runtime.settings import MailSettings

log = structlog.get_logger(__name__)


class LetterNotSent(Exception):
    """The mail server did not take the letter now."""


@dataclass(frozen=True, kw_only=True)
class Letter:
    to: str
    subject: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Mailer:
    settings: MailSettings
    is_shown: bool
    """Whether the log shows a letter that cannot be sent, links and all: in development."""

    async def send(self, letter: Letter) -> None:
        """Raises :class:`LetterNotSent`; asking again later helps."""
        if self.settings.host is None:
            if self.is_shown:
                log.info("letter_shown", to=letter.to, subject=letter.subject, text=letter.text)
            else:
                log.warning("letter_not_sent", reason="IMAGELOOM_MAIL__HOST is not set")
            return
        try:
            await self._send(self.settings.host, letter)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            # The answer of a mail server may repeat the address; its class says enough.
            raise LetterNotSent(f"{type(error).__name__} at {self.settings.host}:{self.settings.port}") from None

    async def _send(self, host: str, letter: Letter) -> None:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self.settings.sender, letter.to, letter.subject
        message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain="imageloom.invalid")
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text)
        password = self.settings.password
        await aiosmtplib.send(
            message,
            hostname=host,
            port=self.settings.port,
            username=self.settings.username,
            password=None if password is None else password.get_secret_value(),
            use_tls=self.settings.security == "tls",
            start_tls=self.settings.security == "starttls",
            timeout=self.settings.timeout_seconds,
        )
