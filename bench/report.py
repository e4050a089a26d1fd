"""Samples → the results file and the table."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from bench.cost import MODES, Bill, Prices, bills
from bench.functions import Function
from bench.measure import Sample
from bench.targets import TARGETS

Samples = Mapping[str, Sequence[Sample]]
Spread = dict[str, float]

WRITES = {"leased": "authorizer_leased", "exact": "authorizer_exact"}
"""The function whose writes each mode's are."""

OTHER = "other_"
"""How names of another checkout's functions begin."""


def spread(values: Sequence[float], digits: int = 2) -> Spread:
    """Median with the least and the greatest."""
    return {
        "median": round(statistics.median(values), digits),
        "min": round(min(values), digits),
        "max": round(max(values), digits),
    }


def results(
    samples: Samples,
    zipped_kb: Mapping[str, tuple[float, float]],
    matching: float,
    prices: Prices,
    leased_writes: float | None,
) -> dict[str, Any]:
    """The figures, each a median with its spread. Ratios are taken within a round, so that drift cancels.

    ``zipped_kb``: of packages, and of the libraries beside them. ``leased_writes`` a call, for what calls cost; None:
    as measured here, with one instance.
    """

    def each(value: Callable[[Sample], float], digits: int = 2) -> dict[str, Any]:
        return {name: spread([value(sample) for sample in rounds], digits) for name, rounds in samples.items()}

    cpu = {name: [sample.request_us for sample in rounds] for name, rounds in samples.items()}
    floor, usual = cpu["floor"], cpu["usual_authorizer"]
    figures: dict[str, Any] = {f"{name}_us": spread(values) for name, values in cpu.items()}
    figures |= {
        "cold_cpu_ms": each(lambda sample: sample.cold_ms),
        "rss_mib": each(lambda sample: sample.rss_mib),
        "zip_kb": {name: spread([package]) for name, (package, _) in zipped_kb.items()},
        "layer_kb": {name: spread([layer]) for name, (_, layer) in zipped_kb.items() if layer},
        "ratio_to_floor": {name: spread(_by(values, floor)) for name, values in cpu.items()},
        **{f"usual_to_authorizer_{mode}": spread(_by(usual, cpu[f"authorizer_{mode}"])) for mode in MODES},
        "token_to_key": spread(_by(cpu["authorizer_token"], cpu["authorizer_leased"]), 3),
        "proxy_above_floor_us": spread([a - b for a, b in zip(cpu["proxy"], floor, strict=True)]),
        "operation_matching_us": spread([matching]),
        "dynamodb_reads_a_request": each(lambda sample: sample.reads, 4),
        "dynamodb_writes_a_request": each(lambda sample: sample.writes, 4),
    }
    figures |= _compared(samples)
    figures |= _usd(samples, prices, leased_writes)
    figures["targets"] = [_target(key, figures) for key in TARGETS]
    return figures


def _compared(samples: Samples) -> dict[str, Any]:
    """This checkout's authorizer by the other's, where one was measured."""
    ours = {name: f"authorizer_{name.removeprefix(OTHER)}" for name in samples if name.startswith(OTHER)}
    return {
        figure: {
            name: spread(_by([value(each) for each in samples[own]], [value(each) for each in samples[name]]), 3)
            for name, own in ours.items()
        }
        for figure, value in (
            ("request_to_other", lambda sample: sample.request_us),
            ("cold_to_other", lambda sample: sample.cold_ms),
        )
        if ours
    }


def table(functions: Sequence[Function], figures: Mapping[str, Any]) -> str:
    """What a person reads: the functions, what a million calls cost, then the targets."""
    lines = [
        f"{'median (least-most)':<38}{'CPU µs a request':>22}{'× floor':>20}{'cold ms':>10}{'MiB':>8}{'zip KB':>16}"
    ]
    for function in functions:
        name = function.name
        cold, rss = (figures[key][name]["median"] for key in ("cold_cpu_ms", "rss_mib"))
        cpu, ratio = shown(figures[f"{name}_us"], 0), shown(figures["ratio_to_floor"][name], 2)
        lines.append(f"{function.title:<38}{cpu:>22}{ratio:>20}{cold:>10.0f}{rss:>8.1f}{zipped(figures, name):>16}")
    lines += [
        "",
        f"{'USD a million calls':<38}{'gateway':>10}{'functions':>12}{'DynamoDB':>10}{'total':>8}{'+ log':>8}",
    ]
    for name, bill in figures["usd_parts"].items():
        parts = [bill[key] for key in ("gateway", "functions", "dynamodb", "total", "with_access_log")]
        lines.append(f"{name:<38}" + "".join(f"{usd:>12.2f}" for usd in parts))
    lines += ["", f"{'target':<44}{'limit':>22}{'measured':>24}"]
    for target in figures["targets"]:
        limit = f"{target['bound']} {target['limit']:g} {target['unit']}"
        lines.append(f"{target['what']:<44}{limit:>22}{shown(target['measured'], 2):>24}  {target['verdict']}")
    return "\n".join(lines)


def zipped(figures: Mapping[str, Any], name: str) -> str:
    """``1.0 + 1,043``: KB of a package, and of the libraries beside it where there are some."""
    layer = figures.get("layer_kb", {}).get(name)
    return f"{figures['zip_kb'][name]['median']:.1f}" + (f" + {layer['median']:,.0f}" if layer else "")


def shown(figure: Mapping[str, float], digits: int) -> str:
    """``1.49 (1.30-1.71)``"""
    return f"{figure['median']:,.{digits}f} ({figure['min']:,.{digits}f}-{figure['max']:,.{digits}f})"


def _usd(samples: Samples, prices: Prices, leased_writes: float | None) -> dict[str, Any]:
    """Bills of every round, and the parts of one by the medians."""

    def bill_of(value: Callable[[Sequence[float]], float]) -> dict[str, dict[str, Bill]]:
        cpu = {name: value([sample.request_us for sample in taken]) for name, taken in samples.items()}
        writes = {mode: value([sample.writes for sample in samples[name]]) for mode, name in WRITES.items()}
        return bills(prices, cpu, writes if leased_writes is None else writes | {"leased": leased_writes})

    rounds = [bill_of(itemgetter(number)) for number in range(len(samples["floor"]))]

    def each(value: Callable[[Bill], float]) -> dict[str, Any]:
        return {
            way: {mode: spread([value(bill[way][mode]) for bill in rounds], 3) for mode in MODES}
            for way in ("direct", "managed")
        }

    median = bill_of(statistics.median)
    return {
        "usd_per_million": each(lambda bill: bill.total),
        "usd_per_million_with_access_log": each(lambda bill: bill.total + bill.access_log),
        "usd_parts": {f"{way}, {mode}": _parts(bill) for way, modes in median.items() for mode, bill in modes.items()},
    }


def _parts(bill: Bill) -> dict[str, float]:
    parts = bill._asdict() | {"total": bill.total, "with_access_log": bill.total + bill.access_log}
    return {name: round(usd, 3) for name, usd in parts.items()}


def _target(key: str, figures: Mapping[str, Any]) -> dict[str, Any]:
    """Met or missed by the median."""
    target = TARGETS[key]
    measured: Any = figures
    for step in target.figure:
        measured = measured[step]
    value = measured["median"]
    met = value >= target.limit if target.least else value <= target.limit
    factor = target.limit / value if target.least else value / target.limit
    verdict = "met" if met else f"MISSED by a factor of {factor:.2f}"
    if measured["min"] < target.limit < measured["max"]:
        verdict += ", but the rounds lie on both sides"
    return {
        "what": target.what,
        "bound": "at least" if target.least else "at most",
        "limit": target.limit,
        "unit": target.unit,
        "measured": dict(measured),
        "met": met,
        "verdict": verdict,
    }


def _by(values: Sequence[float], reference: Sequence[float]) -> list[float]:
    return [value / base for value, base in zip(values, reference, strict=True)]
