"""``tiergate lifecycle``: the state of each API version, who still calls it, what is due, and notices by hand."""

import io
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from click.testing import CliRunner

from tests.cli.conftest import Made, Run
from tests.fakes.usage_records import create_usage_records_table
from tiergate.adapters.notice_book import NoticeBook
from tiergate.adapters.usage_records import UsageRecords
from tiergate.cli.lifecycle import PATIENCE
from tiergate.cli.lifecycle_outline import apart, next_step
from tiergate.cli.main import main
from tiergate.cli.target import NotDeployed, Target
from tiergate.domain.catalogue import ApiVersion
from tiergate.domain.lifecycle import Lifecycle
from tiergate.domain.limits import SECOND
from tiergate.domain.notices import DAY, Told
from tiergate.domain.transitions import refused_move
from tiergate.domain.usage import Record

NOW = 1_795_428_610 * SECOND
"""2026-11-23T10:10:10Z."""

SUNSET = 1_798_675_200
"""2026-12-31"""

DEPRECATION = """state: deprecated
deprecation:
  date: 2026-11-01
  sunset: 2026-12-31
  successor: orders/v2
  guide: https://help.example/v2
  brownouts: [{start: 2026-12-01T09:00:00Z, minutes: 15}]
"""


@pytest.fixture(autouse=True)
def policies(registry: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """``orders/v1`` is deprecated, ``orders/v2`` published, ``orders/v3`` a draft; a table of records."""
    monkeypatch.setattr("tiergate.cli.lifecycle.now", lambda: NOW)
    apis = Path("policies/apis/orders")
    for version in ("v2", "v3"):
        shutil.copytree(apis / "v1", apis / version)
    first, third = apis / "v1/api.yaml", apis / "v3/api.yaml"
    first.write_text(first.read_text().replace("state: published\n", DEPRECATION))
    third.write_text(third.read_text().replace("state: published", "state: draft"))
    product = Path("policies/products/shop.yaml")
    product.write_text(product.read_text().replace("  - orders/v1\n", "  - orders/v1\n  - orders/v2\n"))
    create_usage_records_table(registry, "records")
    yield apis
    registry.delete_table(TableName="records")


@pytest.fixture
def use(registry: Any) -> Callable[..., None]:
    """``use(subscription, {23: 5})``: units of ``orders/v1`` by day of this month."""

    def keep(subscription: str, days: dict[int, int], api: str = "orders/v1") -> None:
        UsageRecords(registry, "records").merge(subscription, Record("2026-11", {api: days}, {}))

    return keep


def test_every_version_has_its_state_its_dates_its_consumers_and_what_is_due(run: Run, subscription: str, use) -> None:
    use(subscription, {23: 5, 2: 7})
    result = run("lifecycle")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "api        state       deprecated  sunset                   successor   consumers  next",
        "orders/v1  deprecated  2026-11-01  2026-12-31 (in 38 days)  /orders/v2  1          "
        "retire it on 2026-12-31, 1 consumer still calls",
        "orders/v2  published   -           -                        -           0          -",
        "orders/v3  draft       -           -                        -           -          "
        "publish it: state: published",
    ]


def test_one_version_names_who_still_calls_it_when_last_and_since_when_they_know(
    run: Run, registry: Any, application: str, subscription: str, use
) -> None:
    use(subscription, {23: 5, 2: 1_200})
    NoticeBook(registry, "records").keep(subscription, "orders/v1", Told(SUNSET, 40, NOW - DAY, 1))
    result = run("lifecycle", "orders/v1")
    assert (result.exit_code, result.stderr) == (0, "")
    head, consumers = result.stdout.split("\n\n")
    assert head.splitlines() == [
        "api         orders/v1",
        "state       deprecated",
        "deprecated  2026-11-01",
        "sunset      2026-12-31 (in 38 days)",
        "410 until   2027-03-31",
        "successor   /orders/v2",
        "guide       https://help.example/v2",
        "brownout    2026-12-01T09:00:00Z to 2026-12-01T09:15:00Z",
        "next        retire it on 2026-12-31, 1 consumer still calls",
    ]
    title, _, row = consumers.splitlines()
    assert title == "Called in the last 30 days by 1 subscription:"
    assert row.split() == ["acme", application, subscription, "2026-11-23", "2026-11-22", "1,205"]


def test_scripts_get_the_same_facts(made: Made, application: str, subscription: str, use) -> None:
    use(subscription, {23: 5})
    first, second, third = made("lifecycle")
    assert first == made("lifecycle", "orders/v1")
    (consumer,) = first.pop("consumers")
    assert consumer == {
        "organization": "acme",
        "application": application,
        "subscription": subscription,
        "product": "shop",
        "plan": "basic",
        "units": 5,
        "days": {"2026-11-23": 5},
        "last_day": "2026-11-23",
        "noticed": None,
        "noticed_sunset": None,
    }
    assert first == {
        "api": "orders/v1",
        "state": "deprecated",
        "deprecated": "2026-11-01T00:00:00Z",
        "sunset": "2026-12-31T00:00:00Z",
        "gone": "2027-03-31T00:00:00Z",
        "successor": "/orders/v2",
        "guide": "https://help.example/v2",
        "brownouts": [{"start": "2026-12-01T09:00:00Z", "end": "2026-12-01T09:15:00Z"}],
        "next": "retire it on 2026-12-31, 1 consumer still calls",
    }
    assert second == {"api": "orders/v2", "state": "published", "next": "", "consumers": []}
    assert third["consumers"] is None


def test_nobody_who_called_longer_ago_or_another_version_is_named(run: Run, registry: Any, subscription, use) -> None:
    UsageRecords(registry, "records").merge(subscription, Record("2026-10", {"orders/v1": {23: 9}}, {}))
    use(subscription, {23: 9}, "orders/v2")
    result = run("lifecycle", "orders/v1")
    assert "retire it on 2026-12-31, nobody calls" in result.stdout
    assert result.stdout.endswith("\nNobody called it in the last 30 days.\n")


def test_without_a_deployment_the_files_are_told_and_that_use_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def find(_: str) -> Target:
        raise NotDeployed("nothing runs locally; start it with: make up")

    monkeypatch.setattr(Target, "find", find)
    result = CliRunner().invoke(main, ["lifecycle"])
    assert result.exit_code == 0
    assert result.stderr == "who calls is unknown: nothing runs locally; start it with: make up\n"
    assert result.stdout.splitlines()[1].endswith("unknown    retire it on 2026-12-31")
    alone = json.loads(CliRunner().invoke(main, ["lifecycle", "orders/v1", "--json"]).stdout)
    assert alone["consumers"] is None


def test_a_record_that_cannot_be_read_is_named_and_left_out(run: Run, registry: Any, subscription: str) -> None:
    item = {"subscription": {"S": subscription}, "period": {"S": "MONTH#2026-11"}, "units": {"S": "many"}}
    registry.put_item(TableName="records", Item=item)
    result = run("lifecycle", "orders/v1")
    assert result.exit_code == 0
    assert result.stderr == f"note: the usage record {subscription} MONTH#2026-11 cannot be read, and is left out\n"


def test_a_notice_that_cannot_be_read_leaves_out_nobody_who_calls(
    run: Run, registry: Any, subscription: str, use
) -> None:
    use(subscription, {23: 5})
    registry.put_item(
        TableName="records", Item={"subscription": {"S": subscription}, "period": {"S": "NOTICE#orders/v1"}}
    )
    result = run("lifecycle", "orders/v1")
    assert result.stderr == f"note: the usage record {subscription} NOTICE#orders/v1 cannot be read, and is left out\n"
    assert "Called in the last 30 days by 1 subscription:" in result.stdout


def test_an_unknown_version_is_refused_with_the_nearest(run: Run) -> None:
    result = run("lifecycle", "order/v1")
    assert result.exit_code == 2
    assert 'there is no "order/v1"; did you mean "orders/v1"?' in result.stderr


def version(state: str, sunset: int = SUNSET) -> ApiVersion:
    life = Lifecycle(0, sunset, sunset + 90 * 86_400, "orders/v2") if state in {"deprecated", "retired"} else None
    return ApiVersion("orders/v1", state, "", 1, (), {}, lifecycle=life)


@pytest.mark.parametrize(
    ("state", "days", "consumers", "told"),
    [
        ("draft", 0, None, "publish it: state: published"),
        ("published", 0, 3, ""),
        ("deprecated", -3, 7, "retire it on 2026-12-31, 7 consumers still call"),
        ("deprecated", -3, 0, "retire it on 2026-12-31, nobody calls"),
        ("deprecated", -3, None, "retire it on 2026-12-31"),
        ("deprecated", 0, 0, "retire it: sunset was today, nobody calls"),
        ("deprecated", 3, 0, "retire it: sunset was 3 days ago, nobody calls"),
        ("deprecated", 3, None, "retire it: sunset was 3 days ago"),
        ("deprecated", 1, 1, "sunset was 1 day ago, 1 consumer still calls: talk to them, then retire it"),
        ("deprecated", 145, None, "retire it with grace_days: 175 or more: sunset was 145 days ago"),
        (
            "deprecated",
            61,
            1,
            "sunset was 61 days ago, 1 consumer still calls: talk to them, then retire it with grace_days: 91 or more",
        ),
        ("retired", 3, 0, "it answers 410 until 2027-03-31"),
        ("retired", 90, 0, "its 410s ended on 2027-03-31: remove apis/orders/v1"),
    ],
)
def test_what_is_due_next_follows_from_state_dates_and_use(state, days, consumers, told) -> None:
    assert next_step(version(state), consumers, SUNSET * SECOND + days * DAY) == told


@pytest.mark.parametrize("days", [-3, 0, 60, 61, 145])
@pytest.mark.parametrize("grace", [0, 29, 30, 90])
def test_a_retirement_as_it_is_advised_may_be_deployed(days, grace) -> None:
    life = Lifecycle(0, SUNSET, SUNSET + grace * 86_400, "orders/v2")
    at = SUNSET * SECOND + days * DAY
    advised = re.search(r"grace_days: (\d+)", next_step(version("deprecated")._replace(lifecycle=life), None, at))
    then = life._replace(gone=SUNSET + int(advised[1]) * 86_400) if advised else life
    assert refused_move("deprecated", "retired", life, then, max(at, SUNSET * SECOND)) is None
    assert bool(advised) is bool(refused_move("deprecated", "retired", life, life, max(at, SUNSET * SECOND)))


@pytest.mark.parametrize(
    ("days", "told"), [(2, "in 2 days"), (1, "in 1 day"), (0, "today"), (-0.9, "today"), (-1, "1 day ago")]
)
def test_days_are_those_of_the_calendar(days, told) -> None:
    assert apart(SUNSET, SUNSET * SECOND - int(days * DAY)) == told


class FakeLambda:
    """``answers``: what each call answers, in order; with a word alone it failed."""

    def __init__(self, *answers: Any) -> None:
        self.answers = [*answers]
        self.called: list[str] = []

    def invoke(self, **request: Any) -> dict[str, Any]:
        self.called.append(request["FunctionName"])
        answer = self.answers.pop(0)
        if isinstance(answer, str):
            fault = json.dumps({"errorMessage": answer}).encode()
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(fault)}
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}


@pytest.fixture
def function(monkeypatch: pytest.MonkeyPatch) -> Callable[..., FakeLambda]:
    def deploy(*answers: Any) -> FakeLambda:
        fake = FakeLambda(*answers)
        outputs = {"tiergate-dev-usage": {"NoticesFunction": "notices-1"}}
        monkeypatch.setattr(Target, "find", lambda _: Target("local", "dev", "eu-central-1", None, outputs, ""))
        monkeypatch.setattr(Target, "client", lambda _self, _service, _config: fake)
        return fake

    return deploy


def answered(*subscriptions: str, left_over: int = 0, unreadable: int = 0) -> dict[str, Any]:
    notices = [
        {
            "api": "orders/v1",
            "organization": "acme",
            "application": "app_1",
            "subscription": each,
            "notice": "announced",
        }
        for each in subscriptions
    ]
    return {"told": len(notices), "notices": notices, "unreadable": unreadable, "left_over": left_over}


def test_notify_prints_who_was_told_what(function) -> None:
    fake = function(answered("sub_1"))
    result = CliRunner().invoke(main, ["lifecycle", "notify"])
    assert result.stdout.splitlines() == [
        "api        organization  application  subscription  notice",
        "orders/v1  acme          app_1        sub_1         announced",
        "1 notice sent",
    ]
    assert fake.called == ["notices-1"]


def test_notify_goes_on_until_nothing_is_left_over(function) -> None:
    fake = function(answered("sub_1", left_over=5), answered("sub_2", left_over=1, unreadable=1), answered("sub_3"))
    document = json.loads(CliRunner().invoke(main, ["lifecycle", "notify", "--json"]).stdout)
    assert (document["told"], document["unreadable"], document["left_over"]) == (3, 1, 0)
    assert len(fake.called) == 3


def test_notify_gives_up_in_the_end_and_says_what_is_left(function, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tiergate.cli.lifecycle.MOST_RUNS", 2)
    function(answered("sub_1", left_over=5, unreadable=1), answered(left_over=4, unreadable=1))
    assert CliRunner().invoke(main, ["lifecycle", "notify"]).stdout.splitlines()[2:] == [
        "1 notice sent",
        "2 records could not be read; the function's log names them",
        "4 organizations left over; run it again",
    ]


def test_notify_says_when_nobody_was_to_be_told(function) -> None:
    function(answered())
    told = CliRunner().invoke(main, ["lifecycle", "notify"]).stdout
    assert told == "nobody was to be told: all who call know, or nothing ends\n"


def test_notify_fails_with_the_functions_own_words(function) -> None:
    function("3 told; 1 organizations failed, see the log\x1b[2J")
    result = CliRunner().invoke(main, ["lifecycle", "notify"])
    assert result.exit_code == 1
    assert result.stderr == (
        "Error: the notices function of local failed: 3 told; 1 organizations failed, see the log?[2J\n"
    )


def test_notify_fails_where_the_function_ends_without_a_word(function, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = function()
    monkeypatch.setattr(fake, "invoke", lambda **_: {"FunctionError": "Unhandled", "Payload": io.BytesIO(b"{}")})
    result = CliRunner().invoke(main, ["lifecycle", "notify"])
    assert result.stderr == "Error: the notices function of local failed: it ended without a word\n"


def test_a_call_by_hand_is_neither_repeated_nor_given_up_before_the_function_ends() -> None:
    merged = Config(retries={"mode": "standard", "max_attempts": 2}).merge(PATIENCE)
    assert merged.retries == {"total_max_attempts": 1}
    assert merged.read_timeout > 300
