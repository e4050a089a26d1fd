"""Operations: what can be called, what it costs, and what a caller needs for it."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from tiergate.domain.limits import Limits, Quota
from tiergate.policy.changes.answers import Answers, Route, Segment, made
from tiergate.policy.changes.change import Change, Part, listed, narrower, number, rest
from tiergate.policy.changes.plans import PER
from tiergate.policy.levels import BREAKING, RISKY, SAFE

Alternatives = Iterable[Collection[str]]

Bundles = tuple[Part, Part]

OPENED = "operation_opened"

TOLD = ("id", "cost", "scopes", "public", "timeout")


def operations_of(api: Part) -> dict[str, Part]:
    """The operations of an API version by method and template; parameters have no names: ``GET /orders/{}``."""
    return {name: route.operation for name, route in Answers.of(api).routes.items()}


def operation_changes(api: str, old: Part, new: Part, bundles: Bundles) -> Iterator[Change]:
    """Of an API version that both have. ``bundles``: old and new, for what a cost means under a plan.

    Calls whose operation goes, or beside whose template a nearer one comes, may be answered by another operation: what
    that one asks for is told as well.
    """
    was, now = Answers.of(old), Answers.of(new)
    both = _Both(api, was, now, (old["timeout"], new["timeout"]), bundles)
    for name in was.routes.keys() - now.routes.keys():
        yield from both.gone(name)
    for name in now.routes.keys() - was.routes.keys():
        yield from both.added(name)
    for name in was.routes.keys() & now.routes.keys():
        yield from both.kept(name)


def opened(api: str, route: str) -> Change:
    """An operation that anybody can call."""
    message = "can be called without a credential"
    return Change(level=RISKY, kind=OPENED, message=message, api=api, operation=route, loosened=True)


@dataclass(frozen=True, slots=True)
class _Both:
    """An API version before and after. ``timeouts``: where an operation has none of its own."""

    api: str
    was: Answers
    now: Answers
    timeouts: tuple[float, float]
    bundles: Bundles

    def gone(self, name: str) -> Iterator[Change]:
        route, others = self.was.routes[name], self.was.instead(name, self.now)
        ends = [] if self.now.to(route.methods[0], made(route.template)) else ["its callers get 404 or 405"]
        ends += [f"{listed(others)} answer{'s' if len(others) == 1 else ''} its calls"] if others else []
        message = f"gone ({route.operation['id']}); {', where not '.join(ends)}"
        yield Change(level=BREAKING, kind="operation_removed", message=message, api=self.api, operation=name)
        for other in others:
            found = self._terms(name, route.operation, self.now.routes[other].operation)
            yield from _elsewhere(found, f"as {other} answers its calls")
        yield from self._alike(name, route)

    def added(self, name: str) -> Iterator[Change]:
        """Where it takes the place of one that is gone, that one tells what is another."""
        route = self.now.routes[name]
        others = [other for other in self.now.instead(name, self.was) if other in self.now.routes]
        message = f"new ({route.operation['id']}), cost {route.operation['cost']}"
        message += f"; takes calls from {listed(others)}" if others else ""
        yield Change(level=SAFE, kind="operation_added", message=message, api=self.api, operation=name)
        if route.operation.get("public"):
            yield opened(self.api, name)
        for other in others:
            found = self._terms(name, self.was.routes[other].operation, route.operation)
            yield from _elsewhere((each for each in found if each.kind != OPENED), f"as {other} answered them")
        yield from self._alike(name, route)

    def kept(self, name: str) -> Iterator[Change]:
        old, new = (each.routes[name].operation for each in (self.was, self.now))
        if old["id"] != new["id"]:
            message = f"operationId {old['id']} → {new['id']}; generated clients name it otherwise"
            yield Change(level=SAFE, kind="operation_id", message=message, api=self.api, operation=name)
        yield from self._terms(name, old, new)

    def _alike(self, name: str, route: Route) -> Iterator[Change]:
        """Calls for which no parameter stands, or one does again, as some upstreams read them as the route's own."""
        methods = sorted({method for each in self.was.routes.values() for method in each.methods})
        for place, segment in enumerate(route.template):
            other = [*route.template[:place], Segment(f"{segment.literal};"), *route.template[place + 1 :]]
            answers = {
                tuple(each.to(method, made(other)) for each in (self.was, self.now)): method
                for method in reversed(methods if segment.literal else ())
            }
            for (old, new), method in answers.items():
                if old is None or old == new:
                    continue
                path = f"{method} {''.join(f'/{each}' for each in other)}"
                what = f"answered by {new}" if new else "refused"
                message = f"calls that only read like it are {what} now, such as {path}"
                yield Change(level=RISKY, kind="operation_alike", message=message, api=self.api, operation=name)
                if new:
                    terms = (each.routes[route].operation for each, route in ((self.was, old), (self.now, new)))
                    yield from _elsewhere(self._terms(name, *terms), f"as {new} answers {path}")

    def _terms(self, name: str, old: Part, new: Part) -> Iterator[Change]:
        """What calls meet that one operation answered, and another one does now."""
        change = partial(Change, api=self.api, operation=name)
        if old["cost"] != new["cost"]:
            raised = new["cost"] > old["cost"]
            message = f"cost {'raised' if raised else 'lowered'}: {old['cost']} → {new['cost']} units a call"
            effects = listed(_effects(self.api, old["cost"], new["cost"], self.bundles), most=3)
            level, kind = (BREAKING, "cost_raised") if raised else (SAFE, "cost_lowered")
            yield change(level=level, kind=kind, message=message + (f"; {effects}" if effects else ""))
        yield from _scopes(change, old.get("scopes", ()), new.get("scopes", ()))
        if new.get("public") and not old.get("public"):
            yield opened(self.api, name)
        elif old.get("public") and not new.get("public"):
            message = "needs a credential; calls without one are refused"
            yield change(level=BREAKING, kind="operation_closed", message=message)
        if old.get("timeout", 0) != new.get("timeout", 0):
            was, now = (each.get("timeout", 0) or usual for each, usual in zip((old, new), self.timeouts, strict=True))
            level = RISKY if now < was else SAFE
            message = f"upstream's time to answer: {number(was)} → {number(now)} s"
            yield change(level=level, kind="timeout", message=message)
        yield from rest(old, new, TOLD, change=change)


def _elsewhere(found: Iterable[Change], note: str) -> Iterator[Change]:
    """Of calls that another operation answers: no comparison of two documents tells these."""
    for each in found:
        kind = "scopes_elsewhere" if each.kind == "scopes" else each.kind
        yield replace(each, kind=kind, message=f"{each.message} ({note})")


def _effects(api: str, was: int, now: int, bundles: Bundles) -> Iterator[str]:
    """What the tightest quota of each plan that the API is sold on is worth: ``free: 450 an hour are 45 calls``."""
    old, new = bundles
    products = [product for product in new["products"].values() if api in product["apis"]]
    for plan in sorted({plan for product in products for plan in product["plans"]}):
        before, after = (_tightest(bundle["plans"].get(plan)) for bundle in (old, new))
        if after is not None:
            were = f" (were {before.limit // was})" if before and before.window == after.window else ""
            yield f"{plan}: {after.limit} {PER[after.window]} are {after.limit // now} calls{were}"


def _tightest(plan: Part | None) -> Quota | None:
    """The quota of the shortest window; None where none holds."""
    limits = Limits.of(plan["limits"]) if plan else None
    return limits.quotas[0] if limits and limits.quotas and not limits.metered else None


def _scopes(change: Callable[..., Change], old: Alternatives, new: Alternatives) -> Iterator[Change]:
    before, after = ([frozenset(needed) for needed in each] or [frozenset[str]()] for each in (old, new))
    if {*before} == {*after}:
        return
    refused, taken = narrower(before, after), narrower(after, before)
    told = " → ".join(
        " or ".join("+".join(sorted(each)) for each in alternatives) or "none" for alternatives in (before, after)
    )
    level = BREAKING if refused else RISKY
    yield change(level=level, kind="scopes", message=f"scopes needed: {told}", loosened=taken)
