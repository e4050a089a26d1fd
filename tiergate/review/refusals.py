"""What a deploy may not do, because it would hurt those who call: each with its reason and what to do instead."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tiergate.domain.catalogue import Catalogue
from tiergate.domain.gate import KEEP_REST_API
from tiergate.domain.lifecycle import RETIRED
from tiergate.policy.capacity import MOST, integration_count, route_count, routes
from tiergate.policy.changes import Change
from tiergate.policy.changes.change import listed
from tiergate.policy.changes.operations import operations_of
from tiergate.review.moves import refused_moves
from tiergate.review.overrides import override_faults
from tiergate.review.preview import Bundle, Held, Stands

OPENED = "operation_opened"


@dataclass(frozen=True, slots=True)
class Refusal:
    """``subject``: what it is about, as changes name it."""

    kind: str
    subject: str
    reason: str
    mend: str


def refusals(
    found: Iterable[Change],
    old: Bundle,
    new: Bundle,
    *,
    stands: Stands,
    public: Collection[tuple[str, str]],
    now: int,
) -> list[Refusal]:
    """``found``: what differs. ``public``: see `stated_public`. ``now`` in microseconds."""
    found = [*found]
    return [
        *_ended(found, new, stands.held),
        *_unsold(found, new, stands),
        *_rest_apis(found, stands.held),
        *_moves(old, new, now),
        *_opened(found, old, new, public),
        *_overrides(old, new, stands.held, now),
        *_capacity(old, new, now),
    ]


def _ended(found: Iterable[Change], new: Bundle, held: Collection[Held]) -> Iterator[Refusal]:
    """Plans and products that subscriptions have. What goes with its product or plan is told there."""
    for each in found:
        if each.kind == "plan_removed":
            those = [one for one in held if one.subscription.plan == each.plan]
            mend = "move each first to a plan that is deployed and stays"
            mend += " (tiergate subscription set-plan SUB PLAN), or keep the plan"
        elif each.kind == "product_removed":
            those = [one for one in held if one.subscription.product == each.product]
            mend = f"keep policies/products/{each.product}.yaml until nobody has it (tiergate subscription list)"
        elif each.kind == "offer_removed" and each.plan in new["plans"]:
            those = [
                one for one in held if (one.subscription.product, one.subscription.plan) == (each.product, each.plan)
            ]
            mend = "move each to a plan that stays (tiergate subscription set-plan SUB PLAN), or keep offering it"
        else:
            continue
        if those:
            yield Refusal(each.kind, each.subject, f"{_subscriptions(those)} {_has(those)} it", mend)


def _unsold(found: Iterable[Change], new: Bundle, stands: Stands) -> Iterator[Refusal]:
    for each in found:
        if each.kind != "product_api_removed" or new["apis"].get(each.api, {"state": RETIRED})["state"] == RETIRED:
            continue
        callers = {one.subscription for one in stands.consumers if (one.api, one.product) == (each.api, each.product)}
        those = [one for one in stands.held if one.subscription.id in callers]
        if those:
            mend = f"keep {each.api} in the product; to end it, deprecate it with a sunset, which tells its callers"
            reason = f"{_subscriptions(those)} of the product called it in the last 30 days"
            yield Refusal(each.kind, each.subject, reason, mend)


def _rest_apis(found: Iterable[Change], held: Collection[Held]) -> Iterator[Refusal]:
    """Whoever has the product may call it, and nothing tells them of its end."""
    for each in found:
        those = [one for one in held if one.subscription.product == each.product]
        if each.kind == "product_rest_api_removed" and those:
            reason = f"{_subscriptions(those)} {_has(those)} the product"
            yield Refusal(each.kind, each.subject, reason, KEEP_REST_API)


def _moves(old: Bundle, new: Bundle, now: int) -> Iterator[Refusal]:
    for api, refused in refused_moves(old, new, now):
        yield Refusal("move", api, refused.reason, refused.mend)


def _opened(
    found: Iterable[Change], old: Bundle, new: Bundle, public: Collection[tuple[str, str]]
) -> Iterator[Refusal]:
    for each in found:
        if each.kind != OPENED:
            continue
        operation = operations_of(new["apis"][each.api]).get(each.operation)
        if operation is None:
            reason = "anybody could call it: it needs a credential, and what answers its calls without it does not"
            mend = "keep it; or make it public in a deploy of its own, and remove it then"
            yield Refusal("opened", each.subject, reason, mend)
            continue
        id_ = operation["id"]
        before = _public_route(old["apis"].get(each.api), id_)
        file = f"policies/apis/{each.api}/api.yaml"
        if (each.api, id_) not in public:
            reason = f"anybody could call it, and {file} does not say so itself"
            mend = f'put "{id_}": {{public: true}} under operations: there, or take the other file\'s word away'
            yield Refusal("opened", each.subject, reason, mend)
        elif before and before != each.operation:
            reason = f'anybody could call it, as {file} says of "{id_}", which was {before}'
            mend = "give the operation another operationId, and say public: true of that if it is meant"
            yield Refusal("opened", each.subject, reason, mend)


def _public_route(api: Mapping[str, Any] | None, id_: str) -> str:
    """Where an operation was that was public by the same id."""
    found = operations_of(api) if api else {}
    return next((route for route, each in found.items() if each["id"] == id_ and each.get("public")), "")


def _overrides(old: Bundle, new: Bundle, held: Iterable[Held], now: int) -> Iterator[Refusal]:
    """Overrides that held, and would leave some call no room; by what the deploy changes, not by what was so before."""
    before, after = Catalogue.of(old), Catalogue.of(new)
    for each in held:
        override, subscription = each.override(now), each.subscription
        if override is None or not _defined(after, each):
            continue
        faults = override_faults(after, subscription, override)
        known = override_faults(before, subscription, override) if _defined(before, each) else []
        if faults and not known:
            command = f"tiergate subscription override {subscription.id}"
            mend = f"change it first ({command} --limit …), or take it away ({command} --clear)"
            reason = f"its override does not go with the new definitions: {'; '.join(faults)}"
            yield Refusal("override", f"{subscription.id} ({each.organization})", reason, mend)


def _defined(catalogue: Catalogue, each: Held) -> bool:
    product = catalogue.products.get(each.subscription.product)
    return product is not None and each.subscription.plan in catalogue.plans and product.apis <= catalogue.apis.keys()


def _capacity(old: Bundle, new: Bundle, now: int) -> Iterator[Refusal]:
    """CloudFormation makes what is new before it removes what is gone, so for a moment both stand."""
    coming, standing = new["apis"], old["apis"]
    after, before = routes(coming, now), routes(standing, now)
    count, both = route_count(after, coming), route_count(after | before, standing, coming)
    integrations = integration_count(coming, now)
    for what, number in (("routes", count), ("integrations", integrations)):
        if number > MOST:
            mend = "remove versions that nobody calls, or deploy a second gateway"
            yield Refusal("capacity", "gateway", f"{number} {what}, and one HTTP API has {MOST}", mend)
    if count <= MOST < both:
        reason = f"{both} routes stand while the new ones are there and the old ones are too; one HTTP API has {MOST}"
        yield Refusal("capacity", "gateway", reason, "remove what goes in a deploy of its own, first")


def _subscriptions(those: Collection[Held]) -> str:
    count = len(those)
    names = listed(dict.fromkeys(each.organization for each in those))
    return f"{count} subscription{'' if count == 1 else 's'} ({names})"


def _has(those: Collection[Held]) -> str:
    return "has" if len(those) == 1 else "have"
