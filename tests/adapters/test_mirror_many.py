"""Ten thousand keys: what a change and a full run cost in calls of a control plane that takes ten a second."""

import pytest

from tests.fakes.mirrored import Account, altered, application
from tiergate.domain.registry import Application

MANY = 10_000


@pytest.fixture(scope="module")
def applications() -> list[Application]:
    plans = ("free", "large")
    return [application(number, retail=plans[number % 2]) for number in range(MANY)]


@pytest.fixture(scope="module")
def account(applications: list[Application]) -> Account:
    account = Account(*applications)
    assert not account.run().failed
    assert len(account.shown()) == MANY
    return account


def test_one_change_among_ten_thousand_keys_costs_a_handful_of_calls(account: Account) -> None:
    after = altered(application(4242, retail="free"), "retail", plan="large")
    account.table.put(after)
    account.api.calls.clear()
    outcome = account.application("app_4242")
    assert outcome.updated == 1
    assert account.api.calls == [
        "get_api_keys",
        "get_usage_plans",
        "get_usage_plans",
        "delete_usage_plan_key",
        "create_usage_plan_key",
        "create_usage_plan_key",
    ]


def test_a_full_run_without_a_change_reads_by_pages(account: Account, applications: list[Application]) -> None:
    account.run()
    account.api.calls.clear()
    outcome = account.run()
    assert outcome.unchanged == MANY + len(account.plans())
    assert account.api.writes() == []
    assert len(account.api.calls) < 100


def test_a_full_run_with_one_change_writes_that_alone(account: Account) -> None:
    account.run()
    account.table.put(altered(application(77, retail="large"), "retail", state="suspended"))
    account.api.calls.clear()
    assert account.run().updated == 1
    assert account.api.writes() == ["update_api_key"]
    assert len(account.api.calls) < 100
