"""How the tables that the request path reads and writes can fail it."""

ISSUER = "issuer"

FAILURES = ("slow", "throttled", "refused", "unreachable", "garbage", "skew", ISSUER)
"""The ways in which a store fails: no answer in time; asked to come back later; it will not serve us; no connection, or
one that broke; an answer that makes no sense; a clock too far from its own. ``ISSUER``: in the place of a store, an
issuer of access tokens, whose keys cannot be had."""


class StoreUnavailable(Exception):
    """The store did not answer, or not with what it should.

    ``reason`` is one of ``FAILURES``; ``detail`` names the error and nothing of what was asked. ``untouched``: it is
    certain that a write was not applied.
    """

    def __init__(self, reason: str, detail: str = "", *, untouched: bool = False) -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail
        self.untouched = untouched
