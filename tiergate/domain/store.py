"""How the services that the request path asks (DynamoDB, Secrets Manager, KMS) can fail it."""

ISSUER, EDGE = "issuer", "edge"

FAILURES = ("slow", "throttled", "refused", "unreachable", "garbage", "skew", ISSUER, EDGE)
"""The ways in which a service fails: no answer in time; asked to come back later; it will not serve us; no connection,
or one that broke; an answer that makes no sense; a clock too far from its own. In their place, whose keys cannot be
had: an issuer's of access tokens, or the edge's."""


class EdgeUnavailable(Exception):
    """The keys of the platform's edge cannot be had; the text says what failed, and nothing of them."""


class StoreUnavailable(Exception):
    """A service did not answer, or not with what it should.

    ``reason`` is one of ``FAILURES``; ``detail`` names the error and nothing of what was asked. ``untouched``: it is
    certain that a write was not applied.
    """

    def __init__(self, reason: str, detail: str = "", *, untouched: bool = False) -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail
        self.untouched = untouched
