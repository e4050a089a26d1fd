"""Keys that are limited: to a time, to addresses, to scopes; and subscriptions with limits of their own."""

from ipaddress import ip_network

import pytest

from tests.domain.test_authorizer import KEY, NOW, Gateway
from tiergate.domain.conditions import NONE, Conditions
from tiergate.domain.limits import SECOND
from tiergate.domain.registry import CACHE_TIME, Application, Credential, Override, Subscription

PLAIN = Credential(KEY.id, "app_1", KEY.hash)
OFFICE = (ip_network("203.0.113.0/24"), ip_network("2001:db8::/48"))
READ = frozenset({"read"})
BOTH = frozenset({"read", "write"})


def gateway_of(credential: Credential = PLAIN, override: Override | None = None) -> Gateway:
    gateway = Gateway()
    gateway.registry.put(credential)
    subscription = Subscription("sub_1", "retail", "free", override=override)
    gateway.registry.put(Application("app_1", "acme", {"retail": subscription}))
    return gateway


def test_a_key_ends_with_its_last_microsecond_whatever_is_cached():
    gateway = gateway_of(PLAIN._replace(expires=NOW + 5 * SECOND))
    assert gateway.call(now=NOW + 5 * SECOND - 1).allowed
    calls = gateway.counters.calls
    refused = gateway.call(now=NOW + 5 * SECOND)
    assert (refused.reason, refused.credential) == ("credential_expired", KEY.id)
    assert gateway.registry.reads == 2
    assert gateway.counters.calls == calls


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("203.0.113.9", True),
        ("203.0.114.9", False),
        ("2001:db8:0:1::9", True),
        ("2001:db9::9", False),
        ("::ffff:203.0.113.9", True),
        ("::ffff:203.0.114.9", False),
        ("", False),
        ("nonsense", False),
        ("203.0.113.9, 192.0.2.1", False),
    ],
)
def test_a_key_limited_to_addresses_is_refused_from_anywhere_else(address, allowed):
    gateway = gateway_of(PLAIN._replace(conditions=Conditions(OFFICE)))
    decision = gateway.call(address=address)
    assert decision.reason == ("admitted" if allowed else "address_not_allowed")
    assert gateway.counters.calls == allowed


def test_a_key_without_addresses_may_come_from_anywhere():
    assert gateway_of().call(address="").allowed


@pytest.mark.parametrize(
    ("scopes", "path", "reason"),
    [
        (None, "/accounts", "admitted"),
        (READ, "/accounts", "admitted"),
        (BOTH, "/accounts", "admitted"),
        (frozenset({"admin"}), "/accounts", "admitted"),
        (frozenset({"write"}), "/accounts", "scope_missing"),
        (frozenset(), "/accounts", "scope_missing"),
        (READ, "/pay", "scope_missing"),
        (BOTH, "/pay", "admitted"),
        (frozenset(), "/open", "admitted"),
    ],
)
def test_a_key_limited_to_scopes_needs_all_of_one_alternative(scopes, path, reason):
    gateway = gateway_of(PLAIN._replace(scopes=scopes))
    decision = gateway.call("POST" if path == "/pay" else "GET", path)
    assert decision.reason == reason
    assert gateway.counters.calls == (reason == "admitted")


def test_what_is_wrong_is_told_in_order_and_only_to_who_has_the_key():
    """The key first, then its state, its expiry, where it is used, what it belongs to, what it may do."""
    gateway = gateway_of()
    wrong = PLAIN._replace(
        fingerprint="0" * 64, state="suspended", expires=1, conditions=Conditions(OFFICE), scopes=frozenset()
    )
    gateway.registry.put(Application("app_1", "acme", {}, state="suspended"))
    reasons = []
    for mended in (
        {},
        {"fingerprint": KEY.hash},
        {"state": "active"},
        {"expires": None},
        {"conditions": NONE},
    ):
        wrong = wrong._replace(**mended)
        fresh = Gateway()
        fresh.registry.put(wrong)
        fresh.registry.put(gateway.registry.records["app_1"])
        reasons.append(fresh.call().reason)
    fresh = gateway_of(wrong)
    reasons.append(fresh.call().reason)
    assert reasons == [
        "credential_unknown",
        "credential_suspended",
        "credential_expired",
        "address_not_allowed",
        "application_suspended",
        "scope_missing",
    ]


def test_an_override_is_what_is_counted_against_and_shown():
    gateway = gateway_of(override=Override({"hour": 6, "day": 9}))
    first = gateway.call()
    assert first.ratelimit_policy == '"hour";q=6;w=3600, "day";q=9;w=86400'
    assert first.ratelimit.startswith('"hour";r=5;t=')
    reasons = [gateway.call().reason for _ in range(6)]
    assert reasons == ["admitted"] * 5 + ["quota_exceeded"]


def test_an_override_ends_at_its_moment_whatever_is_cached_and_the_count_goes_on():
    gateway = gateway_of(override=Override({"hour": 6}, until=NOW + 5 * SECOND))
    assert [gateway.call().reason for _ in range(5)] == ["admitted"] * 5
    refused = gateway.call(now=NOW + 5 * SECOND)
    assert (refused.reason, refused.ratelimit_policy) == ("quota_exceeded", '"hour";q=4;w=3600')
    assert gateway.registry.reads == 2


def test_an_override_can_lower_a_limit():
    gateway = gateway_of(override=Override({"hour": 1}))
    assert [gateway.call().reason for _ in range(2)] == ["admitted", "quota_exceeded"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (PLAIN._replace(state="suspended"), "credential_suspended"),
        (PLAIN._replace(conditions=Conditions(OFFICE)), "address_not_allowed"),
        (PLAIN._replace(scopes=frozenset()), "scope_missing"),
        (Application("app_1", "acme", {}, organization_state="suspended"), "organization_suspended"),
        (
            Application(
                "app_1", "acme", {"retail": Subscription("sub_1", "retail", "free", override=Override({"hour": 1}))}
            ),
            "quota_exceeded",
        ),
    ],
)
def test_every_change_takes_effect_within_the_promise(change, reason):
    gateway = gateway_of()
    assert gateway.call().allowed
    gateway.registry.put(change)
    assert gateway.call(now=NOW + CACHE_TIME).reason == reason
    assert CACHE_TIME < 60 * SECOND
