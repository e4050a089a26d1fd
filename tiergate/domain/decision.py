"""What an authorizer decided: allow, or deny with a reason, and all that others need to know of it."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

ADMITTED = "admitted"
"""The reason of an allowed call."""

FAULT = "gateway_fault"
"""The reason when nothing clear was decided."""

API_KEY, BEARER = "ApiKey", "Bearer"
"""Schemes of credentials, by the names that ``WWW-Authenticate`` has for them."""

RETRY_SECONDS = 1
"""When to come back after the store did not answer."""

IDENTITY = (
    *("organization", "application", "subscription", "product", "plan"),
    *("credential", "issuer", "subject", "scopes"),
)
"""Fields of a decision that say who calls."""

UNKNOWN = "-"
"""What they say in direct mode where they are not known."""


class Decision(NamedTuple):
    """Allow, or deny with a reason; what the proxy, the access log and direct mode need of it.

    Empty fields were not known at that point of the way. ``api`` is ``<api>/<version>``, ``wait`` whole seconds,
    ``cost`` units; ``violated`` names limits, ``methods`` those of a path that lacks the one asked for. ``fallback``:
    what the call passed by while a table failed, ``grace`` or ``open``. ``scheme``: of the credential that was judged
    last, ``API_KEY`` or ``BEARER``. ``scopes``: those that a token gives its client here; ``needs``: those that a
    refused call lacked; both separated by spaces. ``issuer``: by the policies' name, whose client the credential is;
    empty for a key. ``subject``: whom a token speaks for, where that is not its client.
    ``cause``: what is wrong with a token that was refused, in words that hold nothing of it.
    """

    reason: str
    api: str = ""
    operation: str = ""
    cost: int = 0
    address: str = ""
    credential: str = ""
    application: str = ""
    organization: str = ""
    subscription: str = ""
    product: str = ""
    plan: str = ""
    wait: int = 0
    violated: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    ratelimit: str = ""
    ratelimit_policy: str = ""
    fallback: str = ""
    scheme: str = ""
    scopes: str = ""
    needs: str = ""
    issuer: str = ""
    subject: str = ""
    cause: str = ""

    @property
    def allowed(self) -> bool:
        return self.reason == ADMITTED

    def context(self) -> dict[str, str]:
        """As an authorizer's context: strings only, which access logs and parameter mapping can read."""
        known = zip(_NAMES, self, strict=True)
        context = {name: value if value.__class__ is str else _text(value) for name, value in known if value}
        context["decision"] = "allow" if self.allowed else "deny"
        return context

    def whole_context(self) -> dict[str, str]:
        """The same with all of ``IDENTITY``: where a mapping's variable is missing, the caller's own field may stay."""
        return dict.fromkeys(IDENTITY, UNKNOWN) | self.context()

    @classmethod
    def of_context(cls, context: object) -> "Decision":
        """Back from a context. Whatever is not clearly an allow, is a deny."""
        if not isinstance(context, Mapping):
            return cls(FAULT)
        values = {name: read(context[name]) for name, read in _KINDS.items() if isinstance(context.get(name), str)}
        decision = cls(**{"reason": FAULT, **values})
        if decision.allowed and context.get("decision") != "allow":
            return cls(FAULT)
        fields = decision.ratelimit, decision.ratelimit_policy, decision.scopes, decision.needs, decision.subject
        return decision if all(text.isascii() and text.isprintable() for text in fields) else cls(FAULT)


def _text(value: object) -> str:
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split(","))


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0


_READERS: dict[object, Callable[[str], Any]] = {str: str, int: _number}
_KINDS = {name: _READERS.get(kind, _names) for name, kind in Decision.__annotations__.items()}
"""How each field is read back from text."""

_NAMES = Decision._fields


class Refused(Exception):
    """Stops the way of a request: the code of a refusal, and what only that refusal needs."""

    def __init__(self, reason: str, **facts: Any) -> None:
        super().__init__(reason)
        self.reason = reason
        self.facts = facts
