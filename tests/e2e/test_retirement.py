"""The end of API versions on a MiniStack of their own: deprecated, in a brownout, retired, gone. In that order."""

import http.client
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.upstream import TestUpstream
from tiergate.adapters.registry import Registry
from tiergate.domain.catalogue import Catalogue
from tiergate.domain.deprecation import http_date
from tiergate.domain.keys import random_id
from tiergate.local import aws, session
from tiergate.local.place import Place
from tiergate.policy.bundle import compiled
from tiergate.policy.check import checked

pytestmark = pytest.mark.ministack

APP, GUIDE = "https://app.example.com", "https://dev.example/v2"
NOW = datetime.now(UTC)
BEGAN, SUNSET, YESTERDAY = (NOW + timedelta(days=days) for days in (-30, 30, -1))
LINK = f'<{GUIDE}>; rel="deprecation"; type="text/html", </next/v1>; rel="successor-version"'
ENDING = ("deprecation", "sunset", "link")


def midnight(moment: datetime) -> int:
    return int(moment.replace(hour=0, minute=0, second=0, microsecond=0).timestamp())


def policy(state: str, sunset: datetime, more: str = "", **deprecation: Any) -> str:
    """The rest of an ``api.yaml``."""
    told = {"date": f"{BEGAN:%Y-%m-%d}", "sunset": f"{sunset:%Y-%m-%d}", "successor": "next/v1", "guide": GUIDE}
    return f"state: {state}\ndeprecation: {json.dumps(told | deprecation)}\n{more}"


CORS = f"cors: {{origins: [{APP}]}}\n"
BROWNOUT = {"start": f"{NOW - timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}", "minutes": 240}
FIRST = {
    "next": "state: published\n",
    "managed": policy("deprecated", SUNSET, CORS),
    "direct": policy("deprecated", YESTERDAY, f"mode: direct\n{CORS}"),
    "dim": policy("deprecated", SUNSET, CORS, brownouts=[BROWNOUT]),
    "dim-direct": policy("deprecated", SUNSET, "mode: direct\n", brownouts=[BROWNOUT]),
    "past": policy("retired", YESTERDAY),
}
"""What is deployed first, and what changes with the next deploy: nothing that callers were told otherwise."""

SECOND = {
    "direct": policy("retired", YESTERDAY, f"mode: direct\n{CORS}"),
    "past": policy("retired", YESTERDAY, grace_days=0),
}
TOLD = {"deprecation": f"@{midnight(BEGAN)}", "sunset": http_date(midnight(SUNSET)), "link": LINK}
ENDED = TOLD | {"sunset": http_date(midnight(YESTERDAY))}


@dataclass(frozen=True)
class Answer:
    """Header names in lower case; fields that came several times are joined as one list."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def ending(self) -> dict[str, str]:
        return {name: value for name, value in self.headers.items() if name in ENDING}


@dataclass
class Gateway:
    """A gateway and the policies that its next deploy takes."""

    place: Place
    policies: Path
    upstream: TestUpstream

    def deploy(self, apis: Mapping[str, str]) -> None:
        for name, text in apis.items():
            folder = self.policies / f"apis/{name}/v1"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "api.yaml").write_text(f"title: {name}\nowner: o\nupstream: {self.upstream.url}\n{text}")
            (folder / "openapi.json").write_text(json.dumps(TestUpstream.document()))
        context = {"policies": str(self.policies)}
        self.running = session.up(self.place, context=context, tethered=True)

    def partner(self) -> str:
        """A new customer's key."""
        client = aws.client("dynamodb", endpoint=self.running.endpoint)
        table = self.running.outputs["tiergate-dev-data"]["RegistryTable"]
        products = Catalogue.of(compiled(checked(self.policies))).products
        registry = Registry(client, table, env="dev", actor="test", products=products)
        return registry.onboard(name=f"Partner {random_id()}", product="all", plan="small").key.text

    def call(self, path: str, key: str | None = None, method: str = "GET", **fields: str) -> Answer:
        address = urlsplit(self.running.api_url(self.running.outputs["tiergate-dev-gateway"]["ApiId"]))
        connection = http.client.HTTPConnection(address.netloc, timeout=60)
        sent = {name.replace("_", "-"): value for name, value in fields.items()} | ({"X-Api-Key": key} if key else {})
        connection.request(method, address.path + path, headers=sent)
        response = connection.getresponse()
        received: dict[str, str] = {}
        for name, value in response.getheaders():
            lower = name.lower()
            received[lower] = f"{received[lower]}, {value}" if lower in received else value
        answer = Answer(response.status, received, response.read())
        connection.close()
        return answer


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("retirement")
    policies = folder / "policies"
    for name in ("plans", "products"):
        (policies / name).mkdir(parents=True)
    (policies / "platform.yaml").write_text("name: Retirement\nsupport: https://help.example\n")
    (policies / "plans/small.yaml").write_text("title: Small\nlimits:\n  quota: {hour: 1000}\n")
    apis = [f"{name}/v1" for name in FIRST if name != "past"]  # nobody's, so that its 410s may end early
    sold = {"title": "All", "apis": apis, "plans": ["small"]}
    (policies / "products/all.yaml").write_text(json.dumps(sold))
    place = Place.of_project(state=folder / "state")
    with TestUpstream() as upstream:
        gateway = Gateway(place, policies, upstream)
        try:
            gateway.deploy(FIRST)
            yield gateway
        finally:
            session.down(place)


@pytest.fixture(scope="module")
def key(gateway: Gateway) -> str:
    return gateway.partner()


def test_every_answer_of_a_deprecated_api_says_what_is_to_come(gateway: Gateway, key: str) -> None:
    answers = [
        gateway.call("/managed/v1/echo", key),
        gateway.call("/managed/v1/echo"),
        gateway.call("/managed/v1/nowhere", key),
        gateway.call("/managed/v1/echo", method="OPTIONS", Origin=APP, Access_Control_Request_Method="GET"),
    ]
    assert [each.status for each in answers] == [200, 401, 404, 204]
    assert [each.ending for each in answers] == [TOLD] * 4


def test_pages_may_read_what_is_to_come(gateway: Gateway, key: str) -> None:
    exposed = gateway.call("/managed/v1/echo", key, Origin=APP).headers["access-control-expose-headers"]
    assert {"Deprecation", "Sunset", "Link"} <= set(exposed.split(", "))


def test_an_answer_of_a_deprecated_direct_api_says_the_same(gateway: Gateway, key: str) -> None:
    answer = gateway.call("/direct/v1/echo", key)
    assert (answer.status, answer.ending) == (200, ENDED)
    assert "x-tiergate-organization" in answer.json["headers"]


@pytest.mark.parametrize(
    ("api", "told", "link"),
    [
        ("managed", TOLD, f'{LINK}, </things/2>; rel="next"'),
        ("direct", ENDED, f'</things/2>; rel="next", {LINK}'),
    ],
)
def test_the_upstreams_links_stand_beside_ours_and_its_dates_give_way(
    gateway: Gateway, key: str, api: str, told: Mapping[str, str], link: str
) -> None:
    """API Gateway can only append what is ours to a direct upstream's answer."""
    assert gateway.call(f"/{api}/v1/linked", key).ending == {**told, "link": link}


def test_an_api_that_does_not_end_says_what_its_upstream_says(gateway: Gateway, key: str) -> None:
    assert gateway.call("/next/v1/echo", key).ending == {}
    assert gateway.call("/next/v1/linked", key).ending["deprecation"] == "true"


def test_a_brownout_refuses_with_the_reason_and_when_to_come_back(gateway: Gateway, key: str) -> None:
    answer = gateway.call("/dim/v1/echo", key)
    assert (answer.status, answer.json["code"], answer.ending) == (503, "api_brownout", TOLD)
    assert 0 < int(answer.headers["retry-after"]) <= 240 * 60
    assert answer.json["successor"] == "/next/v1"
    assert gateway.call("/dim/v1/echo").status == 401


def test_a_brownout_of_a_direct_api_is_the_gateways_bare_403(gateway: Gateway, key: str) -> None:
    answer = gateway.call("/dim-direct/v1/echo", key)
    assert (answer.status, answer.json) == (403, {"message": "Forbidden"})


def test_brownouts_cost_nothing(gateway: Gateway) -> None:
    fresh = gateway.partner()
    assert [gateway.call("/dim/v1/echo", fresh).status for _ in range(3)] == [503] * 3
    assert gateway.call("/managed/v1/echo", fresh).headers["ratelimit"].startswith('"hour";r=999;')


def test_a_retired_api_is_gone_with_a_link_to_what_follows_it(gateway: Gateway, key: str) -> None:
    for answer in (gateway.call("/past/v1/echo", key), gateway.call("/past/v1"), gateway.call("/past/v1/nowhere")):
        assert (answer.status, answer.json["code"], answer.ending) == (410, "api_retired", ENDED)
        assert answer.json["next"].startswith(f"Call /next/v1 instead, as {GUIDE} says.")
        assert answer.json["sunset"] == f"{YESTERDAY:%Y-%m-%d}T00:00:00Z"


def test_the_next_deploy_moves_a_direct_route_to_the_proxy_and_drops_what_is_gone(gateway: Gateway, key: str) -> None:
    gateway.deploy(SECOND)

    moved = gateway.call("/direct/v1/echo", key, Origin=APP)
    assert (moved.status, moved.json["code"], moved.ending) == (410, "api_retired", ENDED)
    assert moved.headers["access-control-allow-origin"] == APP
    gone = gateway.call("/past/v1/echo", key)
    assert (gone.status, gone.ending) == (404, {})
    assert "code" not in gone.json
    assert gateway.call("/managed/v1/echo", key).ending == TOLD
