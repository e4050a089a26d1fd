"""An upstream can verify who calls: a JWT by the platform's key, made anew before it ends, never another caller's."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import jwt
import pytest

from tests.events import DECISION
from tests.fakes.aws_services import FakeAws
from tests.fakes.proven import GET, NOON, UNAUTHORIZED, ProvenApi, fields_of
from tests.fakes.upstream import ScriptedUpstream, keeps_alive, ok
from tiergate.adapters import identity
from tiergate.adapters.aws_clients import kms_client
from tiergate.adapters.identity_keys import IdentityKeys
from tiergate.domain.decision import ADMITTED, Decision
from tiergate.domain.failures import UpstreamFailure
from tiergate.domain.limits import SECOND

ISSUER, AUDIENCE, FIELD = "https://api.example/_tiergate", "https://orders.internal.example", "x-tiergate-identity"
AUTH = {"kind": "identity", "audience": AUDIENCE, "header": "X-Tiergate-Identity", "lifetime": 300}
USER = DECISION._replace(issuer="partners", subject="user-7", scopes="orders:read orders:write")


@pytest.fixture
def key(services: FakeAws) -> str:
    return services.key("0a1b-2c3d")


@pytest.fixture
def upstream() -> Iterator[ScriptedUpstream]:
    with ScriptedUpstream(keeps_alive(*[ok()] * 50)) as upstream:
        yield upstream


def api_of(upstream: ScriptedUpstream, key: str, **auth: Any) -> ProvenApi:
    return ProvenApi(upstream.url, AUTH | auth, identity_key=key, identity_issuer=ISSUER)


def verified(text: str, *keys: str) -> dict[str, Any]:
    """The claims of a token, by the keys that the platform publishes; no time is looked at."""
    published = jwt.PyJWKSet.from_dict({"keys": IdentityKeys(kms_client(), keys).current(NOON)})
    chosen = published[jwt.get_unverified_header(text)["kid"]]
    leave = {"verify_exp": False, "verify_iat": False}
    claims: dict[str, Any] = jwt.decode(
        text, chosen.key, algorithms=["ES256"], audience=AUDIENCE, issuer=ISSUER, options=leave
    )
    return claims


def token_in(request: bytes) -> str:
    return fields_of(request)[FIELD]


def test_a_token_says_who_calls_and_its_signature_is_the_platforms(upstream: ScriptedUpstream, key: str) -> None:
    api_of(upstream, key).call(decision=USER)
    text = token_in(upstream.requests[0])
    claims = verified(text, key)
    assert jwt.get_unverified_header(text) == {"alg": "ES256", "typ": "JWT", "kid": "0a1b-2c3d"}
    assert len(claims.pop("jti")) == 36
    assert claims == {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "iat": NOON // SECOND,
        "exp": NOON // SECOND + 300,
        "sub": "app_1",
        "client_id": "AbCdEf012345",
        "organization": "acme",
        "subscription": "sub_1",
        "product": "retail",
        "plan": "free",
        "client_issuer": "partners",
        "scope": "orders:read orders:write",
        "user": "user-7",
    }


def test_a_call_without_a_credential_has_no_subject(upstream: ScriptedUpstream, key: str) -> None:
    api_of(upstream, key).call(decision=Decision(ADMITTED, api="shop/v1", plan="anonymous"))
    claims = verified(token_in(upstream.requests[0]), key)
    assert claims.keys() == {"iss", "aud", "iat", "exp", "jti", "plan"}


def test_a_token_of_another_key_is_not_believed(upstream: ScriptedUpstream, services: FakeAws, key: str) -> None:
    api_of(upstream, key).call()
    other = services.key("0a1b-2c3d")
    with pytest.raises(jwt.InvalidSignatureError):
        verified(token_in(upstream.requests[0]), other)


def test_what_the_caller_sent_in_the_field_is_gone(upstream: ScriptedUpstream, key: str) -> None:
    api = api_of(upstream, key, header="Authorization")
    api.call(replace(GET, headers=[("authorization", "Bearer claimed")]))
    sent = fields_of(upstream.requests[0])["authorization"]
    assert verified(sent.removeprefix("Bearer "), key)["sub"] == "app_1"
    assert b"claimed" not in upstream.requests[0]


@pytest.mark.parametrize("lifetime", [60, 300, 3600])
def test_a_token_serves_until_a_quarter_of_its_life_is_left(
    services: FakeAws, upstream: ScriptedUpstream, key: str, lifetime: int
) -> None:
    api = api_of(upstream, key, lifetime=lifetime)
    for passed in (0, lifetime * 3 / 4 - 0.000_001, lifetime * 3 / 4):
        api.now = NOON + int(passed * SECOND)
        api.call()
    first, second, third = map(token_in, upstream.requests)
    assert first == second != third
    assert verified(third, key)["exp"] == NOON // SECOND + int(lifetime * 7 / 4)
    assert services.asked("Sign") == 2


def test_each_caller_has_a_token_of_its_own(services: FakeAws, upstream: ScriptedUpstream, key: str) -> None:
    others: list[dict[str, Any]] = [
        {},
        {"application": "app_2"},
        {"credential": "other"},
        {"organization": "other"},
        {"subscription": "sub_2"},
        {"product": "other"},
        {"plan": "gold"},
        {"issuer": "partners"},
        {"issuer": "others"},
        {"subject": "user-7"},
        {"subject": "user-8"},
        {"scopes": "user-8"},
    ]
    api = api_of(upstream, key)
    for _ in range(2):
        for other in others:
            api.call(decision=DECISION._replace(**other))
    said = [verified(token_in(each), key) for each in upstream.requests]
    assert said[: len(others)] == said[len(others) :]
    assert len({json.dumps(claims | {"jti": ""}) for claims in said}) == len(others)
    assert len({claims["jti"] for claims in said}) == services.asked("Sign") == len(others)


def test_what_differs_from_call_to_call_of_one_caller_needs_no_other_token(
    services: FakeAws, upstream: ScriptedUpstream, key: str
) -> None:
    api = api_of(upstream, key)
    for number in range(5):
        api.call(decision=DECISION._replace(operation=f"op{number}", cost=number, ratelimit=f'"hour";r={number}'))
    assert services.asked("Sign") == 1


@pytest.mark.parametrize(
    ("calls", "again"),
    [
        ([(225, 1), (226, 2), (226, 3), (227, 4), (228, 3), (228, 1), (229, 2)], [(225, 1), (227, 4), (229, 2)]),
        ([(236, 2), (237, 4), (238, 5), (239, 2)], [(236, 2), (237, 4), (238, 5)]),
    ],
)
def test_where_too_many_tokens_are_kept_the_oldest_gives_way_to_a_new_callers(
    services: FakeAws,
    upstream: ScriptedUpstream,
    key: str,
    monkeypatch: pytest.MonkeyPatch,
    calls: list[tuple[int, int]],
    again: list[tuple[int, int]],
) -> None:
    """Second and caller. One that is made anew takes the place of the caller's own, and is the youngest."""
    monkeypatch.setattr(identity, "MOST_TOKENS", 3)
    api = api_of(upstream, key)
    first, signed = [(0, 1), (10, 2), (20, 3)], []
    for second, caller in first + calls:
        api.now, before = NOON + second * SECOND, services.asked("Sign")
        api.call(decision=DECISION._replace(application=f"app_{caller}"))
        signed += [(second, caller)] * (services.asked("Sign") - before)
    assert signed == first + again


def test_while_kms_fails_a_token_serves_to_its_end(services: FakeAws, upstream: ScriptedUpstream, key: str) -> None:
    api = api_of(upstream, key)
    api.call()
    services.down = True
    for second in (225, 225, 225, 299):
        api.now = NOON + second * SECOND
        api.call()
    assert len({token_in(each) for each in upstream.requests}) == 1
    assert services.asked("Sign") == 3, "a failure is not asked for by every call"
    api.now = NOON + 300 * SECOND
    with pytest.raises(UpstreamFailure, match="503") as raised:
        api.call()
    assert raised.value.code == "upstream_unauthorized"
    services.down = False
    api.now = NOON + 304 * SECOND
    api.call()
    assert verified(token_in(upstream.requests[-1]), key)["iat"] == NOON // SECOND + 304


def test_while_kms_fails_it_is_not_waited_for_by_every_new_caller(
    services: FakeAws, upstream: ScriptedUpstream, key: str
) -> None:
    """An answer may be three seconds late, and a function serves one call at a time."""
    api = api_of(upstream, key)
    services.down = True
    for number in range(5):
        with pytest.raises(UpstreamFailure, match="503"):
            api.call(decision=DECISION._replace(application=f"app_{number}"))
        api.now += SECOND - 1
    assert services.asked("Sign") == 1
    services.down = False
    api.now = NOON + 5 * SECOND
    api.call()
    assert verified(token_in(upstream.requests[0]), key)["sub"] == "app_1"


@pytest.mark.parametrize("signature", [{}, {"Signature": "%%%"}, {"Signature": "MAYCAQECAQ=="}, {"Signature": None}])
def test_what_is_no_signature_is_not_sent(
    services: FakeAws, upstream: ScriptedUpstream, key: str, signature: dict[str, Any]
) -> None:
    services.answers["Sign"] = signature
    with pytest.raises(UpstreamFailure, match="no signature"):
        api_of(upstream, key).call()
    assert upstream.connections == 0


@pytest.mark.parametrize("missing", ["identity_key", "identity_issuer"])
def test_a_function_without_its_key_says_so(services: FakeAws, upstream: ScriptedUpstream, missing: str) -> None:
    told = {"identity_key": "arn", "identity_issuer": ISSUER} | {missing: ""}
    with pytest.raises(UpstreamFailure, match="IDENTITY_KEY and IDENTITY_ISSUER"):
        ProvenApi(upstream.url, AUTH, **told).call()


def test_a_refused_token_is_the_answer(services: FakeAws, key: str) -> None:
    with ScriptedUpstream(keeps_alive(UNAUTHORIZED, ok())) as upstream:
        assert api_of(upstream, key).call().status == 401
        assert len(upstream.requests) == 1
