"""Samples → the results file and the table."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bench.functions import Function
from bench.measure import Sample

Samples = Mapping[str, Sequence[Sample]]

TARGETS = {
    "exact": ("authorizer, exact: CPU", 1.8, "× floor"),
    "usual": ("usual authorizer against ours", 8.0, "×"),
    "proxy": ("proxy, 2 KB JSON: above the floor", 250.0, "µs"),
    "cold": ("authorizer: cold start, without TLS", 80.0, "ms CPU"),
    "rss": ("authorizer: memory", 30.0, "MiB"),
    "zip": ("authorizer: zipped", 200.0, "KB"),
}


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median with the least and the greatest."""
    return {
        "median": round(statistics.median(values), 2),
        "min": round(min(values), 2),
        "max": round(max(values), 2),
    }


def results(samples: Samples, zipped_kb: Mapping[str, float]) -> dict[str, Any]:
    """The figures, each a median with its spread. Ratios are taken within a round, so that drift cancels."""

    def each(value: Callable[[Sample], float]) -> dict[str, Any]:
        return {name: spread([value(sample) for sample in rounds]) for name, rounds in samples.items()}

    cpu = {name: [sample.request_us for sample in rounds] for name, rounds in samples.items()}
    floor, exact = cpu["floor"], cpu["authorizer_exact"]
    figures: dict[str, Any] = {f"{name}_us": spread(values) for name, values in cpu.items()}
    figures |= {
        "cold_cpu_ms": each(lambda sample: sample.cold_ms),
        "rss_mib": each(lambda sample: sample.rss_mib),
        "zip_kb": {name: spread([size]) for name, size in zipped_kb.items()},
        "ratio_to_floor": {name: spread(_by(values, floor)) for name, values in cpu.items()},
        "usual_to_authorizer_exact": spread(_by(cpu["usual_authorizer"], exact)),
        "proxy_above_floor_us": spread([a - b for a, b in zip(cpu["proxy"], floor, strict=True)]),
        "dynamodb_reads_a_request": each(lambda sample: sample.reads),
        "dynamodb_writes_a_request": each(lambda sample: sample.writes),
    }
    figures["targets"] = _targets(figures)
    return figures


def table(functions: Sequence[Function], figures: Mapping[str, Any]) -> str:
    """What a person reads: the functions, then the targets."""
    lines = [
        f"{'median (least-most)':<38}{'CPU µs a request':>22}{'× floor':>20}{'cold ms':>10}{'MiB':>8}{'zip KB':>10}"
    ]
    for function in functions:
        name = function.name
        cold, rss, size = (figures[key][name]["median"] for key in ("cold_cpu_ms", "rss_mib", "zip_kb"))
        cpu, ratio = _shown(figures[f"{name}_us"], 0), _shown(figures["ratio_to_floor"][name], 2)
        lines.append(f"{function.title:<38}{cpu:>22}{ratio:>20}{cold:>10.0f}{rss:>8.1f}{size:>10.1f}")
    lines.append("")
    lines.append(f"{'target':<38}{'limit':>22}{'measured':>24}")
    for target in figures["targets"]:
        limit = f"{target['bound']} {target['limit']:g} {target['unit']}"
        lines.append(f"{target['what']:<38}{limit:>22}{_shown(target['measured'], 1):>24}  {target['verdict']}")
    return "\n".join(lines)


def _targets(figures: Mapping[str, Any]) -> list[dict[str, Any]]:
    name = "authorizer_exact"
    measured = {
        "exact": figures["ratio_to_floor"][name],
        "usual": figures["usual_to_authorizer_exact"],
        "proxy": figures["proxy_above_floor_us"],
        "cold": figures["cold_cpu_ms"][name],
        "rss": figures["rss_mib"][name],
        "zip": figures["zip_kb"][name],
    }
    return [_target(key, *TARGETS[key], measured[key]) for key in TARGETS]


def _target(key: str, what: str, limit: float, unit: str, measured: Mapping[str, float]) -> dict[str, Any]:
    """Met or missed by the median. ``usual`` is to be reached, every other one to be kept."""
    value, least = measured["median"], key == "usual"
    met = value >= limit if least else value <= limit
    factor = limit / value if least else value / limit
    verdict = "met" if met else f"MISSED by a factor of {factor:.1f}"
    if measured["min"] < limit < measured["max"]:
        verdict += ", but the rounds lie on both sides"
    bound = "at least" if least else "at most"
    return {
        "what": what,
        "bound": bound,
        "limit": limit,
        "unit": unit,
        "measured": dict(measured),
        "met": met,
        "verdict": verdict,
    }


def _by(values: Sequence[float], reference: Sequence[float]) -> list[float]:
    return [value / base for value, base in zip(values, reference, strict=True)]


def _shown(figure: Mapping[str, float], digits: int) -> str:
    return f"{figure['median']:,.{digits}f} ({figure['min']:,.{digits}f}-{figure['max']:,.{digits}f})"
