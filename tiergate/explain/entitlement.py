"""Rules on what a caller may do: application, subscription, scopes, brownouts, and what its plan has left."""

from collections.abc import Iterator, Mapping

from tiergate.domain.addresses import block_of
from tiergate.domain.admission import Verdict
from tiergate.domain.catalogue import ApiVersion, Operation
from tiergate.domain.counters import BY_ADDRESS, bucket, counter
from tiergate.domain.debits import waits_of
from tiergate.domain.limits import Quota, Rate, too_small, window_number, window_start
from tiergate.domain.moments import utc
from tiergate.domain.registry import Application, Credential, Override, Subscription, effective
from tiergate.explain.callers import network_rules
from tiergate.explain.places import cost_place, scopes_place
from tiergate.explain.rule import DEFAULT, THE_CALL, Rule, registry, said
from tiergate.explain.trial import Trial


def entitlement_rules(trial: Trial, api: ApiVersion, operation: Operation, callers: list[Credential]) -> Iterator[Rule]:
    """On a caller that is known."""
    id_ = callers[0].application
    origin = registry(f"APP#{id_}", offline=trial.offline)
    if callers[-1].application != id_:
        says = f"the key is of {id_}, and the token's client of {callers[-1].application}"
        yield Rule("application", says, origin, "credential_mismatch")
        return
    application = trial.records.application(id_)
    if application is None:
        yield Rule("application", f"{id_} is not there", origin, "credential_unknown")
        return
    yield from network_rules(trial, "application", application.conditions, origin)
    for kind, named, state in (
        ("organization", application.organization, application.organization_state),
        ("application", application.id, application.state),
    ):
        yield Rule(kind, f"{named} is {state}", origin, "" if state == "active" else f"{kind}_suspended")
    covering = _covering(trial, api.name, application)
    held = next((each for each in covering if each.state == "active"), None)
    if held is None:
        yield _not_subscribed(trial, api.name, application, covering, origin)
        return
    yield Rule("subscription", f"{held.id} to {held.product} is active", origin)
    product = trial.policies.products[held.product]
    listed = product.source.place("apis", product.value.apis.index(api.name))
    yield Rule("product", f"{held.product} has {api.name}", str(listed))
    yield from _scopes(trial, operation, callers)
    yield from _brownout(trial, api)
    yield from _limits(trial, operation, held.plan, held.override, held.id, origin)


def anybody_rules(trial: Trial, api: ApiVersion, operation: Operation) -> Iterator[Rule]:
    """On a call without a credential, which counts for its address."""
    block = block_of(trial.call.address)
    if block is None:
        yield Rule("address", f"{trial.call.address} is no address", THE_CALL, "address_not_allowed")
        return
    yield from _brownout(trial, api)
    counted = f"{BY_ADDRESS}{api.name}#{block}"
    yield from _limits(trial, operation, api.public_plan, None, counted, said(trial.policy, "public_plan"))


def _covering(trial: Trial, api: str, application: Application) -> list[Subscription]:
    """Those to products that have the API, in the authorizer's order."""
    return [each for each in application.subscriptions.values() if trial.catalogue.covers(each.product, api)]


def _not_subscribed(
    trial: Trial, api: str, application: Application, covering: list[Subscription], origin: str
) -> Rule:
    if covering:
        says = f"{covering[0].id} to {covering[0].product} is {covering[0].state}"
        return Rule("subscription", says, origin, "subscription_suspended")
    selling = [name for name, product in sorted(trial.catalogue.products.items()) if api in product.apis]
    held = ", ".join(application.subscriptions) or "none"
    says = f"to {held}; products that have {api}: {', '.join(selling) or 'none'}"
    return Rule("subscription", says, origin, "subscription_missing")


def _scopes(trial: Trial, operation: Operation, callers: list[Credential]) -> Iterator[Rule]:
    origin = str(scopes_place(trial.policies.apis[trial.asked.api], operation.id))
    if not operation.scopes:
        yield Rule("scopes", "none are asked for", origin)
        return
    asked = " or ".join(" and ".join(sorted(each)) for each in operation.scopes)
    for caller in callers:
        word = "client" if caller.issuer else "key"
        has = "is not limited" if caller.scopes is None else f"has {', '.join(sorted(caller.scopes)) or 'none'}"
        lacking = "" if caller.covers(operation.scopes) else "scope_missing"
        yield Rule("scopes", f"asks for {asked}; the {word} {has}", origin, lacking)


def _brownout(trial: Trial, api: ApiVersion) -> Iterator[Rule]:
    life = api.lifecycle
    if life is None or not life.brownouts:
        return
    now = trial.asked.now
    end = life.brownout(now)
    says = f"refuses until {utc(end)}" if end else "none now"
    yield Rule("brownout", says, said(trial.policy, "deprecation", "brownouts"), "api_brownout" if end else "")


def _limits(
    trial: Trial, operation: Operation, name: str, override: Override | None, counted: str, origin: str
) -> Iterator[Rule]:
    """On the plan, and on each of its limits; those in the way last."""
    plan = trial.catalogue.plans.get(name)
    if plan is None:
        yield Rule("plan", f'the policies have no plan "{name}"', origin, "plan_not_deployed")
        return
    source, now = trial.policies.plans[name].source, trial.asked.now
    yield Rule("plan", name, origin)
    yield Rule("cost", _units(operation.cost), str(cost_place(trial.policy, operation.id) or DEFAULT))
    limits = effective(plan.limits, override, now)
    if limits.metered:
        yield Rule("limits", "none: calls are only counted", said(source, "limits"))
        return
    trial.note_use()
    item = trial.counters(counted)
    violated = too_small(limits, operation.cost) or tuple(waits_of(limits, operation.cost, 0, now, item))
    reason = Verdict(False, item, violated).reason
    each = [
        *((quota.window, _quota(quota, item, now), ("quota", quota.window)) for quota in limits.quotas),
        *([("burst", _burst(limits.rate, item, now), ("rate",))] if limits.rate else []),
    ]
    named = override.limits if override is not None and override.holds(now) else {}
    told = sorted(each, key=lambda limit: limit[0] in violated)
    for limit, says, path in told:
        overridden = limit in named or (limit == "burst" and "rate" in named)
        where = f"{origin} (override)" if overridden else said(source, "limits", *path)
        label = "rate" if limit == "burst" else f"{limit} quota"
        yield Rule(label, says, where, reason if limit in violated and limit == told[-1][0] else "")


def _units(number: int) -> str:
    return f"{number:,} unit{'' if number == 1 else 's'}"


def _quota(quota: Quota, item: Mapping[str, int], now: int) -> str:
    number = window_number(quota.window, now)
    left = max(0, quota.limit - item.get(counter(quota.window, number), 0))
    return f"{left:,} of {quota.limit:,} left until {utc(window_start(quota.window, number + 1))}"


def _burst(rate: Rate, item: Mapping[str, int], now: int) -> str:
    ahead = max(0, item.get(bucket(rate), 0) - now)
    left = max(0, (rate.reach - ahead) // rate.interval)
    return f"{left:,} of a burst of {rate.burst:,} left, at {rate.per_second:.15g} a second"
