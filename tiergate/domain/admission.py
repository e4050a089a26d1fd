"""Admission: may this subscription make this call now? ``docs/consistency.md`` says what each mode promises.

Exact mode: one conditional write a call. Leased mode: a write takes units for calls to come too. Off: calls are only
counted, in batches. What was used rides on those writes, so recording it costs nothing.
"""

import random
from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from tiergate.domain.counters import (
    AHEAD,
    HOUR,
    PREFIX,
    BucketDebit,
    CounterStore,
    Debit,
    Reply,
    StoreUnavailable,
    WindowDebit,
    bucket,
    count,
    counter,
    is_bucket,
)
from tiergate.domain.leases import Lease, Lot, over
from tiergate.domain.limits import EXACT, LARGEST, SECOND, Limits, too_small, window_number, window_start

MOST_SKEW = 2 * SECOND
"""Further than this from the store's clock, or behind its newest hour, an instance refuses to guess."""

SKEWED = 10 * SECOND
"""How long an instance whose clock was too far off writes nothing."""

METERED = 10 * SECOND
"""How long units of calls that are only counted are gathered at most before the next call writes them."""

MOST_REMEMBERED = 10_000
MOST_IDLE = 4
"""Buckets of other rates that one write removes at most; the next one has the rest."""

MOST_ENDED = 60
"""Attributes that ended and that one write removes at most."""

ATTEMPTS = 6
"""A lot that others took meanwhile; idle, busy and idle again at most, as a bucket's time never goes back while it is
busy; one more where the clock was behind, and one where a bucket to be removed was no longer idle."""

WINDOW_OF = {prefix: window for window, prefix in PREFIX.items()}

PERMANENT = frozenset({"refused", "skew"})
"""Failures that the next attempt would meet again."""


class Verdict(NamedTuple):
    """One admission. ``violated`` names the limits in the way; ``wait`` is until all of them let it pass.

    ``units`` and ``ready``: what this instance holds of every window and of the bucket, over and above ``item``.
    ``error``: what kept the store from being asked, where the call passes all the same.
    """

    granted: bool
    item: Mapping[str, int]
    violated: tuple[str, ...] = ()
    wait: int = 0
    units: int = 0
    ready: int = 0
    error: StoreUnavailable | None = None


class _Refused(NamedTuple):
    """What will be refused until a moment: calls of so many units or more."""

    until: int
    units: int
    violated: tuple[str, ...]


class _Account:
    """What one instance knows of one subscription."""

    __slots__ = ("failed", "free", "free_hour", "item", "lease", "limits", "refused", "tidied", "used", "written")

    def __init__(self, limits: Limits) -> None:
        self.item: Mapping[str, int] = {}
        self.used: dict[tuple[str, int], int] = {}
        """Units by API version and calls by refusal, each with its hour, since the last write."""
        self.written: int | None = None
        self.free = self.free_hour = 0
        self.failed = False
        self.adopt(limits)

    def adopt(self, limits: Limits) -> None:
        """Go by these limits from now on; what is held under others is void."""
        self.limits = limits
        self.lease = Lease()
        self.refused: _Refused | None = None
        self.tidied = 0

    def count(self, name: str, now: int, number: int) -> None:
        if name:
            key = (name, window_number("hour", now))
            self.used[key] = self.used.get(key, 0) + number

    def uses(self, hour: int) -> dict[str, int]:
        """What to add to the counts with a write of this hour, which can only add to it and to the one before."""
        counts: dict[str, int] = {}
        for (name, when), number in self.used.items():
            attribute = count(name, min(max(when, hour - 1), hour))
            counts[attribute] = counts.get(attribute, 0) + number
        return counts

    def remembered(self, units: int, now: int) -> Verdict | None:
        """A refusal that needs no write: the limits are the same, and their time has not come."""
        refused = self.refused
        if refused is None or units < refused.units or now >= refused.until:
            return None
        return Verdict(False, self.item, refused.violated, refused.until - now)

    def passes_unchecked(self, units: int, most: int, now: int) -> bool:
        """Whether a call may pass while limits cannot be checked: at most so many units in a clock hour."""
        hour = window_number("hour", now)
        if hour != self.free_hour:
            self.free, self.free_hour = most, hour
        if units > self.free:
            return False
        self.free -= units
        return True


class Admission:
    """One instance's. ``jitter`` gives numbers from 0 to 1: instances do not come back to a busy bucket all at once."""

    def __init__(self, store: CounterStore, *, jitter: Callable[[], float] = random.random) -> None:
        self._store = store
        self._jitter = jitter
        self._accounts: dict[str, _Account] = {}
        self._skewed: tuple[int, StoreUnavailable] | None = None

    def admit(
        self, subscription: str, limits: Limits, units: int, now: int, *, api: str = "", open_units: int = 0
    ) -> Verdict:
        """Take ``units`` from every limit at once, or nothing; an admitted call's count as used by ``api``.

        ``open_units``: those that may pass in a clock hour while the store fails.

        Raises
        ------
        StoreUnavailable
            The store did not answer, or its clock is too far from this one to guess.
        """
        account = self._account(subscription, limits)
        if limits.metered:
            account.count(api, now, units)
            return self._meter(account, subscription, now)
        lease = account.lease
        if lease.spend(units, now):
            account.count(api, now, units)
            return Verdict(True, account.item, units=lease.units, ready=lease.ready)
        verdict = account.remembered(units, now)
        if verdict is None:
            try:
                verdict = self._buy(account, subscription, units, now, api)
            except StoreUnavailable as error:
                if not account.passes_unchecked(units, open_units, now):
                    raise
                account.count(api, now, units)
                return Verdict(True, account.item, error=error)
        if not verdict.granted:
            account.count("rate_exceeded" if verdict.violated == ("burst",) else "quota_exceeded", now, 1)
        return verdict

    def refused(self, subscription: str, reason: str, now: int) -> None:
        """Count a call that was refused for another reason; it is written with the subscription's next write."""
        account = self._accounts.get(subscription)
        if account is not None:
            account.count(reason, now, 1)

    def _account(self, subscription: str, limits: Limits) -> _Account:
        account = self._accounts.get(subscription)
        if account is None:
            if len(self._accounts) >= MOST_REMEMBERED:
                del self._accounts[next(iter(self._accounts))]
            account = self._accounts[subscription] = _Account(limits)
        elif account.limits is not limits and account.limits != limits:
            account.adopt(limits)
        return account

    def _buy(self, account: _Account, subscription: str, units: int, now: int, api: str) -> Verdict:
        """Ask the store: once, and again where it was asked in the wrong shape."""
        limits, lease = account.limits, account.lease
        never = too_small(limits, units)
        if never:
            return Verdict(False, account.item, never, _whole(limits, never, now))
        account.failed, exact = False, limits.mode == EXACT
        for attempt in range(ATTEMPTS):
            item = account.item
            at = _adopt_hour(item, now)
            lot = _exactly(units) if exact else lease.lot(limits, units, now, at, item, spare=attempt < 2)
            debit = _debit(subscription, limits, lot, now, at, item)
            if account.tidied != debit.hour or lot.ahead:
                debit = _tidying(debit, item, now, idle=not attempt)
            if self._written(account, debit, now, api, units):
                account.tidied = debit.hour if item and not _others(account.item, debit) else 0
                if not exact:
                    lease.take(lot, units, now, limits, account.item)
                return Verdict(True, account.item, units=lease.units, ready=lease.ready)
            refused = self._refusal(account, units, now)
            if refused is not None:
                return refused
        raise StoreUnavailable("garbage", "the counter item kept changing shape")

    def _refusal(self, account: _Account, units: int, now: int) -> Verdict | None:
        """Which limits stood in the way, or None when the debit's shape did."""
        limits, item = account.limits, account.item
        waits = _waits(limits, units, account.lease.units, now, item)
        if not waits:
            return None
        violated, wait = tuple(waits), max(waits.values())
        if limits.rate is not None and violated == ("burst",):
            wait += int(self._jitter() * min(limits.rate.interval, SECOND) / 4)
        account.refused = _Refused(now + wait, units, violated)
        return Verdict(False, item, violated, wait)

    def _meter(self, account: _Account, subscription: str, now: int) -> Verdict:
        """Write what was counted, where the last time is long enough ago. What fails here refuses no call."""
        if account.written is not None and 0 <= now - account.written < METERED:
            return Verdict(True, account.item)
        account.written, account.failed = now, False
        units = sum(number for (name, _), number in account.used.items() if "/" in name)
        try:
            for _ in range(2):
                at = _adopt_hour(account.item, now)
                debit = _debit(subscription, account.limits, _exactly(units), now, at, account.item)
                if self._written(account, _tidying(debit, account.item, now, idle=False), now):
                    break
        except StoreUnavailable as error:
            return Verdict(True, account.item, error=error)
        return Verdict(True, account.item)

    def _written(self, account: _Account, debit: Debit, now: int, api: str = "", units: int = 0) -> bool:
        """Whether a debit was granted, with what was used since the last one and ``units`` of the call at hand.

        A call tries once more after a failure. A lost reply may waste units. It is not to count any use twice, so what
        was used is then not counted at all.
        """
        if self._skewed is not None and 0 <= now - self._skewed[0] < SKEWED:
            raise self._skewed[1]
        own = {count(api, debit.hour): units} if api else {}
        while True:
            counts = _sum(account.uses(debit.hour), own) if account.used else own
            try:
                reply = self._store.debit(debit._replace(counts=counts))
                break
            except StoreUnavailable as error:
                if not error.untouched:
                    account.used.clear()
                if account.failed or error.reason in PERMANENT:
                    raise
                account.failed = True
        account.item = reply.item
        if reply.granted:
            account.used.clear()
        self._compare_clocks(reply, now)
        return reply.granted

    def _compare_clocks(self, reply: Reply, now: int) -> None:
        if reply.off is not None and not -MOST_SKEW <= reply.off <= MOST_SKEW + SECOND:
            self._skewed = now, StoreUnavailable("skew", f"this clock is {abs(reply.off) // SECOND} s off")
            raise self._skewed[1]


def _exactly(units: int) -> Lot:
    return Lot(units, units, 0, 0, None)


def _sum(first: dict[str, int], second: Mapping[str, int]) -> dict[str, int]:
    for name, number in second.items():
        first[name] = first.get(name, 0) + number
    return first


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
    newest = window_start("hour", item.get(HOUR, 0))
    if newest - now > MOST_SKEW:
        raise StoreUnavailable("skew", "the store's newest hour is ahead of this clock", untouched=True)
    return max(now, newest)


def _debit(subscription: str, limits: Limits, lot: Lot, now: int, at: int, item: Mapping[str, int]) -> Debit:
    windows: tuple[WindowDebit, ...] = ()
    if lot.debit:
        windows = tuple(
            WindowDebit(
                counter(quota.window, window_number(quota.window, at)),
                (LARGEST if limits.metered else quota.limit) - lot.debit,
            )
            for quota in limits.quotas
        )
    taken, rate = None, limits.rate
    if rate is not None and not limits.metered:
        name, step = bucket(rate), lot.units * rate.interval
        taken = BucketDebit(name, now, step, now + rate.reach - step, busy=item.get(name, -1) >= now)
    return Debit(subscription, lot.debit, window_number("hour", at), windows, taken, ahead=lot.ahead)


def _tidying(debit: Debit, item: Mapping[str, int], now: int, *, idle: bool) -> Debit:
    """The debit, removing what ended, and (``idle``) buckets of other rates that nobody's clock can take for busy.

    An absent bucket is an idle one, so removing it changes no decision. Another instance may fill it meanwhile, under a
    record that is up to a minute old; the condition then holds the whole debit back.
    """
    before = now - MOST_SKEW
    ended = sorted(name for name in item if _ended(name, debit.hour, now))
    other = sorted(name for name in _others(item, debit) if item[name] < before) if idle else []
    return debit._replace(drop=tuple(ended[:MOST_ENDED]), idle=tuple(other[:MOST_IDLE]), idle_before=before)


def _others(item: Mapping[str, int], debit: Debit) -> list[str]:
    """The buckets of other rates."""
    own = debit.bucket.attribute if debit.bucket else ""
    return [name for name in item if is_bucket(name) and name != own]


def _ended(name: str, hour: int, now: int) -> bool:
    """Whether an attribute counts what is over, so that no write adds to it any more."""
    _, at, counted = name.partition("@")
    if at:
        return counted.isdecimal() and int(counted) < hour - 1
    if name[0] == AHEAD:
        return over(name, now)
    window = WINDOW_OF.get(name[0])
    if window is None or not name[1:].isdecimal():
        return False
    return int(name[1:]) < window_number(window, max(now, window_start("hour", hour)))


def _waits(limits: Limits, units: int, held: int, now: int, item: Mapping[str, int]) -> dict[str, int]:
    """The limits that stand in the way of a call, and how long each does; ``held`` units are debited already."""
    at, waits = _adopt_hour(item, now), dict[str, int]()
    for quota in limits.quotas:
        number = window_number(quota.window, at)
        if item.get(counter(quota.window, number), 0) + max(0, units - held) > quota.limit:
            waits[quota.window] = window_start(quota.window, number + 1) - now
    if limits.rate is not None and not waits:
        late = item.get(bucket(limits.rate), -1) - (now + limits.rate.reach - units * limits.rate.interval)
        if late > 0:
            waits["burst"] = late
    return waits
