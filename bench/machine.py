"""Where and with what a measurement was made."""

import os
import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

LIBRARIES = ("awslambdaric", "boto3", "botocore", "aws-lambda-powertools", "pyjwt", "cryptography")


def machine() -> dict[str, Any]:
    """Processor, cores, kernel, and how busy it is now (load averages of 1, 5 and 15 minutes)."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
    return {
        "processor": model,
        "architecture": platform.machine(),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "load_before": [round(load, 2) for load in os.getloadavg()],
    }


@dataclass(frozen=True, slots=True)
class Placement:
    """Which core the measured function runs on, and which everything that it talks to."""

    function: int
    servers: int


def place(*, one_core: bool) -> Placement:
    """Keep this process, and those it starts from now on, to the servers' core.

    Two processes that take turns cost a third less CPU on one core than on two, and the scheduler changes its mind
    about them between rounds. So they are kept apart (or, with ``one_core``, together) throughout.
    """
    cores = sorted(os.sched_getaffinity(0))
    placement = Placement(function=cores[0] if one_core else cores[-1], servers=cores[0])
    os.sched_setaffinity(0, {placement.servers})
    return placement


def versions() -> dict[str, str]:
    """The interpreter and the libraries that ran."""
    return {"python": platform.python_version()} | {name: version(name) for name in LIBRARIES}
