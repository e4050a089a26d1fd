"""The figures of a run."""

from collections.abc import Mapping
from typing import Any

from bench.simulation.fleet import API
from bench.simulation.scenario import Run, Scenario
from bench.simulation.trace import ADMITTED, Findings, Trace, judged
from tiergate.domain.counters import counter, counts
from tiergate.domain.limits import SECOND, Quota, window_number, window_start


def figures(scenario: Scenario, run: Run) -> dict[str, Any]:
    """What is reported of a run; ``bench/README.md`` says what each means."""
    found = judged(run.trace, run.limits, scenario.skew)
    taken = len(run.trace.outcomes)
    over_window = max(found.over_window, sum(_over(run, quota) for quota in run.limits.quotas))
    result = {
        "mode": run.limits.mode,
        "instances": scenario.instances,
        "routing": "packed" if scenario.packed else "uniform",
        "requests": taken,
        "admitted": found.admitted_calls,
        "over_admission": over_window + found.over_rate,
        "over_window": over_window,
        "over_rate": found.over_rate,
        "waste": round(_waste(run, found), 6),
        "calls_per_request": _ratio(run.calls, found.admitted_calls),
        "calls_per_any_request": _ratio(run.calls, taken),
        "denied_in_error": _ratio(found.denied_in_error, taken),
        "admitted_fewer": _ratio(found.perfect_calls - found.admitted_calls, taken),
        "undecided": _ratio(found.undecided, taken),
        "killed": found.killed,
        "turned_away": run.turned_away,
        "recorded": _ratio(_recorded(run.store.totals), found.admitted),
    }
    return result | ({"seconds": _seconds(run.trace)} if scenario.followed else {})


def _seconds(trace: Trace) -> dict[str, list[int]]:
    """Calls that came and calls that were admitted in each second."""
    begin = trace.times[0]
    length = (trace.times[-1] - begin) // SECOND + 1
    offered, admitted = [0] * length, [0] * length
    for time, outcome in zip(trace.times, trace.outcomes, strict=True):
        second = (time - begin) // SECOND
        offered[second] += 1
        admitted[second] += outcome == ADMITTED
    return {"offered": offered, "admitted": admitted}


def _waste(run: Run, found: Findings) -> float:
    """The greatest share of a quota that was debited and never used, of all windows that ended used up."""
    shares = [0.0]
    for quota in run.limits.quotas:
        for number in found.short[quota.window]:
            if window_start(quota.window, number + 1) <= run.end:
                debited = run.store.totals.get(counter(quota.window, number), 0)
                shares.append((debited - _spent(run.trace, quota.window, number)) / quota.limit)
    return max(shares)


def _over(run: Run, quota: Quota) -> int:
    """Units above the limit in windows as the instances took them."""
    numbers = {window_number(quota.window, window_start("hour", hour)) for hour in run.trace.spent}
    return sum(max(0, _spent(run.trace, quota.window, number) - quota.limit) for number in numbers)


def _spent(trace: Trace, window: str, number: int) -> int:
    return sum(
        units for hour, units in trace.spent.items() if window_number(window, window_start("hour", hour)) == number
    )


def _recorded(totals: Mapping[str, int]) -> int:
    return sum(number for name, _, number in counts(totals) if name == API)


def _ratio(part: float, whole: float) -> float:
    return round(part / whole, 6) if whole else 0.0
