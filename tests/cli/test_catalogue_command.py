"""``tiergate catalogue``: what a stage shows to portals."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Made, Run
from tests.policies.everything import write_everything
from tiergate.adapters.catalogue import PublishedCatalogue
from tiergate.domain.limits import SECOND
from tiergate.policy.check import checked
from tiergate.policy.published import published

NOW = 1_795_428_610 * SECOND


@pytest.fixture
def document(registry: Any, tmp_path: Path) -> dict[str, Any]:
    """Published from files in which every key stands somewhere."""
    found = published(checked(write_everything(tmp_path / "other")), {"open/v1": {"grade": "B", "points": 83}})
    PublishedCatalogue(registry, "registry").publish(found, NOW)
    return found


def test_where_nothing_was_published_yet_that_is_said_with_what_to_do(run: Run, made: Made) -> None:
    result = run("catalogue")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        "nothing is published at local yet: the sync function does it after a deploy, and now: tiergate sync\n"
    )
    assert made("catalogue") is None


def test_products_and_versions_are_shown_with_limits_in_words(run: Run, document: dict[str, Any]) -> None:
    result = run("catalogue")
    assert (result.exit_code, result.stderr) == (0, "")
    head, offers, versions, rest_apis = (part.splitlines() for part in result.stdout.split("\n\n"))
    assert head == ["Everything, published 2026-11-23T10:10:10Z"]
    assert offers == [
        "product  plan   limits                                                          price          approval",
        "shop     basic  5 a second, 10 at once, 100 an hour, 1000 a day, 10000 a month  1 EUR a month  automatic",
    ]
    assert versions[0].split() == ["api", "title", "state", "sunset", "grade", "operations"]
    assert "open/v1    Open    published   -           B 83            4" in versions
    assert "old/v1     Things  deprecated  2027-06-30  -               4" in versions
    assert rest_apis == ["rest api  products", "stock     shop"]


def test_scripts_get_what_was_published(made: Made, document: dict[str, Any]) -> None:
    assert made("catalogue") == {**document, "published": "2026-11-23T10:10:10Z"}


def test_a_publishing_that_was_cut_short_is_told(
    run: Run, registry: Any, document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tiergate.adapters.catalogue.PAUSES", (0.0,))
    registry.delete_item(TableName="registry", Key={"pk": {"S": "CATALOGUE"}, "sk": {"S": "PLAN#basic"}})
    result = run("catalogue")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.endswith("try again, and if that does not help: tiergate sync\n")


def test_titles_do_not_steer_a_terminal(run: Run, registry: Any, document: dict[str, Any]) -> None:
    odd = json.loads(json.dumps(document))
    odd["apis"]["open/v1"]["title"] = "\x1b[2Jopen"
    PublishedCatalogue(registry, "registry").publish(odd, NOW)
    assert "\x1b" not in run("catalogue").stdout
