"""Access tokens as far as a decision needs them: what a verified one says, and that one may not be."""

from typing import NamedTuple, Protocol


class TokenRefused(Exception):
    """A token that nobody may call with. ``code`` is a refusal; the text says why, and nothing that the token holds."""

    def __init__(self, code: str, cause: str) -> None:
        super().__init__(cause)
        self.code = code


class IssuerUnavailable(Exception):
    """An issuer's keys cannot be had; the text names the issuer and what failed."""


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

    @property
    def asked(self) -> int:
        """The ``now`` of the last token for which an issuer was asked for its keys."""
        ...

    def verify(self, text: str, now: int) -> Token:
        """What a token says that is good at ``now``.

        Raises
        ------
        TokenRefused
            Nobody may call with it.
        IssuerUnavailable
            Whether it is good cannot be told, as the issuer's keys cannot be had.
        """
        ...
