"""Base64url without padding (RFC 4648, 5), as tokens and their keys have it (RFC 7515, 2)."""

import binascii


def encoded(data: bytes) -> str:
    text = binascii.b2a_base64(data, newline=False).decode()
    return text.rstrip("=").replace("+", "-").replace("/", "_")


def decoded(text: str) -> bytes | None:
    """None where it has padding, another character, or a bit that says nothing (RFC 4648, 3.5)."""
    try:
        data = binascii.a2b_base64(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4))
    except ValueError:
        return None
    return data if encoded(data) == text else None
