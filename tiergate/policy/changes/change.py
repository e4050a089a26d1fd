"""One difference between two compiled bundles, in people's words."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tiergate.policy.levels import LEVELS, RISKY, SAFE, Level

OTHER = "other"
"""The kind of a change that nothing here has words for."""

Part = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What differs, and what it touches; names are empty where it touches none of the kind.

    ``operation`` is a method and a template without the names of its parameters (``GET /orders/{}``); ``limit`` the one
    of a plan's that changes (``hour``, ``rate``, …). ``loosened``: calls or keys are taken that were not, or an
    upstream, a limit or a record is guarded less. ``message`` names the old and the new value, and never a secret.
    """

    level: Level
    kind: str
    message: str
    api: str = ""
    operation: str = ""
    product: str = ""
    plan: str = ""
    limit: str = ""
    issuer: str = ""
    loosened: bool = False

    def __str__(self) -> str:
        return f"{self.subject}: {self.message}"

    @property
    def subject(self) -> str:
        """What it touches: ``bank/v1 GET /accounts``, ``plan free``, ``product a, plan free``, or ``platform``."""
        named = [
            " ".join(filter(None, (self.api, self.operation))),
            self.product and f"product {self.product}",
            self.plan and f"plan {self.plan}",
            self.issuer and f"issuer {self.issuer}",
        ]
        return ", ".join(filter(None, named)) or "platform"

    @property
    def mark(self) -> str:
        """``!`` loosened, ``+`` comes, ``-`` goes, ``~`` is another."""
        if self.loosened:
            return "!"
        return {"added": "+", "removed": "-"}.get(self.kind.rpartition("_")[2], "~")


def in_order(found: Iterable[Change]) -> list[Change]:
    """The worst first, and what is loosened before the rest of its level."""
    return sorted(found, key=lambda each: (LEVELS.index(each.level), not each.loosened, each.subject, each.message))


def harmless(found: Iterable[Change]) -> Iterator[Change]:
    """The same, of what nobody calls."""
    return (replace(each, level=SAFE, loosened=False) for each in found)


def rest(old: Part, new: Part, told: Collection[str], *, change: Callable[..., Change] = Change) -> Iterator[Change]:
    """What differs beside the keys that are ``told`` of elsewhere, so that nothing changes unsaid.

    ``change``: makes one, of whatever is touched.
    """
    for key in sorted({*old, *new} - {*told}):
        if old.get(key) != new.get(key):
            yield change(level=RISKY, kind=OTHER, message=f"{key} changed")


def narrower(old: Iterable[Collection[str]], new: Iterable[Collection[str]]) -> bool:
    """Whether something that sufficed for one of ``old`` suffices for none of ``new``; each is all that is needed."""
    least = [frozenset(each) for each in new]
    return any(not any(needed <= frozenset(each) for needed in least) for each in old)


def listed(names: Iterable[object], most: int = 5) -> str:
    """``a, b and 3 more``."""
    all_of_them = [str(each) for each in names]
    shown, more = all_of_them[:most], len(all_of_them) - most
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def number(value: float) -> str:
    return f"{value:.15g}"
