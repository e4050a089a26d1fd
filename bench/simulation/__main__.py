"""``python -m bench.simulation``: the real admission in many instances over one store, in simulated time."""

import argparse
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from bench import BenchError
from bench.machine import machine, versions
from bench.simulation.catalogue import catalogue, quick
from bench.simulation.plots import plots
from bench.simulation.report import Figures, over_admitting, serialized, table
from bench.simulation.scenario import Scenario
from bench.simulation.workers import simulated

RESULTS = Path(__file__).parents[1] / "results"

EXAMPLES = """\
examples:
  python -m bench.simulation                     all scenarios; writes figures and plots beside those of the others
  python -m bench.simulation --quick             a few small ones, in seconds; writes nothing
  python -m bench.simulation --scenario 'enterprise-leased/poisson/*' --requests 60000
  python -m bench.simulation --scenario '*/day/*' --json | jq .scenarios
"""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    started = time.monotonic()
    if options.list:
        print("\n".join(each.name for each in catalogue()))
        return 0
    try:
        scenarios = _chosen(options)
        about = _about(options)
        done = dict(simulated(scenarios, options.seed))
    except BenchError as error:
        _say(f"FAILED: {error}")
        return 1
    except KeyboardInterrupt:
        _say("interrupted; nothing was written")
        return 130
    ordered = {each.name: done[each.name] for each in scenarios}
    over = over_admitting(ordered)
    result = about | {"over_admission": max(ordered[name]["over_admission"] for name in over) if over else 0}
    text = serialized(result | {"scenarios": ordered})
    print(text if options.json else table(ordered))
    _say(f"{len(ordered)} scenarios in {time.monotonic() - started:.0f} s{_write(options, text, ordered)}")
    for name in over:
        _say(f"OVER-ADMITTED: {name}, {ordered[name]['over_admission']:,} units above the limit")
    return 1 if over else 0


def _write(options: argparse.Namespace, text: str, scenarios: Mapping[str, Figures]) -> str:
    """Write figures and plots of a whole run; returns where."""
    if options.scenario or options.requests or options.quick:
        return "; only a whole run is written"
    (RESULTS / "simulation.json").write_text(text + "\n")
    for name, svg in plots(scenarios).items():
        (RESULTS / name).write_text(svg)
    return f", written to {RESULTS}/simulation*"


def _chosen(options: argparse.Namespace) -> Sequence[Scenario]:
    scenarios = quick() if options.quick else catalogue()
    if options.scenario:
        scenarios = tuple(each for each in catalogue() if fnmatch(each.name, options.scenario))
    if not scenarios:
        raise BenchError(f"no scenario is named {options.scenario}; --list names them")
    requests = options.requests or (10_000 if options.quick else None)
    return [replace(each, requests=requests) if requests else each for each in scenarios]


def _about(options: argparse.Namespace) -> dict[str, Any]:
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": f"python -m bench.simulation --seed {options.seed}",
        "machine": machine(),
        "versions": versions(),
    }


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.simulation",
        description="Instances, a store and calls in simulated time around the real admission. "
        "Fails if any limit that is held to was exceeded.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--scenario", metavar="PATTERN", help="only those whose names match; * matches anything")
    parser.add_argument("--requests", type=int, help="how many in each scenario (default: its own number)")
    parser.add_argument("--seed", type=int, default=1, help="another one gives other calls (default 1)")
    parser.add_argument("--quick", action="store_true", help="a few small scenarios; writes nothing")
    parser.add_argument("--list", action="store_true", help="name the scenarios and end")
    parser.add_argument("--json", action="store_true", help="print the figures instead of the table")
    return parser.parse_args(arguments)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
