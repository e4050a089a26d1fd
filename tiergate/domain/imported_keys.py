"""API keys of other makes, which partners keep when they come from another gateway.

Nothing of such a key is kept but the SHA-256 of its whole text: the first digits are its id, all of them prove it.
"""

import re

SHORTEST, LONGEST = 16, 256
ID_LENGTH = 24
"""Digits, 96 bits: that two of a million million keys share an id has a chance of one in a hundred thousand."""

PATTERN = re.compile(rf"(?!tg_)[!-~]{{{SHORTEST},{LONGEST}}}")
"""What begins as ours do and is none is a slip, or from another environment; it is never looked up."""

FINGERPRINT = re.compile(r"[0-9a-f]{64}")
ID = re.compile(rf"[0-9a-f]{{{ID_LENGTH}}}")
"""Of no key of ours, whose ids have 12 characters."""


def id_of(fingerprint: str) -> str:
    """``fingerprint``: of a key, as `keys.fingerprint` makes it."""
    return fingerprint[:ID_LENGTH]


def fault_of(text: str) -> str:
    """Why a text can be no key of another make, and what to do; it repeats nothing of it. Empty where it can be one."""
    if PATTERN.fullmatch(text):
        return ""
    if text.startswith("tg_"):
        return "keys that begin with tg_ are made here and cannot be imported; make one: tiergate key create"
    if not SHORTEST <= len(text) <= LONGEST:
        return f"a key has {SHORTEST} to {LONGEST} characters; found {len(text)}"
    return "a key has letters, digits and signs of ASCII, and no spaces; see that nothing else was copied with it"
