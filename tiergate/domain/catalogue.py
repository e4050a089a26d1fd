"""The compiled bundle as the functions see it: APIs with their operations, products and plans."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from tiergate.domain.limits import SECOND, Limits
from tiergate.domain.operations import Node, match

FORMAT = 1
"""Raised whenever a bundle of the old shape could be misread."""

FILE = "bundle.json"
"""The bundle's name at the root of a function's package."""

FUNCTION = "lambda:"
"""Prefix of an upstream that is a Lambda function: ``lambda:<folder in lambdas/>`` or ``lambda:<ARN>``."""

SERVED = frozenset({"published", "deprecated"})
"""Lifecycle states whose calls go through."""


class Operation(NamedTuple):
    """One method on one path template. ``id`` is the operationId or ``GET /path``; ``cost`` in units.

    ``scopes``: alternatives, of which a key that is limited to scopes must have one whole; none when nothing is asked.
    """

    id: str
    cost: int
    scopes: tuple[frozenset[str], ...] = ()

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> "Operation":
        """From a bundle's ``{"id": …, "cost": …, "scopes": [[…], …]}``, the last only where any are asked for."""
        return cls(raw["id"], raw["cost"], tuple(frozenset(each) for each in raw.get("scopes", ())))


class ApiVersion(NamedTuple):
    """One version of an API. ``name`` is ``<api>/<version>``; ``timeout`` in seconds for the whole upstream call.

    ``mode``: ``managed`` (through the proxy) or ``direct`` (API Gateway calls the upstream itself). ``cors``: what
    ``Cors.of`` reads, which only the proxy does.
    """

    name: str
    state: str
    upstream: str
    timeout: float
    operations: tuple[Operation, ...]
    routes: Node
    mode: str = "managed"
    cors: Mapping[str, Any] | None = None

    def match(self, method: str, path: str) -> tuple[Operation | None, tuple[str, ...]]:
        """The operation, or None and the methods that the path has."""
        index, allowed = match(self.routes, method, path)
        return (None if index is None else self.operations[index]), allowed

    def methods(self, path: str) -> set[str]:
        """Those that a path has, ``HEAD`` where ``GET`` answers it; none where there is no such path."""
        allowed = set(match(self.routes, "", path)[1])
        return allowed | {"HEAD"} if "GET" in allowed else allowed


class Product(NamedTuple):
    """API versions sold together, and the plans on offer."""

    id: str
    apis: frozenset[str]
    plans: frozenset[str]


class FailureRule(NamedTuple):
    """What holds while the tables cannot be read or written; by default nobody passes unchecked.

    ``open_units``: what each instance lets through unchecked, a subscription and clock hour. ``grace``: microseconds
    beyond its time in the cache for which a record is believed.
    """

    open_units: int = 0
    grace: int = 25 * SECOND

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> "FailureRule":
        """From a bundle's ``{"open_units": …, "grace": …}``, the latter in seconds."""
        return cls(raw["open_units"], int(raw["grace"] * SECOND))


class Plan(NamedTuple):
    """A named tier."""

    limits: Limits
    failure: FailureRule = FailureRule()

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> "Plan":
        """From a bundle's ``{"limits": …, "failure": …}``."""
        return cls(Limits.of(raw["limits"]), FailureRule.of(raw["failure"]) if "failure" in raw else FailureRule())


class Catalogue(NamedTuple):
    """All definitions of one deploy."""

    platform: str
    support: str
    apis: Mapping[str, ApiVersion]
    products: Mapping[str, Product]
    plans: Mapping[str, Plan]

    @classmethod
    def of(cls, bundle: Mapping[str, Any]) -> "Catalogue":
        """From a compiled bundle.

        Raises
        ------
        ValueError
            The bundle is of another format.
        """
        if bundle.get("format") != FORMAT:
            raise ValueError(f"bundle format {bundle.get('format')!r}, expected {FORMAT}")
        return cls(
            platform=bundle["platform"]["name"],
            support=bundle["platform"]["support"],
            apis={
                name: ApiVersion(
                    name,
                    api["state"],
                    api["upstream"],
                    api["timeout"],
                    tuple(map(Operation.of, api["operations"])),
                    api["routes"],
                    api.get("mode", "managed"),
                    api.get("cors"),
                )
                for name, api in bundle["apis"].items()
            },
            products={
                name: Product(name, frozenset(product["apis"]), frozenset(product["plans"]))
                for name, product in bundle["products"].items()
            },
            plans={name: Plan.of(plan) for name, plan in bundle["plans"].items()},
        )
