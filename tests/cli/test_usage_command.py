"""``tiergate usage``: quotas from the counter item, months and days from the usage records."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.cli.conftest import Made, Run
from tiergate.adapters.usage_records import UsageRecords
from tiergate.cli.main import main
from tiergate.cli.target import NotDeployed, Target
from tiergate.cli.usage_outline import lasting
from tiergate.domain.counters import counter
from tiergate.domain.limits import SECOND, window_number
from tiergate.domain.usage import Record

NOW = 1_795_428_610 * SECOND
"""2026-11-23T10:10:10Z, a Monday."""

UNKNOWN = "sub_4nlFGTR5dqkL"
API, OTHER = "orders/v1", "orders/v2"

Count = Callable[..., None]
Keep = Callable[..., None]


@pytest.fixture(autouse=True)
def tables(registry: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Empty counters and records, at a fixed time, on a terminal of 70 columns."""
    monkeypatch.setattr("tiergate.cli.usage.now", lambda: NOW)
    monkeypatch.setattr("tiergate.cli.parameters.now", lambda: NOW)
    monkeypatch.setenv("COLUMNS", "70")
    for table, names in {"usage": ["subscription"], "records": ["subscription", "period"]}.items():
        registry.create_table(
            TableName=table,
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
            KeySchema=[
                {"AttributeName": name, "KeyType": kind} for name, kind in zip(names, ("HASH", "RANGE"), strict=False)
            ],
            BillingMode="PAY_PER_REQUEST",
        )
    yield
    for table in ("usage", "records"):
        registry.delete_table(TableName=table)


@pytest.fixture
def count(registry: Any) -> Count:
    """``count(subscription, hour=12)``: units of the window that is now, ``ago`` of an earlier one."""

    def write(subscription: str, ago: int = 0, **windows: int) -> None:
        counters = {counter(name, window_number(name, NOW) - ago): number for name, number in windows.items()}
        item = {name: {"N": str(number)} for name, number in counters.items()}
        registry.put_item(TableName="usage", Item={"subscription": {"S": subscription}, **item})

    return write


@pytest.fixture
def keep(registry: Any) -> Keep:
    """``keep(subscription, period, units, refusals)``: what the roll-up writes."""

    def write(subscription: str, period: str, units: Any, refusals: Any = None) -> None:
        UsageRecords(registry, "records").merge(subscription, Record(period, units, refusals or {}))

    return write


def test_the_quotas_of_now_and_the_days_of_the_month_are_drawn(
    run: Run, application: str, subscription: str, count: Count, keep: Keep
) -> None:
    count(subscription, hour=41, day=1_000)
    keep(subscription, "2026-11", {API: {2: 1_200, 23: 400}, OTHER: {23: 200}}, {"quota_exceeded": {23: 3}})
    result = run("usage", subscription)
    assert (result.exit_code, result.stderr) == (0, "")
    head, quotas, units, refusals = result.stdout.split("\n\n")
    assert head.splitlines() == [
        f"subscription  {subscription}",
        f"application   {application}",
        "organization  acme",
        "product       shop",
        "plan          basic (exact)",
    ]
    assert quotas.splitlines() == [
        "Quotas at 2026-11-23T10:10:10Z",
        "hour     41 /    100  ███████████▉·················  resets in 49m 50s",
        "day   1,000 /  1,000  █████████████████████████████  resets in 13h 49m",
    ]
    title, first, second, *rest = units.splitlines()
    assert title == "Units of 2026-11 (UTC) by day: 1,800"
    assert first == "Sun 01      0"
    assert second == "Mon 02  1,200  " + 55 * "█"
    assert rest[-1] == "Mon 23    600  " + 27 * "█" + "▌"
    assert len(rest) == 21
    assert refusals.splitlines()[0] == "Calls refused, by reason: 3"
    assert refusals.splitlines()[1].startswith("quota_exceeded  3  100.0 %  █")


def test_scripts_get_one_document_with_stable_keys(
    made: Made, application: str, subscription: str, count: Count, keep: Keep
) -> None:
    count(subscription, hour=41)
    keep(
        subscription,
        "2026-11",
        {API: {2: 1_200}, OTHER: {2: 4_000}},
        {"rate_exceeded": {1: 1}, "quota_exceeded": {2: 3}},
    )
    assert made("usage", subscription, "--by", "api") == {
        "subscription": subscription,
        "application": application,
        "organization": "acme",
        "product": "shop",
        "plan": "basic",
        "mode": "exact",
        "override": None,
        "windows": [
            {
                "window": "hour",
                "limit": 100,
                "used": 41,
                "start": "2026-11-23T10:00:00Z",
                "end": "2026-11-23T11:00:00Z",
            },
            {
                "window": "day",
                "limit": 1000,
                "used": 0,
                "start": "2026-11-23T00:00:00Z",
                "end": "2026-11-24T00:00:00Z",
            },
        ],
        "by": "api",
        "period": "2026-11",
        "units": {OTHER: 4_000, API: 1_200},
        "refusals": {"quota_exceeded": 3, "rate_exceeded": 1},
        "total": 5_200,
    }


def test_a_window_that_ended_is_not_counted(made: Made, subscription: str, count: Count) -> None:
    count(subscription, ago=1, hour=99, day=999)
    assert [window["used"] for window in made("usage", subscription)["windows"]] == [0, 0]


def test_a_months_quota_resets_when_the_next_one_begins(run: Run, made: Made, subscription: str, count: Count) -> None:
    made("subscription", "override", subscription, "--limit", "month=3100000")
    count(subscription, month=1_550_000)
    month = made("usage", subscription)["windows"][-1]
    assert (month["used"], month["start"], month["end"]) == (1_550_000, "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z")
    assert "month  1,550,000 /  3,100,000  " in run("usage", subscription).stdout
    assert "resets in 7d 13h\n" in run("usage", subscription).stdout


def test_an_override_is_measured_by_and_told_while_it_lasts(
    run: Run, made: Made, subscription: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made("subscription", "override", subscription, "--limit", "hour=900", "--until", "2090-01-31")
    assert [window["limit"] for window in made("usage", subscription)["windows"]] == [900, 1000]
    assert "override      hour=900 until 2090-01-31T00:00:00Z\n" in run("usage", subscription).stdout
    monkeypatch.setattr("tiergate.cli.usage.now", lambda: 3_789_504_000 * SECOND)
    assert [window["limit"] for window in made("usage", subscription)["windows"]] == [100, 1000]


@pytest.mark.parametrize("limits", ["{rate: {per_second: 5, burst: 10}}", "{mode: off}"])
def test_without_a_quota_none_is_drawn(run: Run, made: Made, subscription: str, limits: str) -> None:
    Path("policies/plans/basic.yaml").write_text(f"title: Basic\nlimits: {limits}\n")
    assert made("usage", subscription)["windows"] == []
    assert "none: calls of basic are limited by no quota\n" in run("usage", subscription).stdout


def test_a_plan_that_only_counts_shows_use_against_its_quotas_and_that_they_hold_nobody_back(
    run: Run, made: Made, subscription: str, count: Count
) -> None:
    count(subscription, hour=141)
    plan = Path("policies/plans/basic.yaml")
    plan.write_text("title: Basic\nlimits: {mode: off, quota: {hour: 100}}\n")
    assert [(window["used"], window["limit"]) for window in made("usage", subscription)["windows"]] == [(141, 100)]
    told = run("usage", subscription).stdout
    assert "hour  141 /  100  ██" in told
    assert "\nCounted, not limited: no call is refused for them." in told
    plan.write_text(plan.read_text().replace("off", "exact"))
    assert "not limited" not in run("usage", subscription).stdout


def test_that_a_leased_plan_counts_units_held_ahead_is_told(run: Run, made: Made, subscription: str) -> None:
    plan = Path("policies/plans/basic.yaml")
    plan.write_text("title: Basic\nlimits: {mode: leased, rate: {per_second: 100, burst: 400}, quota: {hour: 9000}}\n")
    assert made("usage", subscription)["mode"] == "leased"
    told = run("usage", subscription).stdout
    assert "plan          basic (leased)\n" in told
    assert "Units that instances hold ahead of calls are counted as used.\n" in told
    plan.write_text(plan.read_text().replace("leased", "exact"))
    assert "ahead" not in run("usage", subscription).stdout


def test_the_hours_of_a_day_are_drawn_as_far_as_it_went(run: Run, made: Made, subscription: str, keep: Keep) -> None:
    keep(subscription, "2026-11-23", {API: {9: 30, 10: 60}})
    keep(subscription, "2026-11-22", {API: {23: 7}})
    today = made("usage", subscription, "--by", "hour")
    assert (today["by"], today["period"], today["total"]) == ("hour", "2026-11-23", 90)
    assert list(today["units"]) == [f"2026-11-23T{hour:02}:00:00Z" for hour in range(11)]
    assert today["units"]["2026-11-23T09:00:00Z"] == 30
    assert today == made("usage", subscription, "--day", "2026-11-23")
    yesterday = made("usage", subscription, "--day", "2026-11-22")["units"]
    assert (len(yesterday), yesterday["2026-11-22T23:00:00Z"]) == (24, 7)
    assert "\n09:00  30  ██" in run("usage", subscription, "--day", "2026-11-23").stdout


def test_a_past_month_has_all_of_its_days(made: Made, subscription: str, keep: Keep) -> None:
    keep(subscription, "2026-02", {API: {28: 5}})
    units = made("usage", subscription, "--month", "2026-02")["units"]
    assert (len(units), units["2026-02-28"]) == (28, 5)


def test_what_a_clock_ahead_of_this_one_recorded_is_drawn_too(made: Made, subscription: str, keep: Keep) -> None:
    keep(subscription, "2026-11-23", {API: {11: 5}})
    assert made("usage", subscription, "--by", "hour")["units"]["2026-11-23T11:00:00Z"] == 5


def test_apis_are_told_with_their_share_most_first(run: Run, subscription: str, keep: Keep) -> None:
    keep(subscription, "2026-11-23", {API: {9: 1}, OTHER: {9: 3}})
    told = run("usage", subscription, "--by", "api", "--day", "2026-11-23").stdout
    assert "Units of 2026-11-23 (UTC) by API: 4\norders/v2  3  75.0 %  █" in told
    assert "\norders/v1  1  25.0 %  █" in told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "no calls in 2026-11 yet; use appears here within a minute\n"),
        (("--by", "hour"), "no calls in 2026-11-23 yet; use appears here within a minute\n"),
        (("--by", "api", "--month", "2026-10"), "no calls in 2026-10\n"),
        (("--month", "2025-10"), "no calls in 2025-10\n"),
        (("--month", "2025-09"), "no records of 2025-09; they are kept for 13 months\n"),
        (("--day", "2025-09-30"), "no records of 2025-09-30; they are kept for 13 months\n"),
    ],
)
def test_what_is_empty_says_what_that_means(run: Run, subscription: str, arguments: tuple[str, ...], told: str) -> None:
    result = run("usage", subscription, *arguments)
    assert result.exit_code == 0
    assert result.stdout.endswith(f": 0\n{told}")


def test_a_month_of_refusals_alone_is_not_told_as_one_without_calls(run: Run, subscription: str, keep: Keep) -> None:
    keep(subscription, "2026-10", {}, {"scope_missing": {3: 8}})
    told = run("usage", subscription, "--month", "2026-10").stdout
    assert "no calls let through in 2026-10\n" in told
    assert "Calls refused, by reason: 8\nscope_missing  8  100.0 %  █" in told


def test_lines_fit_a_narrow_terminal_and_one_that_has_no_blocks(
    subscription: str, count: Count, keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    count(subscription, hour=41, day=1_000)
    keep(subscription, "2026-11", {API: {2: 1_200_000}}, {"quota_exceeded": {23: 3}})
    told = CliRunner(charset="ascii").invoke(main, ["usage", subscription], catch_exceptions=False).stdout
    assert max(map(len, told.splitlines())) <= 40
    assert told.isascii()
    assert "#" in told


def test_names_of_records_cannot_steer_the_terminal(run: Run, subscription: str, keep: Keep) -> None:
    keep(subscription, "2026-11", {"a\x1b[2J": {1: 1}}, {"b\x1b[2J": {1: 1}})
    assert "\x1b" not in run("usage", subscription, "--by", "api").stdout


def test_an_organization_sees_each_subscriptions_month_by_application(
    run: Run, made: Made, application: str, subscription: str, keep: Keep
) -> None:
    cards = made("app", "create", "Cards", "--org", "acme")["id"]
    other = made("subscription", "create", "--app", cards, "--product", "shop", "--plan", "large")["id"]
    keep(subscription, "2026-10", {API: {1: 1_000, 2: 200}}, {"quota_exceeded": {2: 7}})
    document = made("usage", "--org", "acme", "--month", "2026-10")
    first = {
        "subscription": subscription,
        "application": application,
        "application_name": "Bank",
        "product": "shop",
        "plan": "basic",
        "total": 1_200,
        "refused": 7,
    }
    second = {"subscription": other, "application": cards, "application_name": "Cards", "plan": "large"}
    assert document == {
        "organization": "acme",
        "period": "2026-10",
        "subscriptions": [first, first | second | {"total": 0, "refused": 0}],
        "total": 1_200,
        "refused": 7,
    }
    title, _, headings, *rows = run("usage", "--org", "acme", "--month", "2026-10").stdout.splitlines()
    assert title == "Units of acme, 2026-10 (UTC): 1,200"
    assert headings.split() == ["APPLICATION", "NAME", "SUBSCRIPTION", "PRODUCT", "PLAN", "UNITS", "REFUSED"]
    assert [row.split()[-2:] for row in rows] == [["1,200", "7"], ["0", "0"]]
    assert {len(row) for row in rows} == {len(headings)}


def test_an_organization_without_calls_or_subscriptions_is_told_so(run: Run, made: Made, subscription: str) -> None:
    assert run("usage", "--org", "acme").stdout.endswith(
        "\n\nno calls in 2026-11 yet; use appears here within a minute\n"
    )
    made("org", "create", "Empty")
    assert "It has no subscriptions; make one: tiergate subscription create" in run("usage", "--org", "empty").stdout


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ((), "name a subscription, or an organization with --org; tiergate subscription list has both"),
        ((UNKNOWN, "--org", "acme"), "--org goes with --month only"),
        (("--org", "acme", "--day", "2026-11-23"), "--org goes with --month only"),
        ((UNKNOWN, "--month", "2026-11", "--day", "2026-11-23"), "--month and --day are two periods; give one of them"),
        ((UNKNOWN, "--by", "day", "--day", "2026-11-23"), "give --month in place of --day, or --by hour"),
        ((UNKNOWN, "--by", "hour", "--month", "2026-11"), "give --day in place of --month"),
        ((UNKNOWN, "--by", "week"), "'week' is not one of 'api', 'day', 'hour'"),
        ((UNKNOWN, "--month", "november"), '"november" is no month; give for example 2026-11'),
        ((UNKNOWN, "--month", "2026-11-23"), '"2026-11-23" is no month; give for example 2026-11'),
        ((UNKNOWN, "--month", "2026-13"), '"2026-13" is not in the calendar; give for example 2026-11'),
        ((UNKNOWN, "--month", "2026-12"), '"2026-12" has not begun in UTC; the current month is 2026-11'),
        ((UNKNOWN, "--day", "2026-11"), '"2026-11" is no day; give for example 2026-11-23'),
        ((UNKNOWN, "--day", "2026-02-30"), '"2026-02-30" is not in the calendar; give for example 2026-11-23'),
        ((UNKNOWN, "--day", "2026-11-24"), '"2026-11-24" has not begun in UTC; the current day is 2026-11-23'),
        (("acme",), "a subscription's id begins with sub_; tiergate subscription list shows them"),
    ],
)
def test_what_cannot_be_shown_is_told_with_how_to_mend_it(run: Run, arguments: tuple[str, ...], fault: str) -> None:
    result = run("usage", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert fault in " ".join(result.stderr.split())


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ((UNKNOWN,), f'there is no subscription "{UNKNOWN}"; tiergate subscription list shows the ids\n'),
        (("--org", "nobody"), 'there is no organization "nobody"; tiergate org list shows the ids\n'),
    ],
)
def test_who_is_not_there_is_told(run: Run, arguments: tuple[str, ...], fault: str) -> None:
    result = run("usage", *arguments)
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", fault)


def test_policies_that_are_not_the_deployed_ones_are_told(run: Run, subscription: str) -> None:
    Path("policies/plans/basic.yaml").unlink()
    Path("policies/products/shop.yaml").write_text("title: Shop\napis: [orders/v1]\nplans: [large]\n")
    result = run("usage", subscription)
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"no plan basic, which {subscription} has; name the deployed policies with --policies" in result.stderr


def test_a_record_that_cannot_be_read_is_named(run: Run, registry: Any, subscription: str) -> None:
    item = {"subscription": {"S": subscription}, "period": {"S": "MONTH#2026-11"}, "units": {"S": "many"}}
    registry.put_item(TableName="records", Item=item)
    result = run("usage", subscription)
    assert (result.exit_code, result.stdout) == (1, "")
    assert subscription in result.stderr
    assert "many" not in result.stderr


@pytest.mark.parametrize("stored", [{"S": "many"}, {"N": "1.5"}])
def test_counters_that_cannot_be_read_are_named(run: Run, registry: Any, subscription: str, stored: Any) -> None:
    registry.put_item(TableName="usage", Item={"subscription": {"S": subscription}, "u1": stored})
    result = run("usage", subscription)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"the counters of {subscription} cannot be read (no item of counters), so its calls meet the failure rule, "
        "by default 503; see store-garbage in docs/monitoring.md\n"
    )


def test_where_nothing_is_deployed_that_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(_: str) -> Target:
        raise NotDeployed("nothing runs locally; start it with: make up")

    monkeypatch.setattr(Target, "find", nothing)
    for who in ((UNKNOWN,), ("--org", "acme")):
        result = run("usage", *who)
        assert (result.exit_code, result.stderr) == (3, "nothing runs locally; start it with: make up\n")


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, "0s"), (0.2, "1s"), (59, "59s"), (60, "1m 0s"), (3_600, "1h 0m"), (90_061, "1d 1h"), (30 * 86_400, "30d 0h")],
)
def test_a_time_is_told_in_its_two_greatest_units(seconds: float, told: str) -> None:
    assert lasting(int(seconds * SECOND)) == told
