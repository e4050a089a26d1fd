"""What a mirror cannot do: it says so with what to do, does the rest, and tries again where that may help."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from tests.fakes.api_gateway import fault
from tests.fakes.mirrored import CATALOGUE, PLANS, PRODUCTS, STOCK, Account, altered, application
from tiergate.domain.catalogue import Plan
from tiergate.domain.limits import Limits
from tiergate.domain.registry import Override

ONE, TWO = application(1, retail="free", trade="open"), application(2, retail="large", plain="free")


def test_a_stage_that_is_not_there_is_told_with_the_entry_to_mend_and_stops_nothing_else() -> None:
    account = Account(ONE, TWO)
    account.api.stages.discard(STOCK)
    outcome = account.run()
    assert {each.application for each in outcome.failed} >= {"app_1", "app_2"}
    assert all(
        "rest_apis (orders, stock)" in each.reason or "rest_apis (stock)" in each.reason for each in outcome.failed
    )
    assert not any(each.again for each in outcome.failed)
    assert account.shown()["sub_1_trade"].limits
    account.api.stages.add(STOCK)
    assert not account.run().failed
    account.assert_in_step([ONE, TWO])


def test_a_stage_that_went_away_keeps_other_limits_of_its_usage_plan_from_nothing() -> None:
    account = Account(ONE)
    account.run()
    account.api.stages.discard(STOCK)
    account.only(plan="retail/free")["apiStages"].pop()
    account.catalogue = CATALOGUE._replace(plans=PLANS | {"free": Plan(Limits.of({"quota": {"month": 9}}))})
    (failure,) = account.run().failed
    assert (failure.what, failure.again) == ('usage plan "retail/free"', False)
    assert "rest_apis (stock)" in failure.reason
    assert account.only(plan="retail/free")["quota"] == {"limit": 9, "offset": 0, "period": "MONTH"}


def test_a_usage_plan_that_cannot_be_made_is_tried_once_a_run() -> None:
    account = Account(*(application(number, retail="free") for number in range(20)))
    account.api.stages.discard(STOCK)
    account.run()
    assert account.api.calls.count("create_usage_plan") <= len(PRODUCTS) * len(PLANS)


def test_one_application_that_fails_stops_no_other() -> None:
    account = Account(ONE, TWO)
    refused = []

    def refuse(name: str, request: dict[str, object], call: object) -> object:
        if name == "create_api_key" and "app_1" in str(request["name"]):
            refused.append(request["name"])
            raise fault("CreateApiKey", "TooManyRequestsException", f"no {request['value']}", 429)
        return call()  # type: ignore[operator]

    account.api.around = refuse
    outcome = account.run()
    assert {(each.what, each.again) for each in outcome.failed} == {("application app_1", True)}
    assert all("…" in each.reason for each in outcome.failed)
    assert len(refused) == len(set(refused)), "the client has backed off already"
    assert account.shown().keys() == {"sub_2_retail"}


def test_a_record_that_cannot_be_read_stops_no_other_and_keeps_its_keys() -> None:
    account = Account(ONE, TWO)
    account.run()
    before = account.shown()
    del account.table.stored["APP#app_1"]["subscriptions"]
    (failure,) = account.run().failed
    assert (failure.what, failure.again) == ("application app_1", False)
    assert account.shown() == before
    (failure,) = account.application("app_1").failed
    assert not failure.again


def refusing(name: str, error: ClientError) -> Any:
    """Every call of one operation is answered with an error."""

    def around(called: str, _request: object, call: Callable[[], object]) -> object:
        if called == name:
            refused.append(called)
            raise error
        return call()

    refused: list[str] = []
    around.refused = refused  # type: ignore[attr-defined]
    return around


FULL_OF_KEYS = fault("CreateApiKey", "LimitExceededException", "API Keys limit exceeded", 429)
FULL_OF_PLANS = fault("CreateUsagePlan", "LimitExceededException", "Usage plan limit exceeded", 429)


def test_a_limit_of_the_account_is_told_with_what_to_do_asked_for_once_and_not_tried_again() -> None:
    account = Account(*(application(number, retail="free") for number in range(20)))
    account.api.around = refusing("create_api_key", FULL_OF_KEYS)
    failures = account.run().failed
    assert len(failures) == 20
    assert all("Service Quotas" in each.reason and not each.again for each in failures)
    assert len(account.api.around.refused) == 1


def test_a_limit_that_a_key_less_makes_room_under_is_tried_again() -> None:
    """As when the values of all keys become others."""
    account = Account(*(application(number, retail="free") for number in range(3)))
    account.run()
    account.root = b"s" * 32
    account.table.put(application(0, retail="free", trade="free"))
    most = len(account.api.keys)

    def limited(name: str, _request: object, call: Callable[[], object]) -> object:
        if name == "create_api_key" and len(account.api.keys) >= most:
            raise FULL_OF_KEYS
        return call()

    account.api.around = limited
    (failure,) = account.run().failed
    assert failure.application == "app_0"
    assert {"sub_0_retail", "sub_1_retail", "sub_2_retail"} <= account.shown().keys()


def test_overrides_that_find_no_room_for_usage_plans_keep_nobody_from_a_key() -> None:
    overridden = [
        altered(application(number, retail="free"), "retail", override=Override({"day": number + 1}))
        for number in range(10)
    ]
    account = Account(*overridden, application(99, retail="free"))

    def limited(name: str, request: Any, call: Callable[[], object]) -> object:
        if name == "create_usage_plan" and not request["name"].endswith(("free", "large", "open", "day")):
            asked.append(request["name"])
            raise FULL_OF_PLANS
        return call()

    asked: list[str] = []
    account.api.around = limited
    assert {each.application for each in account.run().failed} == {each.id for each in overridden}
    assert account.shown().keys() == {"sub_99_retail"}
    assert len(asked) == 1


def test_what_nobody_foresaw_stops_no_other_and_loses_no_count(capsys: pytest.CaptureFixture[str]) -> None:
    account = Account(ONE, TWO)

    def surprise(name: str, request: Any, call: Callable[[], object]) -> object:
        if name == "create_api_key" and "app_1" in request["name"]:
            raise KeyError(request["value"])
        return call()

    account.api.around = surprise
    outcome = account.run()
    assert outcome.created > len(account.plans())
    assert {each.reason for each in outcome.failed} == {"unforeseen: KeyError; the log has where"}
    assert all(each.again for each in outcome.failed)
    assert account.shown().keys() == {"sub_2_retail"}
    told = capsys.readouterr().out
    assert '"trace"' in told
    assert not re.search("[0-9a-f]{64}", told)


def test_a_run_that_breaks_off_tells_what_it_did() -> None:
    """Here where the clock fails, after some steps."""
    account = Account(ONE, TWO)
    looks = iter([900_000] * 8)
    outcome = account.run(lambda: next(looks))
    assert outcome.created > 0
    assert {(each.reason, each.again) for each in outcome.failed} == {
        ("unforeseen: StopIteration; the log has where", True)
    }


def test_no_answer_is_told_as_such() -> None:
    account = Account(ONE)
    account.api.around = refusing("get_usage_plans", ReadTimeoutError(endpoint_url="https://x"))  # type: ignore[arg-type]
    (failure,) = account.application("app_1").failed
    assert (failure.reason, failure.again) == ("no answer (ReadTimeoutError)", True)


def test_one_application_looks_at_the_clock_between_its_subscriptions() -> None:
    account = Account(application(1, retail="free", trade="open"))
    looks = iter([900_000])
    outcome = account.application("app_1", lambda: next(looks, 0))
    assert (outcome.complete, len(account.shown())) == (False, 1)
    outcome = account.application("app_1")
    assert (outcome.complete, len(account.shown())) == (True, 2)


def test_a_usage_plan_that_is_there_is_not_taken_for_gone_where_its_stage_is() -> None:
    account = Account(altered(ONE, "retail", override=Override({"day": 7})))
    account.run()
    account.table.put(ONE)

    def refuse(name: str, request: Any, call: Callable[[], object]) -> object:
        if name == "update_usage_plan" and any(each["op"] == "remove" for each in request["patchOperations"]):
            raise fault("UpdateUsagePlan", "NotFoundException", "Invalid API identifier specified")
        return call()

    account.api.around = refuse
    (failure,) = account.run().failed
    assert failure.what.startswith('usage plan "retail/free/')
