"""``tiergate explain`` as people and scripts meet it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Made, Run, name_scopes
from tiergate.cli.columns import WIDTH, tell_rows
from tiergate.cli.target import NotDeployed, Target
from tiergate.domain.access_log import FIELDS
from tiergate.domain.counters import counter
from tiergate.domain.limits import SECOND, window_number

NOW = 1_795_428_610 * SECOND
"""2026-11-23T10:10:10Z."""

CALL = ("explain", "request", "--method", "GET", "--path", "/orders/v1/orders")
LINE = dict.fromkeys(FIELDS, "-") | {
    "time": str(NOW // 1000),
    "request_id": "Jx1=",
    "method": "GET",
    "path": "/orders/v1/orders",
    "api": "orders/v1",
    "status": "429",
    "decision": "deny",
    "reason": "quota_exceeded",
    "cause": "-",
    "scheme": "ApiKey",
    "credential": "-",
    "address": "203.0.113.0",
}


@pytest.fixture(autouse=True)
def usage_table(registry: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("tiergate.cli.explain.now", lambda: NOW)
    registry.create_table(
        TableName="usage",
        AttributeDefinitions=[{"AttributeName": "subscription", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "subscription", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    yield
    registry.delete_table(TableName="usage")


@pytest.fixture
def key(made: Made, application: str, subscription: str) -> dict[str, str]:
    """A key of the application with the subscription: ``id`` and ``secret``."""
    made_key = made("key", "create", "--app", application)
    return {"id": made_key["id"], "secret": made_key["secret"]}


@pytest.fixture
def nothing_deployed(monkeypatch: pytest.MonkeyPatch) -> None:
    def find(_stage: str) -> Target:
        raise NotDeployed("nothing runs locally; start it with: make up")

    monkeypatch.setattr(Target, "find", find)


def use(registry: Any, subscription: str, units: int) -> None:
    hour = counter("hour", window_number("hour", NOW))
    registry.put_item(TableName="usage", Item={"subscription": {"S": subscription}, hour: {"N": str(units)}})


def rule(told: Any, name: str) -> Any:
    return next(each for each in told["rules"] if each["rule"] == name)


def test_an_admitted_call_is_explained_from_its_path_to_what_is_left(
    run: Run, made: Made, key: dict[str, str], application: str, subscription: str, registry: Any
) -> None:
    use(registry, subscription, 41)
    told = made(*CALL, "--key-id", key["id"])
    assert (told["decision"], told["reason"], told["status"]) == ("allow", "admitted", None)
    assert [each["rule"] for each in told["rules"]] == [
        *("path", "api", "state", "operation", "api addresses", "accepts", "key", "key expiry"),
        *("organization", "application", "subscription", "product", "scopes"),
        *("plan", "cost", "hour quota", "day quota", "rate"),
    ]
    assert rule(told, "key")["origin"] == f"registry KEY#{key['id']}"
    assert rule(told, "subscription")["origin"] == f"registry APP#{application}"
    assert rule(told, "operation")["origin"] == "policies/apis/orders/v1/openapi.yaml:7"
    assert rule(told, "hour quota")["says"] == "59 of 100 left until 2026-11-23T11:00:00Z"
    assert rule(told, "hour quota")["origin"] == "policies/plans/basic.yaml:5"
    assert told["assumed"] == ["the key's secret is right"]


def test_explaining_a_call_counts_nothing_and_changes_no_record(made: Made, key: dict[str, str], registry: Any) -> None:
    before = [registry.scan(TableName=name)["Items"] for name in ("usage", "registry")]
    made(*CALL, "--key-id", key["id"])
    assert [registry.scan(TableName=name)["Items"] for name in ("usage", "registry")] == before


def test_a_refused_call_names_the_limit_with_its_line_and_what_the_caller_reads(
    run: Run, key: dict[str, str], subscription: str, registry: Any
) -> None:
    use(registry, subscription, 100)
    result = run(*CALL, "--key-id", key["id"])
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[:3] == [
        "call      GET /orders/v1/orders",
        "at        2026-11-23T10:10:10Z",
        "decision  deny: quota_exceeded, 429",
    ]
    refused = next(line for line in lines if line.startswith("  ✗"))
    assert refused.split("  ")[1] == "✗ hour quota"
    assert "0 of 100 left until 2026-11-23T11:00:00Z" in refused
    assert refused.endswith("policies/plans/basic.yaml:5")
    assert "  retry-after       2990" in lines
    assert max(map(len, lines)) <= WIDTH


def test_a_suspended_organization_is_the_last_rule(made: Made, key: dict[str, str], application: str) -> None:
    made("org", "suspend", "acme")
    told = made(*CALL, "--key-id", key["id"])
    assert told["rules"][-1] == {
        "rule": "organization",
        "verdict": "refuse",
        "reason": "organization_suspended",
        "says": "acme is suspended",
        "origin": f"registry APP#{application}",
    }


def test_of_a_whole_key_only_its_id_is_used_and_nothing_else_is_ever_printed(run: Run, key: dict[str, str]) -> None:
    for options in ((), ("--json",)):
        result = run(*CALL, "--key-id", key["secret"], *options)
        assert result.exit_code == 0
        assert key["secret"] not in result.output
        assert key["secret"].split("_")[3] not in result.output
        assert f"only its id is used, {key['id']}" in result.stderr


def test_a_line_of_the_access_log_is_explained_at_its_time_beside_what_it_recorded(
    run: Run, made: Made, key: dict[str, str]
) -> None:
    line = json.dumps({**LINE, "credential": key["id"]})
    told = json.loads(run("explain", "request", "-", "--json", input=line).stdout)
    assert told["call"]["time"] == "2026-11-23T10:10:10Z"
    assert told["recorded"] == {"decision": "deny", "reason": "quota_exceeded", "status": "429"}
    assert (told["reason"], told["differs"]) == ("admitted", True)
    assert "recorded  deny quota_exceeded 429; " in run("explain", "request", "-", input=line).stdout


def test_a_call_of_a_whole_access_log_is_found_by_its_request_id(run: Run, key: dict[str, str]) -> None:
    lines = [{**LINE, "request_id": f"id-{number}=", "path": f"/orders/v1/orders/{number}"} for number in range(5)]
    Path("access.log").write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    result = run("explain", "request", "access.log", "--request-id", "id-3=", "--key-id", key["id"], "--json")
    assert json.loads(result.stdout)["call"]["path"] == "/orders/v1/orders/3"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it is empty"),
        ("not JSON", "no line of the access log: no JSON object; docs/access-log.md shows one"),
        ("{", "no line of the access log: not JSON"),
        ("{}", "no line of the access log: it lacks time, method, path"),
        (json.dumps({**LINE, "time": "noon"}), "its time is no number of milliseconds"),
        (f"{json.dumps(LINE)}\n{json.dumps(LINE)}\n", "more than one line; say which with --request-id"),
    ],
)
def test_what_is_no_line_of_the_access_log_is_said_to_be_none(run: Run, text: str, message: str) -> None:
    result = run("explain", "request", "-", input=text)
    assert result.exit_code == 2
    assert message in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "give FILE, a line of the access log, or --method and --path"),
        (("--method", "GET"), "give FILE, a line of the access log, or --method and --path"),
        (("--method", "GET", "--path", "orders"), "is no path; give it whole"),
        ((*CALL[2:], "--address", "here"), "is no address; give for example 203.0.113.9"),
        ((*CALL[2:], "--at", "2026-11-23T10:00"), "lacks its time zone"),
        ((*CALL[2:], "--plan", "basic"), "--plan goes with --offline"),
        ((*CALL[2:], "--offline", "--plan", "basik"), 'there is no "basik"; did you mean "basic"?'),
        ((*CALL[2:], "--issuer", "acme"), 'there is no "acme"'),
    ],
)
def test_what_cannot_be_explained_is_told_with_what_to_give(run: Run, arguments: tuple[str, ...], message: str) -> None:
    result = run("explain", "request", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr


@pytest.mark.usefixtures("nothing_deployed")
def test_without_a_deployment_the_files_are_explained_and_the_caller_is_assumed(run: Run) -> None:
    result = run(*CALL, "--key-id", "3FnLsxJSqBQf", "--json")
    told = json.loads(result.stdout)
    assert told["decision"] == "allow"
    assert rule(told, "key")["origin"] == "assumed"
    assert told["assumed"] == [
        "the key's secret is right",
        "the caller is in good standing, with a subscription to shop on the plan basic",
        "nothing was used of the limits yet",
    ]
    assert "no deployment is looked at, the caller is assumed: nothing runs locally" in result.stderr


@pytest.mark.usefixtures("nothing_deployed")
def test_offline_says_nothing_of_deployments_and_takes_another_plan(run: Run) -> None:
    product = Path("policies/products/shop.yaml")
    product.write_text(product.read_text().replace("- basic", "- basic\n  - large"), encoding="utf-8")
    result = run(*CALL, "--key-id", "3FnLsxJSqBQf", "--offline", "--plan", "large", "--json")
    assert result.stderr == ""
    assert json.loads(result.stdout)["rules"][-1]["origin"] == "policies/plans/large.yaml:3"


def test_scopes_of_a_key_come_from_its_record(made: Made, application: str, subscription: str) -> None:
    name_scopes("orders:read", "orders:write")
    limited = made("key", "create", "--app", application, "--scopes", "orders:write")
    told = made(*CALL[:5], "/orders/v1/orders/7", "--key-id", limited["id"])
    assert told["reason"] == "scope_missing"
    assert told["rules"][-1]["says"] == "asks for orders:read and orders:write; the key has orders:write"


def test_a_policy_is_shown_with_the_line_of_each_value(run: Run) -> None:
    result = run("explain", "policy", "orders/v1", "POST", "/orders")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0] == "Operation placeOrder"
    assert "  cost     5             policies/apis/orders/v1/api.yaml:7" in lines
    assert max(map(len, lines)) <= WIDTH


def test_a_long_word_is_never_broken(capsys: pytest.CaptureFixture[str]) -> None:
    address = f"https://developer.example.com/{'guides/' * 20}"
    tell_rows([("link", f"<{address}>; rel=guide", "policies/apis/orders/v1/api.yaml:7")])
    assert f"<{address}>;" in capsys.readouterr().out


def test_options_of_an_api_with_cors_are_told_to_be_the_gateways(run: Run) -> None:
    policy = Path("policies/apis/orders/v1/api.yaml")
    policy.write_text(policy.read_text() + "cors: {origins: [https://app.example.com]}\n", encoding="utf-8")
    result = run("explain", "request", "--method", "OPTIONS", "--path", "/orders/v1/orders", "--offline")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert "decision  none: the gateway answers it itself, 204" in lines
    assert any(line.split() == ["allow", "GET,", "HEAD,", "OPTIONS,", "POST"] for line in lines)


def test_a_policy_of_an_environment_says_what_it_took_the_place_of(run: Run, made: Made) -> None:
    Path("policies/environments").mkdir()
    Path("policies/environments/prod.yaml").write_text("apis: {orders/v1: {timeout: 7}}\n", encoding="utf-8")
    lines = run("explain", "policy", "orders/v1", "--env", "prod").stdout.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("  timeout"))
    assert lines[at].split() == ["timeout", "7", "policies/environments/prod.yaml:1"]
    assert lines[at + 1].split() == ["in", "place", "of", "10", "policies/apis/orders/v1/api.yaml:5"]
    api = made("explain", "policy", "orders/v1", "--env", "prod")["sections"][0]
    assert next(each for each in api["values"] if each["key"] == "timeout") == {
        "key": "timeout",
        "value": 7.0,
        "file": "policies/environments/prod.yaml",
        "line": 1,
        "replaced": [{"value": 10, "file": "policies/apis/orders/v1/api.yaml", "line": 5}],
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("order/v1",), 'there is no "order/v1"; did you mean "orders/v1"?'),
        (("orders/v1", "GET"), "a METHOD goes with a PATH"),
        (("orders/v1", "DELETE", "/orders"), "/orders has GET, POST and no DELETE"),
    ],
)
def test_a_policy_that_is_not_there_is_told_with_what_there_is(
    run: Run, arguments: tuple[str, ...], message: str
) -> None:
    result = run("explain", "policy", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
