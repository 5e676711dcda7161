"""Encryption of secrets at rest, and the master key's home."""

from __future__ import annotations

import hmac
import os
from base64 import urlsafe_b64decode
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class SecretUnreadable(Exception):
    """The stored secret was written with a master key that this process does not have."""


class MasterKeyUnreadable(Exception):
    """The file of the master key does not hold one."""


class Cipher:
    """Encrypts with the newest key and decrypts with any. Its repr shows nothing."""

    def __init__(self, keys: list[str]) -> None:
        self._keys = [Fernet(key.strip()) for key in keys]
        self._masters = [urlsafe_b64decode(key.strip()) for key in keys]
        self._fernet = MultiFernet(self._keys)
        self._derived: dict[str, list[bytes]] = {}

    def add_key(self, key: str) -> None:
        """From now on this key encrypts; the others still decrypt."""
        self._keys.insert(0, Fernet(key))
        self._masters.insert(0, urlsafe_b64decode(key))
        self._fernet = MultiFernet(self._keys)
        self._derived = {}

    def derived(self, purpose: str) -> list[bytes]:
        """Keys for one purpose, which tell nothing of the master keys: the newest, which signs, and the older ones."""
        known = self._derived.get(purpose)
        if known is None:
            told = f"imageloom:{purpose}".encode()
            known = self._derived[purpose] = [hmac.digest(master, told, "sha256") for master in self._masters]
        return known

    def __repr__(self) -> str:
        return "Cipher()"

    def encrypt(self, secret: str) -> bytes:
        return self._fernet.encrypt(secret.encode())

    def decrypt(self, token: bytes) -> str:
        """Raises :class:`SecretUnreadable`."""
        try:
            return self._fernet.decrypt(token).decode()
        except InvalidToken:
            raise SecretUnreadable(
                "A stored secret cannot be decrypted: the master key is not the one it was written with."
            ) from None

    def rotate(self, token: bytes) -> bytes:
        """The same secret under the newest key. Raises :class:`SecretUnreadable`."""
        try:
            return self._fernet.rotate(token)
        except InvalidToken:
            raise SecretUnreadable("A stored secret cannot be decrypted with any known master key.") from None


def master_key_path(data_dir: Path) -> Path:
    return data_dir / "secrets" / "master.key"


def read_keys(text: str) -> list[str]:
    return [line.strip() for line in text.replace(",", "\n").splitlines() if line.strip()]


def write_keys(path: Path, keys: list[str]) -> None:
    """Replaces the key file atomically, readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_suffix(".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write("\n".join(keys) + "\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def open_cipher(data_dir: Path, *, configured: str | None) -> Cipher:
    """The cipher of this installation. Makes a master key on the first start when none is configured."""
    if configured:
        return Cipher(read_keys(configured))
    path = master_key_path(data_dir)
    if not path.exists():
        write_keys(path, [Fernet.generate_key().decode()])
    try:
        return Cipher(read_keys(path.read_text()))
    except ValueError:
        raise MasterKeyUnreadable(
            f"{path} holds no master key. Put the right file back: without it the stored provider keys are lost."
        ) from None


def add_master_key(data_dir: Path) -> str:
    """Puts a new key in front of the old ones in the key file; returns it. The old ones still open older backups."""
    path = master_key_path(data_dir)
    key = Fernet.generate_key().decode()
    write_keys(path, [key, *(read_keys(path.read_text()) if path.exists() else [])])
    return key
