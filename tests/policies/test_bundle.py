"""The compiled bundle: the same text for the same policies, and all that the functions need of them."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tiergate.domain.catalogue import Catalogue, FailureRule, Operation, Plan
from tiergate.domain.limits import LEASED, MODES, OFF, SECOND, Limits, Quota, Rate
from tiergate.policy.bundle import compiled, serialized
from tiergate.policy.check import checked
from tiergate.policy.load import Policies

SHIPPED = Path(__file__).parents[2] / "policies"


def bundle_of(folder: Path) -> str:
    return serialized(compiled(checked(folder)))


@pytest.fixture
def second_api(folder: Path) -> Path:
    version = folder / "apis/returns/v1"
    version.mkdir(parents=True)
    for name in ("api.yaml", "openapi.yaml"):
        (version / name).write_bytes((folder / "apis/orders/v1" / name).read_bytes())
    return folder


def test_the_order_in_which_the_file_system_lists_files_makes_no_difference(
    second_api: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = bundle_of(second_api)
    glob, iterdir = Path.glob, Path.iterdir
    monkeypatch.setattr(Path, "glob", lambda path, pattern: reversed(list(glob(path, pattern))))
    monkeypatch.setattr(Path, "iterdir", lambda path: reversed(list(iterdir(path))))
    assert bundle_of(second_api) == first


def test_the_order_of_plans_products_and_apis_makes_no_difference(second_api: Path) -> None:
    def reverse(found: dict[str, Any]) -> dict[str, Any]:
        return dict(reversed(found.items()))

    policies = checked(second_api)
    turned: Policies = replace(policies, plans=reverse(policies.plans), apis=reverse(policies.apis))
    assert list(turned.plans) != list(policies.plans)
    assert serialized(compiled(turned)) == serialized(compiled(policies))


def test_the_order_of_keys_and_the_style_of_a_file_make_no_difference(folder: Path) -> None:
    first = bundle_of(folder)
    (folder / "plans/basic.yaml").write_text(
        "# the same\nlimits: {quota: {day: 1000, hour: 100}, rate: {burst: 10, per_second: 5.0}}\ntitle: 'Basic'\n"
        "approval: 'automatic'\nprice: {per: month, currency: EUR, amount: '0'}\n",
        encoding="utf-8",
    )
    assert bundle_of(folder) == first


def test_a_changed_limit_changes_the_bundle(folder: Path) -> None:
    first = bundle_of(folder)
    plan = folder / "plans/basic.yaml"
    plan.write_text(plan.read_text(encoding="utf-8").replace("hour: 100", "hour: 101"), encoding="utf-8")
    assert bundle_of(folder) != first


def test_the_bundle_is_ascii_on_one_line(folder: Path) -> None:
    (folder / "platform.yaml").write_text("name: Shop\nsupport: Büro 🚀\n", encoding="utf-8")
    text = bundle_of(folder)
    assert text.isascii()
    assert "\n" not in text
    assert json.loads(text)["platform"]["support"] == "Büro 🚀"


def test_the_catalogue_reads_all_of_it(folder: Path) -> None:
    catalogue = Catalogue.of(json.loads(bundle_of(folder)))
    assert (catalogue.platform, catalogue.support) == ("Shop APIs", "https://shop.example/help")
    assert catalogue.plans == {
        "basic": Plan(Limits(Rate(5, 10), (Quota("hour", 100), Quota("day", 1000)))),
        "large": Plan(Limits(Rate(100, 200), ())),
    }
    assert catalogue.products["shop"].apis == {"orders/v1"}
    assert catalogue.products["shop"].plans == {"basic", "large"}
    api = catalogue.apis["orders/v1"]
    assert (api.state, api.upstream, api.timeout) == ("published", "https://orders.shop.example/api", 10)
    assert api.operations == (Operation("listOrders", 1), Operation("placeOrder", 5), Operation("getOrder", 1))


def test_a_call_finds_its_operation_and_its_cost(folder: Path) -> None:
    api = Catalogue.of(json.loads(bundle_of(folder))).apis["orders/v1"]
    assert api.match("POST", "/orders") == (Operation("placeOrder", 5), ())
    assert api.match("GET", "/orders/7") == (Operation("getOrder", 1), ())
    assert api.match("PUT", "/orders") == (None, ("GET", "POST"))


def test_an_api_is_a_draft_until_it_says_otherwise(folder: Path) -> None:
    policy = folder / "apis/orders/v1/api.yaml"
    policy.write_text(policy.read_text(encoding="utf-8").replace("state: published\n", ""), encoding="utf-8")
    assert Catalogue.of(json.loads(bundle_of(folder))).apis["orders/v1"].state == "draft"


def test_a_plan_may_have_no_limits(folder: Path) -> None:
    (folder / "plans/basic.yaml").write_text("title: Basic\nlimits: {}\n", encoding="utf-8")
    assert Catalogue.of(json.loads(bundle_of(folder))).plans["basic"].limits == Limits(None, ())


def test_policies_without_a_platform_are_not_compiled() -> None:
    with pytest.raises(ValueError, match="checked before"):
        compiled(Policies())


def test_the_shipped_policies_have_no_fault() -> None:
    catalogue = Catalogue.of(json.loads(bundle_of(SHIPPED)))
    assert {"free", "partner", "enterprise"} <= catalogue.plans.keys()
    assert catalogue.plans["free"] == Plan(Limits(Rate(5, 10), (Quota("hour", 450),)))
    assert catalogue.plans["partner"].limits.mode == "exact"
    assert catalogue.plans["enterprise"] == Plan(
        Limits(Rate(200, 400, ahead=100), (Quota("hour", 45_000),), mode=LEASED)
    )


def with_plan(folder: Path, limits: str, failure: str = "", *, platform: str = "") -> Plan:
    """The plan ``basic`` as the functions see it, with a failure rule of its own or of the platform."""
    with (folder / "platform.yaml").open("a", encoding="utf-8") as file:
        file.write(platform and f"failure: {platform}\n")
    own = failure and f"failure: {failure}\n"
    (folder / "plans/basic.yaml").write_text(f"title: Basic\nlimits: {limits}\n{own}", encoding="utf-8")
    return Catalogue.of(json.loads(bundle_of(folder))).plans["basic"]


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_of_the_limits_can_be_chosen(folder: Path, mode: str) -> None:
    assert with_plan(folder, f"{{mode: {mode}, quota: {{hour: 100}}}}").limits == Limits(
        None, (Quota("hour", 100),), mode
    )


def test_a_plan_that_only_counts_may_state_limits_that_no_call_could_pass(folder: Path) -> None:
    assert with_plan(folder, "{mode: off, quota: {hour: 1}}").limits.mode == OFF


def test_nothing_passes_unchecked_until_a_file_says_so(folder: Path) -> None:
    assert with_plan(folder, "{quota: {hour: 100}}").failure == FailureRule(0, 25 * SECOND)
    assert json.loads(bundle_of(folder))["plans"]["large"]["failure"] == {"open_units": 0, "grace": 25}


@pytest.mark.parametrize(
    ("platform", "own", "expected"),
    [
        ("{rule: open, units: 50, grace: 5}", "", FailureRule(50, 5 * SECOND)),
        ("{rule: open, units: 50, grace: 5}", "{units: 7}", FailureRule(7, 5 * SECOND)),
        ("{rule: open, units: 50, grace: 5}", "{grace: 0}", FailureRule(50, 0)),
        ("{rule: open, units: 50, grace: 5}", "{rule: closed}", FailureRule(0, 5 * SECOND)),
        ("{grace: 3600}", "{rule: open, units: 100}", FailureRule(100, 3600 * SECOND)),
        ("{rule: closed}", "{rule: open, units: 1, grace: 60}", FailureRule(1, 60 * SECOND)),
    ],
)
def test_a_plans_own_keys_stand_in_place_of_the_platforms_one_by_one(
    folder: Path, platform: str, own: str, expected: FailureRule
) -> None:
    assert with_plan(folder, "{quota: {hour: 100}}", own, platform=platform).failure == expected


@pytest.mark.parametrize("limits", ["{}", "{mode: off, quota: {hour: 49}}"])
def test_a_plan_that_limits_nothing_takes_over_any_rule(folder: Path, limits: str) -> None:
    """Its own would be refused; the platform's is not in its way."""
    assert with_plan(folder, limits, platform="{rule: open, units: 50}").limits.metered


def test_the_least_limits_that_can_be_leased_are_not_refused(folder: Path) -> None:
    limits = with_plan(folder, "{mode: leased, rate: {per_second: 5, burst: 64}, quota: {hour: 50}}").limits
    assert limits == Limits(Rate(5, 64, ahead=16), (Quota("hour", 50),), LEASED)


def with_keys(folder: Path, text: str) -> dict[str, Any]:
    """The compiled policy of ``orders/v1`` with more keys in its ``api.yaml``."""
    with (folder / "apis/orders/v1/api.yaml").open("a", encoding="utf-8") as file:
        file.write(text)
    policy: dict[str, Any] = json.loads(bundle_of(folder))["apis"]["orders/v1"]
    return policy


def test_an_api_is_managed_and_shares_its_proxy_until_it_says_otherwise(folder: Path) -> None:
    policy = with_keys(folder, "")
    assert policy["mode"] == "managed"
    assert not {"cors", "deploy"} & policy.keys()
    assert Catalogue.of(json.loads(bundle_of(folder))).apis["orders/v1"].mode == "managed"


def test_where_an_api_runs_is_in_the_bundle_for_the_stacks(folder: Path) -> None:
    policy = with_keys(folder, "isolated: true\nconcurrency: 20\nprivate: true\n")
    assert policy["deploy"] == {"isolated": True, "concurrency": 20, "private": True}


def test_a_direct_api_behind_a_listener_is_in_the_bundle(folder: Path) -> None:
    listener = (
        "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/net/orders/50dc6c495c0c9188/0467ef3c8400ae65"
    )
    policy = with_keys(folder, f"mode: direct\nprivate: true\nlistener: {listener}\n")
    assert (policy["mode"], policy["deploy"]) == ("direct", {"private": True, "listener": listener})
    assert Catalogue.of(json.loads(bundle_of(folder))).apis["orders/v1"].mode == "direct"


def test_cors_is_in_the_bundle_with_its_defaults(folder: Path) -> None:
    policy = with_keys(folder, "cors:\n  origins: [https://app.example.com]\n  expose: [X-Total]\n")
    assert policy["cors"] == {
        "origins": ["https://app.example.com"],
        "headers": [],
        "expose": ["X-Total"],
        "credentials": False,
        "max_age": 600,
    }


@pytest.mark.parametrize(
    "listener",
    [
        "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/a-b/50dc6c495c0c9188/0467ef3c8400ae65",
        "arn:aws-us-gov:servicediscovery:us-gov-west-1:123456789012:service/srv-abc123?stage=prod&deployment=green",
    ],
)
def test_a_vpc_link_goes_to_a_load_balancers_listener_or_a_cloud_map_service(folder: Path, listener: str) -> None:
    policy = with_keys(folder, f'mode: direct\nprivate: true\nlistener: "{listener}"\n')
    assert policy["deploy"]["listener"] == listener


@pytest.mark.parametrize(
    "origin", ["*", "https://app.example.com", "http://localhost:3000", "https://[::1]:8443", "capacitor://localhost"]
)
def test_every_origin_that_browsers_send_can_be_allowed(folder: Path, origin: str) -> None:
    assert with_keys(folder, f'cors:\n  origins: ["{origin}"]\n')["cors"]["origins"] == [origin]


def test_scopes_are_in_the_bundle_only_where_an_operation_asks_for_any(folder: Path) -> None:
    assert "scopes" not in bundle_of(folder)
    document = folder / "apis/orders/v1/openapi.yaml"
    text = document.read_text(encoding="utf-8")
    text = text.replace(
        "operationId: placeOrder", "operationId: placeOrder\n      security: [{OAuth: [write, read]}, {OAuth: [admin]}]"
    )
    text = text.replace("components:\n", "components:\n  securitySchemes: {OAuth: {type: oauth2, flows: {}}}\n")
    document.write_text(text, encoding="utf-8")
    first = bundle_of(folder)
    operations = {each.id: each for each in Catalogue.of(json.loads(first)).apis["orders/v1"].operations}
    assert operations["placeOrder"].scopes == (frozenset({"admin"}), frozenset({"read", "write"}))
    assert operations["listOrders"].scopes == ()
    assert first.count('"scopes"') == 1
    turned = text.replace("[{OAuth: [write, read]}, {OAuth: [admin]}]", "[{OAuth: [admin]}, {OAuth: [read, write]}]")
    document.write_text(turned, encoding="utf-8")
    assert bundle_of(folder) == first
