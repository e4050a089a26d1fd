"""API keys: ``tg_<env>_<key id>_<secret><checksum>``.

The checksum (CRC32 in base62, as secret scanners expect it) lets junk die without a read. It is no
protection: what proves a key is the SHA-256 of its whole text, the only thing about it that is ever stored.
"""

import hashlib
import hmac
import re
import secrets
import string
import zlib
from typing import NamedTuple

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
ID_LENGTH, SECRET_LENGTH, CHECKSUM_LENGTH = 12, 32, 6

PATTERN = re.compile(r"tg_([a-z]{2,10})_([0-9A-Za-z]{12})_[0-9A-Za-z]{38}", re.ASCII)
"""The regex to give to a secret scanner."""


class NewKey(NamedTuple):
    """A key that was just made. ``text`` is the secret: show it once, keep only ``hash``."""

    id: str
    text: str

    @property
    def hash(self) -> str:
        return fingerprint(self.text)

    def __repr__(self) -> str:
        return f"NewKey(id={self.id!r})"


def mint(env: str) -> NewKey:
    """A new random key of an environment: 71 bits of id, 190 bits of secret."""
    key_id = random_id(ID_LENGTH)
    body = f"tg_{env}_{key_id}_{random_id(SECRET_LENGTH)}"
    return NewKey(key_id, body + checksum(body))


def derived(env: str, seed: bytes) -> NewKey:
    """The key that belongs to a secret seed of 32 bytes: the same each time, so that it need not be kept anywhere."""

    def text(purpose: bytes, length: int) -> str:
        return base62(int.from_bytes(hmac.digest(seed, purpose, "sha512")), length)

    key_id = text(b"id", ID_LENGTH)
    body = f"tg_{env}_{key_id}_{text(b'secret', SECRET_LENGTH)}"
    return NewKey(key_id, body + checksum(body))


def random_id(length: int = ID_LENGTH) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def key_id_of(text: str, env: str) -> str | None:
    """The key id, or None for anything that is not a well-formed key of this environment."""
    found = PATTERN.fullmatch(text)
    if found is None or found[1] != env:
        return None
    body, check = text[:-CHECKSUM_LENGTH], text[-CHECKSUM_LENGTH:]
    return found[2] if checksum(body) == check else None


def checksum(body: str) -> str:
    """CRC32 of the text as six base62 digits, most significant first."""
    return base62(zlib.crc32(body.encode()), CHECKSUM_LENGTH)[::-1]


def base62(number: int, length: int) -> str:
    """The last digits of a number, least significant first."""
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(ALPHABET))
        digits.append(ALPHABET[digit])
    return "".join(digits)


def fingerprint(text: str) -> str:
    """SHA-256 of the whole key, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def proves(text: str, stored: str) -> bool:
    """Whether this key has the stored fingerprint; takes the same time for every wrong one."""
    return hmac.compare_digest(fingerprint(text), stored)
