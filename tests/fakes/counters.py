"""A counter store in memory, with the conditions of the real one."""

from collections.abc import Callable, Mapping

from tiergate.domain.counters import Debit, Reply
from tiergate.domain.debited import applied, holds
from tiergate.domain.store import StoreUnavailable


class FakeCounters:
    """Items are replaced, never changed. ``took``: what its replies say of their time.

    ``fault``, when set, is asked at each call and says what goes wrong: ``""`` nothing; ``"throttled"`` refused, and
    the store says so; ``"before"`` lost on the way; ``"after"`` applied, the reply is lost; ``"late"`` the same, but
    applied only after the next call; ``"twice"`` applied two times, as a client that repeats would, and answered as the
    second.
    """

    def __init__(self) -> None:
        self.items: dict[str, Mapping[str, int]] = {}
        self.calls = 0
        self.took = 0
        self.fault: Callable[[], str] | None = None
        self._late: Debit | None = None

    def debit(self, debit: Debit) -> Reply:
        self.calls += 1
        late, self._late = self._late, None
        try:
            return self._faulty(debit, self.fault()) if self.fault else self._apply(debit)
        finally:
            if late is not None:
                self._apply(late)

    def _faulty(self, debit: Debit, fault: str) -> Reply:
        if fault == "throttled":
            raise StoreUnavailable("throttled", untouched=True)
        if fault == "late":
            self._late = debit
        if fault in ("after", "twice"):
            self._apply(debit)
        if fault in ("before", "after", "late"):
            raise StoreUnavailable("slow", "no answer")
        return self._apply(debit)

    def _apply(self, debit: Debit) -> Reply:
        old = self.items.get(debit.subscription, {})
        if not holds(debit, old):
            return Reply(False, old, self.took)
        item = self.items[debit.subscription] = applied(debit, old)
        return Reply(True, item, self.took)
