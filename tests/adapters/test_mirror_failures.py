"""What a mirror cannot do: it says so with what to do, does the rest, and tries again where that may help."""

from tests.fakes.api_gateway import fault
from tests.fakes.mirrored import CATALOGUE, PLANS, PRODUCTS, STOCK, Account, application
from tiergate.domain.catalogue import Plan
from tiergate.domain.limits import Limits

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
    (failure,) = account.mirror().application("app_1").failed
    assert not failure.again


def test_a_limit_of_the_account_is_told_with_what_to_do() -> None:
    account = Account(ONE)

    def refuse(name: str, request: object, call: object) -> object:
        if name == "create_api_key":
            raise fault("CreateApiKey", "LimitExceededException", "API Keys limit exceeded", 429)
        return call()  # type: ignore[operator]

    account.api.around = refuse
    failures = account.run().failed
    assert len(failures) == 2
    assert all("Service Quotas" in each.reason for each in failures)
