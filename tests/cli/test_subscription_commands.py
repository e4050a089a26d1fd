"""``tiergate subscription``: definitions are those that are deployed, assignments the registry's."""

from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Made, Run, unreadable

UNKNOWN = "sub_4nlFGTR5dqkL"


def test_a_subscription_is_made_listed_and_shown(run: Run, made: Made, application: str) -> None:
    created = made("subscription", "create", "--app", application, "--product", "shop", "--plan", "basic")
    assert created == {
        "id": created["id"],
        "organization": "acme",
        "application": application,
        "product": "shop",
        "plan": "basic",
        "state": "active",
        "created": created["created"],
        "override": None,
    }
    assert made("subscription", "show", created["id"]) == created
    assert made("subscription", "list") == [created]
    assert f"subscription  {created['id']}\n" in run("subscription", "show", created["id"]).stdout


def test_subscriptions_are_listed_of_one_organization_one_application_or_all(
    made: Made, application: str, subscription: str
) -> None:
    made("org", "create", "Other")
    other_application = made("app", "create", "Else", "--org", "other")["id"]
    terms = ("--product", "shop", "--plan", "large")
    other = made("subscription", "create", "--app", other_application, *terms)["id"]
    assert {each["id"] for each in made("subscription", "list")} == {subscription, other}
    assert [each["id"] for each in made("subscription", "list", "--org", "other")] == [other]
    assert [each["id"] for each in made("subscription", "list", "--app", application)] == [subscription]


@pytest.mark.parametrize(
    ("product", "plan", "fault"),
    [
        ("shopp", "basic", 'Invalid value for --product: there is no "shopp"; did you mean "shop"?'),
        ("shop", "basik", 'Invalid value for --plan: shop does not offer "basik"; did you mean "basic"?'),
    ],
)
def test_what_the_policies_lack_is_named_with_the_nearest(
    run: Run, made: Made, application: str, product: str, plan: str, fault: str
) -> None:
    result = run("subscription", "create", "--app", application, "--product", product, "--plan", plan)
    assert (result.exit_code, result.stdout) == (2, "")
    assert fault in result.stderr
    assert made("subscription", "list") == []


def test_faulty_policies_that_stand_in_for_the_deployed_are_told_and_nothing_is_made(
    run: Run, made: Made, application: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tiergate.cli.running.deployed_bundle", unreadable)
    (Path("policies") / "plans" / "basic.yaml").write_text("title: Basic\n")
    result = run("subscription", "create", "--app", application, "--product", "shop", "--plan", "basic")
    assert result.exit_code == 1
    assert result.stderr.endswith('\npolicies/plans/basic.yaml:1: missing key "limits"\n1 fault\n')
    assert made("subscription", "list") == []


def test_a_second_subscription_that_covers_the_same_api_is_refused(
    run: Run, made: Made, application: str, subscription: str
) -> None:
    result = run("subscription", "create", "--app", application, "--product", "shop", "--plan", "large")
    assert result.exit_code == 1
    assert subscription in result.stderr
    assert [each["plan"] for each in made("subscription", "list")] == ["basic"]


def test_a_plan_is_changed_and_the_subscription_stays_the_same(run: Run, made: Made, subscription: str) -> None:
    assert run("subscription", "set-plan", subscription, "large").stdout == f"{subscription} has the plan large\n"
    assert made("subscription", "set-plan", subscription, "large") == {
        "id": subscription,
        "plan": "large",
        "changed": False,
    }
    assert made("subscription", "show", subscription)["plan"] == "large"
    refused = run("subscription", "set-plan", subscription, "larg")
    assert refused.exit_code == 2
    assert 'Invalid value for PLAN: shop does not offer "larg"; did you mean "large"?' in refused.stderr


def test_an_override_is_set_replaced_shown_and_cleared(run: Run, made: Made, subscription: str) -> None:
    limits = ("--limit", "hour=900", "--limit", "rate=20.5")
    told = run("subscription", "override", subscription, *limits, "--until", "2090-01-31T12:00+01:00")
    assert told.stdout == f"{subscription} has hour=900, rate=20.5 until 2090-01-31T11:00:00Z\n"
    assert made("subscription", "override", subscription, "--limit", "day=5000")["override"] == {
        "limits": {"day": 5000},
        "until": None,
    }
    assert made("subscription", "show", subscription)["override"] == {"limits": {"day": 5000}, "until": None}
    assert run("subscription", "list").stdout.rstrip().endswith("day=5000 until it is cleared")
    cleared = {"id": subscription, "override": None, "changed": True}
    assert made("subscription", "override", subscription, "--clear") == cleared
    again = run("subscription", "override", subscription, "--clear")
    assert again.stdout == f"{subscription} has its plan's limits; it had no override\n"


def test_an_override_that_ended_is_shown_as_ended(
    run: Run, made: Made, subscription: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made("subscription", "override", subscription, "--limit", "hour=900", "--until", "2090-01-31")
    monkeypatch.setattr("tiergate.cli.outline.now", lambda: 3_789_504_000 * 1_000_000)
    assert "hour=900 ended 2090-01-31T00:00:00Z" in run("subscription", "show", subscription).stdout


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("--limit", "hour=4"), "raise it to 5 or more (placeOrder of orders/v1 costs 5)"),
        (("--limit", "burst=5"), "raise burst to 6 or more (placeOrder of orders/v1 costs 5)"),
        (
            ("--limit", "rate=240"),
            "burst 10 at 240 a second never admits a request of cost 5; raise burst to 15 or more "
            "(placeOrder of orders/v1 costs 5): name burst= too",
        ),
        (("--limit", "hour=0"), "hour must be a whole number from 1"),
        (("--limit", "rate=2000000"), "rate must be 0.001 to 1000000 a second"),
        (("--limit", "week=4"), 'there is no limit "week"'),
        (("--limit", "hour=9", "--limit", "hour=10"), "each limit may be given once"),
        (("--limit", "hour=9", "--until", "2020-01-01"), "is not in the future"),
        (("--limit", "hour=9", "--clear"), "--clear goes with neither"),
        (("--until", "7d"), "at least one --limit, or --clear"),
        ((), "at least one --limit, or --clear"),
    ],
)
def test_an_override_that_cannot_be_is_refused_and_changes_nothing(
    run: Run, made: Made, subscription: str, arguments: tuple[str, ...], fault: str
) -> None:
    result = run("subscription", "override", subscription, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert fault in result.stderr
    assert made("subscription", "show", subscription)["override"] is None


def test_a_burst_without_any_rate_is_refused(run: Run, subscription: str) -> None:
    plan = Path("policies") / "plans" / "basic.yaml"
    plan.write_text("title: Basic\nlimits: {quota: {hour: 100}}\n")
    result = run("subscription", "override", subscription, "--limit", "burst=50")
    assert result.exit_code == 2
    assert "basic has no rate; a burst needs a rate too" in result.stderr
    assert run("subscription", "override", subscription, "--limit", "burst=50", "--limit", "rate=5").exit_code == 0


def test_an_override_of_a_plan_that_only_counts_is_refused(run: Run, subscription: str) -> None:
    Path("policies/plans/basic.yaml").write_text("title: Basic\nlimits: {mode: off, quota: {hour: 100}}\n")
    result = run("subscription", "override", subscription, "--limit", "hour=900")
    assert result.exit_code == 2
    assert "basic has mode: off; calls are counted, and no override would limit them" in result.stderr


def test_an_override_of_a_leased_plan_leaves_room_for_what_is_held_ahead(run: Run, subscription: str) -> None:
    plan = "title: Basic\nlimits: {mode: leased, rate: {per_second: 100, burst: 100}}\n"
    Path("policies/plans/basic.yaml").write_text(plan)
    result = run("subscription", "override", subscription, "--limit", "rate=1100", "--limit", "burst=64")
    assert result.exit_code == 2
    assert "raise burst to 65 or more (placeOrder of orders/v1 costs 5)" in result.stderr
    assert run("subscription", "override", subscription, "--limit", "rate=1100", "--limit", "burst=65").exit_code == 0


@pytest.mark.parametrize(
    ("large", "override", "fault"),
    [
        ("rate: {per_second: 100, burst: 200}", ("burst=8",), "raise burst to 9 or more (placeOrder of orders/v1"),
        ("mode: leased, rate: {per_second: 100, burst: 100}", ("rate=1100", "burst=64"), "raise burst to 65 or more"),
        ("rate: {per_second: 1, burst: 6}", ("rate=100",), "raise burst to 9 or more (placeOrder of orders/v1 costs"),
        ("quota: {hour: 900}", ("burst=8",), "large has no rate; a burst needs a rate too"),
        ("mode: off", ("burst=8",), "large has mode: off; calls are counted, and no override would limit them"),
    ],
)
def test_a_plan_that_the_override_does_not_go_with_is_refused_until_it_is_cleared(
    run: Run, made: Made, subscription: str, large: str, override: tuple[str, ...], fault: str
) -> None:
    Path("policies/plans/large.yaml").write_text(f"title: Large\nlimits: {{{large}}}\n")
    made("subscription", "override", subscription, *(part for limit in override for part in ("--limit", limit)))
    refused = run("subscription", "set-plan", subscription, "large")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "Invalid value for PLAN: the subscription's override does not go with large: " in refused.stderr
    assert fault in refused.stderr
    assert f"tiergate subscription override {subscription} --clear" in refused.stderr
    assert made("subscription", "show", subscription)["plan"] == "basic"
    made("subscription", "override", subscription, "--clear")
    assert made("subscription", "set-plan", subscription, "large")["changed"] is True


def test_an_override_that_goes_with_the_other_plan_or_has_ended_stands_in_no_plans_way(
    run: Run, made: Made, subscription: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made("subscription", "override", subscription, "--limit", "burst=9")
    assert made("subscription", "set-plan", subscription, "large")["changed"] is True
    assert made("subscription", "set-plan", subscription, "basic")["changed"] is True
    made("subscription", "override", subscription, "--limit", "burst=8", "--until", "2090-01-31")
    monkeypatch.setattr("tiergate.cli.subscriptions.now", lambda: 3_789_504_000 * 1_000_000)
    assert made("subscription", "set-plan", subscription, "large")["changed"] is True


@pytest.mark.parametrize("command", [("set-plan", "large"), ("override", "--limit", "hour=900")])
def test_what_other_policies_than_the_deployed_lack_is_told(
    run: Run, made: Made, subscription: str, command: tuple[str, ...]
) -> None:
    Path("policies/products/shop.yaml").rename("policies/products/store.yaml")
    result = run("subscription", command[0], subscription, *command[1:])
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"no product shop, which {subscription} has; name the deployed policies with --policies" in result.stderr
    assert made("subscription", "show", subscription)["plan"] == "basic"


def test_an_override_of_a_plan_that_is_gone_is_not_judged(run: Run, subscription: str) -> None:
    Path("policies/plans/basic.yaml").unlink()
    Path("policies/products/shop.yaml").write_text("title: Shop\napis: [orders/v1]\nplans: [large]\n")
    result = run("subscription", "override", subscription, "--limit", "hour=900")
    assert result.exit_code == 1
    assert "the policies have no plan basic" in result.stderr


def test_suspending_restoring_and_deleting(run: Run, made: Made, subscription: str) -> None:
    suspended = {"id": subscription, "state": "suspended", "changed": True}
    assert made("subscription", "suspend", subscription) == suspended
    again = run("subscription", "suspend", subscription)
    assert again.stdout == f"{subscription} is suspended already; nothing changed\n"
    assert run("subscription", "restore", subscription).stdout == f"{subscription} is active\n"
    assert run("subscription", "delete", subscription).exit_code == 2
    assert made("subscription", "delete", subscription, "--yes") == {"id": subscription, "deleted": True}
    assert made("subscription", "list") == []


@pytest.mark.parametrize("command", ["show", "suspend", "restore", "delete", "set-plan", "override"])
def test_a_subscription_that_is_not_there_is_told(run: Run, registry: Any, command: str) -> None:
    more = {"delete": ["--yes"], "set-plan": ["large"], "override": ["--limit", "hour=9"]}.get(command, [])
    result = run("subscription", command, UNKNOWN, *more)
    assert result.exit_code == 1
    assert result.stderr == f'there is no subscription "{UNKNOWN}"; tiergate subscription list shows the ids\n'
