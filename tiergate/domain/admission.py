"""Admission: may this subscription make this call now? Exact mode: one conditional write a request.

The counter item of a subscription holds every window and the bucket, so one write decides on all of them:

===========  ==========================================================================================
``w``        the newest hour seen; never goes back, so an ended window cannot be written again
``u<n>``     units used in hour ``n``; ``d<n>`` in day ``n``; ``m<n>`` in month ``n``
``t<n>``     GCRA theoretical arrival time, microseconds, of the bucket whose unit takes ``n`` microseconds
===========  ==========================================================================================

Updates of one item serialize and each is conditional, so admitted ≤ counted ≤ limit whatever races, crashes
or is retried. A bucket is idle (its time < now) or busy; expressions have no max(), so a write names which of the
two it takes it for, and a refusal's old item says whether that guess or a limit was the reason.

Arrival times count in the intervals of one rate, so every rate has a bucket of its own, which bounds what is admitted
under that rate. A busy bucket stays when the rate changes, so that changing back gives no fresh burst.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from tiergate.domain.limits import SECOND, Limits, Rate, too_small, window_number, window_start

PREFIX = {"hour": "u", "day": "d", "month": "m"}
"""Attribute prefix of each window's counter."""

BUCKET = "t"
"""Attribute prefix of each rate's bucket."""

MOST_SKEW = 2 * SECOND
"""Further than this behind the store's newest hour, an instance refuses to guess."""

MOST_REMEMBERED = 10_000
MOST_IDLE = 4
"""Buckets of other rates that one write removes at most; the next one has the rest."""

ATTEMPTS = 5
"""Idle, busy and idle again at most, as a bucket's time never goes back while it is busy; one more where the clock was
behind, and one where a bucket to be removed was no longer idle."""


@dataclass(frozen=True, slots=True)
class WindowDebit:
    """Add the debit's units to ``attribute``, which may hold ``most`` before that."""

    attribute: str
    most: int


@dataclass(frozen=True, slots=True)
class BucketDebit:
    """Move ``attribute`` on by ``step`` (busy: from between ``now`` and ``ceiling``; idle: from ``now``)."""

    attribute: str
    now: int
    step: int
    ceiling: int
    busy: bool


@dataclass(frozen=True, slots=True)
class Debit:
    """One conditional write: all of it or nothing."""

    subscription: str
    units: int
    hour: int
    windows: tuple[WindowDebit, ...]
    bucket: BucketDebit | None
    drop: tuple[str, ...] = ()
    """Counters of ended windows, to be removed with it."""
    idle: tuple[str, ...] = ()
    """Buckets to be removed with it, on condition that each is gone or less than ``idle_before``."""
    idle_before: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """Whether a debit was made, and the counter item: after it, or as it stood when it was refused."""

    granted: bool
    item: Mapping[str, int]


class StoreUnavailable(Exception):
    """The store did not answer, or not in time; whether it took the debit is unknown."""


class CounterStore(Protocol):
    """Where counter items live."""

    def debit(self, debit: Debit) -> Reply:
        """Apply a debit if its conditions hold.

        Raises
        ------
        StoreUnavailable
            No answer. Never retried by the store itself: a debit is not idempotent.
        """
        ...


@dataclass(frozen=True, slots=True)
class Verdict:
    """One admission. ``violated`` names the limits in the way; ``wait`` is until all of them let it pass."""

    granted: bool
    item: Mapping[str, int]
    violated: tuple[str, ...] = ()
    wait: int = 0


class ExactAdmission:
    """Admits by one conditional write a request, two when the bucket's state was guessed wrong."""

    def __init__(self, store: CounterStore) -> None:
        self._store = store
        self._last: dict[str, Mapping[str, int]] = {}

    def admit(self, subscription: str, limits: Limits, units: int, now: int) -> Verdict:
        """Take ``units`` from every limit at once, or nothing.

        Raises
        ------
        StoreUnavailable
            The store did not answer, or its newest hour is too far from this clock to guess.
        """
        if limits.rate is None and not limits.quotas:
            return Verdict(True, {})
        item = self._last.get(subscription, {})
        never = too_small(limits, units)
        if never:
            return Verdict(False, item, never, _whole(limits, never, now))
        for attempt in range(ATTEMPTS):
            debit = _debit(subscription, limits, units, now, item)
            reply = self._store.debit(debit if attempt else _tidying(debit, item, now))
            item = self._remember(subscription, reply.item)
            if reply.granted:
                return Verdict(True, item)
            refused = _refusal(limits, units, now, _adopt_hour(item, now), item)
            if refused is not None:
                return refused
        raise StoreUnavailable("the counter item kept changing shape")

    def _remember(self, subscription: str, item: Mapping[str, int]) -> Mapping[str, int]:
        if len(self._last) >= MOST_REMEMBERED:
            self._last.clear()
        self._last[subscription] = item
        return item


def counter(window: str, number: int) -> str:
    """The attribute that counts a window."""
    return f"{PREFIX[window]}{number}"


def bucket(rate: Rate) -> str:
    """The attribute of a rate's bucket: rates whose units take equally long share one."""
    return f"{BUCKET}{rate.interval}"


def _whole(limits: Limits, names: Collection[str], now: int) -> int:
    """How long until the named limits are whole again: as good an answer as any to a call they can never admit."""
    waits = [
        window_start(quota.window, window_number(quota.window, now) + 1) - now
        for quota in limits.quotas
        if quota.window in names
    ]
    return max(waits, default=SECOND)


def _adopt_hour(item: Mapping[str, int], now: int) -> int:
    """The time to take windows from: now, or the start of the newest hour the store has seen."""
    newest = window_start("hour", item.get("w", 0))
    if newest - now > MOST_SKEW:
        raise StoreUnavailable("the store's newest hour is ahead of this clock")
    return max(now, newest)


def _debit(subscription: str, limits: Limits, units: int, now: int, item: Mapping[str, int]) -> Debit:
    at = _adopt_hour(item, now)
    windows = tuple(
        WindowDebit(counter(quota.window, window_number(quota.window, at)), quota.limit - units)
        for quota in limits.quotas
    )
    taken = None
    if limits.rate is not None:
        name, step = bucket(limits.rate), units * limits.rate.interval
        taken = BucketDebit(name, now, step, now + limits.rate.reach - step, busy=item.get(name, -1) >= now)
    return Debit(subscription, units, window_number("hour", at), windows, taken, _ended(item, at))


def _tidying(debit: Debit, item: Mapping[str, int], now: int) -> Debit:
    """The debit, removing the buckets of other rates that nobody's clock can take for busy any more.

    So removing one changes no decision: an absent bucket is an idle one. Another instance may fill it meanwhile, under
    a record that is up to a minute old; the condition then holds the whole debit back.
    """
    before = now - MOST_SKEW
    own = debit.bucket.attribute if debit.bucket else ""
    idle = sorted(name for name in item if _is_bucket(name) and name != own and item[name] < before)
    return replace(debit, idle=tuple(idle[:MOST_IDLE]), idle_before=before) if idle else debit


def _is_bucket(name: str) -> bool:
    return name[0] == BUCKET and name[1:].isdigit()


def _ended(item: Mapping[str, int], at: int) -> tuple[str, ...]:
    current = {prefix: window_number(window, at) for window, prefix in PREFIX.items()}
    return tuple(sorted(name for name in item if name[0] in current and int(name[1:]) < current[name[0]]))


def _refusal(limits: Limits, units: int, now: int, at: int, item: Mapping[str, int]) -> Verdict | None:
    """Which limits stood in the way, or None when the debit's shape did."""
    waits: dict[str, int] = {}
    for quota in limits.quotas:
        number = window_number(quota.window, at)
        if item.get(counter(quota.window, number), 0) + units > quota.limit:
            waits[quota.window] = window_start(quota.window, number + 1) - now
    if limits.rate is not None and not waits:
        late = item.get(bucket(limits.rate), -1) - (now + limits.rate.reach - units * limits.rate.interval)
        if late > 0:
            waits["burst"] = late
    return Verdict(False, item, tuple(waits), max(waits.values())) if waits else None
