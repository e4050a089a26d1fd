"""Grades for what is published: the same as ``tiergate lint`` gives, asked for once."""

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.governance.conftest import HERE
from tiergate.governance import engine, grades
from tiergate.governance.engine import Engine, NotInstalled
from tiergate.governance.grades import graded
from tiergate.governance.scorecard import Scorecard
from tiergate.policy.check import checked
from tiergate.policy.source import Faults

ROOT = HERE.parents[1]
TODAY = date(2026, 11, 23)
WAIVER = """\
waivers:
  - {rule: operation-id, api: orders/v1, owner: anna@shop.example, reason: Later., expires: 2026-11-23}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Valid policies with the rules, and one document that breaks none of them."""
    shutil.copytree(ROOT / "tests/policies/valid", tmp_path / "policies")
    shutil.copytree(ROOT / "policies/governance", tmp_path / "policies/governance")
    shutil.copy(HERE / "good.yaml", tmp_path / "policies/apis/orders/v1/openapi.yaml")
    return tmp_path / "policies"


class Starts:
    """How often an engine is started."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0

        def start(*arguments: Any) -> Engine:
            self.count += 1
            return Engine(*arguments)

        monkeypatch.setattr(grades, "Engine", start)


@pytest.fixture
def starts(monkeypatch: pytest.MonkeyPatch) -> Starts:
    return Starts(monkeypatch)


def grade(folder: Path, today: date = TODAY) -> dict[str, Scorecard]:
    return graded(checked(folder), folder / "governance", folder.parent / "kept", today)


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def spoil(folder: Path) -> None:
    """The document breaks a rule."""
    change(folder / "apis/orders/v1/openapi.yaml", "      operationId: getShippingNote\n", "")


@pytest.mark.synth
def test_documents_are_judged_once_as_long_as_neither_they_nor_the_rules_change(folder: Path, starts: Starts) -> None:
    first = grade(folder)
    assert (first["orders/v1"].grade, starts.count) == ("A", 1)
    assert (grade(folder), starts.count) == (first, 1)
    spoil(folder)
    assert (grade(folder)["orders/v1"].points < 100, starts.count) == (True, 2)
    change(folder / "governance/ruleset.yaml", "\nrules: {}\n", "\nrules: {operation-id: off}\n")
    assert (grade(folder)["orders/v1"].points, starts.count) == (100, 3)
    assert (grade(folder)["orders/v1"].points, starts.count) == (100, 3)


@pytest.mark.synth
def test_waivers_are_applied_by_the_day_to_what_is_kept(folder: Path, starts: Starts) -> None:
    spoil(folder)
    assert grade(folder)["orders/v1"].waived == 0
    (folder / "governance/waivers.yaml").write_text(WAIVER)
    assert (grade(folder)["orders/v1"].waived, grade(folder)["orders/v1"].points) == (1, 100)
    assert grade(folder, date(2026, 11, 24))["orders/v1"].waived == 0
    assert starts.count == 1


@pytest.mark.synth
def test_what_is_kept_and_broken_is_found_out_again(folder: Path, starts: Starts) -> None:
    first = grade(folder)
    for file in (folder.parent / "kept").iterdir():
        file.write_bytes(file.read_bytes()[:-2] + b"]]")
    assert (grade(folder), starts.count) == (first, 2)


@pytest.mark.synth
def test_nothing_is_kept_where_the_rules_extend_what_lies_elsewhere(folder: Path, starts: Starts) -> None:
    (folder.parent / "more.yaml").write_text("rules: {own: {given: $, severity: error, then: {function: truthy}}}\n")
    change(folder / "governance/ruleset.yaml", "extends:\n", "extends:\n  - ../../more.yaml\n")
    assert grade(folder)["orders/v1"].points == 100
    change(folder.parent / "more.yaml", "truthy", "falsy")
    assert grade(folder)["orders/v1"].points < 100
    assert starts.count == 2


@pytest.mark.synth
def test_a_document_that_the_rules_cannot_judge_ends_it_with_what_to_do(folder: Path) -> None:
    (folder / "governance/functions/odd.js").write_text('export default () => { throw new Error("no luck"); };')
    (folder / "governance/ruleset.yaml").write_text(
        "functions: [odd]\nrules:\n  odd: {message: m, severity: error, given: $, then: {function: odd}}\n"
        "  more: {message: m, severity: error, given: $, then: {function: truthy}}\n"
    )
    for _ in range(2):
        with pytest.raises(Faults, match=r"the rule odd failed on this document: no luck; mend the document, or the r"):
            grade(folder)


def test_without_node_modules_it_ends_with_what_to_do(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "MODULES", tmp_path)
    monkeypatch.setattr(grades, "INSTALLED", tmp_path / ".package-lock.json")
    with pytest.raises(NotInstalled, match=r"is not installed, which the rules run on; run: make setup"):
        grade(folder)


def test_a_platform_without_rules_has_no_grades(folder: Path, starts: Starts) -> None:
    shutil.rmtree(folder / "governance")
    assert (grade(folder), starts.count) == ({}, 0)


def test_drafts_and_retired_versions_have_no_grade(folder: Path, starts: Starts) -> None:
    for api in folder.rglob("api.yaml"):
        lines = [line for line in api.read_text().splitlines() if not line.startswith("state:")]
        api.write_text("\n".join([*lines, "state: draft", ""]))
    assert (grade(folder), starts.count) == ({}, 0)
