"""``python -m bench.dynamodb_client``: the request path's DynamoDB client beside others, one UpdateItem a call."""

import argparse
import importlib.util
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import BenchError, fake_dynamodb
from bench.dynamodb_clients import CLIENTS, KEY_ID, REGION, SECRET, TABLE, TOKEN
from bench.http_server import ServerProcess
from bench.machine import machine, place, versions
from bench.report import spread

RESULTS = Path(__file__).parent / "results" / "dynamodb_client.json"
ENVIRONMENT = {
    "AWS_REGION": REGION,
    "AWS_ACCESS_KEY_ID": KEY_ID,
    "AWS_SECRET_ACCESS_KEY": SECRET,
    "AWS_SESSION_TOKEN": TOKEN,
    "PATH": os.environ["PATH"],
    "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
}
EXAMPLES = """\
examples:
  python -m bench.dynamodb_client                           as the results beside this script were made
  python -m bench.dynamodb_client --rounds 1 --calls 200    a first look, in seconds; writes nothing
aiodynamo is measured too where it and aiohttp are installed.
"""

Samples = dict[str, list[dict[str, float]]]


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if sys.platform != "linux":
            raise BenchError("it keeps client and server on cores of their own; run it on Linux")
        figures = _figures(options.rounds, options.calls)
    except BenchError as error:
        print(f"FAILED: {error}", file=sys.stderr)
        return 1
    print(_table(figures["clients"]))
    if options.rounds > 1:
        RESULTS.write_text(json.dumps(figures, indent=2) + "\n")
        print(f"\nwritten to {RESULTS}")
    return 0


def _figures(rounds: int, calls: int) -> dict[str, Any]:
    names = [name for name in CLIENTS if name != "aiodynamo" or importlib.util.find_spec("aiodynamo")]
    started, placement = machine(), place(one_core=False)
    samples: Samples = {name: [] for name in names}
    with ServerProcess(fake_dynamodb.answers, {TABLE: ("subscription",)}) as server:
        for number in range(rounds):
            for name in names if number % 2 == 0 else reversed(names):
                samples[name].append(_sample(name, f"http://{server.address}", calls, placement.function))
            last = ", ".join(f"{name} {taken[-1]['call_us']:,.0f}" for name, taken in samples.items())
            print(f"round {number + 1} of {rounds}, CPU µs a call: {last}", file=sys.stderr, flush=True)
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": f"python -m bench.dynamodb_client --rounds {rounds} --calls {calls}",
        "machine": started,
        "versions": versions(),
        "clients": {name: _client(name, samples) for name in names},
    }


def _sample(name: str, url: str, calls: int, core: int) -> dict[str, float]:
    """One client in a process of its own."""
    command = ["taskset", "-c", str(core), sys.executable, "-m", "bench.dynamodb_clients", name, url, str(calls)]
    done = subprocess.run(  # noqa: S603 - our own command
        command, cwd=Path(__file__).parents[1], env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BenchError(f"{name}: {done.stderr.strip()[-1000:]}")
    sample: dict[str, float] = json.loads(done.stdout)
    return sample


def _client(name: str, samples: Samples) -> dict[str, Any]:
    """A client's figures. Ratios and differences are taken within a round, so that drift cancels."""
    rounds = list(zip(samples[name], samples["ours"], samples["nothing"], strict=True))
    return {
        **{figure: spread([own[figure] for own, *_ in rounds]) for figure in samples[name][0]},
        "times_ours": spread([own["call_us"] / ours["call_us"] for own, ours, _ in rounds]),
        "cold_above_nothing_ms": spread([own["cold_ms"] - nothing["cold_ms"] for own, _, nothing in rounds]),
    }


def _table(clients: dict[str, Any]) -> str:
    columns = ("call_us", "times_ours", "elapsed_us", "cold_above_nothing_ms", "rss_mib")
    heads = ("CPU µs a call", "× ours", "elapsed µs", "cold CPU ms", "MiB")
    lines = [f"{'median':<22}" + "".join(f"{head:>16}" for head in heads)]
    for name, figures in clients.items():
        lines.append(f"{name:<22}" + "".join(f"{figures[column]['median']:>16,.1f}" for column in columns))
    return "\n".join(lines)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.dynamodb_client",
        description="CPU a call, cold start and memory of clients for DynamoDB, over HTTP to a fake one. "
        f"The result goes to {RESULTS.relative_to(RESULTS.parents[2])}.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rounds", type=int, default=11, help="fresh processes of each client (default 11)")
    parser.add_argument("--calls", type=int, default=2000, help="measured in each of them (default 2000)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
