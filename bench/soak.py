"""``python -m bench.soak``: 300,000 calls through both handlers in one process; memory must stay flat."""

import argparse
import contextlib
import gc
import importlib
import io
import json
import os
import signal
import sys
import tempfile
import threading
import time
import tracemalloc
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import BenchError, soak_tokens, soak_world, tokens
from bench.gateway import CREDENTIALS, REGION, issuer_file
from bench.http_server import ServerProcess
from bench.machine import machine, versions
from bench.soak_world import API, DEAD_API, ENV, ISSUER, LIMIT, OPEN_API, PLAN, PRODUCT, REGISTRY, USAGE, Kind, Step
from bench.tokens import Issuer
from tiergate.policy.bundle import compiled, serialized
from tiergate.policy.check import checked

RESULTS = Path(__file__).parent / "results" / "soak.json"
SAMPLES = 200
WARM_UP = 0.25
"""The share of the samples in which caches fill for the first time."""

LEAST = 225_000
"""Requests that a verdict needs: caches fill and empty every 70,000 or so, and both halves must see it."""

MOST_GROWTH = {"rss_mib": 1.0, "objects": 5_000, "blocks": 20_000, "descriptors": 1, "threads": 1}
"""For 100,000 requests, of the greatest value in the second half after the warm-up over that in the first.

Where in a cache's filling the samples lie makes a difference of 2,500 objects. One that leaks with every twentieth call
makes more than 5,000.
"""

OPERATIONS = ("GET /{id}/{kind}", "POST /{id}/{kind}")

EXAMPLES = """\
examples:
  python -m bench.soak                      as the result beside this script was made: a quarter of an hour
  python -m bench.soak --requests 10000     a first look, in half a minute; gives no verdict and writes nothing
  python -m bench.soak --trace 20           also tells which lines hold more memory at the end than after the warm-up
"""


@dataclass(frozen=True, slots=True)
class Sample:
    """What the process holds after so many requests, garbage collected: ``blocks`` are Python's of memory."""

    requests: int
    rss_mib: float
    objects: int
    blocks: int
    descriptors: int
    threads: int


class Handlers:
    """Both functions as they are deployed, in this process, and what API Gateway does between them."""

    def __init__(self, bundle: Path, store: str) -> None:
        os.environ |= CREDENTIALS | {
            "AWS_ENDPOINT_URL_DYNAMODB": store,
            "AWS_DEFAULT_REGION": REGION,
            "BUNDLE": str(bundle),
            "KEY_ENV": ENV,
            "MODE": "managed",
            "REGISTRY_TABLE": REGISTRY,
            "STAGE": ENV,
            "STORE_TIMEOUT": "10",
            "USAGE_TABLE": USAGE,
        }
        self._authorize = importlib.import_module("lambdas.authorizer.handler").handler
        self._forward = importlib.import_module("lambdas.proxy.handler").handler

    def call(self, step: Step) -> int:
        """The caller's status. Raises ``BenchError`` where the answer is not the one that the call must get."""
        answer = self._authorize(step.event, None)
        reason = answer["context"]["reason"]
        if not answer["isAuthorized"] or reason != step.reason:
            raise BenchError(f"expected {step.reason}, got {answer}")
        context = dict(step.event.get("requestContext", {}), authorizer={"lambda": answer["context"]})
        status = self._forward({**step.event, "requestContext": context}, None)["statusCode"]
        if status != step.status and (step.status or status < 400):
            raise BenchError(f"expected {step.status or 'a refusal'}, got {status} for {step.event}")
        return int(status)


class Log(io.TextIOBase):
    """Standard output of the functions: only counted."""

    def __init__(self) -> None:
        self.lines = 0

    def write(self, text: str) -> int:
        self.lines += text.count("\n")
        return len(text)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if sys.platform != "linux":
            raise BenchError("it reads /proc; run it on Linux")
        result = _about(options) | _soaked(options.requests, options.seed, options.trace)
    except BenchError as error:
        _say(f"FAILED: {error}")
        return 1
    except KeyboardInterrupt:
        _say("interrupted; nothing was written")
        return 130
    if options.requests < LEAST:
        _say(f"Every answer was right. A verdict on memory needs {LEAST:,} requests or more; nothing was written.")
        return 0
    RESULTS.write_text(json.dumps(result, indent=2) + "\n")
    for name, figure in result["growth_a_100_000_requests"].items():
        _say(f"  {name:<12}{figure['measured']:>+12,.2f}   at most {figure['most']:+,}")
    _say(f"{result['verdict']}; written to {RESULTS}")
    return 0 if result["verdict"] == "flat" else 1


def growth(samples: Sequence[Sample]) -> dict[str, dict[str, float]]:
    """How the peaks of the two halves after the warm-up differ, for 100,000 requests.

    Peaks, because caches empty at once when they are full: between two samples a slope would tell where in that the
    samples lie. Each half sees every cache full.
    """
    warm = samples[int(len(samples) * WARM_UP) :]
    half = len(warm) // 2
    distance = (warm[-1].requests - warm[half - 1].requests) / 100_000
    result = {}
    for name, most in MOST_GROWTH.items():
        first, second = (max(getattr(each, name) for each in part) for part in (warm[:half], warm[half:]))
        result[name] = {"measured": round((second - first) / distance, 2), "most": most}
    return result


def verdict(grown: dict[str, dict[str, float]]) -> str:
    """``flat``, or what grew."""
    names = [name for name, figure in grown.items() if figure["measured"] > figure["most"]]
    return f"GROWS: {', '.join(names)}" if names else "flat"


def _soaked(requests: int, seed: int, trace: int) -> dict[str, Any]:
    issuer = Issuer()
    with (
        tempfile.TemporaryDirectory(prefix="tiergate-soak-") as folder,
        ServerProcess(soak_world.store) as store,
        ServerProcess(soak_world.upstream) as upstream,
        ServerProcess(tokens.answers, issuer.jwks()) as keys,
    ):
        issuer.url = f"http://{keys.address}/"
        bundle = _bundle(Path(folder), f"http://{upstream.address}", issuer.url)
        handlers = Handlers(bundle, f"http://{store.address}")
        log, started = Log(), time.monotonic()
        with contextlib.redirect_stdout(log):
            samples, reasons, statuses = _run(handlers, soak_tokens.kinds(issuer), requests, seed, trace)
    grown = growth(samples)
    return {
        "seconds": round(time.monotonic() - started),
        "reasons": dict(reasons.most_common()),
        "statuses": {str(status): count for status, count in sorted(statuses.items())},
        "log_lines": log.lines,
        "first": asdict(samples[0]),
        "warm": asdict(samples[int(len(samples) * WARM_UP)]),
        "last": asdict(samples[-1]),
        "peak": {name: max(getattr(each, name) for each in samples) for name in MOST_GROWTH},
        "growth_a_100_000_requests": grown,
        "verdict": verdict(grown),
        "rss_mib_over_time": [each.rss_mib for each in samples[:: SAMPLES // 20]],
        "objects_over_time": [each.objects for each in samples[:: SAMPLES // 20]],
    }


def _run(
    handlers: Handlers, others: Sequence[Kind], requests: int, seed: int, trace: int
) -> tuple[list[Sample], Counter[str], Counter[int]]:
    samples: list[Sample] = []
    reasons, statuses = Counter[str](), Counter[int]()
    every, before = max(requests // SAMPLES, 1), None
    started = time.monotonic()
    for number, step in zip(range(1, requests + 1), soak_world.steps(seed, others), strict=False):
        statuses[handlers.call(step)] += 1
        reasons[step.reason] += 1
        if number % every == 0:
            samples.append(_sample(number))
            if trace and before is None and len(samples) >= SAMPLES * WARM_UP:
                tracemalloc.start(5)
                before = tracemalloc.take_snapshot()
            if len(samples) % (SAMPLES // 20) == 0:
                rate = number / (time.monotonic() - started)
                last = samples[-1]
                _say(f"{number:>9,} requests, {rate:,.0f}/s, {last.rss_mib:.1f} MiB, {last.objects:,} objects")
    if before is not None:
        for line in tracemalloc.take_snapshot().compare_to(before, "lineno")[:trace]:
            _say(str(line))
    return samples, reasons, statuses


def _sample(requests: int) -> Sample:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return Sample(
        requests,
        round(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, 2),
        len(gc.get_objects()),
        sys.getallocatedblocks(),
        sum(1 for _ in Path("/proc/self/fd").iterdir()),
        threading.active_count(),
    )


def _bundle(folder: Path, upstream: str, issuer: str) -> Path:
    """Three APIs, one with a dead upstream and one that needs no credential, and a plan whose limits are far away."""
    document = {
        "openapi": "3.0.3",
        "info": {"title": "Soak", "version": "1"},
        "paths": {
            "/{id}/{kind}": {
                "parameters": [
                    {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
                    for name in ("id", "kind")
                ],
                **{method: {"responses": {"200": {"description": "Done"}}} for method in ("get", "post")},
            }
        },
    }
    about = {"title": "Soak", "owner": "bench", "state": "published", "timeout": 5}
    files: dict[str, Any] = {
        "platform.yaml": {"name": "Soak", "support": "https://bench.example/support"},
        f"plans/{PLAN}.yaml": {
            "title": "Soak",
            "limits": {"rate": {"per_second": 100_000, "burst": 100_000}, "quota": {"hour": LIMIT}},
        },
        f"products/{PRODUCT}.yaml": {"title": "Soak", "apis": [API, DEAD_API], "plans": [PLAN]},
        f"issuers/{ISSUER}.yaml": issuer_file(issuer),
        f"apis/{API}/api.yaml": about | {"upstream": upstream, "accepts": "either"},
        f"apis/{OPEN_API}/api.yaml": about
        | {"upstream": upstream, "public_plan": PLAN, "operations": {name: {"public": True} for name in OPERATIONS}},
        f"apis/{DEAD_API}/api.yaml": about | {"upstream": "http://127.0.0.1:9"},
        f"apis/{API}/openapi.json": document,
        f"apis/{DEAD_API}/openapi.json": document,
        f"apis/{OPEN_API}/openapi.json": document,
    }
    for name, content in files.items():
        path = folder / "policies" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))
    bundle = folder / "bundle.json"
    bundle.write_text(serialized(compiled(checked(folder / "policies"))))
    return bundle


def _about(options: argparse.Namespace) -> dict[str, Any]:
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": f"python -m bench.soak --requests {options.requests} --seed {options.seed}",
        "machine": machine(),
        "versions": versions(),
        "requests": options.requests,
    }


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.soak",
        description="Calls of every kind through authorizer and proxy in one process. Fails if memory grows. "
        f"The result goes to {RESULTS.relative_to(RESULTS.parents[2])}.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--requests", type=int, default=300_000, help="how many (default 300000)")
    parser.add_argument("--seed", type=int, default=1, help="another one gives other calls (default 1)")
    parser.add_argument("--trace", type=int, default=0, metavar="LINES", help="trace allocations: three times slower")
    return parser.parse_args(arguments)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
