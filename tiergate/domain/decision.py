"""What an authorizer decided: allow, or deny with a reason, and all that others need to know of it."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from tiergate.domain.refusals import ADMITTED, FAULT


class Decision(NamedTuple):
    """Allow, or deny with a reason; what the proxy, the access log and direct mode need of it.

    Empty fields were not known at that point of the way. ``api`` is ``<api>/<version>``, ``wait`` whole seconds,
    ``cost`` units; ``violated`` names limits, ``methods`` those of a path that lacks the one asked for. ``fallback``:
    what the call passed by while a table failed, ``grace`` or ``open``.
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

    @property
    def allowed(self) -> bool:
        return self.reason == ADMITTED

    def context(self) -> dict[str, str]:
        """As an authorizer's context: strings only, which access logs and parameter mapping can read."""
        known = zip(_NAMES, self, strict=True)
        context = {name: value if value.__class__ is str else _text(value) for name, value in known if value}
        context["decision"] = "allow" if self.allowed else "deny"
        return context

    @classmethod
    def of_context(cls, context: object) -> "Decision":
        """Back from a context. Whatever is not clearly an allow, is a deny."""
        if not isinstance(context, Mapping):
            return cls(FAULT)
        values = {name: read(context[name]) for name, read in _KINDS.items() if isinstance(context.get(name), str)}
        decision = cls(**{"reason": FAULT, **values})
        if decision.allowed and context.get("decision") != "allow":
            return cls(FAULT)
        if not all(text.isascii() and text.isprintable() for text in (decision.ratelimit, decision.ratelimit_policy)):
            return cls(FAULT)  # they become fields
        return decision


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
