"""Signed links to pictures: whoever holds one may fetch that picture until it expires, without a token."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from imageloom.features.gateway.errors import LinkUnusable
from imageloom.runtime.cipher import Cipher

PURPOSE = "links"
PATH = "/v1/images/files"
_PATH = re.compile(re.escape(PATH) + r"/([0-9a-z]{26})\.[a-z]+")
_QUERY = re.compile(r"expires=(\d{1,12})&signature=([0-9a-f]{64})")


@dataclass(frozen=True, kw_only=True)
class Links:
    """Signs with the newest key that the master secret gives; a link that an older one signed still works."""

    cipher: Cipher
    seconds: int

    def path(self, asset_id: str, media_format: str, *, made_at: datetime, now: datetime) -> str:
        """A link that works for at least ``seconds``, and is the same whenever it is asked for within that time."""
        age = max(0.0, (now - made_at).total_seconds())
        expires = int(made_at.timestamp()) + self.seconds * (int(age // self.seconds) + 2)
        signature = self._signatures(asset_id, expires)[0]
        return f"{PATH}/{asset_id}.{media_format}?expires={expires}&signature={signature}"

    def check(self, asset_id: str, *, expires: int, signature: str, now: datetime) -> None:
        """Raises :class:`LinkUnusable`, the same for every reason."""
        given = signature.encode()
        good = any(hmac.compare_digest(given, right.encode()) for right in self._signatures(asset_id, expires))
        if not good or now.timestamp() >= expires:
            raise LinkUnusable("The link has expired, or is not one that was made here.", hint="Ask for a new one.")

    def asset_of(self, url: str, *, now: datetime) -> str | None:
        """The picture behind a link of ours, whatever host it names; ``None`` for any other address.

        Raises :class:`LinkUnusable` for one that has expired or was changed.
        """
        try:
            parts = urlsplit(url)
        except ValueError:
            return None
        path, query = _PATH.fullmatch(parts.path), _QUERY.fullmatch(parts.query)
        if path is None or query is None:
            return None
        self.check(path.group(1), expires=int(query.group(1)), signature=query.group(2), now=now)
        return path.group(1)

    def _signatures(self, asset_id: str, expires: int) -> list[str]:
        told = f"{asset_id}\n{expires}".encode()
        return [hmac.new(key, told, "sha256").hexdigest() for key in self.cipher.derived(PURPOSE)]
