"""``python -m bench.policies``: what ``tiergate check`` and ``cdk synth`` take for 50 APIs, as the tests make them.

The first synth of each round grades all documents by the project's rules; the one after it finds them graded.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench import BenchError
from bench.machine import machine
from bench.report import spread
from bench.targets import Target
from tests.policies.many import APIS, names, write_many

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results" / "policies.json"
TARGETS = {
    "check": Target("tiergate check, 50 APIs", 2.0, "s", ("commands", "check", "seconds")),
    "synth": Target("cdk synth, 50 APIs", 60.0, "s", ("commands", "synth", "seconds")),
    "again": Target("cdk synth again, 50 APIs", 60.0, "s", ("commands", "again", "seconds")),
}
WAIVERS = shutil.ignore_patterns("waivers.yaml")
"""They are about the project's own API."""

LIBRARIES = ("click", "pydantic", "pyyaml", "aws-cdk-lib")
EXAMPLES = """\
examples:
  python -m bench.policies                            as the results beside this script were made: a few minutes
  python -m bench.policies --rounds 1 --only check    a first look, in seconds; writes nothing
"""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        figures = _figures(options.rounds, [options.only] if options.only else list(TARGETS))
    except BenchError as error:
        print(f"FAILED: {error}", file=sys.stderr)
        return 1
    print(_table(figures))
    if options.rounds > 1 and not options.only:
        RESULTS.write_text(json.dumps(figures, indent=2) + "\n")
        print(f"\nwritten to {RESULTS}")
    return 0


def _figures(rounds: int, commands: Sequence[str]) -> dict[str, Any]:
    started = machine()
    samples: dict[str, list[Mapping[str, float]]] = {name: [] for name in commands}
    with tempfile.TemporaryDirectory(prefix="tiergate-bench-") as place:
        policies = Path(place) / "policies"
        write_many(policies)
        shutil.copytree(ROOT / "policies/governance", policies / "governance", ignore=WAIVERS)
        for number in range(rounds):
            for name, taken in samples.items():
                command = _command(name, policies, Path(place) / f"{name}-{number}")
                taken.append(_sample(command, Path(place) / "compiled", Path(place) / f"state-{number}"))
            last = ", ".join(f"{name} {taken[-1]['seconds']:.1f} s" for name, taken in samples.items())
            print(f"round {number + 1} of {rounds}: {last}", file=sys.stderr, flush=True)
        size = sum(file.stat().st_size for file in policies.rglob("*") if file.is_file())
    figures: dict[str, Any] = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": f"python -m bench.policies --rounds {rounds}",
        "machine": started,
        "versions": {name: version(name) for name in LIBRARIES},
        "apis": len(APIS),
        "versions_of_apis": len(names()),
        "bytes": size,
        "commands": {
            name: {figure: spread([each[figure] for each in taken]) for figure in taken[0]}
            for name, taken in samples.items()
        },
    }
    return figures | {"targets": [_target(TARGETS[name], figures) for name in commands]}


def _command(name: str, policies: Path, out: Path) -> list[str]:
    if name == "check":
        return [sys.executable, "-m", "tiergate", "check", "--policies", str(policies)]
    cdk = ROOT / "node_modules" / ".bin" / "cdk"
    if not cdk.exists():
        raise BenchError(f"{cdk} is missing; run make setup")
    return [str(cdk), "synth", "--quiet", "--no-notices", "--output", str(out), "-c", f"policies={policies}"]


def _sample(command: Sequence[str], compiled: Path, state: Path) -> dict[str, float]:
    """One run: seconds as one waits for it, seconds of CPU, and the memory of its largest process.

    Modules are compiled once, as installed ones are, whatever this process was told about it. ``state``: what is kept.
    """
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    environment |= {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(compiled), "TIERGATE_STATE": str(state)}
    with tempfile.TemporaryFile() as told:
        started = time.monotonic()
        running = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=told, stderr=told)  # noqa: S603 - our own
        _, status, used = os.wait4(running.pid, 0)
        seconds = time.monotonic() - started
        running.returncode = os.waitstatus_to_exitcode(status)
        if running.returncode:
            told.seek(0)
            raise BenchError(f"{' '.join(command)}: {told.read().decode(errors='replace').strip()[-1000:]}")
    return {"seconds": seconds, "cpu_seconds": used.ru_utime + used.ru_stime, "rss_mib": used.ru_maxrss / 1024}


def _target(target: Target, figures: Mapping[str, Any]) -> dict[str, Any]:
    """Met or missed by the median."""
    measured: Any = figures
    for step in target.figure:
        measured = measured[step]
    met = measured["median"] <= target.limit
    factor = measured["median"] / target.limit
    return {
        "what": target.what,
        "limit": target.limit,
        "unit": target.unit,
        "measured": measured,
        "met": met,
        "verdict": "met" if met else f"MISSED by a factor of {factor:.2f}",
    }


def _table(figures: Mapping[str, Any]) -> str:
    lines = [f"{'median (least-most)':<28}{'seconds':>24}{'CPU seconds':>24}{'MiB':>10}"]
    for name, command in figures["commands"].items():
        seconds, cpu = (_shown(command[figure]) for figure in ("seconds", "cpu_seconds"))
        lines.append(f"{name:<28}{seconds:>24}{cpu:>24}{command['rss_mib']['median']:>10.0f}")
    targets = (
        f"{each['what']}, at most {each['limit']:g} {each['unit']}: {each['verdict']}" for each in figures["targets"]
    )
    return "\n".join([*lines, "", *targets])


def _shown(figure: Mapping[str, float]) -> str:
    return f"{figure['median']:.2f} ({figure['min']:.2f}-{figure['max']:.2f})"


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.policies",
        description=f"Time and memory of the commands that read {len(APIS)} APIs ({len(names())} versions). "
        f"The result goes to {RESULTS.relative_to(ROOT)}.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rounds", type=int, default=5, help="runs of each command (default 5)")
    parser.add_argument("--only", choices=TARGETS, help="one of the commands")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
