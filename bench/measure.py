"""One measurement: a function in a fresh process under the real runtime loop, from spawn to its last answer."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import distribution
from operator import itemgetter
from pathlib import Path

from bench import BenchError
from bench.functions import Function
from bench.runtime_api import RuntimeApi

TIMEOUT = 60
"""Seconds for all requests of one measurement."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One function in one round. ``reads`` and ``writes`` of DynamoDB a request, the warm-up included."""

    request_us: float
    cold_ms: float
    rss_mib: float
    reads: float
    writes: float


class Workshop:
    """Measures functions on one ``core``. ``folder`` keeps what Python compiles; ``dynamodb`` is the fake's URL.

    Lambda's runtime has its libraries compiled, but compiles a package without bytecode at every cold start, as it
    cannot write beside it. So ``prepare`` compiles everything once, then drops what is of such a package.
    """

    def __init__(self, folder: Path, dynamodb: str, core: int) -> None:
        self._compiled = folder / "compiled"
        self._dynamodb = dynamodb
        self._core = core

    def prepare(self, function: Function) -> None:
        """Run a function once, unmeasured.

        Raises
        ------
        BenchError
            It runs something else than its package.
        """
        self._run(function, warm_up=1, requests=2, keep=True)
        own = self._compiled / function.package.resolve().relative_to("/")
        if not own.is_dir():
            raise BenchError(f"{function.name}: nothing was imported from its package {function.package}")
        if not function.compiled:
            shutil.rmtree(own)

    def measure(self, function: Function, *, warm_up: int, requests: int) -> Sample:
        """Run a function in a new process.

        Raises
        ------
        BenchError
            An answer was not the expected one, or the function died or got stuck.
        """
        return self._run(function, warm_up=warm_up, requests=requests, keep=False)

    def _run(self, function: Function, *, warm_up: int, requests: int, keep: bool) -> Sample:
        command = [sys.executable, "-m", "awslambdaric", function.handler]
        before = self._calls()
        with (
            tempfile.TemporaryFile() as output,
            RuntimeApi(function.events, function.check, warm_up=warm_up, requests=requests) as api,
        ):
            environment = dict(function.environment) | {
                "AWS_LAMBDA_RUNTIME_API": api.address,
                "LAMBDA_TASK_ROOT": str(function.package),
                "_HANDLER": function.handler,
                "PYTHONPYCACHEPREFIX": str(self._compiled),
                "PYTHONDONTWRITEBYTECODE": "" if keep else "1",
            }
            process = subprocess.Popen(  # noqa: S603 - our own command
                command, cwd=function.package, env=environment, stdout=output, stderr=output
            )
            try:
                os.sched_setaffinity(process.pid, {self._core})
                api.watch(process.pid)
                _wait(api, process)
                if api.fault or process.poll() is not None:
                    raise BenchError(_failure(function, api.fault or "ended by itself", output))
                timing, rss = api.timing(), _rss_mib(process.pid)
            finally:
                process.kill()
                process.wait()
        after, total = self._calls(), warm_up + requests
        reads, writes = ((after.get(name, 0) - before.get(name, 0)) / total for name in ("GetItem", "UpdateItem"))
        return Sample(timing.request_us, timing.cold_ms, rss, reads, writes)

    def _calls(self) -> dict[str, int]:
        with urllib.request.urlopen(f"{self._dynamodb}/calls") as answer:
            return json.load(answer)


def zipped_kb(function: Function) -> tuple[float, float]:
    """A function's package as it is uploaded, and the libraries that it has to bring along."""
    package = ((path, str(path.relative_to(function.package))) for path in function.package.rglob("*"))
    return _zipped_kb(package), _zipped_kb(_layer(function.layer)) if function.layer else 0.0


def _zipped_kb(files: Iterable[tuple[Path, str]]) -> float:
    with tempfile.TemporaryFile() as archive:
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
            for path, name in sorted(files, key=itemgetter(1)):
                zipped.write(path, name)
        return archive.tell() / 1024


def _layer(libraries: Iterable[str]) -> Iterable[tuple[Path, str]]:
    for library in libraries:
        for file in distribution(library).files or ():
            if file.suffix != ".pyc" and ".." not in file.parts:
                yield Path(str(file.locate())), str(file)


def _wait(api: RuntimeApi, process: subprocess.Popen[bytes]) -> None:
    for _ in range(TIMEOUT * 10):
        if api.done.wait(0.1) or process.poll() is not None:
            return
    raise BenchError(f"not done after {TIMEOUT} s; give fewer --requests, or see what else keeps the machine busy")


def _failure(function: Function, fault: str, output: object) -> str:
    output.seek(0)
    text = output.read().decode(errors="replace")[-2000:]
    return f"{function.name}: {fault}\nIts output ended:\n{text}"


def _rss_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024
