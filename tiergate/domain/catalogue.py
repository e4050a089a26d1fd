"""The compiled bundle as the functions see it: APIs with their operations, products and plans."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tiergate.domain.limits import Limits
from tiergate.domain.operations import Node, match

FORMAT = 1
"""Raised whenever a bundle of the old shape could be misread."""

FILE = "bundle.json"
"""The bundle's name at the root of a function's package."""

FUNCTION = "lambda:"
"""Prefix of an upstream that is a Lambda function: ``lambda:<folder in lambdas/>`` or ``lambda:<ARN>``."""

SERVED = frozenset({"published", "deprecated"})
"""Lifecycle states whose calls go through."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one path template. ``id`` is the operationId or ``GET /path``; ``cost`` in units."""

    id: str
    cost: int


@dataclass(frozen=True, slots=True)
class ApiVersion:
    """One version of an API. ``name`` is ``<api>/<version>``; ``timeout`` in seconds for the whole upstream call."""

    name: str
    state: str
    upstream: str
    timeout: float
    operations: tuple[Operation, ...]
    routes: Node

    def match(self, method: str, path: str) -> tuple[Operation | None, tuple[str, ...]]:
        """The operation, or None and the methods that the path has."""
        index, allowed = match(self.routes, method, path)
        return (None if index is None else self.operations[index]), allowed


@dataclass(frozen=True, slots=True)
class Product:
    """API versions sold together, and the plans on offer."""

    id: str
    apis: frozenset[str]
    plans: frozenset[str]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All definitions of one deploy."""

    platform: str
    support: str
    apis: Mapping[str, ApiVersion]
    products: Mapping[str, Product]
    plans: Mapping[str, Limits]

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
                    tuple(Operation(operation["id"], operation["cost"]) for operation in api["operations"]),
                    api["routes"],
                )
                for name, api in bundle["apis"].items()
            },
            products={
                name: Product(name, frozenset(product["apis"]), frozenset(product["plans"]))
                for name, product in bundle["products"].items()
            },
            plans={name: Limits.of(plan["limits"]) for name, plan in bundle["plans"].items()},
        )
