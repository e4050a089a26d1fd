"""``python -m bench.replay``: 10,000,000 lines of an access log through ``tiergate simulate``, with a base."""

import argparse
import contextlib
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from bench import BenchError
from bench.machine import machine, versions
from stacks.access_log import FIELDS

RESULTS = Path(__file__).parent / "results" / "replay.json"
WHOLE = 10_000_000
"""Lines of a result that is kept."""

MOST_SECONDS = 300
START = 1_735_689_600_000
"""Milliseconds: 2025-01-01T00:00:00Z, so that all of it is past."""

APART = 7 * 86_400_000 / WHOLE
"""Milliseconds between two lines: all of them are a week's, fewer a part of it."""

SUBSCRIPTIONS, APIS, OPERATIONS = 400, 10, 12
PLANS = {
    "free": {"rate": {"per_second": 5, "burst": 10}, "quota": {"hour": 450, "day": 5_000}},
    "partner": {"rate": {"per_second": 50, "burst": 100}, "quota": {"day": 100_000, "month": 2_000_000}},
    "enterprise": {"rate": {"per_second": 500, "burst": 1_000}, "mode": "leased"},
}
LOWERED = PLANS | {"partner": {"rate": {"per_second": 20, "burst": 40}, "quota": {"day": 20_000, "month": 2_000_000}}}
"""What is replayed; the base has the plans above."""

MIX = (
    (0.915, "200", "allow", "admitted"),
    (0.035, "429", "deny", "quota_exceeded"),
    (0.02, "401", "deny", "credential_expired"),
    (0.01, "404", "deny", "operation_not_found"),
    (0.01, "401", "deny", "credential_missing"),
    (0.01, "403", "deny", "scope_missing"),
)
"""Shares, and what was decided."""

SAMPLE = 0.2
"""Seconds between two looks at the memory."""

EXAMPLES = """\
examples:
  python -m bench.replay                     as the result beside this script was made: some minutes, and 7 GB of disk
  python -m bench.replay --lines 500000      a first look, in seconds; writes nothing
"""


class Caller(NamedTuple):
    """One subscription."""

    organization: str
    application: str
    subscription: str
    credential: str
    plan: str
    address: str


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    try:
        if sys.platform != "linux":
            raise BenchError("it reads /proc; run it on Linux")
        result = _about(options) | _measured(options.lines, options.seed)
    except BenchError as error:
        print(f"FAILED: {error}", file=sys.stderr)
        return 1
    print(
        f"{result['seconds']:.1f} s, {result['lines_a_second']:,} lines/s, {result['cpu_us_a_line']} µs CPU a line, "
        f"{result['peak_rss_mib']:,.0f} MiB in {result['most_processes']} processes"
    )
    if options.lines < WHOLE:
        print(f"{WHOLE:,} lines at that pace: {result['seconds_for_10_million']:.0f} s; nothing was written")
        return 0
    RESULTS.write_text(json.dumps(result, indent=2) + "\n")
    print(f"{result['verdict']}; written to {RESULTS}")
    return 0 if result["seconds"] <= MOST_SECONDS else 1


def log_lines(count: int, seed: int) -> Iterator[str]:
    """Calls of several hundred subscriptions, few of which make most of them."""
    rng = random.Random(seed)  # noqa: S311 - made-up traffic
    callers = [_caller(rng, number) for number in range(SUBSCRIPTIONS)]
    weights = [1 / (number + 1) ** 0.7 for number in range(SUBSCRIPTIONS)]
    shares, decided = [each[0] for each in MIX], MIX
    done = 0
    while done < count:
        chunk = min(10_000, count - done)
        chosen = rng.choices(callers, weights, k=chunk)
        for caller, (_, *decision) in zip(chosen, rng.choices(decided, shares, k=chunk), strict=True):
            yield _line(rng, caller, int(START + done * APART), *decision)
            done += 1


def write_policies(folder: Path, plans: Mapping[str, Any]) -> Path:
    """A policy folder of several APIs, whose products sell some of them each."""
    paths = {}
    for number in range(OPERATIONS // 3):
        item = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]
        paths[f"/things{number}"] = {each: _operation(f"{each}Things{number}") for each in ("get", "post")}
        paths[f"/things{number}/{{id}}"] = {"parameters": item, "get": _operation(f"getThing{number}")}
    document = {"openapi": "3.0.3", "info": {"title": "Replay", "version": "1"}, "paths": paths}
    files: dict[str, Any] = {
        "platform.yaml": {"name": "Replay", "support": "https://bench.example/support"},
        "products/all.yaml": {"title": "All", "apis": [_api(each) for each in range(APIS)], "plans": [*plans]},
        **{f"plans/{name}.yaml": {"title": name, "limits": limits} for name, limits in plans.items()},
    }
    about = {"title": "Replay", "owner": "bench", "state": "published", "upstream": "https://bench.example"}
    for each in range(APIS):
        files[f"apis/{_api(each)}/api.yaml"] = about
        files[f"apis/{_api(each)}/openapi.json"] = document
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))
    return folder


def _measured(lines: int, seed: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="tiergate-replay-") as temporary:
        folder = Path(temporary)
        log = folder / "access.log"
        with log.open("w") as file:
            file.writelines(log_lines(lines, seed))
        base, new = (write_policies(folder / name, plans) for name, plans in (("base", PLANS), ("new", LOWERED)))
        command = [sys.executable, "-m", "tiergate", "simulate", "--json", "--log", str(log)]
        began, cpu = time.monotonic(), _cpu_seconds()
        with (folder / "report.json").open("w+") as out:
            running = subprocess.Popen([*command, "--base", str(base), "--policies", str(new)], stdout=out)  # noqa: S603
            peak, most = _watched(running)
            seconds = time.monotonic() - began
            out.seek(0)
            if running.returncode not in {0, 1}:
                raise BenchError(f"tiergate simulate ended with {running.returncode}")
            report = json.load(out)
        if report["calls"] != lines or report["skipped"]["lines"]:
            raise BenchError(f"{report['calls']} of {lines} lines were decided on")
        return {
            "bytes": log.stat().st_size,
            "subscriptions": SUBSCRIPTIONS,
            "seconds": round(seconds, 1),
            "cpu_us_a_line": round((_cpu_seconds() - cpu) / lines * 1e6, 1),
            "lines_a_second": round(lines / seconds),
            "seconds_for_10_million": round(seconds * WHOLE / lines, 1),
            "peak_rss_mib": round(peak / 1024, 1),
            "most_processes": most,
            "newly_refused": sum(each["calls"] for each in report["newly_refused"]),
            "verdict": f"{'met' if seconds <= MOST_SECONDS else 'MISSED'}: at most {MOST_SECONDS} s",
        }


def _cpu_seconds() -> float:
    """Of all processes that ended and were waited for, and theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _watched(running: "subprocess.Popen[bytes]") -> tuple[int, int]:
    """The greatest memory (KiB resident, pages shared by several counted in each) and number of its processes."""
    peak = most = 0
    while True:
        family = [_rss(each) for each in (running.pid, *_children(running.pid))]
        peak, most = max(peak, sum(family)), max(most, sum(1 for each in family if each > 0))
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.wait(SAMPLE)
            return peak, most


def _children(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def _rss(pid: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    return 0


def _line(rng: random.Random, caller: Caller, time_: int, status: str, decision: str, reason: str) -> str:
    kind, number = rng.randrange(3), rng.randrange(OPERATIONS // 3)
    api, method = _api(rng.randrange(APIS)), ("GET", "POST", "GET")[kind]
    operation = (f"getThings{number}", f"postThings{number}", f"getThing{number}")[kind]
    path = f"/{api}/things{number}" + (f"/{rng.getrandbits(64):016x}" if kind == 2 else "")
    if reason == "operation_not_found":
        path, operation = f"/{api}/nothing", "-"
    anonymous = reason in {"operation_not_found", "credential_missing"}
    unknown = anonymous or reason == "credential_expired"
    came = time_ - rng.randrange(300)
    known = {
        "time": came,
        "request_id": f"{rng.getrandbits(88):022x}=",
        "method": method,
        "path": path,
        "api": api,
        "operation": operation,
        "status": status,
        "decision": decision,
        "reason": reason,
        "organization": "-" if unknown else caller.organization,
        "application": "-" if unknown else caller.application,
        "subscription": "-" if unknown else caller.subscription,
        "credential": "-" if anonymous else caller.credential,
        "scheme": "-" if anonymous else "ApiKey",
        "product": "-" if unknown else "all",
        "plan": "-" if unknown else caller.plan,
        "cost": "-" if operation == "-" else "1",
        "address": caller.address,
        "authorizer_latency": "4.2",
        "integration_latency": "31",
        "latency": "38",
        "bytes": rng.randrange(300, 9_000),
    }
    return "{" + ", ".join([f'"{name}": "{known.get(name, "-")}"' for name in FIELDS]) + "}\n"


def _caller(rng: random.Random, number: int) -> Caller:
    return Caller(
        f"org-{number // 2}",
        f"app_{rng.getrandbits(48):012x}",
        f"sub_{rng.getrandbits(48):012x}",
        f"{rng.getrandbits(48):012x}",
        rng.choice([*PLANS]),
        f"203.0.{number % 256}.0",
    )


def _api(number: int) -> str:
    return f"service{number}/v1"


def _operation(name: str) -> dict[str, Any]:
    return {"operationId": name, "responses": {"200": {"description": "Done"}}}


def _about(options: argparse.Namespace) -> dict[str, Any]:
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": f"python -m bench.replay --lines {options.lines} --seed {options.seed}",
        "machine": machine() | {"usable_cores": len(os.sched_getaffinity(0))},
        "versions": versions(),
        "lines": options.lines,
    }


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.replay",
        description="A made-up access log through tiergate simulate, with a base to compare with. "
        f"The result goes to {RESULTS.relative_to(RESULTS.parents[2])}.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--lines", type=int, default=WHOLE, help=f"how many (default {WHOLE})")
    parser.add_argument("--seed", type=int, default=1, help="another one gives other calls (default 1)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
