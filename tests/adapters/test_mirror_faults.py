"""A mirror that is stopped at any call, before it takes effect or with its answer lost: the next run mends it."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.fakes.api_gateway import fault
from tests.fakes.mirrored import CATALOGUE, NAMED, PLANS, Account, altered, ample, application
from tiergate.domain.catalogue import Plan
from tiergate.domain.limits import Limits
from tiergate.domain.registry import Application, Override
from tiergate.domain.rest_apis import RestApis

ONE, TWO = application(1, retail="free", trade="open"), application(2, retail="large")


class Crash(BaseException):
    """The function is gone in the middle of it."""


def _nothing_yet(account: Account) -> list[Application]:
    return [ONE, TWO]


def _moved(account: Account) -> list[Application]:
    account.run()
    one = altered(altered(ONE, "retail", plan="large"), "trade", state="suspended")
    account.table.put(one)
    return [one, TWO]


def _own_limits(account: Account) -> list[Application]:
    account.run()
    one = altered(ONE, "retail", override=Override({"day": 3}))
    account.table.put(one)
    return [one, TWO]


def _own_limits_no_more(account: Account) -> list[Application]:
    account.table.put(altered(ONE, "retail", override=Override({"day": 3})))
    account.run()
    account.table.put(ONE)
    return [ONE, TWO]


def _gone(account: Account) -> list[Application]:
    account.run()
    account.table.delete(ONE)
    return [TWO]


def _other_root(account: Account) -> list[Application]:
    account.run()
    account.root = b"s" * 32
    return [ONE, TWO]


def _deployed(account: Account) -> list[Application]:
    account.run()
    account.catalogue = CATALOGUE._replace(plans=PLANS | {"free": Plan(Limits.of({"quota": {"month": 9}}))})
    named = NAMED | {"orders": NAMED["orders"]._replace(hourly="day")}
    account.rest_apis = RestApis(named, {"retail": ("orders", "stock")})
    return [ONE, TWO]


def _duplicates(account: Account) -> list[Application]:
    account.run()
    for tag in ("retail/free", "retail/large/day"):
        live = account.only(plan=tag)
        for _ in range(2):
            account.api.create_usage_plan(name="again", tags=live["tags"], apiStages=live["apiStages"])
    return [ONE, TWO]


BEGINNINGS = [
    _nothing_yet,
    _moved,
    _own_limits,
    _own_limits_no_more,
    _gone,
    _other_root,
    _deployed,
    _duplicates,
]


def _stop(at: int, error: BaseException, *, late: bool) -> Callable[[str, Any, Callable[[], Any]], Any]:
    """Fail one call: before it takes effect, or ``late``, when only its answer is lost."""
    count = 0

    def around(name: str, request: Any, call: Callable[[], Any]) -> Any:
        nonlocal count
        count += 1
        if count - 1 != at:
            return call()
        if late:
            call()
        raise error

    return around


def _begun(beginning: Callable[[Account], list[Application]]) -> tuple[Account, list[Application]]:
    account = Account(ONE, TWO)
    applications = beginning(account)
    account.api.calls.clear()
    return account, applications


@pytest.mark.parametrize("late", [False, True], ids=["before", "answer lost"])
@pytest.mark.parametrize("error", [Crash(), fault("Any", "InternalFailure", "oops", 500)], ids=["crash", "500"])
@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_a_full_run_that_stops_at_any_call_is_mended_by_the_next(
    beginning: Callable[[Account], list[Application]], error: BaseException, late: bool
) -> None:
    account, applications = _begun(beginning)
    account.run()
    account.assert_in_step(applications)
    calls = len(account.api.calls)
    assert calls > 4
    for at in range(calls):
        account, applications = _begun(beginning)
        account.api.around = _stop(at, error, late=late)
        _tolerant(account.run)
        account.assert_others_untouched()
        account.api.around = lambda _, __, call: call()
        outcome = account.run()
        assert not outcome.failed, (at, outcome)
        account.assert_in_step(applications)


@pytest.mark.parametrize("late", [False, True], ids=["before", "answer lost"])
@pytest.mark.parametrize("error", [Crash(), fault("Any", "InternalFailure", "oops", 500)], ids=["crash", "500"])
@pytest.mark.parametrize("beginning", [_nothing_yet, _moved, _own_limits, _own_limits_no_more, _gone, _other_root])
def test_one_application_that_stops_at_any_call_is_mended_by_trying_it_again(
    beginning: Callable[[Account], list[Application]], error: BaseException, late: bool
) -> None:
    account, _ = _begun(beginning)
    account.application("app_1")
    shown = _of_one(account)
    for at in range(len(account.api.calls)):
        account, _ = _begun(beginning)
        account.api.around = _stop(at, error, late=late)
        failed = _tolerant(lambda: account.application("app_1"))  # noqa: B023 - called at once
        assert failed is None or all(each.again for each in failed)
        account.api.around = lambda _, __, call: call()
        assert not account.application("app_1").failed
        assert _of_one(account) == shown


def test_a_read_that_fails_is_a_failure_to_try_again_and_nothing_is_written() -> None:
    account, _ = _begun(_nothing_yet)
    account.api.around = _stop(0, fault("GetUsagePlans", "TooManyRequestsException", "slow", 429), late=False)
    (failure,) = account.run().failed
    assert failure.again
    assert account.api.writes() == []


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_a_full_run_that_is_cut_off_by_time_again_and_again_finishes(steps: int) -> None:
    applications = [application(number, retail="free", trade="open") for number in range(20)]
    account = Account(*applications)
    parts = 0
    while True:
        looks = iter([900_000] * (steps + 8 + 20))
        outcome = account.run(lambda: next(looks, 0))  # noqa: B023 - called at once
        assert not outcome.failed
        parts += 1
        if outcome.complete:
            break
        assert parts < 40
    assert account.run(ample).changed == 0
    account.assert_in_step(applications)


def test_without_time_nothing_is_begun() -> None:
    account, _ = _begun(_nothing_yet)
    outcome = account.run(lambda: 0)
    assert not outcome.complete
    assert account.api.writes() == []


def _tolerant(act: Callable[[], Any]) -> Any:
    """What failed; None where the function itself was gone."""
    try:
        return act().failed
    except Crash:
        return None


def _of_one(account: Account) -> dict[str, Any]:
    return {id_: shown for id_, shown in account.shown().items() if id_.startswith("sub_1_")}
