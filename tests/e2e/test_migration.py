"""A partner of a REST API calls the HTTP API with the key that it has: scan, policies, deploy, partners, call."""

import http.client
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.deployment import ROOT, Deployment
from tiergate.local import session
from tiergate.local.place import Place
from tiergate.local.session import Running

pytestmark = pytest.mark.ministack

KEYS = {"Mobile": "mobile-Zk3vQ9sT7wXy1bN5mR8pL2dF6h", "Disabled": "disabled-Zk3vQ9sT7wXy1bN5mR8pL2d"}


class Account:
    """The account with the REST API, which the migrated gateway is not deployed to."""

    def __init__(self, deployment: Deployment) -> None:
        self.environment = deployment.environment | {"AWS_ENDPOINT_URL": deployment.running.endpoint}
        self.address = deployment.running.endpoint
        self.client: Any = deployment.client("apigateway")
        self.api = self._api(f"{deployment.upstream.url}/base")
        self._partners()

    def _api(self, upstream: str) -> str:
        made: str = self.client.create_rest_api(name="Museum")["id"]
        (root,) = self.client.get_resources(restApiId=made)["items"]
        echo = self.client.create_resource(restApiId=made, parentId=root["id"], pathPart="echo")["id"]
        method = {"restApiId": made, "resourceId": echo, "httpMethod": "GET"}
        self.client.put_method(**method, authorizationType="NONE", apiKeyRequired=True)
        self.client.put_integration(**method, type="HTTP_PROXY", integrationHttpMethod="GET", uri=f"{upstream}/echo")
        self.client.create_deployment(restApiId=made, stageName="prod")
        return made

    def _partners(self) -> None:
        plan = self.client.create_usage_plan(
            name="Gold",
            apiStages=[{"apiId": self.api, "stage": "prod"}],
            throttle={"rateLimit": 100.0, "burstLimit": 100},
            quota={"limit": 3, "period": "DAY"},
        )["id"]
        for name, value in KEYS.items():
            key = self.client.create_api_key(name=name, value=value, enabled=name != "Disabled")["id"]
            self.client.create_usage_plan_key(usagePlanId=plan, keyId=key, keyType="API_KEY")

    def state(self) -> Any:
        """All that a migration could have changed."""
        return [
            self.client.get_rest_apis()["items"],
            self.client.get_stages(restApiId=self.api)["item"],
            self.client.get_usage_plans()["items"],
            self.client.get_api_keys(includeValues=True)["items"],
        ]


@pytest.fixture(scope="module")
def account(deployment: Deployment) -> Account:
    return Account(deployment)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("migrated")
    shutil.copytree(ROOT / "policies", folder / "policies")
    place = Place.of_project(state=folder / "state")
    yield place
    session.down(place)


def migrate(account: Account, place: Place, *arguments: str) -> Any:
    ran = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "tiergate", "migrate", *arguments, "--rest-api", account.api, "--json"],
        cwd=ROOT,
        env=os.environ | account.environment | {"TIERGATE_STATE": str(place.state)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert not any(value in ran.stdout + ran.stderr for value in KEYS.values())
    return json.loads(ran.stdout)


def called(url: str, key: str) -> int:
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.netloc, timeout=60)
    connection.request("GET", address.path, headers={"X-Api-Key": key})
    status = connection.getresponse().status
    connection.close()
    return status


def test_a_partner_of_a_rest_api_calls_the_http_api_with_its_old_key(account: Account, place: Place) -> None:
    before = account.state()
    policies = place.state.parent / "policies"
    scanned = migrate(account, place, "scan")
    assert [api["api"] for api in scanned["apis"]] == ["museum/v1"]
    migrate(account, place, "run", "policies", "--policies", str(policies), "--apply")
    running: Running = session.up(place, context={"policies": str(policies)}, tethered=True)
    brought = migrate(account, place, "run", "partners", "--policies", str(policies), "--apply")
    assert (brought["counts"]["key"], brought["counts"]["suspension"]) == (2, 1)
    url = running.api_url(running.outputs["tiergate-dev-gateway"]["ApiId"]) + "/museum/v1/echo"
    assert [called(url, KEYS["Mobile"]) for _ in range(4)] == [200, 200, 200, 429]
    assert called(url, KEYS["Disabled"]) == 403
    assert called(url, KEYS["Mobile"] + "x") == 401
    again = migrate(account, place, "run", "partners", "--policies", str(policies), "--apply")
    assert sum(again["counts"].values()) == 0
    assert account.state() == before


def test_the_rest_api_still_answers_partners_who_have_not_moved(account: Account) -> None:
    url = f"{account.address}/restapis/{account.api}/prod/_user_request_/echo"
    assert called(url, KEYS["Mobile"]) == 200
    assert called(url, KEYS["Disabled"]) == 403
