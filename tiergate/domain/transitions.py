"""Which moves of an API version's life may be deployed: one step ahead at a time, and never past what was promised.

Callers were told a sunset, in every answer and by a notice. So it holds: a version is retired no sooner, and an earlier
sunset must leave them ``NOTICE_DAYS``. A first one must lie ahead, or to deprecate would be to retire. Where a version
does not exist yet nobody was told anything, and it may begin in any state: a new stage, or one that is built anew, is
deployed from the files as they stand.
"""

import time

from tiergate.domain.lifecycle import DEPRECATED, DRAFT, PUBLISHED, RETIRED, STATES, Lifecycle
from tiergate.domain.limits import SECOND

NOTICE_DAYS = 30
"""What an earlier sunset leaves at least: who called in that time is told of it, so who calls monthly is."""

DAY = 86_400 * SECOND

BACKWARDS = {
    PUBLISHED: "it is served and cannot become a draft again; deprecate it, or keep state: published",
    DEPRECATED: "callers were told that it ends; keep state: deprecated and move the sunset later, or publish the API "
    "as a new version beside it",
    RETIRED: "its callers were sent away; publish the API as a new version beside it",
}
"""By the state that it has."""

AHEAD = {
    DRAFT: "publish it first, or remove it: nobody calls a draft",
    PUBLISHED: "set state: deprecated with a sunset first, and retire it when that has passed",
}
"""The step that may not be left out, by the state that it has."""

REMOVED = {
    PUBLISHED: "it is published, and its callers would find nothing; set state: deprecated with a sunset first",
    DEPRECATED: "it is deprecated, and its callers would find nothing; set state: retired once its sunset has passed",
}


def refused_move(
    old_state: str | None, new_state: str | None, old: Lifecycle | None, new: Lifecycle | None, now: int
) -> str:
    """Why a move may not be deployed and what to do instead; empty where it may.

    A state is None where the version does not exist. ``now`` in microseconds.
    """
    if new_state is None:
        return _removal(old_state, old, now)
    if old_state is not None:
        steps = STATES.index(new_state) - STATES.index(old_state)
        if steps < 0:
            return f"from {old_state} back to {new_state}: {BACKWARDS[old_state]}"
        if steps > 1:
            return f"from {old_state} to {new_state} in one move: {AHEAD[old_state]}"
    if new_state == RETIRED:
        return _retirement(old, new, now)
    if new is None:
        return ""
    if old is None:
        return _first_sunset(new, now) if old_state is not None else ""
    return _sunset(old, new, now)


def _removal(state: str | None, lifecycle: Lifecycle | None, now: int) -> str:
    if state in REMOVED:
        return f"removed: {REMOVED[state]}"
    if lifecycle is not None and state == RETIRED and now < lifecycle.gone * SECOND:
        until = day(lifecycle.gone)
        return f"removed: its callers are told by 410 what to call instead until {until}; keep its files until then"
    return ""


def _retirement(old: Lifecycle | None, new: Lifecycle | None, now: int) -> str:
    """By the later sunset: another one in the same deploy is none that callers were told."""
    sunset = max((each.sunset for each in (old, new) if each is not None), default=0)
    if now >= sunset * SECOND:
        return ""
    return f"retired before its sunset: callers were told {day(sunset)}; keep state: deprecated until then"


def _first_sunset(lifecycle: Lifecycle, now: int) -> str:
    if now < lifecycle.sunset * SECOND:
        return ""
    return f"its sunset, {day(lifecycle.sunset)}, has passed before callers were told of it; set one that lies ahead"


def _sunset(old: Lifecycle, new: Lifecycle, now: int) -> str:
    """When callers are to be gone, as they were told and as they are told from now on."""
    if new.sunset >= old.sunset or new.sunset * SECOND >= now + NOTICE_DAYS * DAY:
        return ""
    least = day((now + (NOTICE_DAYS + 1) * DAY) // SECOND)
    return (
        f"the sunset moves from {day(old.sunset)} to {day(new.sunset)}: callers were told the later day, so that an "
        f"earlier one must be at least {NOTICE_DAYS} days ahead; keep it, or set {least} or later"
    )


def day(seconds: int) -> str:
    """The day of a moment, in UTC."""
    return time.strftime("%Y-%m-%d", time.gmtime(seconds))
