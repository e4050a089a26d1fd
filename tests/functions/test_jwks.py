"""The keys and the metadata that upstreams verify identity tokens by, as deployed."""

import json
from types import ModuleType, SimpleNamespace
from typing import Any

import jwt
import pytest

from tests.fakes.aws_services import FakeAws
from tests.fakes.proven import NOON, ProvenApi, fields_of
from tests.fakes.upstream import ScriptedUpstream, keeps_alive, ok
from tests.functions.conftest import fresh
from tiergate.domain.limits import SECOND
from tiergate.domain.refusals import REFUSALS

ISSUER = "https://api.example/_tiergate"
JWKS, METADATA = "/_tiergate/.well-known/jwks.json", "/_tiergate/.well-known/openid-configuration"
AUTH = {"kind": "identity", "audience": "me", "header": "X-Tiergate-Identity", "lifetime": 300}
MINUTE = 60 * SECOND


class Published:
    """The function, at a time that stands still until a test moves it."""

    def __init__(self, module: ModuleType) -> None:
        self.now = NOON
        self._handler = module.handler
        module.time = SimpleNamespace(time_ns=lambda: self.now * 1000)

    def get(self, path: str = JWKS) -> dict[str, Any]:
        event = {
            "version": "2.0",
            "routeKey": f"GET {path}",
            "rawPath": path,
            "headers": {},
            "requestContext": {"requestId": "req-1", "http": {"method": "GET", "path": path}},
        }
        answer: dict[str, Any] = self._handler(event, None)
        return answer

    def key_ids(self) -> list[str]:
        return [key["kid"] for key in json.loads(self.get()["body"])["keys"]]


@pytest.fixture
def published(services: FakeAws, monkeypatch: pytest.MonkeyPatch) -> Published:
    monkeypatch.setenv("IDENTITY_KEYS", json.dumps([services.key("current"), services.key("former")]))
    monkeypatch.setenv("IDENTITY_ISSUER", ISSUER)
    return Published(fresh("lambdas.jwks.handler"))


def test_both_keys_are_published_the_current_one_first(published: Published) -> None:
    answer = published.get()
    assert answer["statusCode"] == 200
    assert answer["headers"] == {"content-type": "application/json", "cache-control": "public, max-age=300"}
    assert published.key_ids() == ["current", "former"]
    assert all("d" not in key for key in json.loads(answer["body"])["keys"])


def test_an_upstreams_token_is_verified_by_what_is_published(published: Published, services: FakeAws) -> None:
    """From the metadata on, as a library does it; tokens of the key before a rotation too."""
    document = json.loads(published.get(METADATA)["body"])
    assert document["jwks_uri"] == ISSUER + "/.well-known/jwks.json"
    keys = jwt.PyJWKSet.from_dict(json.loads(published.get()["body"]))
    for key in ("current", "former"):
        with ScriptedUpstream(keeps_alive(ok())) as upstream:
            arn = f"arn:aws:kms:eu-central-1:123456789012:key/{key}"
            ProvenApi(upstream.url, AUTH, identity_key=arn, identity_issuer=ISSUER).call()
            token = fields_of(upstream.requests[0])["x-tiergate-identity"]
        chosen = keys[jwt.get_unverified_header(token)["kid"]]
        claims = jwt.decode(
            token,
            chosen.key,
            algorithms=document["id_token_signing_alg_values_supported"],
            audience="me",
            issuer=document["issuer"],
            options={"verify_exp": False, "verify_iat": False},
        )
        assert claims["sub"] == "app_1"


def test_keys_are_read_once_in_five_minutes(published: Published, services: FakeAws) -> None:
    for minute in range(5):
        published.now = NOON + minute * MINUTE
        published.get()
    assert services.asked("GetPublicKey") == 2
    published.now = NOON + 5 * MINUTE
    published.get()
    assert services.asked("GetPublicKey") == 4


@pytest.mark.parametrize("fault", ["DisabledException", "KMSInvalidStateException", "NotFoundException"])
def test_a_key_that_was_disabled_or_deleted_is_published_no_more(
    published: Published, services: FakeAws, fault: str
) -> None:
    published.get()
    services.faults["arn:aws:kms:eu-central-1:123456789012:key/former"] = fault
    published.now += 5 * MINUTE
    assert published.key_ids() == ["current"]


def test_known_keys_are_published_for_an_hour_while_kms_is_down(published: Published, services: FakeAws) -> None:
    published.get()
    services.down = True
    published.now = NOON + 59 * MINUTE
    assert published.key_ids() == ["current", "former"]
    published.now = NOON + 60 * MINUTE
    assert published.get()["statusCode"] == 503


@pytest.mark.parametrize("fault", ["AccessDeniedException", "ThrottlingException", "NotFoundException"])
def test_without_keys_it_says_to_come_back_and_tells_nobody_that_there_are_none(
    published: Published, services: FakeAws, fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An empty key set would be believed, and remembered."""
    for key in ("current", "former"):
        services.faults[f"arn:aws:kms:eu-central-1:123456789012:key/{key}"] = fault
    answer = published.get()
    problem = json.loads(answer["body"])
    assert (answer["statusCode"], problem["code"], problem["request_id"]) == (503, "keys_unavailable", "req-1")
    assert problem["next"] == "Try again in 5 s."
    assert answer["headers"]["cache-control"] == "no-store"
    assert answer["headers"]["retry-after"] == "5"
    assert "keys cannot be read" in capsys.readouterr().out


def test_a_key_of_another_kind_is_not_published(published: Published, services: FakeAws) -> None:
    services.answers["GetPublicKey"] = {"PublicKey": "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE"}
    assert published.get()["statusCode"] == 503


@pytest.mark.parametrize("event", [{}, None, {"rawPath": 7}, {"rawPath": "/_tiergate/other"}])
def test_whatever_is_asked_gets_an_answer(published: Published, event: Any) -> None:
    answer = published._handler(event, None)
    problem = json.loads(answer["body"])
    assert answer["statusCode"] == problem["status"] == REFUSALS[problem["code"]].status
    assert answer["statusCode"] in {404, 503}
