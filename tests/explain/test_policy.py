"""What holds for an API version: each value with the file and line that says it, and what it took the place of."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.explain.bank import bank
from tiergate.domain.catalogue import Catalogue
from tiergate.explain.policy import NoOperation, PolicyExplanation, Value, explained_policy
from tiergate.policy.bundle import compiled
from tiergate.policy.check import checked

DOCUMENT = """openapi: 3.1.0
info: {title: Shop, version: 1.0.0}
security: [{oauth: [read]}]
paths:
  /orders:
    get: {operationId: listOrders}
    post:
      operationId: placeOrder
      security: [{oauth: [write, pay]}, {oauth: [admin]}]
  /orders/{order}:
    get: {operationId: getOrder, security: []}
components:
  securitySchemes:
    oauth: {type: http, scheme: bearer}
"""

FILES = {
    "platform.yaml": (
        "name: Shop\nsupport: help@shop.example\nfailure: {grace: 20}\n"
        "defaults:\n  owner: Shop\n  timeout: 25\n  addresses: {deny: [203.0.113.66]}\n"
    ),
    "products/shop.yaml": (
        "title: Shop\napis: [orders/v1]\nplans:\n  - free\n  - large\ndefaults:\n  timeout: 20\n  cost: 2\n"
    ),
    "plans/free.yaml": "title: Free\nlimits:\n  rate: {per_second: 5, burst: 20}\n  quota: {hour: 90}\n",
    "plans/large.yaml": "title: Large\nlimits: {quota: {hour: 900}}\nfailure:\n  grace: 5\n",
    "environments/prod.yaml": "apis:\n  orders/v1:\n    timeout: 7\nplans:\n  free:\n    limits: {quota: {hour: 45}}\n",
    "apis/orders/v1/api.yaml": (
        "state: published\nupstream: https://orders.example\ntimeout: 10\noperations:\n  placeOrder: {cost: 5}\n"
    ),
    "apis/orders/v1/openapi.yaml": DOCUMENT,
}

Explain = Callable[..., PolicyExplanation]


@pytest.fixture
def explain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Explain:
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        path = Path("policies") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def told(method: str = "", path: str = "", environment: str = "") -> PolicyExplanation:
        policies = checked(Path("policies"), environment)
        return explained_policy(policies, Catalogue.of(compiled(policies)), "orders/v1", method, path)

    return told


def value(told: PolicyExplanation, kind: str, key: str, name: str = "") -> Value:
    found = [
        each for section in told.sections if section.kind == kind and name in section.name for each in section.values
    ]
    return next(each for each in found if each.key == key)


def place(found: Value) -> str:
    return str(found.place).removeprefix("policies/")


def test_a_value_names_its_line_and_every_word_that_it_took_the_place_of(explain: Explain) -> None:
    timeout = value(explain(environment="prod"), "api", "timeout")
    assert (timeout.value, place(timeout)) == (7, "environments/prod.yaml:3")
    assert [(str(where), said) for where, said in timeout.replaced] == [
        ("policies/apis/orders/v1/api.yaml:3", 10),
        ("policies/products/shop.yaml:7", 20),
        ("policies/platform.yaml:6", 25),
    ]


@pytest.mark.parametrize(
    ("key", "what", "where"),
    [
        ("title", "Shop", "apis/orders/v1/openapi.yaml:2"),
        ("owner", "Shop", "platform.yaml:5"),
        ("timeout", 10, "apis/orders/v1/api.yaml:3"),
        ("cost", 2, "products/shop.yaml:8"),
        ("addresses.deny", ["203.0.113.66/32"], "platform.yaml:7"),
        ("addresses.allow", [], "None"),
        ("mode", "managed", "None"),
        ("state", "published", "apis/orders/v1/api.yaml:1"),
    ],
)
def test_every_value_of_an_api_says_where_it_comes_from(explain: Explain, key: str, what: object, where: str) -> None:
    found = value(explain(), "api", key)
    assert (found.value, place(found)) == (what, where)


@pytest.mark.parametrize("path", ["/orders", "/orders/v1/orders"])
def test_an_operation_has_its_own_word_or_its_apis(explain: Explain, path: str) -> None:
    told = explain("POST", path)
    assert told.operation == "placeOrder"
    cost, timeout = value(told, "operation", "cost"), value(told, "operation", "timeout")
    assert (cost.value, place(cost)) == (5, "apis/orders/v1/api.yaml:5")
    assert [str(where) for where, _ in cost.replaced] == ["policies/products/shop.yaml:8"]
    assert (timeout.value, place(timeout)) == (10, "apis/orders/v1/api.yaml:3")


@pytest.mark.parametrize(
    ("call", "operation", "scopes", "line"),
    [
        (("GET", "/orders"), "listOrders", [["read"]], 3),
        (("POST", "/orders"), "placeOrder", [["admin"], ["pay", "write"]], 9),
        (("GET", "/orders/{order}"), "getOrder", [], 11),
        (("GET", "/orders/4711"), "getOrder", [], 11),
        (("GET", "/orders/v1/orders/v1"), "getOrder", [], 11),
    ],
)
def test_scopes_are_found_by_template_and_by_path_with_the_documents_line(
    explain: Explain, call: tuple[str, str], operation: str, scopes: list[list[str]], line: int
) -> None:
    told = explain(*call)
    found = value(told, "operation", "scopes")
    assert told.operation == operation
    assert [sorted(each) for each in found.value] == scopes
    assert place(found) == f"apis/orders/v1/openapi.yaml:{line}"


def test_the_products_and_plans_that_sell_it_have_their_lines(explain: Explain) -> None:
    told = explain(environment="prod")
    assert place(value(told, "product", "sells")) == "products/shop.yaml:2"
    hour = value(told, "plan", "limits.quota.hour", "free")
    assert (hour.value, place(hour)) == (45, "environments/prod.yaml:6")
    assert [(str(where), said) for where, said in hour.replaced] == [("policies/plans/free.yaml:4", 90)]


def test_a_plans_failure_rule_is_the_platforms_where_it_says_nothing(explain: Explain) -> None:
    told = explain()
    free, large = (value(told, "plan", "failure.grace", plan) for plan in ("free", "large"))
    assert (free.value, place(free)) == (20, "platform.yaml:3")
    assert (large.value, place(large), [said for _, said in large.replaced]) == (5, "plans/large.yaml:4", [20])
    rule = value(told, "plan", "failure.rule", "free")
    assert (rule.value, rule.place) == ("closed", None)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (("DELETE", "/orders"), "/orders has GET, POST and no DELETE"),
        (("GET", "/order"), 'orders/v1 has no path /order; did you mean "/orders"?'),
    ],
)
def test_what_is_no_operation_is_told_with_what_there_is(explain: Explain, call: tuple[str, str], message: str) -> None:
    with pytest.raises(NoOperation) as raised:
        explain(*call)
    assert str(raised.value) == message


def test_every_value_that_holds_is_told(explain: Explain) -> None:
    """None is left out: each key of an API and of a plan's limits is there."""
    told = explain()
    keys = {each.key.partition(".")[0] for section in told.sections if section.kind == "api" for each in section.values}
    policies = checked(Path("policies"))
    assert keys == set(type(policies.apis["orders/v1"].value).model_fields) - {"operations"}


@pytest.mark.parametrize(
    ("api", "routes"),
    [
        ("draft/v1", "none: it is draft"),
        ("old/v1", "answered with 410 until 2027-01-30T00:00:00Z"),
        ("dim/v1", ["ANY /dim/v1", "ANY /dim/v1/{proxy+}"]),
    ],
)
def test_the_route_of_a_version_is_told_by_its_state(tmp_path: Path, api: str, routes: object) -> None:
    policies, catalogue = bank(tmp_path / "policies")
    sections = explained_policy(policies, catalogue, api, "", "").sections
    told = next(each for each in sections if each.kind == "route")
    assert told.values[0].value == routes
