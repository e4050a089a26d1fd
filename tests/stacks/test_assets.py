"""What ships in each function's package. No Node is needed to know."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from stacks import assets
from stacks.settings import ROOT
from tiergate.domain.catalogue import FILE, Catalogue
from tiergate.policy.bundle import compiled
from tiergate.policy.check import checked

ENVIRONMENT = {
    "MODE": "managed",
    "KEY_ENV": "dev",
    "REGISTRY_TABLE": "registry",
    "USAGE_TABLE": "usage",
    "MAC_KEY": "key",
    "AWS_DEFAULT_REGION": "us-east-1",
}
NOT_ON_THE_REQUEST_PATH = {"aws_cdk", "jsii", "yaml", "pydantic", "click", "aws_lambda_powertools"}


@pytest.fixture(scope="module")
def bundle() -> str:
    return assets.packed(compiled(checked(ROOT / "policies")))


@pytest.mark.parametrize("function", ["authorizer", "onboard", "proxy", "demo_bank"])
def test_every_handler_imports_from_its_package_alone(function: str, bundle: str, tmp_path: Path):
    """In a process that sees the package and what Lambda's runtime brings (boto3), not the project."""
    shared = function != "demo_bank"
    package = assets.stage(function, tmp_path, bundle if shared else None, shared=shared)
    program = (
        f"import sys, lambdas.{function}.handler as module; assert callable(module.handler);"
        "print(*{name.partition('.')[0] for name in sys.modules}, module.__file__)"
    )
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program],
        cwd=package,
        env=ENVIRONMENT | {"PATH": os.environ["PATH"], "LAMBDA_TASK_ROOT": str(package)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    *loaded, file = done.stdout.split()
    assert Path(file).is_relative_to(package)
    assert not NOT_ON_THE_REQUEST_PATH & set(loaded)


def test_a_package_holds_nothing_but_what_runs(bundle: str, tmp_path: Path):
    package = assets.stage("proxy", tmp_path, bundle)
    tops = {str(path.relative_to(package).parent) for path in package.rglob("*.py")}
    shared = {"tiergate", "tiergate/domain", "tiergate/adapters", "tiergate/adapters/registry"}
    assert tops == {*shared, "lambdas", "lambdas/proxy"}
    assert not list(package.rglob("*.pyc"))
    assert (package / FILE).read_text() == bundle


def test_an_edit_to_one_function_leaves_the_others_packages_as_they_were(
    bundle: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    project = tmp_path / "project"
    for part in ("tiergate", "lambdas"):
        shutil.copytree(ROOT / part, project / part)
    monkeypatch.setattr(assets, "ROOT", project)
    before = {name: _digest(assets.stage(name, tmp_path, bundle)) for name in ("authorizer", "proxy")}
    with (project / "lambdas/proxy/handler.py").open("a") as file:
        file.write("\nEDITED = True\n")
    assert _digest(assets.stage("authorizer", tmp_path, bundle)) == before["authorizer"]
    assert _digest(assets.stage("proxy", tmp_path, bundle)) != before["proxy"]


@pytest.mark.parametrize(
    "keys", ["isolated: true\n", "isolated: true\nconcurrency: 20\n", "private: true\nisolated: true\n"]
)
def test_where_an_api_runs_changes_no_package(tmp_path: Path, keys: str):
    policies = Path(shutil.copytree(ROOT / "policies", tmp_path / "policies"))
    api = policies / "apis/bank/v1/api.yaml"
    text = api.read_text().replace("lambda:demo_bank", "https://bank.example")
    api.write_text(text)
    before = assets.packed(compiled(checked(policies)))
    api.write_text(text + keys)
    assert "deploy" in compiled(checked(policies))["apis"]["bank/v1"]
    assert assets.packed(compiled(checked(policies))) == before


def test_a_package_has_all_of_the_bundle_that_functions_read(bundle: str):
    whole = compiled(checked(ROOT / "policies"))
    assert Catalogue.of(json.loads(bundle)) == Catalogue.of(whole)


def test_a_function_that_does_not_exist_is_named(tmp_path: Path):
    with pytest.raises(assets.AssetError, match=r"lambdas/nothing/handler\.py does not exist"):
        assets.stage("nothing", tmp_path)


def _digest(package: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        digest.update(str(path.relative_to(package)).encode())
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()
