"""Who is subscribed to what is judged by what a deployment runs, whatever the working tree says meanwhile."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Made, Run, shipped_now, unreadable
from tiergate.adapters.deployed import DeployedUnreadable
from tiergate.cli.target import LOCAL, Target

BASIC, GOLD = Path("policies/plans/basic.yaml"), Path("policies/plans/gold.yaml")
SHOP = Path("policies/products/shop.yaml")
NOT_YET = "is in the policies but not deployed yet; deploy it first"
NOTE = "note: products and plans are judged by policies, not by what is deployed: "


@pytest.fixture
def deployed(subscription: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What runs from now on, whatever becomes of the working directory: the plans basic and large."""
    bundle = shipped_now()
    monkeypatch.setattr("tiergate.cli.running.deployed_bundle", lambda *_, **__: bundle)
    return bundle


def rename_basic_to_gold() -> None:
    BASIC.rename(GOLD)
    SHOP.write_text(SHOP.read_text().replace("basic", "gold"))


def creating(application: str, product: str, plan: str) -> tuple[str, ...]:
    return ("subscription", "create", "--app", application, "--product", product, "--plan", plan)


def onboarding(product: str, plan: str) -> tuple[str, ...]:
    return ("onboard", "--org", "Beta", "--product", product, "--plan", plan)


@pytest.mark.usefixtures("deployed")
def test_nobody_is_moved_to_a_plan_that_is_only_in_the_files(run: Run, made: Made, subscription: str) -> None:
    rename_basic_to_gold()
    refused = run("subscription", "set-plan", subscription, "gold")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert f'Invalid value for PLAN: shop with "gold" {NOT_YET}' in refused.stderr
    assert made("subscription", "show", subscription)["plan"] == "basic"


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize("command", ["onboard", "create"])
@pytest.mark.parametrize(("product", "plan"), [("shop", "gold"), ("store", "large")])
def test_nobody_begins_with_what_is_only_in_the_files(
    run: Run, made: Made, application: str, command: str, product: str, plan: str
) -> None:
    rename_basic_to_gold()
    SHOP.with_name("store.yaml").write_text(SHOP.read_text())
    before = made("subscription", "list")
    refused = run(*(onboarding(product, plan) if command == "onboard" else creating(application, product, plan)))
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert f'Invalid value for --plan: {product} with "{plan}" {NOT_YET}' in refused.stderr
    assert made("subscription", "list") == before
    assert [each["id"] for each in made("org", "list")] == ["acme"]


@pytest.mark.usefixtures("deployed")
def test_what_is_deployed_can_be_had_though_the_files_have_it_no_more(run: Run, made: Made, subscription: str) -> None:
    rename_basic_to_gold()
    assert run(*onboarding("shop", "basic")).exit_code == 0
    assert made("subscription", "set-plan", subscription, "large")["changed"] is True
    assert made("subscription", "set-plan", subscription, "basic")["changed"] is True
    assert made("subscription", "override", subscription, "--limit", "hour=900")["override"]["limits"] == {"hour": 900}


@pytest.mark.usefixtures("deployed")
def test_faulty_files_keep_nobody_from_what_is_deployed(run: Run, made: Made, subscription: str) -> None:
    BASIC.write_text("title: Basic\n")
    assert made("subscription", "set-plan", subscription, "large")["changed"] is True
    refused = run("subscription", "set-plan", subscription, "basik")
    assert 'shop does not offer "basik"; did you mean "basic"?' in refused.stderr


@pytest.mark.usefixtures("deployed")
def test_an_override_is_judged_by_the_plan_that_is_deployed(run: Run, subscription: str) -> None:
    BASIC.write_text("title: Basic\nlimits: {mode: off}\n")
    assert run("subscription", "override", subscription, "--limit", "hour=900").exit_code == 0
    refused = run("subscription", "override", subscription, "--limit", "hour=4")
    assert "raise it to 5 or more (placeOrder of orders/v1 costs 5)" in refused.stderr


def test_who_is_on_a_plan_that_is_not_deployed_can_be_moved_to_one_that_is(
    run: Run, made: Made, subscription: str, deployed: dict[str, Any]
) -> None:
    del deployed["plans"]["basic"]
    deployed["products"]["shop"]["plans"] = ["large"]
    overridden = run("subscription", "override", subscription, "--limit", "hour=900")
    assert f"no plan basic, which {subscription} has" in overridden.stderr
    assert made("subscription", "set-plan", subscription, "large")["changed"] is True


def gone(*_: object, **__: object) -> None:
    raise DeployedUnreadable("the package of authorizer cannot be fetched (403); try again")


@pytest.mark.parametrize(
    ("reading", "why"), [(unreadable, "not authorized: lambda:GetFunction"), (gone, "cannot be fetched (403)")]
)
def test_where_what_runs_cannot_be_read_the_files_stand_in_and_it_is_said(
    run: Run, subscription: str, monkeypatch: pytest.MonkeyPatch, reading: Any, why: str
) -> None:
    monkeypatch.setattr("tiergate.cli.running.deployed_bundle", reading)
    rename_basic_to_gold()
    moved = run("subscription", "set-plan", subscription, "gold")
    assert (moved.exit_code, moved.stdout) == (0, f"{subscription} has the plan gold\n")
    assert moved.stderr.startswith(NOTE)
    assert why in moved.stderr
    assert moved.stderr.count("\n") == 1


def test_where_an_older_deployment_does_not_say_what_runs_the_files_stand_in(
    run: Run, subscription: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = Target.find(LOCAL)
    older = {**target.outputs, "tiergate-dev-gateway": {"Endpoint": "https://gateway.example"}}
    monkeypatch.setattr(Target, "find", lambda _: replace(target, outputs=older))
    moved = run("subscription", "set-plan", subscription, "large")
    assert moved.exit_code == 0
    assert moved.stderr.startswith(f"{NOTE}local was deployed by a version of Tiergate that does not say")
