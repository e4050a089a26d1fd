"""Templates synthesized by the real app: each once, two at a time, however many processes test them."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Any

import pytest

from tests.stacks.callers import DOMAIN, EDGE_SECRET, MUTUAL, PORTAL_DOMAIN, write_callers, write_plain
from tests.stacks.mixed import NETWORK, TOPIC, write_policies
from tiergate.local.place import Place

ROOT = Path(__file__).resolve().parents[2]

Template = Mapping[str, Any]
Synth = Callable[..., subprocess.CompletedProcess[str]]

RUNS: Mapping[str, Mapping[str, str]] = {
    "mixed": {"stage": "prod", "alarm_topic": TOPIC, **NETWORK, **PORTAL_DOMAIN},
    "local": {"stage": "dev", "local": "1"},
    "callers": {"stage": "prod", "edge_secret": EDGE_SECRET, **MUTUAL},
    "callers-local": {"stage": "dev", "local": "1", **MUTUAL},
    "plain": {"stage": "prod", **DOMAIN},
    "dev": {"stage": "dev"},
    "staging": {"stage": "staging"},
    "prod": {"stage": "prod"},
}
"""The context of every synth that succeeds. ``mixed`` and ``local`` have an API of every kind, ``callers`` every way of
saying who calls, ``plain`` API keys alone."""

POLICIES = {"mixed": "mixed", "local": "mixed", "callers": "callers", "callers-local": "callers", "plain": "plain"}
"""The policy folder of each that does not have the project's own."""

EMULATOR = "http://127.0.0.1:4599"
"""Where the local emulator is said to be."""


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this run, the same for all of its processes."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "synth"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def synth(shared: Path) -> Synth:
    """``synth(folder, stage="prod")`` runs app.py as the CDK CLI does.

    Where Python keeps no bytecode, the runs share what the first compiles: the CDK is half of a synth's time.
    """
    kept = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(shared / "bytecode")}

    def run(out: Path, **context: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {
            "CDK_OUTDIR": str(out),
            "CDK_CONTEXT_JSON": json.dumps(context),
            "AWS_ENDPOINT_URL": EMULATOR,
            "PATH": f"{Place.of_project().scripts}{os.pathsep}{os.environ['PATH']}",  # the pinned Node first
            **(kept if sys.dont_write_bytecode else {}),
        }
        return subprocess.run(
            [sys.executable, "app.py"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )

    return run


@pytest.fixture(scope="session")
def synthesized(
    tmp_path_factory: pytest.TempPathFactory, shared: Path, synth: Synth
) -> Iterator[Callable[[str], Path]]:
    """``synthesized("prod")``: the folder of one of ``RUNS``. All begin with the first that is asked for."""
    folder = tmp_path_factory.mktemp("policies")
    write_policies(folder / "mixed", ROOT)
    write_callers(folder / "callers")
    write_plain(folder / "plain")

    def run(name: str) -> Path:
        out, failed = shared / name, shared / f"{name}.failed"
        policies = {"policies": str(folder / POLICIES[name])} if name in POLICIES else {}
        with (shared / f"{name}.lock").open("w") as lock:
            flock(lock, LOCK_EX)
            if not failed.exists():
                done = synth(out, **RUNS[name], **policies)
                failed.write_text(f"{done.stderr}\nended with {done.returncode}" if done.returncode else "")
        return out

    pool = ThreadPoolExecutor(2)
    runs = {name: pool.submit(run, name) for name in RUNS}

    def wait(name: str) -> Path:
        out = runs[name].result()
        failure = (shared / f"{name}.failed").read_text()
        assert not failure, failure
        return out

    yield wait
    pool.shutdown(cancel_futures=True)


@pytest.fixture(scope="session")
def template(synthesized: Callable[[str], Path]) -> Callable[[str, str], Template]:
    """``template("mixed", "Gateway")``: a stack of one of ``RUNS``."""
    return lambda run, stack: json.loads((synthesized(run) / f"{stack}.template.json").read_text())


@pytest.fixture(scope="session", params=["dev", "staging", "prod"])
def stage(request: pytest.FixtureRequest) -> str:
    """Each in turn."""
    return str(request.param)


@pytest.fixture(scope="session")
def data(template: Callable[[str, str], Template], stage: str) -> Template:
    return template(stage, "Data")


@pytest.fixture(scope="session")
def gateway(template: Callable[[str, str], Template], stage: str) -> Template:
    return template(stage, "Gateway")


@pytest.fixture(scope="session")
def mixed_gateway(template: Callable[[str, str], Template]) -> Template:
    return template("mixed", "Gateway")


@pytest.fixture(scope="session")
def local_gateway(template: Callable[[str, str], Template]) -> Template:
    """On the local emulator, where no network is named."""
    return template("local", "Gateway")


@pytest.fixture(scope="session")
def of_type() -> Callable[[Template, str], dict[str, Any]]:
    """``of_type(template, "AWS::Lambda::Function")``: its resources of a type by logical id."""

    def find(template: Template, kind: str) -> dict[str, Any]:
        found = {name: resource for name, resource in template["Resources"].items() if resource["Type"] == kind}
        assert found, f"no {kind}"
        return found

    return find
