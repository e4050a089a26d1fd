"""Scenarios in processes of their own, two at a time."""

import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from multiprocessing.sharedctypes import Synchronized
from typing import Any

from bench.simulation.figures import figures
from bench.simulation.report import heading, line
from bench.simulation.scenario import Scenario, run

PROCESSES = 2
LONG = 1_000_000
"""Requests from which on a scenario tells how far it is."""


def simulated(scenarios: Sequence[Scenario], seed: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """The name and the figures of each, as they come; says so on standard error. Processes end with the iteration."""
    context = multiprocessing.get_context("spawn")
    started = context.Value("i", 0)
    with context.Pool(PROCESSES, _settle, (started,)) as pool:
        _say(f"{'':>9} {heading()}")
        each = pool.imap_unordered(partial(_one, seed), scenarios)
        for number, (name, result) in enumerate(each, 1):
            _say(f"{number:>4}/{len(scenarios):<4} {line(name, result)}")
            yield name, result


def _one(seed: int, scenario: Scenario) -> tuple[str, dict[str, Any]]:
    def progress(requests: int) -> None:
        if scenario.requests >= LONG:
            _say(f"{'':>9} {scenario.name}: {requests:,} of {scenario.requests:,} requests")

    return scenario.name, figures(scenario, run(scenario, seed, progress))


def _settle(started: "Synchronized[int]") -> None:
    """Keep to one core, on which threads hand over to each other in half the time; leave Ctrl-C to the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with started.get_lock():
        number = started.value
        started.value += 1
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[number % len(cores)]})


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
