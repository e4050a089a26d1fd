"""The authorizer on what the registry stores: every change takes effect, and what is broken lets nobody in."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.events import authorizer_event
from tests.functions.conftest import Gateway
from tiergate.adapters.registry import Issued, Onboarded, Registry
from tiergate.domain.decision import ADMITTED
from tiergate.domain.limits import SECOND
from tiergate.domain.refusals import REFUSALS
from tiergate.domain.registry import CACHE_TIME
from tiergate.policy.bundle import serialized

Change = Callable[[Registry, Onboarded], object]

CHANGES: list[tuple[str, int, Change]] = [
    ("credential_revoked", 401, lambda registry, partner: registry.keys.revoke(partner.key.id)),
    ("credential_revoked", 401, lambda registry, partner: registry.keys.rotate(partner.key.id, grace=0)),
    ("credential_expired", 401, lambda registry, partner: registry.keys.rotate(partner.key.id, grace=CACHE_TIME)),
    ("credential_suspended", 403, lambda registry, partner: registry.keys.suspend(partner.key.id)),
    ("credential_unknown", 401, lambda registry, partner: registry.keys.delete(partner.key.id)),
    ("application_suspended", 403, lambda registry, partner: registry.applications.suspend(partner.application)),
    ("organization_suspended", 403, lambda registry, partner: registry.organizations.suspend(partner.organization)),
    ("credential_unknown", 401, lambda registry, partner: registry.applications.delete(partner.application)),
    ("subscription_suspended", 403, lambda registry, partner: registry.subscriptions.suspend(partner.subscription.id)),
    ("subscription_missing", 403, lambda registry, partner: registry.subscriptions.delete(partner.subscription.id)),
    (
        "quota_exceeded",
        429,
        lambda registry, partner: registry.subscriptions.override(partner.subscription.id, {"hour": 1}, until=None),
    ),
]


def issued(gateway: Gateway, **restrictions: Any) -> Issued:
    return gateway.registry.keys.create(gateway.partner().application, **restrictions)


@pytest.mark.parametrize(
    ("mode", "reason", "status", "change"),
    [*(("managed", *each) for each in CHANGES), ("direct", *CHANGES[0])],
    ids=[*(each[0] for each in CHANGES), "direct"],
)
def test_a_change_takes_effect_once_the_cache_time_is_over(
    gateway: Gateway, mode: str, reason: str, status: int, change: Change
) -> None:
    partner, authorizer = gateway.partner(), gateway.authorizer(mode)
    event = authorizer_event(key=partner.key.text)
    assert authorizer.handler(event, None)["context"]["reason"] == ADMITTED

    change(gateway.registry, partner)
    gateway.now += CACHE_TIME
    answer = authorizer.handler(event, None)

    assert (answer["isAuthorized"], answer["context"]["decision"]) == (mode == "managed", "deny")
    assert answer["context"]["reason"] == reason
    assert REFUSALS[reason].status == status
    assert gateway.units(partner) == 1


def test_the_new_key_of_a_rotation_works_beside_the_old_one_and_shares_its_quota(gateway: Gateway) -> None:
    partner, authorizer = gateway.partner(plan="tiny"), gateway.authorizer()
    new = gateway.registry.keys.rotate(partner.key.id, grace=3600 * SECOND).key

    texts = (partner.key.text, new.text, partner.key.text, new.text)
    reasons = [authorizer.handler(authorizer_event(key=text), None)["context"]["reason"] for text in texts]

    assert reasons == [ADMITTED] * 3 + ["quota_exceeded"]


def test_another_plan_and_an_override_go_on_with_the_count(gateway: Gateway) -> None:
    partner, authorizer = gateway.partner(plan="tiny"), gateway.authorizer()
    event = authorizer_event(key=partner.key.text)
    for _ in range(3):
        authorizer.handler(event, None)

    gateway.registry.subscriptions.set_plan(partner.subscription.id, "roomy")
    gateway.now += CACHE_TIME
    upgraded = authorizer.handler(event, None)["context"]
    gateway.registry.subscriptions.override(
        partner.subscription.id, {"hour": 5}, until=gateway.now + CACHE_TIME + 1 * SECOND
    )
    gateway.now += CACHE_TIME
    overridden = [authorizer.handler(event, None)["context"] for _ in range(2)]
    gateway.now += 1 * SECOND
    ended = authorizer.handler(event, None)["context"]

    assert upgraded["ratelimit"].startswith('"hour";r=996;')
    assert [each["reason"] for each in overridden] == [ADMITTED, "quota_exceeded"]
    assert overridden[0]["ratelimit_policy"] == '"hour";q=5;w=3600'
    assert (ended["reason"], ended["ratelimit_policy"]) == (ADMITTED, '"hour";q=1000;w=3600')


def test_a_key_expires_at_its_second_without_another_read(gateway: Gateway) -> None:
    key = issued(gateway, expires=gateway.now + 5 * SECOND).key
    authorizer, event = gateway.authorizer(), authorizer_event(key=key.text)
    assert authorizer.handler(event, None)["context"]["reason"] == ADMITTED

    gateway.now += 5 * SECOND
    assert authorizer.handler(event, None)["context"]["reason"] == "credential_expired"
    assert gateway.reads.count("GetItem") == 2


def test_a_key_to_try_things_out_has_its_own_limits_and_ends_at_its_second(gateway: Gateway) -> None:
    key = gateway.registry.try_keys.create("retail", "roomy", scopes=None, minutes=2, limits={"hour": 2}).key
    authorizer, event = gateway.authorizer(), authorizer_event(key=key.text)
    told = [authorizer.handler(event, None)["context"] for _ in range(3)]
    assert [each["reason"] for each in told] == [ADMITTED, ADMITTED, "quota_exceeded"]
    assert told[0]["ratelimit_policy"] == '"hour";q=2;w=3600'
    (counted,) = gateway.client.scan(TableName="usage")["Items"]
    assert (counted["subscription"]["S"], "ttl" in counted) == (told[0]["subscription"], True)

    gateway.now += 120 * SECOND
    assert authorizer.handler(event, None)["context"]["reason"] == "credential_expired"
    assert gateway.authorizer().handler(event, None)["context"]["reason"] == "credential_expired"


@pytest.mark.parametrize(
    ("networks", "reason"),
    [
        (["203.0.113.77"], ADMITTED),
        (["10.0.0.0/8", "203.0.113.0/24"], ADMITTED),
        (["10.0.0.0/8"], "address_not_allowed"),
    ],
)
def test_a_key_limited_to_networks_is_good_there_only(gateway: Gateway, networks: list[str], reason: str) -> None:
    """The caller's address is API Gateway's to tell; a header that claims another one counts for nothing."""
    key = issued(gateway, addresses=networks).key
    event = authorizer_event(key=key.text, headers={"x-forwarded-for": "10.0.0.1", "forwarded": "for=10.0.0.1"})

    assert gateway.authorizer().handler(event, None)["context"]["reason"] == reason


@pytest.mark.parametrize(("scopes", "reason"), [(["read"], ADMITTED), (["write"], "scope_missing"), (None, ADMITTED)])
def test_a_key_limited_to_scopes_calls_what_they_cover(gateway: Gateway, scopes: list[str] | None, reason: str) -> None:
    bundle = json.loads(gateway.bundle.read_text())
    (listing,) = (each for each in bundle["apis"]["shop/v1"]["operations"] if each["id"] == "list")
    listing["scopes"] = [["admin"], ["read"]]
    gateway.bundle.write_text(serialized(bundle))
    key = issued(gateway, scopes=scopes).key

    assert gateway.authorizer().handler(authorizer_event(key=key.text), None)["context"]["reason"] == reason


BROKEN = [
    ("KEY", {"addresses": {"L": [{"S": "nowhere"}]}}),
    ("KEY", {"expires": {"S": "soon"}}),
    ("KEY", {"scopes": {"N": "1"}}),
    ("KEY", {"fingerprint": {"NULL": True}}),
    ("APP", {"subscriptions": {"L": []}}),
    ("APP", {"organization_state": {"N": "1"}}),
]


@pytest.mark.parametrize("mode", ["managed", "direct"])
@pytest.mark.parametrize(("kind", "broken"), BROKEN)
def test_a_broken_record_lets_nobody_in_and_is_named_in_the_log(
    gateway: Gateway, mode: str, kind: str, broken: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    partner = gateway.partner()
    record = f"KEY#{partner.key.id}" if kind == "KEY" else f"APP#{partner.application}"
    key = {"pk": {"S": record}, "sk": {"S": "-"}}
    item = gateway.client.get_item(TableName="registry", Key=key)["Item"]
    gateway.client.put_item(TableName="registry", Item=item | broken)

    answer = gateway.authorizer(mode).handler(authorizer_event(key=partner.key.text), None)

    assert answer["isAuthorized"] is (mode == "managed")
    assert (answer["context"]["decision"], answer["context"]["reason"]) == ("deny", "gateway_fault")
    assert record in capsys.readouterr().out
    assert gateway.units(partner) == 0
