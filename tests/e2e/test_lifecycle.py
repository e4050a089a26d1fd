"""The stacks' life on a MiniStack of their own: deployed, failing to deploy, updated, destroyed. In that order."""

import json
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.upstream import TestUpstream
from tiergate.adapters.registry import Registry
from tiergate.domain.catalogue import Catalogue
from tiergate.local import aws, deploy, session
from tiergate.local.place import Place
from tiergate.local.progress import LocalError
from tiergate.policy.add import add_api
from tiergate.policy.bundle import compiled
from tiergate.policy.check import checked

pytestmark = pytest.mark.ministack

QUOTA, NEW_QUOTA = 20, 50
PUBLIC = 'public_plan: small\noperations: {"GET /echo": {public: true}}\n'
"""Of an API version that is in no product, so that nobody is subscribed to it when it goes."""

PLAN = "title: Small\nlimits:\n  quota: {hour: %d}\n"
REFUSED_APP = f"{sys.executable} -m tests.e2e.refused_app"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]


@dataclass
class Gateway:
    """A gateway and the policies that its next deploy takes."""

    place: Place
    policies: Path
    upstream: TestUpstream

    def deploy(self, app: str | None = None) -> None:
        """As ``make up`` does: the same MiniStack again where one runs."""
        context = {"policies": str(self.policies)}
        self.running = session.up(self.place, context=context, app=app, tethered=True, report=_report)

    def destroy(self) -> None:
        """As the README has it, with the templates that were deployed last."""
        command = [self.place.node, self.place.cdk, "destroy", "--all", "--force", "--app", self.place.assembly]
        subprocess.run(  # noqa: S603 - our own command
            [str(each) for each in command],
            cwd=self.place.root,
            env=deploy.environment(self.place, self.running.endpoint),
            check=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
        )

    def client(self, service: str) -> Any:
        return aws.client(service, endpoint=self.running.endpoint)

    def partner(self) -> str:
        """A new customer's key."""
        table = self.running.outputs["tiergate-dev-data"]["RegistryTable"]
        products = Catalogue.of(compiled(checked(self.policies, "dev"))).products
        registry = Registry(self.client("dynamodb"), table, env="dev", actor="test", products=products)
        return registry.onboard(name="Acme", product="test", plan="small").key.text

    def get(self, path: str, key: str = "") -> Answer:
        address = self.running.api_url(self.running.outputs["tiergate-dev-gateway"]["ApiId"]) + path
        request = urllib.request.Request(address, headers={"x-api-key": key} if key else {})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return Answer(answer.status, answer.headers)
        except urllib.error.HTTPError as refused:
            return Answer(refused.code, refused.headers)

    def add(self, api: str) -> None:
        name, version = api.split("/")
        document = self.policies.parent / "document.json"
        document.write_text(json.dumps(TestUpstream.document()))
        add_api(self.policies, name, version=version, document=document, upstream=self.upstream.url)
        self._sell()

    def update(self) -> None:
        """A version more, an API less, another plan: in the policies, for the next deploy."""
        self.add("kept/v2")
        shutil.rmtree(self.policies / "apis/dropped")
        self._sell()
        self.plan(NEW_QUOTA)

    def _sell(self) -> None:
        apis = [
            str(each.parent.relative_to(self.policies / "apis")) for each in self.policies.glob("apis/kept/*/api.yaml")
        ]
        product = {"title": "Test", "apis": apis, "plans": ["small"]}
        (self.policies / "products/test.yaml").write_text(json.dumps(product))

    def plan(self, hour: int) -> None:
        (self.policies / "plans/small.yaml").write_text(PLAN % hour)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("lifecycle")
    policies = folder / "policies"
    for name in ("apis", "plans", "products"):
        (policies / name).mkdir(parents=True)
    (policies / "platform.yaml").write_text("name: Life cycle\nsupport: https://help.example\n")
    place = Place.of_project(state=folder / "state")
    with TestUpstream() as upstream:
        gateway = Gateway(place, policies, upstream)
        gateway.plan(QUOTA)
        gateway.add("kept/v1")
        gateway.add("dropped/v1")
        with (policies / "apis/dropped/v1/api.yaml").open("a") as file:
            file.write(PUBLIC)
        try:
            gateway.deploy()
            yield gateway
        finally:
            session.down(place)


@pytest.fixture(scope="module")
def key(gateway: Gateway) -> str:
    return gateway.partner()


def test_a_fault_in_the_policies_ends_the_deploy_before_anything_is_changed(gateway: Gateway, key: str) -> None:
    gateway.plan(0)

    with pytest.raises(LocalError, match=r"plans/small\.yaml:3"):
        gateway.deploy()

    gateway.plan(QUOTA)
    answer = gateway.get("/kept/v1/echo", key)
    assert answer.status == 200
    assert _quota(answer) == QUOTA


def test_an_update_that_cloudformation_fails_leaves_the_gateway_answering(gateway: Gateway, key: str) -> None:
    gateway.update()

    with pytest.raises(deploy.DeployError, match="refused by the test"):
        gateway.deploy(app=REFUSED_APP)

    assert gateway.get("/kept/v1/echo", key).status == 200
    assert gateway.get("/dropped/v1/echo").status == 200


def test_the_next_update_takes_effect_and_keys_and_counters_go_on(gateway: Gateway, key: str) -> None:
    used = _used(gateway.get("/kept/v1/echo", key))

    gateway.deploy()

    assert gateway.get("/dropped/v1/echo").status == 404
    assert gateway.get("/kept/v1/echo", key).status == 200
    answer = gateway.get("/kept/v2/echo", key)
    assert answer.status == 200
    assert _quota(answer) == NEW_QUOTA
    assert _used(answer) == used + 2


def test_destroying_a_stage_for_trying_things_out_leaves_nothing_behind(gateway: Gateway, key: str) -> None:
    gateway.destroy()

    stacks = gateway.client("cloudformation").describe_stacks()["Stacks"]
    assert {stack["StackName"] for stack in stacks if stack["StackStatus"] != "DELETE_COMPLETE"} == {"CDKToolkit"}
    assert gateway.client("lambda").list_functions()["Functions"] == []
    assert gateway.client("dynamodb").list_tables()["TableNames"] == []
    assert gateway.client("apigatewayv2").get_apis()["Items"] == []
    groups = [group["logGroupName"] for group in gateway.client("logs").describe_log_groups()["logGroups"]]
    assert [name for name in groups if "Refused" not in name] == []  # that function's own, which Lambda made itself


def _quota(answer: Answer) -> int:
    return int(answer.headers["ratelimit-policy"].partition('"hour";q=')[2].partition(";")[0])


def _used(answer: Answer) -> int:
    assert answer.status == 200
    return _quota(answer) - int(answer.headers["ratelimit"].partition('"hour";r=')[2].partition(";")[0])


def _report(line: str) -> None:
    print(line, file=sys.__stderr__)
