"""The plots of a simulation."""

import math
from collections.abc import Mapping, Sequence
from itertools import accumulate

from bench.simulation.catalogue import FAULTS, FLEETS, LOADS, OUTAGE, OVER, PACE, RATE, ROUTINGS
from bench.simulation.report import Figures
from bench.simulation.svg import Panel, Plot, linear, logarithmic

Scenarios = Mapping[str, Figures]

COLOURS = dict(zip(ROUTINGS, ("blue", "amber"), strict=True))
LEGEND = dict(
    zip(ROUTINGS, ("packed: to the one used last, as Lambda does", "uniform: to any that is free"), strict=True)
)
MOST_CALLS = 0.15
MOST_WASTE = 0.005
LIMIT = 45_000
DOWN, BOUNDARY = (60, 90), 400


def plots(scenarios: Scenarios) -> dict[str, str]:
    """SVG by file name."""
    return {
        "simulation-calls.svg": calls(scenarios),
        "simulation-waste.svg": waste(scenarios),
        "simulation-outage.svg": outage(scenarios),
    }


def calls(scenarios: Scenarios) -> str:
    """Store calls an admitted request against instances, one panel a load."""
    plot = Plot(
        "What leases save, and where they do not",
        "Store calls an admitted request, by number of instances; leased plan of 200 a second and 45,000 an hour",
        960,
        400,
    )
    _legend(plot)
    found = {
        load: {
            routing: [
                scenarios[f"enterprise-leased/poisson/{load}/{routing}/{instances}"]["calls_per_request"]
                for instances in FLEETS
            ]
            for routing in ROUTINGS
        }
        for load in (PACE, OVER, RATE)
    }
    top = max(2.5, 1.2 * max(max(each) for by in found.values() for each in by.values()))
    for index, (load, by_routing) in enumerate(found.items()):
        panel = Panel(plot, (64 + index * 298, 128, 262, 206), linear(-0.15, 3.15), logarithmic(0.02, top))
        panel.rows(((each, f"{each:g}") for each in (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2)), named=not index)
        panel.columns((math.log10(instances), f"{instances:,}") for instances in FLEETS)
        plot.text(panel.left, 116, f"{LOADS[load]:g} calls a second", bold=True)
        panel.across(1, "grey")
        panel.across(MOST_CALLS, "red", "2 4")
        for routing, values in by_routing.items():
            points = [(math.log10(instances), value) for instances, value in zip(FLEETS, values, strict=True)]
            panel.curve(points, COLOURS[routing], dots=True)
    _dashed(plot, 64, 382, "grey", "exact mode: one write", "5 4")
    _dashed(plot, 250, 382, "red", f"target on one hot key with 1 to 10 instances: {MOST_CALLS}", "2 4")
    plot.text(920, 382, "instances", colour="soft", anchor="end", size=12)
    return plot.svg()


def waste(scenarios: Scenarios) -> str:
    """Waste of leased plans by what went wrong, one dot a routing."""
    kinds: dict[str, str] = {
        "poisson/over": "nothing wrong",
        "bursty/over": "nothing wrong, calls in bursts",
        "deaths": "instances live ten minutes",
        "frozen": "half of them sleep for an hour",
        "throttled": "one call in ten is throttled",
        "lost": "one answer in a hundred is lost",
        "slow": "answers take 60 ms, some too long",
        "down": "30 s without a connection",
        "silent": "30 s without answers",
        "all": "all of it, but the silence",
    }
    assert set(FAULTS) <= set(kinds)
    plot = Plot(
        "What leases waste",
        "Share of an hour's 45,000 units debited and never used; ten instances, four times as many calls",
        960,
        104 + 34 * len(kinds) + 44,
    )
    _legend(plot)
    plot.dot(620, 82, "grey")
    plot.text(632, 86, "exact mode, packed", size=12)
    found = {
        kind: [scenarios[f"enterprise-leased/{kind}/{routing}/10"]["waste"] for routing in ROUTINGS] for kind in kinds
    }
    top = 0.005 * math.ceil(max(0.01, *(max(each) for each in found.values())) / 0.005)
    panel = Panel(plot, (262, 104, 650, 34 * len(kinds)), linear(0, top), linear(len(kinds), 0))
    panel.columns(((0.0025 * n, f"{0.25 * n:g} %") for n in range(0, round(top / 0.0025) + 1, 2)), lines=True)
    limit, _ = panel.at(MOST_WASTE, 0)
    plot.line([(limit, panel.top), (limit, panel.top + panel.height)], "red", width=1.5, dashes="2 4")
    plot.text(limit + 8, panel.top + 14, "target", colour="red", size=12)
    for row, (kind, values) in enumerate(found.items()):
        _, y = panel.at(0, row + 0.5)
        plot.text(panel.left - 14, y + 4, kinds[kind], anchor="end")
        plot.line([panel.at(value, row + 0.5) for value in values], "grey", width=2)
        exact = scenarios.get(f"enterprise-exact/{kind}/packed/10")
        if exact:
            plot.dot(*panel.at(exact["waste"], row + 0.5), "grey")
        for routing, value in zip(ROUTINGS, values, strict=True):
            x, _ = panel.at(value, 0)
            plot.dot(x, y, COLOURS[routing], ring=routing == "uniform")
    return plot.svg()


def outage(scenarios: Scenarios) -> str:
    """Calls through an outage: a second, and units of the hour against its limit."""
    leased, exact = (scenarios[f"enterprise-{mode}/{OUTAGE}/packed/10"]["seconds"] for mode in ("leased", "exact"))
    plot = Plot(
        "Thirty seconds without the store, then a used-up hour",
        "150 calls a second from ten instances; the plan fails closed and allows 200 a second, 45,000 an hour",
        960,
        520,
    )
    length = len(leased["offered"])
    for left, colour, label in (
        (28, "grey", "asked for"),
        (140, "blue", "admitted, leased"),
        (290, "amber", "admitted, exact"),
    ):
        plot.line([(left, 82), (left + 22, 82)], colour, width=3)
        plot.text(left + 30, 86, label, size=12)
    minutes = [(60.0 * n, f"{n} min") for n in range(length // 60 + 1)]
    seconds = Panel(plot, (76, 112, 850, 150), linear(0, length), linear(0, 260))
    hours = Panel(plot, (76, 316, 850, 150), linear(0, length), linear(0, 50_000))
    for panel in (seconds, hours):
        start, end = (panel.at(second, 0)[0] for second in DOWN)
        plot.band(start, panel.top, end - start, panel.height)
    plot.text((start + end) / 2, 306, "store down", colour="red", anchor="middle", size=12)
    seconds.rows((each, f"{each}") for each in (0, 100, 200))
    seconds.columns(minutes)
    seconds.curve(_smoothed(leased["offered"]), "grey", width=1.5)
    seconds.curve(_smoothed(exact["admitted"]), "amber", width=5)
    seconds.curve(_smoothed(leased["admitted"]), "blue", width=2)
    plot.text(926, 128, "calls a second", colour="soft", anchor="end", size=12)
    hours.rows((each, f"{each:,}") for each in (0, 15_000, 30_000, 45_000))
    hours.columns(minutes)
    hours.across(LIMIT, "red")
    for series, colour, width in ((exact, "amber", 5), (leased, "blue", 2)):
        hours.curve(_hours(series["admitted"], BOUNDARY), colour, width=width)
    plot.text(926, 312, "units of the hour, and its limit", colour="soft", anchor="end", size=12)
    x, _ = hours.at(BOUNDARY, 0)
    plot.line([(x, hours.top), (x, hours.top + hours.height)], "grey", width=1, dashes="2 4")
    plot.text(x + 8, hours.top + 34, "a new hour", colour="soft", size=12)
    return plot.svg()


def _legend(plot: Plot) -> None:
    for x, routing in zip((28, 364), ROUTINGS, strict=True):
        plot.line([(x, 82), (x + 22, 82)], COLOURS[routing], width=3)
        plot.text(x + 30, 86, LEGEND[routing], size=12)


def _dashed(plot: Plot, x: float, y: float, colour: str, label: str, dashes: str) -> None:
    plot.line([(x, y - 4), (x + 24, y - 4)], colour, width=1.5, dashes=dashes)
    plot.text(x + 32, y, label, colour="soft", size=12)


def _smoothed(values: Sequence[int], over: int = 3) -> list[tuple[float, float]]:
    """The mean of each few seconds; the last, which may not be whole, is left out."""
    whole = range(0, len(values) - over, over)
    return [(start + over / 2, sum(values[start : start + over]) / over) for start in whole]


def _hours(values: Sequence[int], boundary: int) -> list[tuple[float, float]]:
    """Running sums that begin anew at the boundary."""
    before, after = accumulate(values[:boundary]), accumulate(values[boundary:])
    return [(0, 0), *enumerate(before, 1), (boundary, 0), *enumerate(after, boundary + 1)]
