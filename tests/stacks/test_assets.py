"""What ships in each function's package. No Node is needed to know."""

import ast
import hashlib
import json
import os
import shutil
import ssl
import subprocess
import sys
from pathlib import Path

import certifi
import pytest

from stacks import assets
from stacks.settings import ROOT
from tests.stacks.callers import ORDERS, write_callers, write_plain
from tiergate.domain.catalogue import FILE, Catalogue
from tiergate.policy.bundle import compiled, serialized
from tiergate.policy.check import checked
from tiergate.policy.published import published

ENVIRONMENT = {
    "MODE": "managed",
    "KEY_ENV": "dev",
    "REGISTRY_TABLE": "registry",
    "USAGE_TABLE": "usage",
    "USAGE_RECORDS_TABLE": "usage-records",
    "STAGE": "dev",
    "TARGET": "dev",
    "QUEUE": "https://sqs.us-east-1.amazonaws.com/123456789012/queue",
    "DEAD_LETTERS": "https://sqs.us-east-1.amazonaws.com/123456789012/letters",
    "MAC_KEY": "key",
    "STORE_TIMEOUT": "10",
    "ISSUERS": '{"partners": {"url": "https://pool.example", "jwks": "https://pool.example/jwks.json"}}',
    "IDENTITY_KEYS": '["arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d"]',
    "IDENTITY_ISSUER": "https://api.example.com/_tiergate",
    "AWS_DEFAULT_REGION": "us-east-1",
    "USER_POOL_ID": "us-east-1_a1B2c3D4e",
    "GATEWAY": "https://api.example.com",
    "PORTAL_URL": "https://partners.example.com",
}
NOT_IN_A_FUNCTION = {"aws_cdk", "jsii", "yaml", "pydantic", "click", "aws_lambda_powertools"}
NOT_AT_THE_START_OF = {
    "authorizer": {
        *("boto3", "botocore", "http.client", "pathlib"),
        *("tiergate.domain.messages", "tiergate.domain.cors", "tiergate.domain.lookups", "tiergate.adapters.settings"),
    },
    "proxy": {"boto3", "botocore"},
    "rest_authorizer": {"boto3", "botocore", "tiergate.domain.lookups", "tiergate.adapters.settings"},
}
"""The request path: what a cold start or a call would pay for."""

if sys.version_info < (3, 14):  # from there on, traceback brings it
    NOT_AT_THE_START_OF["authorizer"].add("dataclasses")


AMAZONS = {
    "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
    "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
    "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
    "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
    "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5",
}
"""SHA-256 of each of Amazon Trust Services' roots, as https://www.amazontrust.com/repository/ has it."""


@pytest.fixture(scope="module")
def bundle() -> str:
    return assets.packed(compiled(checked(ROOT / "policies")))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The bundle of a deployment with API keys alone."""
    policies = tmp_path_factory.mktemp("plain") / "policies"
    write_plain(policies)
    return assets.packed(compiled(checked(policies)))


@pytest.mark.parametrize(
    "function",
    [
        *("authorizer", "call_records", "demo_bank", "gate", "jwks", "notices", "onboard", "proxy", "rest_authorizer"),
        *("roll_up", "sign_up", "site", "usage_plan_sync"),
    ],
)
def test_every_handler_imports_from_its_package_alone(function: str, bundle: str, tmp_path: Path):
    """In a process that sees the package and what Lambda's runtime brings (boto3), not the project."""
    assert not NOT_IN_A_FUNCTION & _loaded(function, assets.stage(function, tmp_path, bundle, catalogue="{}"))


def test_the_portals_handler_imports_from_its_package_and_its_layer(bundle: str, tmp_path: Path):
    catalogue = serialized(published(checked(ROOT / "policies"), {}))
    loaded = _loaded("portal_api", assets.stage("portal_api", tmp_path, bundle, catalogue=catalogue))
    assert loaded & NOT_IN_A_FUNCTION == {"aws_lambda_powertools"}


@pytest.mark.parametrize("function", NOT_AT_THE_START_OF)
def test_where_keys_are_all_there_is_the_request_path_starts_without_what_it_does_not_need(
    function: str, plain: str, tmp_path: Path
):
    package = assets.stage(function, tmp_path, plain, without=assets.unused({}, edge=False))
    assert not NOT_AT_THE_START_OF[function] & _loaded(function, package)


def test_what_verifies_tokens_is_loaded_with_the_first_one_where_keys_will_do_too(bundle: str, tmp_path: Path):
    assert not {"jwt", "cryptography"} & _loaded("authorizer", assets.stage("authorizer", tmp_path, bundle))


def test_what_knows_keys_of_other_makes_is_loaded_where_they_are_good(tmp_path: Path):
    policies = Path(shutil.copytree(ROOT / "policies", tmp_path / "policies"))
    with (policies / "platform.yaml").open("a") as file:
        file.write("imported_keys: true\n")
    whole = compiled(checked(policies))
    package = assets.stage("authorizer", tmp_path, assets.packed(whole), without=assets.unused(whole, edge=False))
    assert "tiergate.domain.lookups" in _loaded("authorizer", package)


def test_a_package_holds_nothing_but_what_runs(bundle: str, tmp_path: Path):
    package = assets.stage("proxy", tmp_path, bundle)
    modules = {str(path.relative_to(package)) for path in package.rglob("*.py")}
    assert {"lambdas/proxy/handler.py", "tiergate/domain/messages.py"} <= modules
    assert (
        not {"tiergate/domain/admission.py", "tiergate/adapters/dynamodb.py", "lambdas/authorizer/handler.py"} & modules
    )
    assert (package / FILE).read_text() == bundle


def test_signing_up_brings_its_counts_and_not_the_registry(bundle: str, tmp_path: Path):
    package = assets.stage("sign_up", tmp_path, bundle)
    assert (package / "tiergate/adapters/allowances.py").is_file()
    assert not (package / "tiergate/adapters/registry").exists()


def test_the_document_of_the_portals_routes_is_no_part_of_its_function(bundle: str, tmp_path: Path):
    assert not [*assets.stage("portal_api", tmp_path, bundle, catalogue="{}").rglob("*.yaml")]


@pytest.mark.parametrize("function", ["authorizer", "proxy", "jwks", "rest_authorizer", "usage_plan_sync"])
def test_packages_with_our_client_of_aws_have_amazons_five_roots(bundle: str, tmp_path: Path, function: str):
    file = assets.stage(function, tmp_path, bundle) / assets.AUTHORITIES
    assert file.read_text().count("BEGIN CERTIFICATE") == 5
    trusting = ssl.create_default_context(cafile=str(file))
    assert {hashlib.sha256(root).hexdigest() for root in trusting.get_ca_certs(binary_form=True)} == AMAZONS
    assert all(root["subject"] == root["issuer"] for root in trusting.get_ca_certs())


@pytest.mark.parametrize("function", ["gate", "notices", "onboard", "roll_up", "demo_bank"])
def test_no_other_has_any(bundle: str, tmp_path: Path, function: str):
    assert not (assets.stage(function, tmp_path, bundle) / assets.AUTHORITIES).exists()


def test_the_authorizer_finds_them_and_trusts_nobody_else_for_awss_own_endpoint(bundle: str, tmp_path: Path):
    package = assets.stage("authorizer", tmp_path, bundle)
    program = (
        "import hashlib, lambdas.authorizer.handler as module; trusting = module._client._client._tls;"
        "print(*(hashlib.sha256(root).hexdigest() for root in trusting.get_ca_certs(binary_form=True)))"
    )
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=ENVIRONMENT | {"PYTHONPATH": str(package), "LAMBDA_TASK_ROOT": str(package)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stderr, set(done.stdout.split())) == ("", AMAZONS)


@pytest.fixture
def lazy(project: Path) -> Path:
    """An authorizer that imports two modules in functions alone; one of them brings a third."""
    for name, text in {"first": "import tiergate.adapters.third\n", "second": "", "third": ""}.items():
        (project / f"tiergate/adapters/{name}.py").write_text(text)
    with (project / "lambdas/authorizer/handler.py").open("a") as file:
        file.write(
            "\ndef later():\n    from tiergate.adapters.first import x\n    from tiergate.adapters import second\n"
        )
    return project


@pytest.mark.parametrize(
    ("without", "shipped"),
    [
        ([], {"first", "second", "third"}),
        (["tiergate.adapters.first"], {"second"}),
        (["tiergate.adapters.second"], {"first", "third"}),
        (["tiergate.adapters.first", "tiergate.adapters.second"], set()),
    ],
)
@pytest.mark.usefixtures("lazy")
def test_a_module_that_a_deployment_never_imports_stays_out_with_what_it_alone_imports(
    bundle: str, tmp_path: Path, without: list[str], shipped: set[str]
):
    package = assets.stage("authorizer", tmp_path, bundle, without=without) / "tiergate/adapters"
    assert {name for name in ("first", "second", "third") if (package / f"{name}.py").exists()} == shipped
    assert (package / "http_api.py").exists()
    assert (package / "__init__.py").exists()


def test_an_authorizer_leaves_out_what_neither_an_issuer_nor_an_edge_nor_keys_of_other_makes_ask_for():
    tokens, edge_keys, lookups = "tiergate.adapters.tokens", "tiergate.adapters.edge_keys", "tiergate.domain.lookups"
    issuers, imported = {"issuers": {"partners": {}}}, {"platform": {"imported_keys": True}}
    assert assets.unused({}, edge=False) == [tokens, edge_keys, lookups]
    assert assets.unused({"issuers": {}}, edge=True) == [tokens, lookups]
    assert assets.unused(issuers, edge=False) == [edge_keys, lookups]
    assert assets.unused(imported, edge=False) == [tokens, edge_keys]
    assert assets.unused(issuers | imported, edge=True) == []


def test_what_may_be_left_out_is_there():
    """A module of another name would ship with every authorizer."""
    for module in assets.unused({}, edge=False):
        assert (ROOT / f"{module.replace('.', '/')}.py").is_file()


def test_a_root_that_certifi_does_not_have_is_named_with_what_to_do(
    bundle: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    four, _, _ = assets.amazon_roots().rpartition("-----BEGIN")
    (tmp_path / "four.pem").write_text(four)
    monkeypatch.setattr(certifi, "where", lambda: str(tmp_path / "four.pem"))
    with pytest.raises(assets.AssetError, match=r"four\.pem does not have Starfield .* - G2, .* run make setup"):
        assets.stage("authorizer", tmp_path, bundle)
    assert assets.stage("demo_bank", tmp_path, bundle).is_dir()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy to edit."""
    for part in ("tiergate", "lambdas"):
        shutil.copytree(ROOT / part, tmp_path / "project" / part)
    monkeypatch.setattr(assets, "ROOT", tmp_path / "project")
    return tmp_path / "project"


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lambda's Python is the one that runs the tests."""
    monkeypatch.setattr(assets, "RUNTIME", sys.version_info[:2])


@pytest.mark.usefixtures("runtime")
@pytest.mark.parametrize("edited", ["lambdas/proxy/handler.py", "tiergate/domain/cors.py"])
def test_an_edit_to_one_function_leaves_the_others_packages_as_they_were(
    bundle: str, tmp_path: Path, project: Path, edited: str
):
    before = {name: _digest(assets.stage(name, tmp_path, bundle)) for name in ("authorizer", "proxy")}
    with (project / edited).open("a") as file:
        file.write("\nEDITED = True\n")
    assert _digest(assets.stage("authorizer", tmp_path, bundle)) == before["authorizer"]
    assert _digest(assets.stage("proxy", tmp_path, bundle)) != before["proxy"]


@pytest.mark.usefixtures("runtime")
def test_lambdas_own_python_finds_bytecode_and_reads_no_source(bundle: str, tmp_path: Path):
    package = assets.stage("authorizer", tmp_path, bundle)
    for source in package.rglob("*.py"):
        source.write_text("raise SystemExit('compiled at the start')")
    program = "import lambdas.authorizer.handler as module; assert callable(module.handler)"
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program],
        cwd=package,
        env=ENVIRONMENT | {"PATH": os.environ["PATH"], "LAMBDA_TASK_ROOT": str(package)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_another_pythons_bytecode_does_not_ship(bundle: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(assets, "RUNTIME", (2, 7))
    assert not list(assets.stage("authorizer", tmp_path, bundle).rglob("*.pyc"))


def test_bytecode_is_for_the_version_that_functions_run_on():
    construct = (ROOT / "stacks/constructs/function.py").read_text(encoding="utf-8")
    assert "runtime=lambda_.Runtime.PYTHON_{}_{},".format(*assets.RUNTIME) in construct


@pytest.mark.parametrize("part", ["tiergate/domain", "tiergate/adapters", "lambdas"])
def test_no_function_hangs_on_what_its_bytecode_lacks(part: str):
    """Assertions, ``__debug__`` and docstrings (docs/decisions/0011-bytecode-without-docstrings.md)."""
    for file in (ROOT / part).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            assert not isinstance(node, ast.Assert), f"{file}:{node.lineno}"
            assert getattr(node, "id", getattr(node, "attr", "")) not in {"__debug__", "__doc__"}, file


@pytest.mark.usefixtures("runtime")
def test_a_package_holds_no_docstring_that_nobody_reads(bundle: str, tmp_path: Path):
    package = assets.stage("authorizer", tmp_path, bundle)
    program = "import tiergate.domain.keys as module; print(module.__doc__, module.mint.__doc__)"
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], cwd=package, env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["None", "None"]


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


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        ("platform.yaml", "identity_key: 3", "identity_key: 4"),
        ("issuers/partners.yaml", "token_minutes: 30", "token_minutes: 45"),
        ("issuers/partners.yaml", "title: Partners", "title: Partners' clients"),
        ("apis/orders/v1/api.yaml", ORDERS, ORDERS.replace("/orders/", "/invoices/")),
    ],
)
def test_what_only_the_stacks_read_changes_no_package(tmp_path: Path, file: str, before: str, after: str):
    policies = tmp_path / "policies"
    write_callers(policies)
    first = assets.packed(compiled(checked(policies)))
    text = (policies / file).read_text()
    assert text.count(before) == 1
    (policies / file).write_text(text.replace(before, after))
    assert assets.packed(compiled(checked(policies))) == first


def test_a_package_has_all_of_the_bundle_that_functions_read(tmp_path: Path):
    write_callers(tmp_path / "policies")
    for policies in (ROOT / "policies", tmp_path / "policies"):
        whole = compiled(checked(policies))
        packed = json.loads(assets.packed(whole))
        for issuer in whole["issuers"].values():
            issuer.pop("cognito", None)
        for api in whole["apis"].values():
            api.get("upstream_auth", {}).pop("resource", None)
        assert Catalogue.of(packed) == Catalogue.of(whole)


def test_a_function_that_does_not_exist_is_named(tmp_path: Path):
    with pytest.raises(assets.AssetError, match=r"lambdas/nothing/handler\.py does not exist"):
        assets.stage("nothing", tmp_path)


def _loaded(function: str, package: Path) -> set[str]:
    """The modules of a process that has imported the handler, and nothing but the package."""
    program = (
        f"import sys, lambdas.{function}.handler as module; assert callable(module.handler);"
        "print(*sys.modules, module.__file__)"
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
    return set(loaded)


def _digest(package: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        digest.update(str(path.relative_to(package)).encode())
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()
