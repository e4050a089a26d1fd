"""Grades: what a rule costs, and that the size of a document does not change it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiergate.governance.findings import Finding
from tiergate.governance.scorecard import Cost, Scorecard, scorecard


def findings(rule: str, severity: str, broken: int, waived: str = "") -> list[Finding]:
    return [Finding(rule, severity, "f", 1, "m", place=place, waived=waived) for place in range(broken)]


def test_a_document_without_findings_has_all_points() -> None:
    card = scorecard("bank/v1", [], {"operation-tag": 7})
    assert (card.grade, card.points, card.costs) == ("A", 100, ())


@pytest.mark.parametrize(
    ("severity", "broken", "points"),
    [
        ("error", 100, 15),
        ("error", 1, 2),
        ("warning", 100, 4),
        ("warning", 25, 2),
        ("information", 1, 1),
        ("hint", 9, 0),
    ],
)
def test_a_rule_takes_its_weight_times_the_root_of_the_share(severity: str, broken: int, points: int) -> None:
    card = scorecard("bank/v1", findings("r", severity, broken), {"r": 100})
    assert card.costs == (Cost("r", severity, points, broken, 100),)
    assert card.points == 100 - points


@pytest.mark.parametrize(
    ("points", "grade"),
    [(100, "A"), (90, "A"), (89, "B"), (80, "B"), (79, "C"), (70, "C"), (69, "D"), (60, "D"), (59, "F"), (0, "F")],
)
def test_a_grade_begins_at_its_least_points(points: int, grade: str) -> None:
    assert Scorecard("bank/v1", points, ()).grade == grade


@pytest.mark.parametrize(("errors", "grade"), [(0, "A"), (1, "B"), (2, "C"), (3, "F"), (9, "F")])
def test_grades_are_steps_of_ten_points(errors: int, grade: str) -> None:
    found = [each for number in range(errors) for each in findings(f"r{number}", "error", 1)]
    card = scorecard("bank/v1", found, {f"r{number}": 1 for number in range(errors)})
    assert card.grade == grade
    assert card.points == max(0, 100 - 15 * errors)


def test_many_findings_at_one_place_are_one_place() -> None:
    found = findings("r", "warning", 1) * 5
    assert scorecard("bank/v1", found, {"r": 4}).costs == (Cost("r", "warning", 2, 1, 4),)


def test_what_is_waived_costs_nothing_and_is_counted() -> None:
    card = scorecard("bank/v1", findings("r", "error", 3, waived="until …"), {"r": 4})
    assert (card.points, card.waived, card.costs) == (100, 3, ())


@given(st.integers(1, 50), st.integers(0, 50), st.integers(1, 40))
def test_a_document_that_is_larger_in_all_its_parts_has_the_same_grade(broken: int, sound: int, times: int) -> None:
    small = scorecard("a", findings("r", "error", broken), {"r": broken + sound})
    large = scorecard("a", findings("r", "error", broken * times), {"r": (broken + sound) * times})
    assert small.points == large.points


def test_the_highest_cost_comes_first_and_scripts_get_all_of_it() -> None:
    card = scorecard("bank/v1", findings("a", "information", 1) + findings("b", "error", 1), {"a": 1, "b": 1})
    assert card.document() == {
        "name": "bank/v1",
        "grade": "B",
        "points": 84,
        "waived": 0,
        "costs": [
            {"rule": "b", "severity": "error", "points": 15, "broken": 1, "places": 1},
            {"rule": "a", "severity": "information", "points": 1, "broken": 1, "places": 1},
        ],
    }
