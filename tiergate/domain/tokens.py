"""Access tokens as far as a decision needs them: what a verified one says, and that one may not be."""

from functools import lru_cache
from typing import NamedTuple, Protocol


class TokenRefused(Exception):
    """A token that nobody may call with. ``code`` is a refusal; the text says why, and nothing that the token holds."""

    def __init__(self, code: str, cause: str) -> None:
        super().__init__(cause)
        self.code = code


class IssuerUnavailable(Exception):
    """An issuer's keys cannot be had; the text names the issuer and what failed. ``name``: the issuer's. ``wait``:
    microseconds until it is asked again."""

    def __init__(self, name: str, cause: str, wait: int = 0) -> None:
        super().__init__(f"issuer {name}: {cause}")
        self.name = name
        self.wait = wait


class Token(NamedTuple):
    """A token that was verified. ``client``: the id that the issuer gave it; ``subject``: another whom it speaks for.

    ``expires``: the first moment at which it is refused. ``thumbprint``: of the client certificate that it is bound to
    (RFC 8705, 3.1), in base64url; empty for none.
    """

    issuer: str
    client: str
    scopes: frozenset[str]
    expires: int
    subject: str = ""
    thumbprint: str = ""


class TokenVerifier(Protocol):
    """Verifies tokens."""

    def verify(self, text: str, now: int) -> tuple[Token, bool]:
        """What a token says that is good at ``now``, and whether the call waited for its issuer's keys.

        Raises
        ------
        TokenRefused
            Nobody may call with it.
        IssuerUnavailable
            Whether it is good cannot be told, as the issuer's keys cannot be had.
        """
        ...


@lru_cache(maxsize=256)
def granted(token: frozenset[str], client: frozenset[str] | None) -> tuple[frozenset[str], str]:
    """The scopes that a token gives its client, which may be limited to some: as a set, and in order as a text."""
    scopes = token if client is None else token & client
    return scopes, " ".join(sorted(scopes))
