"""A verifier of tokens that knows what each text is, and the edge's keys, without any issuer or store behind them."""

from collections.abc import Sequence

from tiergate.domain.tokens import Token, TokenRefused


class FakeTokens:
    """``known``: by text what it is, or what its verification raises; any other is ``token_malformed``.

    ``seen``: the texts that it was shown. ``waits`` is for a test to set.
    """

    def __init__(self, known: dict[str, Token | Exception]) -> None:
        self.known = known
        self.seen: list[str] = []
        self.waits = False

    def verify(self, text: str, now: int) -> tuple[Token, bool]:
        self.seen.append(text)
        found = self.known.get(text, TokenRefused("token_malformed", "not three parts"))
        if isinstance(found, Exception):
            raise found
        if now >= found.expires:
            raise TokenRefused("token_expired", "exp is past")
        return found, self.waits


class FakeEdgeKeys:
    """``fault``, when set, is what asking for the keys raises. ``waits`` is for a test to set."""

    def __init__(self, *keys: bytes) -> None:
        self.keys: Sequence[bytes] = keys
        self.waits = False
        self.fault: Exception | None = None

    def __call__(self, now: int) -> tuple[Sequence[bytes], bool]:  # noqa: ARG002 - as the protocol has it
        if self.fault is not None:
            raise self.fault
        return self.keys, self.waits
