"""The simulation's bookkeeping: its store forgets no total, its clock orders events, its verdicts can fail."""

import itertools
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest

from bench.simulation import store
from bench.simulation.catalogue import ENTERPRISE, FREE, LEASED, catalogue, quick
from bench.simulation.figures import figures
from bench.simulation.network import Weather
from bench.simulation.plots import plots
from bench.simulation.report import over_admitting, serialized, table
from bench.simulation.scenario import MIDNIGHT, Scenario, arrivals, run
from bench.simulation.store import Counters
from bench.simulation.timeline import Timeline
from bench.simulation.trace import ADMITTED, KILLED, REFUSED, UNDECIDED, Trace, judged
from tiergate.domain.counters import Debit, WindowDebit
from tiergate.domain.debited import holds
from tiergate.domain.limits import SECOND, SKEW, Limits

CALM = Scenario("calm", LEASED, 50.0, 6_000, 5)


def test_totals_outlive_what_a_write_removes() -> None:
    counters = Counters()
    counters.debit(Debit("a", 3, 1, (WindowDebit("u1", 9),), None, counts={"api/v1@1": 3}))
    counters.debit(Debit("a", 2, 2, (WindowDebit("u2", 9),), None, drop=("u1", "api/v1@1")))

    assert counters.items["a"] == {"w": 2, "u2": 2}
    assert counters.totals == {"u1": 3, "api/v1@1": 3, "u2": 2}


def test_calls_that_wait_in_the_middle_go_on_in_the_order_of_time() -> None:
    timeline, seen = Timeline(), list[tuple[int, str]]()

    def call(name: str, *waits: int) -> None:
        for until in waits:
            timeline.wait(until)
            seen.append((timeline.now, name))

    timeline.at(1, lambda: call("a", 5, 9))
    timeline.at(2, lambda: call("b", 3, 10))
    timeline.at(4, lambda: call("c", 6))
    timeline.run()

    assert seen == [(3, "b"), (5, "a"), (6, "c"), (9, "a"), (10, "b")]


def test_an_error_ends_the_run_also_for_calls_that_wait() -> None:
    timeline, seen = Timeline(), list[str]()

    def waits() -> None:
        timeline.wait(9)
        seen.append("went on")

    timeline.at(1, waits)
    timeline.at(2, {}.popitem)

    with pytest.raises(KeyError):
        timeline.run()
    assert not seen


@pytest.mark.parametrize("packed", [True, False])
def test_the_same_seed_gives_the_same_run(packed: bool) -> None:
    scenario = replace(CALM, packed=packed, weather=Weather(lost=0.02, throttled=0.05), lives=20.0)
    first, again, other = (figures(scenario, run(scenario, seed)) for seed in (1, 1, 2))

    assert first == again
    assert first != other


def test_the_same_calls_come_whatever_the_mode_of_admission() -> None:
    leased, exact = (run(replace(CALM, limits=limits, instances=100), 1) for limits in (LEASED, ENTERPRISE))

    assert leased.trace.times == exact.trace.times


def test_one_instance_in_exact_mode_writes_once_a_call() -> None:
    scenario = replace(CALM, limits=ENTERPRISE, instances=1, load=5.0, requests=1_000)

    assert figures(scenario, run(scenario, 1))["calls_per_request"] == 1


def test_packed_routing_keeps_to_few_instances() -> None:
    packed, uniform = (
        figures(scenario, run(scenario, 1))["calls_per_request"]
        for scenario in (replace(CALM, instances=100, packed=packed) for packed in (True, False))
    )

    assert packed < uniform / 3


@pytest.mark.parametrize(
    ("field", "found"), [("windows", "over_window"), ("bucket", "over_rate")], ids=["quota", "rate"]
)
def test_a_store_without_one_condition_is_found_out(field: str, found: str, monkeypatch: pytest.MonkeyPatch) -> None:
    without: dict[str, Any] = {"windows": ()} if field == "windows" else {"bucket": None}
    scenario = Scenario("found out", FREE, 20.0 if field == "bucket" else 1.0, 2_000, 20, packed=False)
    assert figures(scenario, run(scenario, 1))["over_admission"] == 0

    monkeypatch.setattr(store, "holds", lambda debit, item: holds(debit._replace(**without), item))

    result = figures(scenario, run(scenario, 1))
    assert result[found] > 0
    assert over_admitting({"a": result, "b": {**result, "mode": "off"}}) == ["a"]


def test_an_outage_refuses_and_is_reported() -> None:
    scenario = replace(CALM, weather=Weather(down=(0, 60)))
    result = figures(scenario, run(scenario, 1))

    assert result["undecided"] == pytest.approx(0.5, abs=0.05)
    assert result["denied_in_error"] >= result["undecided"] - 0.01


def test_what_instances_held_when_they_died_is_waste_and_nothing_else_is() -> None:
    limits = {"mode": "leased", "quota": {"hour": 3_000}}
    calm = replace(CALM, limits=limits, load=50.0, requests=12_000)
    whole, dying = (figures(each, run(each, 1)) for each in (calm, replace(calm, lives=10.0)))

    assert whole["waste"] < dying["waste"] / 4
    assert dying["over_admission"] == 0


def test_lost_answers_waste_their_units_in_exact_mode() -> None:
    scenario = replace(CALM, limits={"quota": {"hour": 1_000}}, weather=Weather(lost=0.05))
    result = figures(scenario, run(scenario, 1))

    assert result["waste"] == pytest.approx(0.05, abs=0.035)


def trace(*calls: tuple[int, int]) -> Trace:
    """Calls of one unit: (microseconds after midnight, outcome)."""
    made = Trace()
    for time, outcome in calls:
        made.end(made.begin(MIDNIGHT + time, 1), outcome, 0)
    return made


def test_one_unit_above_a_window_is_over_and_none_at_it() -> None:
    limits = Limits.of({"quota": {"hour": 5}})
    inside = [(SKEW + index, ADMITTED) for index in range(6)]

    assert judged(trace(*inside[:5]), limits, SKEW).over_window == 0
    assert judged(trace(*inside), limits, SKEW).over_window == 1


def test_a_call_within_the_skew_of_a_boundary_counts_in_neither_window() -> None:
    limits = Limits.of({"quota": {"hour": 5}})
    calls = [(-SKEW + index, ADMITTED) for index in range(6)]

    assert judged(trace(*calls), limits, SKEW).over_window == 0
    assert judged(trace(*calls), limits, 0).over_window == 1


def test_the_rate_is_checked_over_any_stretch_to_the_unit() -> None:
    limits = Limits.of({"rate": {"per_second": 5, "burst": 10}})
    burst = [(0, ADMITTED)] * 10

    assert judged(trace(*burst, (SECOND // 5, ADMITTED)), limits, SKEW).over_rate == 0
    assert judged(trace(*burst, (SECOND // 5 - 1, ADMITTED)), limits, SKEW).over_rate == 1


def test_a_refusal_is_in_error_where_one_perfect_limiter_admits() -> None:
    limits = Limits.of({"quota": {"hour": 3}})
    found = judged(trace((1, ADMITTED), (2, REFUSED), (3, UNDECIDED), (4, KILLED), (5, REFUSED)), limits, 0)

    assert (found.perfect_calls, found.denied_in_error, found.undecided, found.killed) == (3, 2, 1, 1)
    assert found.short["hour"]


def test_every_scenario_has_a_name_of_its_own_and_plots_are_drawn_from_them() -> None:
    every = [each.name for each in catalogue()]
    result = figures(CALM, run(CALM, 1)) | {"seconds": {"offered": [150] * 520, "admitted": [140] * 520}}
    drawn = plots(dict.fromkeys(every, result))

    assert len(set(every)) == len(every)
    assert {each.name for each in quick()} < set(every)
    for svg in drawn.values():
        assert ElementTree.fromstring(svg).tag.endswith("svg")  # noqa: S314 - our own
    assert "calm" in table({"calm": result})
    assert serialized({"seed": 1, "scenarios": {"calm": result}}).count("\n") == 5


def test_arrivals_of_every_kind_never_go_back() -> None:
    for scenario in {each.arrivals: each for each in catalogue()}.values():
        source = arrivals(scenario, 1)
        times = list(itertools.islice(source, 5_000))
        assert all(before <= after for before, after in itertools.pairwise(times)), scenario.arrivals.__name__
