"""Two mirrors at once, interleaved call by call: nothing is made twice, and one more run at most puts all in step."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.mirrored import Account, altered, ample, application
from tiergate.domain.registry import Override

ONE, TWO = application(1, retail="free"), application(2, retail="large", trade="open")
MOVED = altered(ONE, "retail", plan="large")
OWN = altered(TWO, "retail", override=Override({"day": 3}))
TURNS = st.lists(st.integers(0, 1), max_size=60)
PATIENCE = 30
"""Seconds; only a mistake of the test itself takes them."""


class LockStep:
    """Lets one of several threads go on at a time, from one call to its next, in the order of ``turns``."""

    def __init__(self, turns: Sequence[int]) -> None:
        self._turns = list(turns)
        self._here = threading.Condition()
        self._waiting: set[int] = set()
        self._done: set[int] = set()
        self._next = -1
        self._me = threading.local()

    def pause(self) -> None:
        """Wait for the next turn; other threads than those of ``run`` go on at once."""
        me = getattr(self._me, "number", None)
        if me is None:
            return
        with self._here:
            self._waiting.add(me)
            self._here.notify_all()
            assert self._here.wait_for(lambda: self._next == me, PATIENCE)
            self._next = -1
            self._waiting.discard(me)

    def run(self, *acts: Callable[[], Any]) -> list[Any]:
        """What each returned."""
        results: list[Any] = [None] * len(acts)

        def work(number: int) -> None:
            self._me.number = number
            try:
                results[number] = acts[number]()
            except BaseException as error:
                results[number] = error
            with self._here:
                self._done.add(number)
                self._here.notify_all()

        threads = [threading.Thread(target=work, args=(number,)) for number in range(len(acts))]
        for thread in threads:
            thread.start()
        self._conduct(len(acts))
        for thread in threads:
            thread.join(PATIENCE)
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return results

    def _conduct(self, number: int) -> None:
        with self._here:
            while True:
                everyone = self._here.wait_for(
                    lambda: self._next == -1 and len(self._waiting | self._done) == number, PATIENCE
                )
                assert everyone
                ready = sorted(self._waiting - self._done)
                if not ready:
                    return
                turn = self._turns.pop(0) if self._turns else 0
                self._next = ready[turn % len(ready)]
                self._here.notify_all()


def _together(account: Account, turns: Sequence[int], *acts: Callable[[], Any]) -> list[Any]:
    step = LockStep(turns)

    def around(name: str, request: Any, call: Callable[[], Any]) -> Any:
        step.pause()
        return call()

    account.api.around = around
    account.table.read = lambda _: step.pause()
    try:
        return step.run(*acts)
    finally:
        account.api.around = lambda _, __, call: call()
        account.table.read = lambda _: None


@settings(max_examples=60)
@given(TURNS)
def test_two_first_runs_make_no_key_twice_and_settle_on_one_usage_plan_each(turns: list[int]) -> None:
    account = Account(ONE, TWO)
    outcomes = _together(account, turns, account.run, account.run)
    assert all(each.again for outcome in outcomes for each in outcome.failed)
    account.assert_others_untouched()
    assert not account.run().failed
    account.assert_in_step([ONE, TWO])


@settings(max_examples=60)
@given(TURNS)
def test_a_full_run_and_changes_of_applications_settle(turns: list[int]) -> None:
    account = Account(ONE, TWO)
    account.run()

    def changes() -> None:
        for after in (MOVED, OWN):
            account.table.put(after)
            account.application(after.id)

    _together(account, turns, account.run, changes)
    account.assert_others_untouched()
    assert not account.run().failed
    account.assert_in_step([MOVED, OWN])


@settings(max_examples=60)
@given(TURNS)
def test_of_two_looks_at_one_application_the_newer_view_wins(turns: list[int]) -> None:
    account = Account(ONE)
    account.run()
    suspended = altered(MOVED, "retail", state="suspended")

    def change() -> Any:
        account.table.put(suspended)
        return account.application("app_1")

    account.table.put(MOVED)
    outcomes = _together(account, turns, lambda: account.application("app_1"), change)
    if not any(outcome.failed for outcome in outcomes):
        account.assert_in_step([suspended])
    assert all(each.again for outcome in outcomes for each in outcome.failed)
    assert not account.run(ample).failed
    account.assert_in_step([suspended])
