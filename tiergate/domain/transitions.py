"""Which moves of an API version's life may be deployed: one step ahead at a time, and never past what was promised.

Callers are told a sunset, in every answer and by a notice. So it holds: a version is retired no sooner, and a first or
an earlier sunset must leave them ``NOTICE_DAYS``, a brownout ``BROWNOUT_NOTICE_DAYS``. Once retired, it says so and
where to go for ``GRACE_DAYS`` at least. Where a version does not exist yet nobody was told anything, and it may begin
in any state: a new stage, or one that is built anew, is deployed from the files as they stand.
"""

import time
from typing import NamedTuple

from tiergate.domain.lifecycle import DEPRECATED, DRAFT, PUBLISHED, RETIRED, STATES, Lifecycle
from tiergate.domain.limits import SECOND

NOTICE_DAYS = 30
"""What a first or an earlier sunset leaves at least: who called in that time is told of it, so who calls monthly is."""

BROWNOUT_NOTICE_DAYS = 7

GRACE_DAYS = 30
"""For how long a version answers 410 at least, from the deploy that retires it: so who calls monthly reads it."""

DAY = 86_400 * SECOND

BACKWARDS = {
    PUBLISHED: ("it is served and cannot become a draft again", "deprecate it, or keep state: published"),
    DEPRECATED: (
        "callers were told that it ends",
        "keep state: deprecated and move the sunset later, or publish the API as a new version beside it",
    ),
    RETIRED: ("its callers were sent away", "publish the API as a new version beside it"),
}
"""Why not and what to do, by the state that it has."""

AHEAD = {
    DRAFT: "publish it first, or remove it: nobody calls a draft",
    PUBLISHED: "set state: deprecated with a sunset first, and retire it when that has passed",
}
"""The step that may not be left out, by the state that it has."""

REMOVED = {
    PUBLISHED: "set state: deprecated with a sunset first",
    DEPRECATED: "set state: retired once its sunset has passed",
}


class Refused(NamedTuple):
    """Why a move may not be deployed, and what to do instead."""

    reason: str
    mend: str


def refused_move(
    old_state: str | None, new_state: str | None, old: Lifecycle | None, new: Lifecycle | None, now: int
) -> Refused | None:
    """None where the move may be deployed. A state is None where the version does not exist; ``now`` in
    microseconds."""
    if new_state is None:
        return _removal(old_state, old, now)
    if old_state is not None:
        steps = STATES.index(new_state) - STATES.index(old_state)
        if steps < 0:
            reason, mend = BACKWARDS[old_state]
            return Refused(f"from {old_state} back to {new_state}: {reason}", mend)
        if steps > 1:
            return Refused(f"from {old_state} to {new_state} in one move", AHEAD[old_state])
    if new is None:
        return None
    if new_state == RETIRED:
        return _retirement(old, new, now) or (_grace(old_state, old, new, now) if old_state is not None else None)
    return (_sunset(old, new, now) or _brownouts(old, new, now)) if old_state is not None else None


def grace_days(lifecycle: Lifecycle, now: int) -> int:
    """The least ``grace_days`` with which a version may be retired now; 0 where it may be as it stands."""
    until = now + GRACE_DAYS * DAY
    return 0 if lifecycle.gone * SECOND >= until else -((lifecycle.sunset * SECOND - until) // DAY)


def _removal(state: str | None, lifecycle: Lifecycle | None, now: int) -> Refused | None:
    if state in REMOVED:
        return Refused(f"removed: it is {state}, and its callers would find nothing", REMOVED[state])
    if lifecycle is not None and state == RETIRED and now < lifecycle.gone * SECOND:
        reason = f"removed: its callers are told by 410 what to call instead until {day(lifecycle.gone)}"
        return Refused(reason, "keep its files until then")
    return None


def _retirement(old: Lifecycle | None, new: Lifecycle, now: int) -> Refused | None:
    """By the later sunset: another one in the same deploy is none that callers were told."""
    sunset = max(each.sunset for each in (old, new) if each is not None)
    if now >= sunset * SECOND:
        return None
    return Refused(f"retired before its sunset: callers were told {day(sunset)}", "keep state: deprecated until then")


def _grace(old_state: str, old: Lifecycle | None, new: Lifecycle, now: int) -> Refused | None:
    """The time in which a retired version says where to go, which is as much a promise as the sunset."""
    if old_state != RETIRED:
        if not (least := grace_days(new, now)):
            return None
        reason = f"retired with 410s until {day(new.gone)} only: who still calls needs {GRACE_DAYS} days to read them"
        return Refused(reason, f"set grace_days: {least} or more, counted from the sunset")
    if old is None or new.gone >= old.gone or now >= old.gone * SECOND:
        return None
    reason = f"its 410s would end on {day(new.gone)} and not on {day(old.gone)}, as was said when it was retired"
    return Refused(reason, "keep its sunset and grace_days until then")


def _sunset(old: Lifecycle | None, new: Lifecycle, now: int) -> Refused | None:
    """When callers are to be gone, as they were told, if they were, and as they are told from now on."""
    if (old is not None and new.sunset >= old.sunset) or new.sunset * SECOND >= now + NOTICE_DAYS * DAY:
        return None
    least = _ahead(NOTICE_DAYS, now)
    if old is None:
        reason = f"its sunset, {day(new.sunset)}, leaves those who are told of it now less than {NOTICE_DAYS} days"
        return Refused(reason, f"set {least} or later")
    return Refused(
        f"the sunset moves from {day(old.sunset)} to {day(new.sunset)}: callers were told the later day, so that an "
        f"earlier one must be at least {NOTICE_DAYS} days ahead",
        f"keep it, or set {least} or later",
    )


def _brownouts(old: Lifecycle | None, new: Lifecycle, now: int) -> Refused | None:
    """Those that were not told before. One that has passed, or is part of one that was told, hurts nobody."""
    told = () if old is None else old.brownouts
    for start, end in new.brownouts:
        known = any(begin <= start and end <= stop for begin, stop in told)
        if not known and end * SECOND > now > start * SECOND - BROWNOUT_NOTICE_DAYS * DAY:
            reason = f"its brownout on {day(start)} leaves callers less than {BROWNOUT_NOTICE_DAYS} days to hear of it"
            return Refused(reason, f"let it begin on {_ahead(BROWNOUT_NOTICE_DAYS, now)} or later, or take it away")
    return None


def _ahead(days: int, now: int) -> str:
    """The first day of which all is so many days ahead."""
    return day((now + (days + 1) * DAY) // SECOND)


def day(seconds: int) -> str:
    """The day of a moment, in UTC."""
    return time.strftime("%Y-%m-%d", time.gmtime(seconds))
