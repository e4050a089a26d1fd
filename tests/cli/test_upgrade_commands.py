"""``tiergate upgrade``: what waits, approved with the plan that is deployed, declined with a reason."""

from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Made, Run
from tiergate.adapters.registry import Registry
from tiergate.cli.definitions import deployed
from tiergate.cli.target import LOCAL, Target


@pytest.fixture
def partners(registry: Any) -> Registry:
    target = Target.find(LOCAL)
    return target.registry(deployed(target, Path("policies")).products)


@pytest.fixture
def asked(partners: Registry, application: str, subscription: str) -> str:
    """The application, which asks for plan ``large`` in place of ``basic``."""
    partners.upgrades.ask(application, "shop", "large", note="we grow")
    return application


def test_what_waits_is_listed_with_what_is_asked_for(run: Run, made: Made, asked: str) -> None:
    (listed,) = made("upgrade", "list")
    assert (listed["application"], listed["from"], listed["to"], listed["state"], listed["note"]) == (
        asked,
        "basic",
        "large",
        "waiting",
        "we grow",
    )
    assert (listed["decided"], listed["decided_by"]) == (None, None)
    headings, row, then = run("upgrade", "list").stdout.splitlines()
    assert headings.split() == ["ORGANIZATION", "APPLICATION", "PRODUCT", "FROM", "TO", "STATE", "ASKED", "NOTE"]
    assert row.split()[:6] == ["acme", asked, "shop", "basic", "large", "waiting"]
    assert then == "Next: tiergate upgrade approve APPLICATION PRODUCT TO, or decline them with --reason"


def test_an_approved_request_is_the_plan_and_no_longer_waits(
    run: Run, made: Made, asked: str, subscription: str
) -> None:
    told = run("upgrade", "approve", asked, "shop", "large", "--reason", "contract 4711").stdout
    assert told == f"{subscription} has the plan large\n"
    assert made("upgrade", "list") == []
    (decided,) = made("upgrade", "list", "--org", "acme")
    assert (decided["state"], decided["reason"]) == ("approved", "contract 4711")
    assert made("subscription", "show", subscription)["plan"] == "large"
    again = run("upgrade", "approve", asked, "shop", "large")
    assert (again.exit_code, "is approved already" in again.stderr) == (1, True)


def test_a_declined_request_says_why_and_changes_no_plan(run: Run, made: Made, asked: str, subscription: str) -> None:
    assert run("upgrade", "decline", asked, "shop", "large").exit_code == 2
    told = run("upgrade", "decline", asked, "shop", "large", "--reason", "first a contract").stdout
    assert told == f"{asked} is not given the plan large of shop\n"
    (decided,) = made("upgrade", "list", "--org", "acme")
    assert (decided["state"], decided["reason"]) == ("declined", "first a contract")
    assert made("subscription", "show", subscription)["plan"] == "basic"


def test_another_plan_than_was_looked_at_is_neither_approved_nor_declined(
    run: Run, made: Made, asked: str, subscription: str
) -> None:
    for decision in ("approve", "decline"):
        refused = run("upgrade", decision, asked, "shop", "basic", "--reason", "contract 4711")
        assert (refused.exit_code, 'is for plan "large", not "basic"; look at it again' in refused.stderr) == (1, True)
    assert made("upgrade", "list")[0]["state"] == "waiting"
    assert made("subscription", "show", subscription)["plan"] == "basic"


def test_a_plan_that_is_no_longer_deployed_is_not_approved(run: Run, made: Made, asked: str, subscription: str) -> None:
    product = Path("policies/products/shop.yaml")
    product.write_text(product.read_text().replace(", large", "").replace("- large\n", ""))
    refused = run("upgrade", "approve", asked, "shop", "large")
    assert (refused.exit_code, 'does not offer plan "large"' in refused.stderr) == (1, True)
    assert made("subscription", "show", subscription)["plan"] == "basic"


def test_an_override_that_would_not_go_with_the_plan_is_told_before(
    run: Run, made: Made, asked: str, subscription: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_of: list[tuple[str, str]] = []
    monkeypatch.setattr(
        "tiergate.cli.upgrades.still_possible", lambda _, held, plan, __: asked_of.append((held.id, plan))
    )
    run("upgrade", "approve", asked, "shop", "large")
    assert asked_of == [(subscription, "large")]
