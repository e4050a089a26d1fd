"""``tiergate preview``: what a deploy would change for those who call, beside a deployment in fakes."""

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Made, Run, shipped_now
from tests.fakes.usage_records import create_usage_records_table
from tiergate.adapters.deployed import DeployedUnreadable
from tiergate.adapters.usage_records import UsageRecords
from tiergate.cli.target import LOCAL, NotDeployed, Target
from tiergate.domain.counters import counter
from tiergate.domain.limits import SECOND, window_number
from tiergate.domain.usage import Record

NOW = 1_795_428_610 * SECOND
"""2026-11-23T10:10:10Z."""

API, DOCUMENT = Path("policies/apis/orders/v1/api.yaml"), Path("policies/apis/orders/v1/openapi.yaml")
BASIC, SHOP = Path("policies/plans/basic.yaml"), Path("policies/products/shop.yaml")


@pytest.fixture(autouse=True)
def running(registry: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """The working directory's policies are deployed, as they stand when a test begins."""
    bundle = shipped_now()
    target = Target.find(LOCAL)
    outputs = dict(target.outputs)
    outputs["tiergate-dev-gateway"] = {**outputs["tiergate-dev-gateway"], "AuthorizerName": "authorizer"}
    monkeypatch.setattr(Target, "find", lambda _: replace(target, outputs=outputs))
    monkeypatch.setattr("tiergate.cli.running.deployed_bundle", lambda *_, **__: bundle)
    monkeypatch.setattr("tiergate.cli.preview.now", lambda: NOW)
    create_usage_records_table(registry, "records")
    registry.create_table(
        TableName="usage",
        AttributeDefinitions=[{"AttributeName": "subscription", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "subscription", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    yield bundle
    for table in ("usage", "records"):
        registry.delete_table(TableName=table)


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def told(run: Run, *arguments: str) -> Mapping[str, Any]:
    document: Mapping[str, Any] = json.loads(run("preview", *arguments, "--json").stdout)
    return document


def test_policies_that_run_already_change_nothing(run: Run, subscription: str) -> None:
    result = run("preview")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "local runs these policies already; a deploy would change nothing for callers.\n"
    assert told(run)["subscriptions"] == 1


def test_a_page_tells_people_what_changes_and_whom_it_touches(run: Run, made: Made, subscription: str) -> None:
    made("subscription", "override", subscription, "--limit", "hour=90")
    edit(BASIC, "hour: 100", "hour: 60")
    edit(BASIC, "day: 1000", "day: 2000")
    edit(API, "timeout: 10", "timeout: 20")
    result = run("preview")
    assert result.exit_code == 0
    assert result.stdout == (
        "Limits and costs\n"
        "  ~ plan basic  hour quota lowered: 100 → 60 an hour\n"
        "                1 subscription: acme; 1 keeps what an override says\n"
        "  ~ plan basic  day quota raised: 1000 → 2000 a day\n"
        "                1 subscription: acme\n"
        "\n"
        "Upstreams\n"
        "  ~ orders/v1  upstream's time to answer: 10 → 20 s\n"
        "\n"
        "Routes: 3 of 300.\n"
        "1 change may refuse calls that go through today.\n"
        "Nothing is refused.\n"
    )


def test_loosened_security_heads_the_page(run: Run, subscription: str) -> None:
    edit(API, "placeOrder: {cost: 5}", "placeOrder: {cost: 6}\n  getOrder: {public: true}\npublic_plan: basic")
    result = run("preview")
    assert result.exit_code == 0
    assert result.stdout.startswith(
        "SECURITY LOOSENED\n  ! orders/v1 GET /orders/{}  can be called without a credential\n\nLimits and costs\n"
    )
    assert "1 change loosens security.\n" in result.stdout


def test_what_an_environments_file_opens_is_refused(run: Run) -> None:
    Path("policies/environments").mkdir()
    overlay = "apis:\n  orders/v1: {public_plan: basic, operations: {getOrder: {public: true}}}\n"
    Path("policies/environments/dev.yaml").write_text(overlay, encoding="utf-8")
    result = run("preview")
    assert result.exit_code == 1
    assert (
        "REFUSED\n"
        "  x orders/v1 GET /orders/{}  anybody could call it, and policies/apis/orders/v1/api.yaml does not say so "
        "itself\n"
        '                              → put "getOrder": {public: true} under operations: there, or take the other '
        "file's word away\n"
    ) in result.stdout
    assert run("preview", "--env", "prod").exit_code == 0


def test_a_plan_that_subscriptions_have_is_refused_to_go(run: Run, subscription: str) -> None:
    BASIC.unlink()
    edit(SHOP, "plans: [basic, large]", "plans: [large]")
    result = run("preview")
    assert result.exit_code == 1
    assert "  x plan basic  1 subscription (acme) has it\n" in result.stdout
    assert result.stdout.endswith("1 refusal: mend each before you deploy.\n")
    document = told(run)
    assert document["refused"] is True
    assert [each["kind"] for each in document["refusals"]] == ["plan_removed"]


def test_what_was_used_up_already_is_told(run: Run, registry: Any, subscription: str) -> None:
    used = {counter("hour", window_number("hour", NOW)): {"N": "75"}}
    registry.put_item(TableName="usage", Item={"subscription": {"S": subscription}, **used})
    edit(BASIC, "hour: 100", "hour: 60")
    assert (
        "~ plan basic  1 subscription has used up the new quota of this hour already: refused until the hour ends"
    ) in run("preview").stdout


def test_who_called_an_operations_version_lately_is_told_when_it_goes(
    run: Run, registry: Any, subscription: str
) -> None:
    record = Record("2026-11", {"orders/v1": {20: 7}}, {}, "acme", "app_1", "shop", "basic")
    UsageRecords(registry, "records").merge(subscription, record)
    edit(DOCUMENT, "  /orders/{order}:\n    get:\n      operationId: getOrder\n", "  /orders/{order}:\n    put:\n")
    assert (
        "  - orders/v1 GET /orders/{}  gone (getOrder); its callers get 404 or 405\n"
        "                              1 subscription: acme; 1 called this version in the last 7 days\n"
    ) in run("preview").stdout


def test_an_api_that_subscribers_call_is_refused_to_leave_their_product(
    run: Run, registry: Any, subscription: str
) -> None:
    other = Path("policies/apis/other/v1")
    other.mkdir(parents=True)
    for file in (API, DOCUMENT):
        (other / file.name).write_bytes(file.read_bytes())
    edit(SHOP, "orders/v1", "other/v1")
    assert run("preview").exit_code == 0
    record = Record("2026-10", {"orders/v1": {25: 7}}, {}, "acme", "app_1", "shop", "basic")
    UsageRecords(registry, "records").merge(subscription, record)
    result = run("preview")
    assert result.exit_code == 1
    assert "1 subscription (acme) of the product called it in the last 30 days" in result.stdout


def test_a_record_that_cannot_be_read_is_passed_over_and_told(run: Run, registry: Any, subscription: str) -> None:
    item = {"subscription": subscription, "period": "MONTH#2026-11", "units": "many"}
    registry.put_item(TableName="records", Item={name: {"S": text} for name, text in item.items()})
    edit(DOCUMENT, "  /orders/{order}:\n    get:\n      operationId: getOrder\n", "  /orders/{order}:\n    put:\n")
    result = run("preview")
    assert result.exit_code == 0
    assert "gone (getOrder)" in result.stdout
    assert result.stderr.startswith("note: ")
    assert result.stderr.endswith(", and is left out\n")


def test_an_api_that_joins_a_second_product_of_its_subscribers_is_told_with_them(
    run: Run, made: Made, application: str, subscription: str, running: dict[str, Any]
) -> None:
    twin = Path("policies/products/twin.yaml")
    twin.write_text("title: Twin\napis: [other/v1]\nplans: [basic]\n", encoding="utf-8")
    shutil.copytree("policies/apis/orders", "policies/apis/other")
    running |= shipped_now()
    made("subscription", "create", "--app", application, "--product", "twin", "--plan", "basic")
    edit(twin, "[other/v1]", "[other/v1, orders/v1]")
    result = run("preview")
    assert result.exit_code == 0
    assert f"orders/v1, product twin  {application} of acme may call it by shop already" in result.stdout
    assert "  ! orders/v1, product twin  joined the product" in result.stdout


def test_a_version_that_is_retired_too_early_is_refused(run: Run) -> None:
    block = "deprecation: {date: 2026-06-01, sunset: 2027-06-30, guide: https://developer.example.com/move}"
    edit(API, "state: published", f"state: retired\n{block}")
    result = run("preview")
    assert result.exit_code == 1
    assert "x orders/v1  from published to retired in one move" in result.stdout


def test_the_first_deploy_says_so_and_lists_what_comes(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(_: str) -> Target:
        raise NotDeployed("the gateway stack of prod is not deployed in eu-west-1; deploy it with: cdk deploy --all")

    monkeypatch.setattr(Target, "find", nowhere)
    result = run("preview", "--stage", "prod")
    assert result.exit_code == 0
    assert result.stdout.startswith(
        "the gateway stack of prod is not deployed in eu-west-1: this would be the first deploy of prod. What comes:\n"
        "\n"
        "APIs and operations\n"
        "  + orders/v1  added: published, 3 operations at /orders/v1\n"
    )
    document = told(run, "--stage", "prod")
    assert (document["first"], document["environment"]) == (True, "prod")
    assert document["routes"] == {"before": 0, "after": 3, "most": 300}


def test_scripts_get_each_change_with_whom_it_touches(run: Run, subscription: str) -> None:
    edit(BASIC, "hour: 100", "hour: 60")
    (change,) = told(run)["changes"]
    assert change == {
        "level": "breaking",
        "kind": "limit_lowered",
        "message": "hour quota lowered: 100 → 60 an hour",
        "api": "",
        "operation": "",
        "product": "",
        "plan": "basic",
        "limit": "hour",
        "issuer": "",
        "loosened": False,
        "touched": {"subscriptions": 1, "organizations": ["acme"], "hidden": 0, "callers": 0},
    }


def test_a_bundle_of_another_format_is_not_compared(run: Run, running: dict[str, Any]) -> None:
    running["format"] = 7
    result = run("preview")
    assert result.exit_code == 1
    assert "local runs policies of format 7, and this version of Tiergate writes 1" in result.stderr


def test_a_deployment_that_does_not_name_its_authorizer_says_what_to_do(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = Target.find(LOCAL)
    older = {**target.outputs, "tiergate-dev-gateway": {"Endpoint": "https://gateway.example"}}
    monkeypatch.setattr(Target, "find", lambda _: replace(target, outputs=older))
    result = run("preview")
    assert result.exit_code == 1
    assert "deploy it once with this version; tiergate diff --base REV compares with files" in result.stderr


def test_what_cannot_be_read_of_a_deployment_is_no_first_deploy(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(*_: object, **__: object) -> None:
        raise DeployedUnreadable("the package of authorizer cannot be fetched (403); try again")

    monkeypatch.setattr("tiergate.cli.running.deployed_bundle", unreadable)
    result = run("preview")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "the package of authorizer cannot be fetched (403)" in result.stderr


def test_colours_are_for_terminals_alone(run: Run, subscription: str) -> None:
    BASIC.unlink()
    edit(SHOP, "plans: [basic, large]", "plans: [large]")
    assert "\x1b" not in run("preview").stdout
    coloured = run("preview", color=True).stdout
    assert "\x1b[31m\x1b[1mREFUSED\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == run("preview").stdout


def test_nothing_is_changed_by_looking(run: Run, registry: Any, subscription: str) -> None:
    before = registry.scan(TableName="registry")["Items"]
    edit(BASIC, "hour: 100", "hour: 60")
    run("preview")
    assert registry.scan(TableName="registry")["Items"] == before
    assert registry.scan(TableName="records")["Items"] == registry.scan(TableName="usage")["Items"] == []


def test_use_is_read_only_where_it_matters(run: Run, monkeypatch: pytest.MonkeyPatch, subscription: str) -> None:
    def read(*_: object) -> None:
        raise AssertionError("read")

    monkeypatch.setattr("tiergate.cli.preview.counter_item", read)
    monkeypatch.setattr(UsageRecords, "months", read)
    edit(BASIC, "hour: 100", "hour: 200")
    edit(API, "placeOrder: {cost: 5}", "placeOrder: {cost: 6}")
    assert run("preview").exit_code == 0
    edit(BASIC, "hour: 200", "hour: 50")
    with pytest.raises(AssertionError, match="read"):
        run("preview")
