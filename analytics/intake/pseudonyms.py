"""Employee numbers leave at the door: each becomes a keyed hash, its key outside the project."""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

import typer

from analytics.intake.findings import IntakeError

KEY_BYTES = 32


def key_file() -> Path:
    """Where the key is: ASN_KEY_FILE, else the user's own settings folder."""
    named = os.environ.get("ASN_KEY_FILE")
    return Path(named) if named else Path(typer.get_app_dir("dasbor-kinerja-asn"), "pseudonym.key")


def read_key() -> bytes:
    """The key of the hash, made on first use. Raises IntakeError where the file holds none."""
    path = key_file()
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # O_EXCL: of two first imports at once, one makes the key and the other fails loudly.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise IntakeError(
            f"{path} does not hold a key of {KEY_BYTES} bytes. Put the key back from its copy,"
            " or name its file in ASN_KEY_FILE."
        )
    return key


def pseudonyms(key: bytes, numbers: Iterable[str]) -> list[str]:
    """The keyed hash of each number: the first 128 bits of HMAC-SHA-256, as 32 hex digits."""
    return [hmac.digest(key, number.encode(), "sha256")[:16].hex() for number in numbers]


def key_mark(key: bytes) -> str:
    """A mark by which a store knows its key again without holding it."""
    return hmac.digest(key, b"which key a store was filled with", "sha256")[:8].hex()
