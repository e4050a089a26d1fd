"""Policies → the catalogue that is published to portals: what partners may see of them, and nothing else."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from tiergate.domain.lifecycle import DRAFT
from tiergate.domain.limits import SECOND
from tiergate.domain.moments import utc
from tiergate.domain.published import MOST_BYTES, Entry, size
from tiergate.policy.bundle import UNSAID
from tiergate.policy.lifecycle import Deprecation
from tiergate.policy.load import ApiEntry, Policies
from tiergate.policy.references import References
from tiergate.policy.schema import Limits, Plan, Product
from tiergate.policy.source import Fault, mapping


def published(policies: Policies, scorecards: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The catalogue of checked policies, the same on every machine. ``scorecards``: by API version, of those graded.

    Drafts are left out, and products that have nothing else.
    """
    if policies.platform is None:
        raise ValueError("policies must be checked before they are published")
    platform = policies.platform.value
    apis = {name: api for name, api in sorted(policies.apis.items()) if api.value.state != DRAFT}
    rest_apis = sorted(name for name, each in platform.rest_apis.items() if each.id is not None)
    products = {name: _product(product.value, apis, rest_apis) for name, product in sorted(policies.products.items())}
    return {
        "platform": {"name": platform.name, "support": platform.support},
        "products": {name: each for name, each in products.items() if each["apis"] or each["rest_apis"]},
        "plans": {name: _plan(plan.value) for name, plan in sorted(policies.plans.items())},
        "apis": {name: _api(api) | {"scorecard": scorecards.get(name)} for name, api in apis.items()},
        "rest_apis": {name: {} for name in rest_apis},
    }


def published_faults(policies: Policies) -> Iterator[Fault]:
    """Entries that are too large to be published; of drafts too, before they are published."""
    for api in policies.apis.values():
        wide = _too_wide(_api(api))
        if wide:
            yield api.document.fault(f"{wide}; shorten its description and the summaries of its operations", "info")
    for product in policies.products.values():
        value = product.value
        wide = _too_wide(_product(value, value.apis, value.rest_apis))
        if wide:
            yield product.source.fault(f"{wide}; shorten its description, or sell less in one product", "description")
    for plan in policies.plans.values():
        wide = _too_wide(_plan(plan.value))
        if wide:
            yield plan.source.fault(f"{wide}; shorten its description", "description")


def _too_wide(entry: Entry) -> str:
    bytes_ = size(entry)
    if bytes_ <= MOST_BYTES:
        return ""
    return f"the catalogue's entry of it has {bytes_ // 1000:,} KB, and one has at most {MOST_BYTES // 1000}"


def _product(product: Product, apis: Collection[str], rest_apis: Collection[str]) -> dict[str, Any]:
    """``apis``, ``rest_apis``: those that may be seen."""
    return {
        "title": product.title,
        "description": product.description,
        "apis": [name for name in product.apis if name in apis],
        "rest_apis": [name for name in product.rest_apis if name in rest_apis],
        "plans": product.plans,
    }


def _plan(plan: Plan) -> dict[str, Any]:
    return {
        "title": plan.title,
        "description": plan.description,
        "limits": _limits(plan.limits),
        "price": plan.price.model_dump() if plan.price else None,
        "approval": plan.approval,
        "support": plan.support,
    }


def _limits(limits: Limits) -> dict[str, Any]:
    """Whole numbers without a point, as they are read back."""
    stated = limits.model_dump(exclude_none=True)
    if limits.rate and limits.rate.per_second.is_integer():
        stated["rate"]["per_second"] = int(limits.rate.per_second)
    return stated


def _api(api: ApiEntry) -> dict[str, Any]:
    policy, deprecation = api.value, api.value.deprecation
    description = mapping(api.document.data, "info").get("description")
    return {
        "title": api.title,
        "description": description if isinstance(description, str) else "",
        "owner": policy.owner,
        "state": policy.state,
        "lifecycle": _lifecycle(deprecation) if deprecation else None,
        "mode": policy.mode,
        "accepts": policy.accepts,
        "operations": list(_operations(api)),
    }


def _lifecycle(deprecation: Deprecation) -> dict[str, Any]:
    life = deprecation.compiled()
    return {
        **{name: utc(life[name] * SECOND) for name in ("deprecated", "sunset", "gone")},
        "successor": deprecation.successor,
        "guide": deprecation.guide,
        "brownouts": [{"start": utc(start * SECOND), "end": utc(end * SECOND)} for start, end in life["brownouts"]],
    }


def _operations(api: ApiEntry) -> Iterator[dict[str, Any]]:
    """In the document's order."""
    references, items = References(api.document.data), mapping(api.document.data, "paths")
    for operation in api.operations:
        item, _ = references.followed(items[operation.template])
        summary = mapping(item, operation.method.lower()).get("summary")
        policy = api.value.operations.get(operation.id, UNSAID)
        yield {
            "id": operation.id,
            "method": operation.method,
            "path": operation.template,
            "summary": summary if isinstance(summary, str) else "",
            "scopes": [list(each) for each in operation.scopes],
            "cost": policy.cost or api.value.cost,
            "public": policy.public,
        }
