"""A partner of a REST API calls the HTTP API with the key that it has: scan, policies, deploy, partners, call.

On a MiniStack of its own, which has the account's REST API before the gateway is deployed beside it.
"""

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.deployment import ROOT
from tests.upstream import TestUpstream
from tiergate.local import aws, emulator, session, state
from tiergate.local.place import Place
from tiergate.local.state import LocalState

pytestmark = pytest.mark.ministack

KEYS = {"Mobile": "mobile-Zk3vQ9sT7wXy1bN5mR8pL2dF6h", "Disabled": "disabled-Zk3vQ9sT7wXy1bN5mR8pL2d"}


class Account:
    """An account with a REST API, a usage plan and keys, and the place of the gateway that they move to."""

    def __init__(self, place: Place, endpoint: str, upstream: str) -> None:
        self.place = place
        self.policies = place.state.parent / "policies"
        self.address = endpoint
        self.client: Any = aws.client("apigateway", endpoint=endpoint)
        self.api = self._api(upstream)
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

    def migrate(self, *arguments: str) -> Any:
        environment = {"AWS_ENDPOINT_URL": self.address, "AWS_REGION": aws.LOCAL_REGION}
        environment |= {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
        ran = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "tiergate", "migrate", *arguments, "--rest-api", self.api, "--json"],
            cwd=ROOT,
            env=os.environ | environment | {"TIERGATE_STATE": str(self.place.state)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        assert not any(value in ran.stdout + ran.stderr for value in KEYS.values())
        return json.loads(ran.stdout)


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    folder = tmp_path_factory.mktemp("migrated")
    for name in ("apis", "plans", "products"):
        (folder / "policies" / name).mkdir(parents=True)
    (folder / "policies/platform.yaml").write_text("name: Migrated\nsupport: https://help.example\n")
    place = Place.of_project(state=folder / "state")
    with TestUpstream() as upstream:
        try:
            yield Account(place, started(place), f"{upstream.url}/base")
        finally:
            session.down(place)


def started(place: Place) -> str:
    """The endpoint of a MiniStack to which the place's gateway will be deployed."""
    machine = emulator.spawn(place, port=emulator.choose_port(None), tethered=True)
    state.save(place.state_file, LocalState(machine.pid, machine.port, aws.LOCAL_REGION, "dev", None))
    emulator.wait_until_ready(place, machine)
    return machine.endpoint


def called(url: str, key: str) -> int:
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.netloc, timeout=60)
    connection.request("GET", address.path, headers={"X-Api-Key": key})
    status = connection.getresponse().status
    connection.close()
    return status


def test_a_partner_of_a_rest_api_calls_the_http_api_with_its_old_key(account: Account) -> None:
    before = account.state()
    policies = ("--policies", str(account.policies))
    assert [api["api"] for api in account.migrate("scan")["apis"]] == ["museum/v1"]
    account.migrate("run", "policies", *policies, "--apply")
    running = session.up(account.place, context={"policies": str(account.policies)}, tethered=True)
    brought = account.migrate("run", "partners", *policies, "--apply")
    assert (brought["counts"]["key"], brought["counts"]["suspension"]) == (2, 1)
    url = running.api_url(running.outputs["tiergate-dev-gateway"]["ApiId"]) + "/museum/v1/echo"
    assert [called(url, KEYS["Mobile"]) for _ in range(4)] == [200, 200, 200, 429]
    assert called(url, KEYS["Disabled"]) == 403
    assert called(url, KEYS["Mobile"] + "x") == 401
    again = account.migrate("run", "partners", *policies, "--apply")
    assert sum(again["counts"].values()) == 0
    assert account.state() == before


def test_the_rest_api_still_answers_partners_who_have_not_moved(account: Account) -> None:
    url = f"{account.address}/restapis/{account.api}/prod/_user_request_/echo"
    assert called(url, KEYS["Mobile"]) == 200
    assert called(url, KEYS["Disabled"]) == 403
