"""The life of an API version: its state, and what its callers are told of its end."""

import time
from collections.abc import Iterator
from functools import partial

from tiergate.domain.lifecycle import DEPRECATED, DRAFT, PUBLISHED, RETIRED, SERVED, Lifecycle
from tiergate.domain.transitions import day
from tiergate.policy.changes.change import Change, Part, rest
from tiergate.policy.levels import BREAKING, RISKY, SAFE

TOLD = ("state", "lifecycle")
FIELDS = ("deprecated", "sunset", "gone", "successor", "guide", "brownouts")


def lifecycle_changes(api: str, old: Part, new: Part) -> Iterator[Change]:
    """Of an API version that both have."""
    was, now = (lifecycle_of(each) for each in (old, new))
    if old["state"] != new["state"]:
        lost = old["state"] in SERVED and new["state"] not in SERVED
        level = BREAKING if lost else RISKY if new["state"] == DEPRECATED else SAFE
        message = f"{old['state']} → {new['state']}{_meaning(new['state'], now)}"
        yield Change(level=level, kind="state", message=message, api=api)
    if was is not None and now is not None:
        yield from _dates(api, was, now)
        yield from _brownouts(api, was.brownouts, now.brownouts)
        yield from _sent_to(api, was, now)
        yield from rest(old["lifecycle"], new["lifecycle"], FIELDS, change=partial(Change, api=api))
    elif now is not None and now.brownouts:
        yield from _brownouts(api, (), now.brownouts)


def lifecycle_of(api: Part) -> Lifecycle | None:
    return Lifecycle.of(api["lifecycle"]) if "lifecycle" in api else None


def _meaning(state: str, lifecycle: Lifecycle | None) -> str:
    if state == PUBLISHED:
        return ": its routes are served"
    if state == DRAFT:
        return ": its routes go, and its callers get 404"
    if lifecycle is None:
        return ""
    instead = f"; its callers are sent to {lifecycle.successor_address}" if lifecycle.successor else ""
    if state == RETIRED:
        return f": its callers get 410 until {day(lifecycle.gone)}{instead}"
    return f": since {day(lifecycle.deprecated)}, sunset {day(lifecycle.sunset)}{instead}"


def _dates(api: str, old: Lifecycle, new: Lifecycle) -> Iterator[Change]:
    for what, was, now in (
        ("deprecated since", old.deprecated, new.deprecated),
        ("sunset", old.sunset, new.sunset),
        ("410s end on", old.gone, new.gone),
    ):
        if was != now:
            earlier = now < was and what != "deprecated since"
            message = f"{what}: {day(was)} → {day(now)}"
            yield Change(level=RISKY if earlier else SAFE, kind="lifecycle_date", message=message, api=api)


def _brownouts(api: str, old: tuple[tuple[int, int], ...], new: tuple[tuple[int, int], ...]) -> Iterator[Change]:
    for start, end in sorted({*old} ^ {*new}):
        comes = (start, end) in new
        moment = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(start))
        message = f"{'brownout' if comes else 'no brownout any more'} on {moment} for {(end - start) // 60} minutes"
        kind = f"brownout_{'added' if comes else 'removed'}"
        yield Change(level=RISKY if comes else SAFE, kind=kind, message=message, api=api)


def _sent_to(api: str, old: Lifecycle, new: Lifecycle) -> Iterator[Change]:
    for what in ("successor", "guide"):
        was, now = getattr(old, what), getattr(new, what)
        if was != now:
            message = f"{what}: {was or 'none'} → {now or 'none'}"
            yield Change(level=SAFE, kind=what, message=message, api=api)
