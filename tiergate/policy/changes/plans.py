"""Plans: limits, how they are held to, and what holds while the tables fail."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from tiergate.domain.catalogue import FailureRule
from tiergate.domain.limits import EXACT, OFF, SECOND, WINDOWS, Limits
from tiergate.policy.changes.change import Change, Part, number, rest
from tiergate.policy.levels import BREAKING, RISKY, SAFE

PER = {"hour": "an hour", "day": "a day", "month": "a month", "rate": "a second", "burst": "at once"}

CLOSED = {"open_units": 0, "grace": FailureRule().grace // SECOND}
"""What holds where a bundle says nothing."""


TERMS = ("approval", "price", "support")
"""What is agreed upon beside limits; no function reads it."""


def plan_changes(name: str, old: Part | None, new: Part | None) -> Iterator[Change]:
    if old is None and new is not None:
        yield Change(level=SAFE, kind="plan_added", message=f"added: {limit_terms(new['limits'])}", plan=name)
    elif new is None and old is not None:
        message = f"removed (was {limit_terms(old['limits'])})"
        yield Change(level=BREAKING, kind="plan_removed", message=message, plan=name)
    elif old is not None and new is not None:
        yield from _both(name, old, new)


def looser(old: Part, new: Part) -> bool:
    """Whether some limit of a plan is higher than another's, or gone."""
    was, now = Limits.of(old["limits"]), Limits.of(new["limits"])
    if was.metered or now.metered:
        return now.metered and not was.metered
    before, after = _stated(old["limits"]), _stated(new["limits"])
    return any(after.get(name, limit + 1) > limit for name, limit in before.items())


def _both(name: str, old: Part, new: Part) -> Iterator[Change]:
    yield from _mode(name, old["limits"], new["limits"])
    yield from _numbers(name, old["limits"], new["limits"])
    yield from rest(old["limits"], new["limits"], ("mode", "rate", "quota"), change=partial(Change, plan=name))
    yield from _failure(name, *(each.get("failure", CLOSED) for each in (old, new)))
    yield from _agreed(name, old, new)
    yield from rest(old, new, ("limits", "failure", *TERMS), change=partial(Change, plan=name))


def limit_terms(limits: Part) -> str:
    """``5 a second, 10 at once, 450 an hour``."""
    stated = _stated(limits)
    terms = ", ".join(f"{number(stated[name])} {PER[name]}" for name in ("rate", "burst", *WINDOWS) if name in stated)
    return f"{terms or 'no limits'}{' (counted only)' if limits.get('mode') == OFF else ''}"


def _mode(plan: str, old: Part, new: Part) -> Iterator[Change]:
    was, now = Limits.of(old), Limits.of(new)
    if now.metered and not was.metered:
        message = f"nothing is limited any more (was {limit_terms(old)})"
        yield Change(level=RISKY, kind="limits_removed", message=message, plan=plan, loosened=True)
    elif was.metered and not now.metered:
        message = f"calls are limited now: {limit_terms(new)}"
        yield Change(level=BREAKING, kind="limits_added", message=message, plan=plan)
    elif was.mode != now.mode:
        how = f"mode {old.get('mode', EXACT)} → {new.get('mode', EXACT)}"
        yield Change(level=SAFE, kind="mode_changed", message=f"{how}; the limits hold as before", plan=plan)


def _numbers(plan: str, old: Part, new: Part) -> Iterator[Change]:
    """Each limit for itself, where limits hold before and after; otherwise all of them were told at once."""
    told_at_once = Limits.of(old).metered != Limits.of(new).metered
    counted_only = Limits.of(new).metered
    before, after = _stated(old), _stated(new)
    for name in PER:
        was, now = before.get(name), after.get(name)
        if was != now and not told_at_once:
            change = _number(plan, name, was, now)
            yield change if not counted_only else _unheld(change)


def _unheld(change: Change) -> Change:
    return replace(change, level=SAFE, message=f"{change.message}; calls are only counted")


def _number(plan: str, name: str, was: float | None, now: float | None) -> Change:
    per, what = PER[name], name if name in {"rate", "burst"} else f"{name} quota"
    if now is None and was is not None:
        message = f"{what} of {number(was)} {per} is gone"
        return Change(level=SAFE, kind="limit_removed", message=message, plan=plan, limit=name)
    if was is None and now is not None:
        message = f"{what} of {number(now)} {per} is new"
        return Change(level=BREAKING, kind="limit_added", message=message, plan=plan, limit=name)
    lowered = (now or 0) < (was or 0)
    message = f"{what} {'lowered' if lowered else 'raised'}: {number(was or 0)} → {number(now or 0)} {per}"
    kind = "limit_lowered" if lowered else "limit_raised"
    return Change(level=BREAKING if lowered else SAFE, kind=kind, message=message, plan=plan, limit=name)


def _stated(limits: Part) -> dict[str, float]:
    """Limits by name, as ``PER`` has them."""
    rate = limits.get("rate")
    own = {"rate": rate["per_second"], "burst": rate["burst"]} if rate else {}
    return own | {window: limit for window, limit in (limits.get("quota") or {}).items() if window in WINDOWS}


def _failure(plan: str, old: Part, new: Part) -> Iterator[Change]:
    was, now = old["open_units"], new["open_units"]
    if was != now:
        terms = " → ".join(
            f"open, {units} units of each instance an hour unchecked" if units else "closed" for units in (was, now)
        )
        message = f"while the tables fail: {terms}"
        yield Change(level=RISKY, kind="failure_rule", message=message, plan=plan, loosened=now > was)
    was, now = old["grace"], new["grace"]
    if was != now:
        message = f"a record that cannot be read again is believed for {number(was)} → {number(now)} s longer"
        yield Change(level=RISKY, kind="failure_grace", message=message, plan=plan, loosened=now > was)
    yield from rest(old, new, ("open_units", "grace"), change=partial(Change, plan=plan))


def _agreed(plan: str, old: Part, new: Part) -> Iterator[Change]:
    if old.get("approval") != new.get("approval"):
        eased = new.get("approval") == "automatic"
        message = f"subscriptions are approved: {old.get('approval', 'unsaid')} → {new.get('approval', 'unsaid')}"
        yield Change(level=RISKY, kind="plan_approval", message=message, plan=plan, loosened=eased)
    if old.get("price") != new.get("price"):
        message = " → ".join(_price(each.get("price")) for each in (old, new))
        yield Change(level=RISKY, kind="plan_price", message=f"price: {message}", plan=plan)
    if old.get("support") != new.get("support"):
        message = f"support: {old.get('support') or 'none'} → {new.get('support') or 'none'}"
        yield Change(level=SAFE, kind="plan_support", message=message, plan=plan)


def _price(price: Part | None) -> str:
    return f"{price['amount']} {price['currency']} a {price['per']}" if price else "none"
