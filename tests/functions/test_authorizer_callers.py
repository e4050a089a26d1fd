"""The authorizer as deployed, where more than keys count: tokens of a real issuer, an edge, public operations."""

import hashlib
import hmac
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.http_server import Request, Server, response
from tests.embedded_metrics import read, values_of
from tests.events import authorizer_event
from tests.fakes.issuer import AUDIENCE, FakeIssuer
from tests.functions.conftest import Gateway
from tiergate.adapters.registry import Registry
from tiergate.domain.decision import ADMITTED
from tiergate.domain.limits import SECOND
from tiergate.policy.bundle import serialized

ROOT = Path(__file__).parents[2]
EDGE_KEY = "k" * 40
EDGE_SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:edge-a1B2c3"
FORBIDDEN = (
    "jwt",
    "cryptography",
    "ssl",
    "boto3",
    "tiergate.adapters.tokens",
    "tiergate.adapters.edge_keys",
    "tiergate.adapters.secrets",
    "tiergate.domain.edge",
    "tiergate.domain.issuers",
)


@pytest.fixture
def issuer() -> Iterator[FakeIssuer]:
    with FakeIssuer() as running:
        yield running


def trust(gateway: Gateway, issuer: FakeIssuer, accepts: str = "either", **api: Any) -> None:
    """Have the bundle's API accept this issuer's tokens, whose addresses come with the deploy."""
    bundle = json.loads(gateway.bundle.read_text())
    bundle["apis"]["shop/v1"] |= {"accepts": accepts, **api}
    bundle["issuers"] = {
        "partners": {
            "algorithms": ["RS256"],
            "audiences": [AUDIENCE],
            "types": ["at+jwt"],
            "required": {},
            "client": "client_id",
            "scope": "scope",
            "stale": 60,
        }
    }
    gateway.bundle.write_text(serialized(bundle))
    gateway.monkeypatch.setenv("ISSUERS", json.dumps({"partners": {"url": issuer.url, "jwks": issuer.jwks}}))


def linked(gateway: Gateway, application: str, id_: str = "client-1") -> None:
    """An OAuth client of an application."""
    registry = Registry(gateway.client, "registry", env="dev", actor="test", products={}, issuers={"partners"})
    registry.clients.link(application, "partners", id_)


def token_of(gateway: Gateway, issuer: FakeIssuer, **claims: Any) -> str:
    now = gateway.now // SECOND
    return issuer.token(**{"iat": now, "exp": now + 3600, **claims})


def event_of(token: str, **event: Any) -> dict[str, Any]:
    return authorizer_event(headers={"authorization": f"Bearer {token}"}, **event)


def test_a_token_of_a_linked_client_is_admitted_on_its_applications_subscription(
    gateway: Gateway, issuer: FakeIssuer
) -> None:
    partner = gateway.partner(plan="tiny")
    linked(gateway, partner.application)
    trust(gateway, issuer)
    authorizer = gateway.authorizer()

    contexts = [authorizer.handler(event_of(token_of(gateway, issuer)), None)["context"] for _ in range(2)]
    by_key = authorizer.handler(authorizer_event(key=partner.key.text), None)["context"]

    for context in contexts:
        assert (context["decision"], context["credential"], context["scheme"]) == ("allow", "client-1", "Bearer")
        assert (context["subscription"], context["scopes"]) == (partner.subscription.id, "read write")
    assert by_key["ratelimit"].startswith('"hour";r=0;')
    assert gateway.units(partner) == 3
    assert issuer.asked == ["/keys"]
    assert gateway.reads.count("GetItem") == 3, "client, application, key"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer  "])
def test_the_scheme_is_read_without_regard_to_case(gateway: Gateway, issuer: FakeIssuer, scheme: str) -> None:
    linked(gateway, gateway.partner().application)
    trust(gateway, issuer)
    event = authorizer_event(headers={"authorization": f"{scheme} {token_of(gateway, issuer)}"})

    assert gateway.authorizer().handler(event, None)["context"]["reason"] == ADMITTED


def test_a_token_of_a_client_that_is_not_ours_is_unknown(gateway: Gateway, issuer: FakeIssuer) -> None:
    linked(gateway, gateway.partner().application)
    trust(gateway, issuer)
    authorizer = gateway.authorizer()

    for client in ("client-2", "../client-1", "partners", "KEY"):
        token = token_of(gateway, issuer, client_id=client, sub=client)
        context = authorizer.handler(event_of(token), None)["context"]
        assert (context["decision"], context["reason"]) == (
            "deny",
            "token_malformed" if client.startswith(".") else "credential_unknown",
        )


@pytest.mark.parametrize("client", ["a#b", "partners#client-1", "client-1#", "#client-1", "client-1\n"])
def test_no_client_id_reaches_another_record(gateway: Gateway, issuer: FakeIssuer, client: str) -> None:
    linked(gateway, gateway.partner().application)
    trust(gateway, issuer)

    context = gateway.authorizer().handler(event_of(token_of(gateway, issuer, client_id=client)), None)["context"]

    assert context["reason"] == "token_malformed"
    assert gateway.reads == []


def test_a_key_as_a_token_and_a_token_as_a_key_are_refused_without_a_read(gateway: Gateway, issuer: FakeIssuer) -> None:
    partner = gateway.partner()
    linked(gateway, partner.application)
    trust(gateway, issuer)
    authorizer, token = gateway.authorizer(), token_of(gateway, issuer)

    for event, reason in (
        (event_of(partner.key.text), "token_malformed"),
        (authorizer_event(key=token), "credential_malformed"),
        (authorizer_event(key=f"Bearer {token}"), "credential_malformed"),
        (authorizer_event(headers={"authorization": f"ApiKey {partner.key.text}"}), "credential_missing"),
        (authorizer_event(headers={"authorization": token}), "credential_missing"),
    ):
        assert authorizer.handler(event, None)["context"]["reason"] == reason
    assert gateway.reads == []


def test_an_issuer_that_is_down_is_a_503_that_is_logged_once_and_counted(
    gateway: Gateway, issuer: FakeIssuer, capsys: pytest.CaptureFixture[str]
) -> None:
    partner = gateway.partner()
    linked(gateway, partner.application)
    trust(gateway, issuer)
    issuer.down = True
    authorizer, token = gateway.authorizer(), token_of(gateway, issuer)

    contexts = [authorizer.handler(event_of(token), None)["context"] for _ in range(3)]
    gateway.now += 11 * SECOND
    authorizer.handler(authorizer_event(key=partner.key.text), None)

    assert [(each["decision"], each["reason"], each["wait"]) for each in contexts] == [
        ("deny", "issuer_unavailable", "10")
    ] * 3
    assert issuer.asked == ["/keys"], "it is asked no more often than once in ten seconds"
    assert gateway.units(partner) == 1
    (line,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (line["message"], line["reason"]) == ("issuer failed", "issuer")
    assert line["cause"].startswith("issuer partners: ")
    counted = [values_of(read(each)) for each in gateway.metrics]
    failures = [
        value for found in counted for name, labels, value in found if name == "StoreFailures" and "issuer" in labels
    ]
    assert sum(failures) == 3


def test_a_direct_function_trusts_no_issuer(gateway: Gateway, issuer: FakeIssuer) -> None:
    """API Gateway lets nobody take the token away from what it calls itself, so no direct API accepts any."""
    linked(gateway, gateway.partner().application)
    trust(gateway, issuer)
    authorizer = gateway.authorizer("direct")

    assert authorizer.AUTHORIZER._tokens is None
    assert authorizer.handler(event_of(token_of(gateway, issuer)), None)["isAuthorized"] is False


@pytest.mark.parametrize(("mode", "unknown"), [("managed", None), ("direct", "-")])
def test_a_public_operation_is_counted_by_address_until_it_is_over(
    gateway: Gateway, mode: str, unknown: str | None
) -> None:
    bundle = json.loads(gateway.bundle.read_text())
    bundle["apis"]["shop/v1"] |= {"public_plan": "tiny"}
    (listing,) = (each for each in bundle["apis"]["shop/v1"]["operations"] if each["id"] == "list")
    listing["public"] = True
    gateway.bundle.write_text(serialized(bundle))
    authorizer = gateway.authorizer(mode)

    answers = [authorizer.handler(authorizer_event(), None) for _ in range(4)]
    other = authorizer_event()
    other["requestContext"]["http"]["sourceIp"] = "2001:db8::9"

    assert [each["context"]["decision"] for each in answers] == ["allow"] * 3 + ["deny"]
    assert (answers[3]["isAuthorized"], answers[3]["context"]["reason"]) == (mode == "managed", "quota_exceeded")
    first = answers[0]["context"]
    assert (first.get("subscription"), first.get("credential"), first["plan"]) == (unknown, unknown, "tiny")
    assert authorizer.handler(other, None)["context"]["decision"] == "allow"
    assert authorizer.handler(authorizer_event(method="POST"), None)["context"]["reason"] == "credential_missing"
    stored = {each["subscription"]["S"]: each for each in gateway.client.scan(TableName="usage")["Items"]}
    assert set(stored) == {"address#shop/v1#203.0.113.77", "address#shop/v1#2001:db8::/64"}
    assert all(int(each["ttl"]["N"]) > gateway.now // SECOND + 24 * 3600 for each in stored.values())


class FakeSecretsManager:
    """Has the edge's secret, and tells what it was ``asked``."""

    def __init__(self) -> None:
        self.text = EDGE_KEY
        self.asked: list[str] = []

    def answer(self, request: Request) -> bytes:
        self.asked.append(request.headers["x-amz-target"])
        return response(body=json.dumps({"SecretString": self.text}).encode())


@pytest.fixture
def edge(gateway: Gateway) -> Iterator[FakeSecretsManager]:
    manager = FakeSecretsManager()
    server = Server(manager.answer)
    server.start()
    gateway.monkeypatch.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", f"http://{server.address}")
    gateway.monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    gateway.monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    gateway.monkeypatch.setenv("EDGE_SECRET", EDGE_SECRET)
    yield manager
    server.close()


def signed(gateway: Gateway, address: str, key: str = EDGE_KEY) -> dict[str, str]:
    said = f"v1;{address};{gateway.now // SECOND}"
    return {"x-tiergate-edge": f"{said};{hmac.new(key.encode(), said.encode(), hashlib.sha256).hexdigest()}"}


@pytest.mark.parametrize("mode", ["managed", "direct"])
def test_behind_an_edge_its_word_alone_says_where_a_call_comes_from(
    gateway: Gateway, edge: FakeSecretsManager, mode: str
) -> None:
    partner = gateway.partner()
    key = gateway.registry.keys.create(partner.application, addresses=["198.51.100.0/24"]).key.text
    authorizer = gateway.authorizer(mode)

    def reason(headers: dict[str, str]) -> str:
        return str(authorizer.handler(authorizer_event(key=key, headers=headers), None)["context"]["reason"])

    assert reason(signed(gateway, "198.51.100.7")) == ADMITTED
    assert reason(signed(gateway, "203.0.113.77")) == "address_not_allowed"
    assert reason(signed(gateway, "198.51.100.7", "x" * 40)) == "edge_bypassed"
    assert reason({}) == "edge_bypassed"
    assert edge.asked == ["secretsmanager.GetSecretValue"]


def test_an_edges_secret_that_is_none_is_told_as_such_and_lets_nobody_in(
    gateway: Gateway, edge: FakeSecretsManager, capsys: pytest.CaptureFixture[str]
) -> None:
    edge.text = "too short"
    key = gateway.partner().key.text
    authorizer = gateway.authorizer()

    contexts = [
        authorizer.handler(authorizer_event(key=key, headers=signed(gateway, "198.51.100.7")), None)["context"]
        for _ in range(3)
    ]

    assert [(each["decision"], each["reason"], each["wait"]) for each in contexts] == [
        ("deny", "edge_unavailable", "1")
    ] * 3
    assert len(edge.asked) == 1, "it is asked no more often than once in five seconds"
    told = capsys.readouterr().out
    (line,) = (each for each in map(json.loads, told.splitlines()) if each.get("reason"))
    assert (line["message"], line["reason"]) == ("edge failed", "edge")
    assert "one key a line" in line["cause"]
    assert edge.text not in told


def loaded_at_the_start() -> set[str]:
    """What a fresh interpreter has loaded when the handler is."""
    program = "import json, sys, lambdas.authorizer.handler; print(json.dumps(sorted(sys.modules)))"
    environment = {"MODE": "managed", "AWS_ENDPOINT_URL": "http://127.0.0.1:9", "PYTHONPATH": str(ROOT)}
    found = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", program], env=os.environ | environment, capture_output=True, check=True, text=True
    )
    return set(json.loads(found.stdout))


@pytest.mark.usefixtures("gateway")
def test_a_function_that_needs_keys_alone_loads_nothing_for_tokens_or_an_edge() -> None:
    loaded = loaded_at_the_start()
    assert "tiergate.domain.authorizer" in loaded
    assert not {name for name in loaded if name in FORBIDDEN or name.startswith(("jwt.", "cryptography."))}


@pytest.mark.parametrize(("accepts", "at_start"), [("key", False), ("either", False), ("token", True), ("both", True)])
def test_what_verifies_tokens_is_loaded_at_the_start_where_no_call_gets_on_without(
    gateway: Gateway, issuer: FakeIssuer, accepts: str, at_start: bool
) -> None:
    trust(gateway, issuer, accepts)
    loaded = loaded_at_the_start()
    assert ("jwt" in loaded) is at_start
    assert ("tiergate.adapters.tokens" in loaded) is (accepts != "key")
