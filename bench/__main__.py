"""``python -m bench``: CPU a request, cold start, memory and size of the request path, beside a floor and the usual."""

import argparse
import contextlib
import json
import signal
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import BenchError, fake_dynamodb, tokens, upstream
from bench.certificate import server_certificate
from bench.cost import prices, simulated_writes
from bench.document import write_document
from bench.functions import Function
from bench.gateway import TABLES
from bench.http_server import ServerProcess
from bench.machine import Placement, machine, place, versions
from bench.matching import matching_us
from bench.measure import Sample, Workshop, zipped_kb
from bench.report import results, table
from bench.tokens import Issuer
from bench.workbench import Servers, functions
from tiergate.domain.catalogue import FILE

RESULTS = Path(__file__).parent / "results" / "request_path.json"
WARM_UP = 200
MOST_LEASED = 0.5
"""Writes a request, above which leases do nothing; the target is in `bench.targets`."""

LEASED = ("authorizer_leased", "authorizer_token", "authorizer_token_rs256", "authorizer_token_es256")
"""Functions whose calls are compared, of the same plan."""

EXAMPLES = """\
examples:
  python -m bench                             as the results beside this script were made
  python -m bench --rounds 1 --requests 200   a first look, in seconds
  python -m bench --against ../before         with the authorizer of another checkout, in the same rounds
  python -m bench --json | jq .authorizer_exact_us.median
"""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    started = time.monotonic()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that nothing is left running then either
    try:
        if sys.platform != "linux":
            raise BenchError("it reads Linux's process clocks and /proc; run it on Linux")
        placement = place(one_core=options.one_core)
        about = _about(options, placement)
        measured, figures = _measured(options, placement)
    except BenchError as error:
        _say(f"FAILED: {error}")
        return 1
    except KeyboardInterrupt:
        _say("interrupted; nothing was written")
        return 130
    RESULTS.parent.mkdir(exist_ok=True)
    text = json.dumps(about | figures, indent=2)
    RESULTS.write_text(text + "\n")
    write_document()
    print(text if options.json else table(measured, figures))
    _say(f"\n{options.rounds} rounds in {time.monotonic() - started:.0f} s, written to {RESULTS}")
    return 0


def _about(options: argparse.Namespace, placement: Placement) -> dict[str, Any]:
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": f"python -m bench --rounds {options.rounds} --requests {options.requests}"
        + " --one-core" * options.one_core
        + " --against …" * (options.against is not None),
        "machine": machine(),
        "cores_used": asdict(placement),
        "versions": versions(),
        "rounds": options.rounds,
        "requests": options.requests,
        "warm_up": WARM_UP,
    }


def _measured(options: argparse.Namespace, placement: Placement) -> tuple[list[Function], dict[str, Any]]:
    with contextlib.ExitStack() as ends:
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="tiergate-bench-"))).resolve()
        certificate, trusted = server_certificate(folder)
        issuer = Issuer()
        dynamodb = ends.enter_context(ServerProcess(fake_dynamodb.answers, TABLES, certificate=certificate))
        behind = ends.enter_context(ServerProcess(upstream.answers))
        keys = ends.enter_context(ServerProcess(tokens.answers, issuer.jwks(), certificate=certificate))
        issuer.url = f"https://{keys.tls_address}/"
        store = f"http://{dynamodb.address}"
        servers = Servers(store, f"https://{dynamodb.tls_address}", f"http://{behind.address}", trusted)
        _say("staging the packages ...")
        most = WARM_UP + options.requests
        measured = functions(folder, servers, issuer, most=most, against=options.against)
        workshop = Workshop(folder, store, placement.function)
        for function in measured:
            workshop.prepare(function)
        samples: dict[str, list[Sample]] = {function.name: [] for function in measured}
        for number in range(options.rounds):
            for function in measured if number % 2 == 0 else reversed(measured):
                samples[function.name].append(workshop.measure(function, warm_up=WARM_UP, requests=options.requests))
            last = ", ".join(f"{name} {taken[-1].request_us:,.0f}" for name, taken in samples.items())
            _say(f"round {number + 1} of {options.rounds}, CPU µs a request: {last}")
        _writes_as_expected(samples)
        sizes = {function.name: zipped_kb(function) for function in measured}
        authorizer = next(function.package for function in measured if function.name == "authorizer_exact")
        return measured, results(
            samples, sizes, matching_us((authorizer / FILE).read_text()), prices(), simulated_writes()
        )


def _writes_as_expected(samples: Mapping[str, Sequence[Sample]]) -> None:
    """One a request in exact mode, far fewer in leased; anything else means that something else was measured."""
    for sample in samples["authorizer_exact"]:
        if sample.writes != 1:
            raise BenchError(f"authorizer_exact made {sample.writes:.3f} writes a request, expected 1")
    for name in LEASED:
        for sample in samples[name]:
            if sample.writes > MOST_LEASED:
                raise BenchError(f"{name} made {sample.writes:.3f} writes a request, expected under {MOST_LEASED}")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="CPU a request, cold start, memory and size of the request path under the real Lambda runtime "
        f"loop. Results go to {RESULTS.relative_to(RESULTS.parents[2])}.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rounds", type=_positive, default=11, help="fresh processes of each function (default 11)")
    parser.add_argument("--requests", type=_positive, default=1000, help="measured in each of them (default 1000)")
    parser.add_argument("--one-core", action="store_true", help="function and servers on one core: a lower floor")
    parser.add_argument(
        "--against",
        type=_checkout,
        metavar="FOLDER",
        help="another checkout of Tiergate: measure its authorizer too, to compare with",
    )
    parser.add_argument("--json", action="store_true", help="print the results as JSON in place of the table")
    return parser.parse_args(arguments)


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return value


def _checkout(text: str) -> Path:
    folder = Path(text).resolve()
    if not (folder / "lambdas/authorizer/handler.py").is_file():
        raise argparse.ArgumentTypeError(f"{text} is no checkout of Tiergate: it has no lambdas/authorizer/handler.py")
    return folder


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
