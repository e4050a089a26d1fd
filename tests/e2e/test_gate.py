"""The gate on a MiniStack of its own: a deploy that would strand a partner changes nothing. In that order."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.upstream import TestUpstream
from tiergate.adapters.gate_book import GateBook
from tiergate.adapters.registry import NotOffered, Registry
from tiergate.domain.catalogue import Catalogue, Product
from tiergate.local import aws, session
from tiergate.local.deploy import DeployError
from tiergate.local.place import Place
from tiergate.policy.add import add_api
from tiergate.policy.bundle import compiled
from tiergate.policy.check import checked

pytestmark = pytest.mark.ministack

PLAN = "title: Plan\nlimits:\n  quota: {hour: 1000}\n"
KEPT = ("ORG#", "APP#", "SUB#", "KEY#", "OFFER#")
"""Records of the registry that nothing but a person or a program changes, and closing offers."""

LATER = ("gateway", "usage", "observability")


@dataclass
class Gateway:
    """A gateway and the policies that its next deploy takes."""

    place: Place
    policies: Path

    def deploy(self) -> None:
        self.running = session.up(self.place, context={"policies": str(self.policies)}, tethered=True)

    def offer(self, *plans: str) -> None:
        """So many plans, for the next deploy."""
        for file in (self.policies / "plans").iterdir():
            file.unlink()
        for plan in plans:
            (self.policies / f"plans/{plan}.yaml").write_text(PLAN)
        (self.policies / "products/all.yaml").write_text(
            json.dumps({"title": "All", "apis": ["echo/v1"], "plans": [*plans]})
        )

    def cli(self, *arguments: str) -> Any:
        """What a command prints with ``--json``."""
        ran = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "tiergate", *arguments, "--json"],
            cwd=self.place.root,
            env=os.environ | {"TIERGATE_STATE": str(self.place.state)},
            capture_output=True,
            text=True,
            check=True,
        )
        return json.loads(ran.stdout)

    def client(self, service: str) -> Any:
        return aws.client(service, endpoint=self.running.endpoint)

    @property
    def products(self) -> dict[str, Product]:
        return {**Catalogue.of(compiled(checked(self.policies, "dev"))).products}

    def registry(self, products: dict[str, Product]) -> Registry:
        table = self.running.outputs["tiergate-dev-data"]["RegistryTable"]
        return Registry(self.client("dynamodb"), table, env="dev", actor="test", products=products)

    def book(self) -> GateBook:
        return GateBook(self.client("dynamodb"), self.running.outputs["tiergate-dev-data"]["RegistryTable"])

    def state(self) -> dict[str, Any]:
        """What a deploy changes and who is subscribed: templates and times of the later stacks, and the registry."""
        cloudformation = self.client("cloudformation")
        found: dict[str, Any] = {}
        for name in LATER:
            (stack,) = cloudformation.describe_stacks(StackName=f"tiergate-dev-{name}")["Stacks"]
            template = cloudformation.get_template(StackName=f"tiergate-dev-{name}")["TemplateBody"]
            found[name] = (stack["StackStatus"], stack.get("LastUpdatedTime"), template)
        table = self.running.outputs["tiergate-dev-data"]["RegistryTable"]
        items = self.client("dynamodb").scan(TableName=table)["Items"]
        return found | {"registry": sorted((each for each in items if each["pk"]["S"].startswith(KEPT)), key=str)}

    def status(self, key: str) -> int:
        api = self.running.outputs["tiergate-dev-gateway"]["ApiId"]
        request = urllib.request.Request(f"{self.running.api_url(api)}/echo/v1/echo", headers={"x-api-key": key})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            return refused.code


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("gate")
    policies = folder / "policies"
    for name in ("apis", "plans", "products"):
        (policies / name).mkdir(parents=True)
    (policies / "platform.yaml").write_text("name: Gate\nsupport: https://help.example\n")
    place = Place.of_project(state=folder / "state")
    with TestUpstream() as upstream:
        gateway = Gateway(place, policies)
        document = folder / "document.json"
        document.write_text(json.dumps(TestUpstream.document()))
        add_api(policies, "echo", document=document, upstream=upstream.url)
        gateway.offer("small", "large")
        try:
            gateway.deploy()
            yield gateway
        finally:
            session.down(place)


@pytest.fixture(scope="module")
def partner(gateway: Gateway) -> dict[str, Any]:
    """One on the plan ``small``, as the command line makes it."""
    policies = ("--policies", str(gateway.policies))
    organization = gateway.cli("org", "create", "Acme")["id"]
    application = gateway.cli("app", "create", "--org", organization, "App")["id"]
    taken = ("--app", application, "--product", "all", "--plan", "small")
    subscription = gateway.cli("subscription", "create", *taken, *policies)["id"]
    key = gateway.cli("key", "create", "--app", application)
    return {"subscription": subscription, "key": key["secret"]}


@pytest.fixture(scope="module")
def refused(gateway: Gateway, partner: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """What a deploy without the partner's plan ended with, and what was there before it."""
    assert gateway.status(partner["key"]) == 200
    before = gateway.state()
    gateway.offer("large")
    with pytest.raises(DeployError) as refusal:
        gateway.deploy()
    return str(refusal.value), before


def test_a_deploy_that_drops_a_plan_in_use_is_refused_by_name_and_changes_nothing(
    gateway: Gateway, partner: dict[str, Any], refused: tuple[str, dict[str, Any]]
) -> None:
    text, before = refused
    assert f'plan "small" is dropped or renamed, and 1 subscription has it: {partner["subscription"]} (acme)' in text
    assert "tiergate subscription set-plan SUB PLAN --stage local" in text
    assert gateway.state() == before
    assert gateway.status(partner["key"]) == 200


@pytest.mark.usefixtures("refused")
def test_what_was_refused_is_on_offer_as_before(gateway: Gateway) -> None:
    gateway.offer("small", "large")
    registry = gateway.registry(gateway.products)
    assert [*gateway.book().closing()] == []
    assert registry.onboard(name="Globex", product="all", plan="large").subscription.plan == "large"


def test_once_nobody_has_the_plan_the_deploy_passes_and_calls_go_on(gateway: Gateway, partner: dict[str, Any]) -> None:
    old = gateway.products
    gateway.cli("subscription", "set-plan", partner["subscription"], "large", "--policies", str(gateway.policies))
    gateway.offer("large")

    gateway.deploy()

    assert gateway.status(partner["key"]) == 200
    with pytest.raises(NotOffered, match='plan "small" of product "all" is being withdrawn by a deploy'):
        gateway.registry(old).onboard(name="Initech", product="all", plan="small")
