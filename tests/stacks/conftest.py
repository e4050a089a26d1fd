"""Templates synthesized by the real app, once a stage."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.stacks.mixed import NETWORK, write_policies
from tiergate.local.place import Place

ROOT = Path(__file__).resolve().parents[2]

Template = Mapping[str, Any]
Synth = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def synth() -> Synth:
    """``synth(folder, stage="prod")`` runs app.py as the CDK CLI does."""

    def run(out: Path, **context: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {
            "CDK_OUTDIR": str(out),
            "CDK_CONTEXT_JSON": json.dumps(context),
            "PATH": f"{Place.of_project().scripts}{os.pathsep}{os.environ['PATH']}",  # the pinned Node first
        }
        return subprocess.run(
            [sys.executable, "app.py"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )

    return run


@pytest.fixture(scope="session", params=["dev", "staging", "prod"])
def assembly(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, synth: Synth) -> Path:
    """The synthesized app of each stage in turn; its folder's name is the stage."""
    out = tmp_path_factory.mktemp("synth") / request.param
    done = synth(out, stage=request.param)
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="session")
def stage(assembly: Path) -> str:
    return assembly.name


@pytest.fixture(scope="session")
def data(assembly: Path) -> Template:
    return _template(assembly, "Data")


@pytest.fixture(scope="session")
def gateway(assembly: Path) -> Template:
    return _template(assembly, "Gateway")


@pytest.fixture(scope="session")
def mixed(tmp_path_factory: pytest.TempPathFactory, synth: Synth) -> Path:
    """Production with an API of every kind: the synthesized app's folder."""
    folder = tmp_path_factory.mktemp("mixed")
    write_policies(folder / "policies", ROOT)
    done = synth(folder / "out", stage="prod", policies=str(folder / "policies"), **NETWORK)
    assert done.returncode == 0, done.stderr
    return folder / "out"


@pytest.fixture(scope="session")
def mixed_gateway(mixed: Path) -> Template:
    return _template(mixed, "Gateway")


@pytest.fixture(scope="session")
def local_gateway(tmp_path_factory: pytest.TempPathFactory, synth: Synth) -> Template:
    """The same on the local emulator, where no network is named."""
    folder = tmp_path_factory.mktemp("local")
    write_policies(folder / "policies", ROOT)
    done = synth(folder / "out", stage="dev", local="1", policies=str(folder / "policies"))
    assert done.returncode == 0, done.stderr
    return _template(folder / "out", "Gateway")


@pytest.fixture(scope="session")
def of_type() -> Callable[[Template, str], dict[str, Any]]:
    """``of_type(template, "AWS::Lambda::Function")``: its resources of a type by logical id."""

    def find(template: Template, kind: str) -> dict[str, Any]:
        found = {name: resource for name, resource in template["Resources"].items() if resource["Type"] == kind}
        assert found, f"no {kind}"
        return found

    return find


def _template(assembly: Path, stack: str) -> Template:
    template: Template = json.loads((assembly / f"{stack}.template.json").read_text())
    return template
