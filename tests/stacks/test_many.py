"""The stacks of 50 APIs: two literal routes for each version, and templates that CloudFormation takes."""

import json

import pytest

from tests.policies.many import names, write_many
from tests.stacks.conftest import Synth, Template

pytestmark = pytest.mark.synth

MOST_RESOURCES, MOST_BYTES = 500, 1_000_000
"""Of a template: quotas of CloudFormation."""


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory, synth: Synth) -> dict[str, Template]:
    folder = tmp_path_factory.mktemp("many")
    write_many(folder / "policies")
    done = synth(folder / "out", stage="prod", policies=str(folder / "policies"))
    assert done.returncode == 0, done.stderr
    return {path.name.partition(".")[0]: json.loads(path.read_text()) for path in folder.glob("out/*.template.json")}


def test_every_version_of_fifty_apis_has_its_two_routes(templates: dict[str, Template]) -> None:
    resources = templates["Gateway"]["Resources"].values()
    routes = [each["Properties"]["RouteKey"] for each in resources if each["Type"] == "AWS::ApiGatewayV2::Route"]
    expected = [f"ANY /{name}{rest}" for name in names() for rest in ("", "/{proxy+}")]
    assert sorted(routes) == sorted([*expected, "POST /_tiergate/onboard"])


def test_the_templates_of_fifty_apis_stay_within_cloudformations_quotas(templates: dict[str, Template]) -> None:
    for name, template in templates.items():
        assert len(template["Resources"]) <= MOST_RESOURCES, name
        assert len(json.dumps(template, separators=(",", ":"))) <= MOST_BYTES, name
