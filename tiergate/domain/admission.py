"""Admission: may this subscription make this call now? ``docs/consistency.md`` says what each mode promises.

Exact mode: one conditional write a call. Leased mode: a write takes units for calls to come too. Off: calls are only
counted, in batches. What was used rides on those writes, so recording it costs nothing.
"""

import random
from collections.abc import Callable, Mapping
from typing import NamedTuple

from tiergate.domain.accounts import Account, Refused, counts_of
from tiergate.domain.counters import CounterStore, Debit
from tiergate.domain.debits import MOST_ENDED, adopted, debit_of, others, tidying, waits_of, whole
from tiergate.domain.leases import LATE, Lot
from tiergate.domain.limits import EXACT, SECOND, Limits, too_small
from tiergate.domain.store import StoreUnavailable

MOST_JITTER = SECOND // 4
"""How much longer than an empty bucket's time a refusal is remembered at most. What the bucket gains meanwhile it
keeps, so instances that share a key which calls too fast take turns instead of asking all at once, all the time."""

METERED = 10 * SECOND
"""How long units of calls that are only counted are gathered at most before the next call writes them."""

MOST_REMEMBERED = 10_000
"""Subscriptions; the one that called longest ago makes room for another."""

ATTEMPTS = 6
"""A lot that others took meanwhile; idle, busy and idle again at most, as a bucket's time never goes back while it is
busy; one more where the clock was behind, and one where a bucket to be removed was no longer idle."""

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

    @property
    def reason(self) -> str:
        """Of a refusal."""
        return "rate_exceeded" if self.violated == ("burst",) else "quota_exceeded"


class Admission:
    """One instance's. ``jitter`` gives numbers from 0 to 1: instances do not come back to a busy bucket all at once."""

    def __init__(self, store: CounterStore, *, jitter: Callable[[], float] = random.random) -> None:
        self._store = store
        self._jitter = jitter
        self._accounts: dict[str, Account] = {}

    def apart(self) -> "Admission":
        """One on the same store whose memory is its own: however many others call, nobody here is forgotten for it."""
        return Admission(self._store, jitter=self._jitter)

    def admit(
        self,
        subscription: str,
        limits: Limits,
        units: int,
        now: int,
        *,
        api: str = "",
        open_units: int = 0,
        waited: bool = False,
    ) -> Verdict:
        """Take ``units`` from every limit at once, or nothing; an admitted call's count as used by ``api``.

        ``open_units``: those that may pass in a clock hour while the store fails. ``waited``: ``now`` was a while ago,
        so nothing is taken ahead.

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
        verdict = _remembered(account, units, now)
        if verdict is None:
            try:
                verdict = self._buy(account, subscription, units, now, api, waited=waited)
            except StoreUnavailable as error:
                if not account.passes_unchecked(units, open_units, now):
                    raise
                account.count(api, now, units)
                return Verdict(True, account.item, error=error)
        if not verdict.granted:
            account.count(verdict.reason, now, 1)
        return verdict

    def refused(self, subscription: str, reason: str, now: int) -> None:
        """Count a call that was refused for another reason; it is written with the subscription's next write."""
        account = self._accounts.get(subscription)
        if account is not None:
            account.count(reason, now, 1)

    def _account(self, subscription: str, limits: Limits) -> Account:
        account = self._accounts.pop(subscription, None)
        if account is None:
            if len(self._accounts) >= MOST_REMEMBERED:
                del self._accounts[next(iter(self._accounts))]
            account = Account(limits)
        elif account.limits is not limits and account.limits != limits:
            account.adopt(limits)
        self._accounts[subscription] = account
        return account

    def _buy(self, account: Account, subscription: str, units: int, now: int, api: str, *, waited: bool) -> Verdict:
        """Ask the store: once, and again where it was asked in the wrong shape."""
        limits, lease = account.limits, account.lease
        never = too_small(limits, units)
        if never:
            return Verdict(False, account.item, never, whole(limits, never, now))
        account.failed, account.took, exact = False, 0, limits.mode == EXACT
        for attempt in range(ATTEMPTS):
            item = account.item
            at = adopted(item, now)
            lot = Lot.of(units) if exact else lease.lot(limits, units, now, at, item, spare=attempt < 2 and not waited)
            debit = debit_of(subscription, limits, lot, now, at, item, crowded=not attempt and account.crowded > 0)
            if account.tidied != debit.hour or lot.ahead:
                debit = tidying(debit, item, now, idle=not attempt)
            granted = self._write(account, debit, api, units)
            account.learn(debit, item, granted=granted)
            if granted:
                tidy = item and len(debit.drop) < MOST_ENDED and not others(account.item, debit)
                account.tidied = debit.hour if tidy else 0
                if not exact:
                    lease.take(lot, units, now, limits, account.item, late=account.failed or account.took > LATE)
                return Verdict(True, account.item, units=lease.units, ready=lease.ready)
            refused = self._refusal(account, units, now)
            if refused is not None:
                return refused
        raise StoreUnavailable("garbage", "the counter item kept changing shape")

    def _refusal(self, account: Account, units: int, now: int) -> Verdict | None:
        """Which limits stood in the way, or None when the debit's shape did."""
        limits, item = account.limits, account.item
        waits = waits_of(limits, units, account.lease.units, now, item)
        if not waits:
            return None
        violated, wait = tuple(waits), max(waits.values())
        if limits.rate is not None and "burst" in violated:
            wait += int(self._jitter() * min(limits.rate.reach // 8, MOST_JITTER))
        account.refused = Refused(now + wait, units, violated)
        return Verdict(False, item, violated, wait)

    def _meter(self, account: Account, subscription: str, now: int) -> Verdict:
        """Write what was counted, where the last time is long enough ago. What fails here refuses no call."""
        if account.written is not None and 0 <= now - account.written < METERED:
            return Verdict(True, account.item)
        account.written, account.failed = now, False
        try:
            for _ in range(ATTEMPTS):
                if not account.used:
                    break
                at, item = adopted(account.item, now), account.item
                units = sum(number for (name, _), number in account.to_tell().items() if "/" in name)
                debit = debit_of(subscription, account.limits, Lot.of(units), now, at, item)
                self._write(account, tidying(debit, item, now, idle=False))
        except StoreUnavailable as error:
            return Verdict(True, account.item, error=error)
        return Verdict(True, account.item)

    def _write(self, account: Account, debit: Debit, api: str = "", units: int = 0) -> bool:
        """Whether a debit was granted.

        It says what was used since the last one, and ``units`` of the call at hand. A call tries once more after a
        failure. A lost reply may waste units; but no use is to be counted twice, so what it said is not said again, and
        the next write says nothing of the past.
        """
        while True:
            uses = account.to_tell()
            try:
                reply = self._store.debit(debit._replace(counts=counts_of(uses, debit.hour, api, units)))
                break
            except StoreUnavailable as error:
                if not error.untouched:
                    account.told(uses)
                    account.doubtful = True
                if account.failed or error.reason in PERMANENT:
                    raise
                account.failed = True
        account.item, account.doubtful = reply.item, False
        account.took += reply.took
        if reply.granted:
            account.told(uses)
        return reply.granted


def _remembered(account: Account, units: int, now: int) -> Verdict | None:
    """A refusal that needs no write: the limits are the same, and their time has not come."""
    refused = account.refused
    if refused is None or units < refused.units or now >= refused.until:
        return None
    return Verdict(False, account.item, refused.violated, refused.until - now)
