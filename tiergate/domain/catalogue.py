"""The compiled bundle as the functions see it: APIs with their operations, products and plans."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from tiergate.domain.conditions import NONE, Conditions
from tiergate.domain.lifecycle import RETIRED, SERVED, Lifecycle
from tiergate.domain.limits import SECOND, Limits
from tiergate.domain.operations import Node, match

FORMAT = 1
"""Raised whenever a bundle of the old shape could be misread."""

FILE = "bundle.json"
"""The bundle's name at the root of a function's package."""

FUNCTION = "lambda:"
"""Prefix of an upstream that is a Lambda function: ``lambda:<folder in lambdas/>`` or ``lambda:<ARN>``."""

KEY, TOKEN, EITHER, BOTH = "key", "token", "either", "both"
"""What an API accepts: API keys, access tokens, one of them, or the two together."""


class Operation(NamedTuple):
    """One method on one path template. ``id`` is the operationId or ``GET /path``; ``cost`` in units.

    ``scopes``: alternatives, of which a caller that is limited to scopes must have one whole; none when nothing is
    asked. ``public``: it needs no credential. ``timeout``: in seconds, in place of its API's; 0 where that holds.
    """

    id: str
    cost: int
    scopes: tuple[frozenset[str], ...] = ()
    public: bool = False
    timeout: float = 0

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> "Operation":
        """From a bundle's ``{"id": …, "cost": …, "scopes": [[…], …], "public": true, "timeout": …}``, all but the first
        two where they say something."""
        scopes = tuple(frozenset(each) for each in raw.get("scopes", ()))
        return cls(raw["id"], raw["cost"], scopes, raw.get("public", False), raw.get("timeout", 0))


class ApiVersion(NamedTuple):
    """One version of an API. ``name`` is ``<api>/<version>``; ``timeout`` in seconds for the whole upstream call.

    ``mode``: ``managed`` (through the proxy) or ``direct`` (API Gateway calls the upstream itself). ``accepts``: one of
    ``KEY``, ``TOKEN``, ``EITHER`` and ``BOTH``. ``conditions``: where its calls may come from. ``public_plan``: what
    counts calls without a credential. ``cors`` and ``upstream_auth``: what only the proxy reads, by ``Cors.of`` and
    ``adapters.upstream_auth``. ``lifecycle``: of one that is deprecated or retired.
    """

    name: str
    state: str
    upstream: str
    timeout: float
    operations: tuple[Operation, ...]
    routes: Node
    mode: str = "managed"
    cors: Mapping[str, Any] | None = None
    accepts: str = KEY
    conditions: Conditions = NONE
    public_plan: str = ""
    upstream_auth: Mapping[str, Any] | None = None
    lifecycle: Lifecycle | None = None

    def match(self, method: str, path: str) -> tuple[Operation | None, tuple[str, ...]]:
        """The operation, or None and the methods that the path has."""
        index, allowed = match(self.routes, method, path)
        return (None if index is None else self.operations[index]), allowed

    def methods(self, path: str) -> set[str]:
        """Those that a path has, ``HEAD`` where ``GET`` answers it; none where there is no such path."""
        allowed = set(match(self.routes, "", path)[1])
        return allowed | {"HEAD"} if "GET" in allowed else allowed

    def retired(self, now: int) -> bool:
        """Whether its callers are still told so at ``now``, in microseconds; after that there is no such version."""
        return self.state == RETIRED and self.lifecycle is not None and now < self.lifecycle.gone * SECOND


def tried(state: str, accepts: str) -> bool:
    """Whether an API version answers, and a key is enough to call it."""
    return state in SERVED and accepts in {KEY, EITHER}


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
    issuers: Mapping[str, Mapping[str, Any]] = {}
    """What ``Issuer.of`` reads, which only the authorizer does."""
    imported_keys: bool = False
    """Whether keys of other makes are good too."""

    def covers(self, product: str, api: str) -> bool:
        """Whether a product is there and has an API version."""
        found = self.products.get(product)
        return found is not None and api in found.apis

    def tried(self, product: str) -> list[str]:
        """The API versions of a product for which somebody who has not signed in can have a key."""
        apis = self.products[product].apis & self.apis.keys() if product in self.products else frozenset()
        return sorted(each for each in apis if tried(self.apis[each].state, self.apis[each].accepts))

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
                    api.get("accepts", KEY),
                    Conditions.of(api["conditions"]) if "conditions" in api else NONE,
                    api.get("public_plan", ""),
                    api.get("upstream_auth"),
                    Lifecycle.of(api["lifecycle"]) if "lifecycle" in api else None,
                )
                for name, api in bundle["apis"].items()
            },
            products={
                name: Product(name, frozenset(product["apis"]), frozenset(product["plans"]))
                for name, product in bundle["products"].items()
            },
            plans={name: Plan.of(plan) for name, plan in bundle["plans"].items()},
            issuers=bundle.get("issuers", {}),
            imported_keys=bundle["platform"].get("imported_keys", False),
        )
