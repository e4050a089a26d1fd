"""The examples of ``docs/policies.md`` are policies that work."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from tiergate.cli.main import main
from tiergate.editor.schemas import schemas
from tiergate.policy.callers import Addresses
from tiergate.policy.check import checked, checked_everywhere
from tiergate.policy.issuers import Issuer
from tiergate.policy.schema import Api, Environment, OperationPolicy, Platform
from tiergate.policy.upstream_auth import Header, Identity, OAuth, SigV4, UpstreamAuth

GUIDE = (Path(__file__).parents[2] / "docs" / "policies.md").read_text(encoding="utf-8")
EXAMPLES = re.compile(r"^```yaml\n# (policies/\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXPLAINED = re.compile(r"^\$ (tiergate explain policy [^\n]*)\n(.*?)^…$", re.MULTILINE | re.DOTALL)
FAULT = re.compile(r"^policies/plans/basic\.yaml:6: .*$", re.MULTILINE)


@pytest.fixture
def examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in EXAMPLES.findall(GUIDE):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(f"# {name}\n{text}", encoding="utf-8")
    document = Path("policies/apis/orders/v1/openapi.yaml").read_text(encoding="utf-8")
    for version in Path("policies/apis").glob("*/*"):  # the guide shows one document for all but one
        if not (version / "openapi.yaml").exists():
            (version / "openapi.yaml").write_text(document, encoding="utf-8")
    return Path("policies")


def test_the_examples_of_the_guide_are_one_valid_policy_folder(examples: Path) -> None:
    policies = checked(examples)
    found = [*policies.plans, *policies.products, *policies.apis]
    apis = ["billing", "invoices", "ledger", "orders", "payments", "returns", "search", "shelves", "stock", "tracking"]
    assert found == ["anonymous", "basic", "shop", "warehouse", *(f"{api}/v1" for api in apis)]
    assert list(policies.issuers) == ["acme", "partners"]
    assert policies.apis["orders/v1"].value.operations["placeOrder"].cost == 5
    assert policies.apis["payments/v1"].value.concurrency == 20
    assert policies.apis["stock/v1"].value.mode == "direct"
    cors = policies.apis["search/v1"].value.cors
    assert cors is not None
    assert cors.expose == ["X-Total"]
    assert policies.apis["tracking/v1"].value.operations["getOrder"].public


def test_the_guide_shows_every_way_of_proving_the_gateway_to_an_upstream(examples: Path) -> None:
    ways = [api.value.upstream_auth.compiled() for api in checked(examples).apis.values()]
    assert sorted(way["kind"] for way in ways if way) == ["header", "identity", "oauth", "sigv4"]


def test_a_new_api_needs_two_keys_and_has_the_rest_of_its_defaults(examples: Path) -> None:
    shelves = checked(examples).apis["shelves/v1"]
    assert len(Path("policies/apis/shelves/v1/api.yaml").read_text(encoding="utf-8").splitlines()) == 1 + 5
    assert (shelves.title, shelves.value.owner) == ("Shelves", "platform@shop.example")
    assert (shelves.value.timeout, shelves.value.cost) == (8, 2)
    Path("policies/apis/shelves/v1/api.yaml").write_text("state: published\nupstream: https://shelves.shop.example\n")
    shortest = checked(examples).apis["shelves/v1"]
    assert (shortest.value.timeout, shortest.value.mode) == (15, "managed")


def test_an_environment_differs_from_the_others_in_what_its_file_says(examples: Path) -> None:
    found = checked_everywhere(examples)
    said = {name: policies.apis["shelves/v1"].value for name, policies in found.items()}
    assert [(name, api.timeout, api.cost) for name, api in said.items()] == [
        ("dev", 8, 2),
        ("staging", 8, 2),
        ("prod", 5, 4),
    ]
    assert found["prod"].plans["basic"].value.limits.quota.model_dump() == {"hour": 900, "day": 5000, "month": 90000}
    assert found["dev"].plans["basic"].value.limits.quota.hour == 450


def test_what_the_guide_shows_of_explaining_is_what_is_printed(examples: Path) -> None:
    command, printed = EXPLAINED.findall(GUIDE)[0]
    result = CliRunner().invoke(main, command.split()[1:])
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.split("\n\n")[0] + "\n" == printed


def test_the_guides_settings_of_an_editor_name_every_schema() -> None:
    (settings,) = re.findall(r"^```json\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    named = {Path(path).name for path in json.loads(settings)["yaml.schemas"]}
    assert named == set(schemas())


def test_the_guide_explains_every_key() -> None:
    for model in (
        Environment,
        Issuer,
        Api,
        Platform,
        OperationPolicy,
        UpstreamAuth,
        Header,
        OAuth,
        SigV4,
        Identity,
        Addresses,
    ):
        for key in model.model_fields:
            assert re.search(rf"`{key}[`:]|\b{key}:", GUIDE), key


def test_the_message_that_the_guide_shows_is_the_one_that_is_printed(examples: Path) -> None:
    plan = examples / "plans/basic.yaml"
    plan.write_text(plan.read_text(encoding="utf-8").replace("burst: 10", "burst: 5"), encoding="utf-8")
    with pytest.raises(Exception, match="never admits") as raised:
        checked(examples)
    assert FAULT.findall(GUIDE) == [str(raised.value)]
