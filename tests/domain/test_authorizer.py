"""The way of a request: who is refused where, with which reason, and what it costs the stores."""

import pytest

from tests.fakes import FakeCounters, FakeRegistry
from tiergate.domain import keys
from tiergate.domain.admission import Admission
from tiergate.domain.authorizer import Authorizer
from tiergate.domain.calls import Call, truncated, well_formed
from tiergate.domain.catalogue import Catalogue
from tiergate.domain.limits import SECOND
from tiergate.domain.registry import CACHE_TIME, MOST_MISSES, Application, CachedRegistry, Credential, Subscription

NOW = 1_795_392_610 * SECOND
KEY = keys.derived("dev", b"an application")

ROUTES = {
    "literal": {
        "accounts": {"methods": {"GET": 0}},
        "pay": {"methods": {"POST": 1}},
        "open": {"methods": {"GET": 2}},
        "export": {"methods": {"GET": 3}},
    }
}
API = {
    "state": "published",
    "upstream": "https://bank.example",
    "timeout": 5,
    "operations": [
        {"id": "list", "cost": 1, "scopes": [["admin"], ["read"]]},
        {"id": "pay", "cost": 3, "scopes": [["read", "write"]]},
        {"id": "open", "cost": 1},
        {"id": "export", "cost": 500},
    ],
    "routes": ROUTES,
}
FREE = {"limits": {"quota": {"hour": 4}}}
BUNDLE = {
    "format": 1,
    "platform": {"name": "Bank", "support": "help@bank.example"},
    "plans": {"free": FREE},
    "products": {
        "retail": {"apis": ["bank/v1"], "plans": ["free"]},
        "other": {"apis": ["cards/v1"], "plans": ["free"]},
        "bundle": {"apis": ["bank/v1", "cards/v1"], "plans": ["free"]},
    },
    "apis": {"bank/v1": API, "cards/v1": API, "bank/v2": API | {"state": "draft"}},
}


class Gateway:
    """An authorizer on fakes, with one partner on the free plan of the retail product. ``rule``: the failure rule."""

    def __init__(self, limits=FREE["limits"], **rule):
        self.counters = FakeCounters()
        self.registry = FakeRegistry(
            Credential(KEY.id, "app_1", KEY.hash),
            Application("app_1", "acme", {"retail": Subscription("sub_1", "retail", "free")}),
        )
        self.reported = []
        self.authorizer = Authorizer(
            catalogue=Catalogue.of(
                {**BUNDLE, "plans": {"free": {"limits": limits} | ({"failure": rule} if rule else {})}}
            ),
            registry=CachedRegistry(self.registry),
            admission=Admission(self.counters),
            env="dev",
            report=self.reported.append,
        )

    def call(self, method="GET", path="/accounts", *, api="bank/v1", key=KEY.text, now=NOW, address="192.0.2.77"):
        return self.authorizer.decide(Call(api, method, path, key, address), now)


@pytest.fixture
def gateway():
    return Gateway()


def test_a_good_key_is_admitted_and_everything_known_of_it_is_said(gateway):
    decision = gateway.call("POST", "/pay")
    assert decision.allowed
    assert (decision.api, decision.operation, decision.cost) == ("bank/v1", "pay", 3)
    assert (decision.organization, decision.application, decision.credential) == ("acme", "app_1", KEY.id)
    assert (decision.subscription, decision.product, decision.plan) == ("sub_1", "retail", "free")
    assert decision.address == "192.0.2.0"
    assert decision.ratelimit.startswith('"hour";r=1;t=')
    assert decision.ratelimit_policy == '"hour";q=4;w=3600'


@pytest.mark.parametrize(
    ("reason", "call"),
    [
        ("api_not_found", {"api": "bank/v9"}),
        ("api_not_found", {"api": "bank/v2"}),
        ("operation_not_found", {"path": "/nowhere"}),
        ("method_not_allowed", {"method": "DELETE"}),
        ("path_malformed", {"path": "/accounts/../pay"}),
        ("path_malformed", {"path": "/accounts/\x00"}),
        ("credential_missing", {"key": None}),
        ("credential_missing", {"key": ""}),
        ("credential_malformed", {"key": "junk"}),
        ("credential_malformed", {"key": KEY.text[:-1] + "~"}),
        ("credential_malformed", {"key": keys.mint("prod").text}),
    ],
)
def test_what_is_wrong_with_the_call_itself_is_refused_without_any_store(gateway, reason, call):
    assert gateway.call(**call).reason == reason
    assert gateway.registry.reads == 0
    assert gateway.counters.calls == 0


def test_a_wrong_method_names_the_right_ones(gateway):
    assert gateway.call("DELETE").methods == ("GET",)


@pytest.mark.parametrize(
    ("reason", "change"),
    [
        ("credential_unknown", Credential(KEY.id, "app_1", "0" * 64)),
        ("credential_revoked", Credential(KEY.id, "app_1", KEY.hash, state="revoked")),
        ("credential_revoked", Credential(KEY.id, "app_1", KEY.hash, state="something else")),
        ("credential_suspended", Credential(KEY.id, "app_1", KEY.hash, state="suspended")),
        ("credential_unknown", Credential(KEY.id, "app_gone", KEY.hash)),
        ("application_suspended", Application("app_1", "acme", {}, state="suspended")),
        ("organization_suspended", Application("app_1", "acme", {}, organization_state="suspended")),
        ("subscription_missing", Application("app_1", "acme", {})),
        ("subscription_missing", Application("app_1", "acme", {"other": Subscription("s", "other", "free")})),
        ("subscription_missing", Application("app_1", "acme", {"gone": Subscription("s", "gone", "free")})),
        (
            "subscription_suspended",
            Application("app_1", "acme", {"retail": Subscription("s", "retail", "free", state="suspended")}),
        ),
        ("plan_not_deployed", Application("app_1", "acme", {"retail": Subscription("s", "retail", "gone")})),
    ],
)
def test_whoever_may_not_call_is_refused_before_any_debit(gateway, reason, change):
    gateway.registry.put(change)
    assert gateway.call().reason == reason
    assert gateway.counters.calls == 0


def test_an_unknown_key_is_refused_with_one_read_until_the_cache_ends(gateway):
    stranger = keys.mint("dev").text
    assert gateway.call(key=stranger).reason == "credential_unknown"
    assert gateway.call(key=stranger).reason == "credential_unknown"
    assert gateway.registry.reads == 1


def test_made_up_keys_do_not_push_out_the_real_ones(gateway):
    gateway.call()
    for _ in range(MOST_MISSES + 1):
        gateway.call(key=keys.mint("dev").text)
    reads = gateway.registry.reads
    gateway.call()
    assert gateway.registry.reads == reads


def test_over_the_quota_is_refused_with_the_limit_and_the_wait(gateway):
    for _ in range(4):
        assert gateway.call().allowed
    refused = gateway.call()
    assert (refused.reason, refused.violated) == ("quota_exceeded", ("hour",))
    assert refused.wait == 3600 - NOW // SECOND % 3600
    assert refused.ratelimit == f'"hour";r=0;t={refused.wait}'


def test_a_second_key_of_the_application_shares_its_quota(gateway):
    second = keys.mint("dev")
    gateway.registry.put(Credential(second.id, "app_1", second.hash))
    for _ in range(4):
        gateway.call()
    assert gateway.call(key=second.text).reason == "quota_exceeded"


def test_a_known_key_costs_two_reads_in_thirty_seconds(gateway):
    for second in range(30):
        gateway.call(now=NOW + second * SECOND)
    assert gateway.registry.reads == 2


def test_a_revoked_key_is_refused_within_the_promise(gateway):
    gateway.call()
    gateway.registry.put(Credential(KEY.id, "app_1", KEY.hash, state="revoked"))
    assert gateway.call(now=NOW + CACHE_TIME).reason == "credential_revoked"
    assert CACHE_TIME < 60 * SECOND


def test_a_store_that_is_down_refuses_and_says_when_to_come_back(gateway):
    gateway.registry.down = True
    assert (gateway.call().reason, gateway.call().wait) == ("admission_unavailable", 1)
    gateway.registry.down = False
    gateway.counters.fault = lambda: "before"
    assert gateway.call().reason == "admission_unavailable"
    assert [error.reason for error in gateway.reported] == ["unreachable", "unreachable", "slow"]


def test_a_record_that_cannot_be_read_lets_nobody_in_and_is_reported(gateway):
    for record in (KEY.id, "app_1"):
        gateway.registry.broken = {record}
        decision = gateway.call()
        assert (decision.allowed, decision.reason) == (False, "gateway_fault")
    assert [str(error) for error in gateway.reported] == [
        f"the registry's record {KEY.id} cannot be read",
        "the registry's record app_1 cannot be read",
    ]
    assert gateway.counters.calls == 0


def test_a_suspended_subscription_does_not_hide_an_active_one(gateway):
    """Both cover the API since a deploy put it into a second product."""
    suspended = Subscription("sub_2", "bundle", "free", state="suspended")
    active = Subscription("sub_1", "retail", "free")
    for order in ({"bundle": suspended, "retail": active}, {"retail": active, "bundle": suspended}):
        gateway = Gateway()
        gateway.registry.put(Application("app_1", "acme", order))
        decision = gateway.call(api="bank/v1")
        assert (decision.reason, decision.subscription) == ("admitted", "sub_1")


@pytest.mark.parametrize(
    ("path", "good"),
    [
        ("/a b/ü/%25", True),
        ("/a/./b", False),
        ("/a/..", False),
        ("/...", True),
        ("/a\r\nx", False),
        ("/a\x7f", False),
        ("/a\x85", False),
        ("/a" + chr(0xD800), False),
        ("/a" + chr(0xFFFD), False),
        ("/a/..;x/b", False),
        ("/a/. /b", False),
        ("/a\\..\\b", False),
        ("/a/.well-known/..b;x", True),
    ],
)
def test_a_path_in_normal_form_only(path, good):
    assert well_formed(path) is good


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.0"),
        ("2001:db8:1:2::3", "2001:db8:1::"),
        ("nonsense", ""),
        ("", ""),
        ("portal", "portal"),
    ],
)
def test_only_the_network_of_an_address_is_kept(address, network):
    assert truncated(address) == network


def known_for(gateway, seconds):
    """A call at a time when the registry has not answered since the first one, so many seconds ago."""
    assert gateway.call().allowed
    gateway.registry.down = True
    return gateway.call(now=NOW + seconds * SECOND)


def test_a_known_key_goes_on_for_the_grace_of_its_plan(gateway):
    decision = known_for(gateway, 54)
    assert (decision.reason, decision.fallback) == ("admitted", "grace")
    assert {error.reason for error in gateway.reported} == {"unreachable"}


def test_a_known_key_is_refused_when_its_grace_is_over(gateway):
    decision = known_for(gateway, 56)
    assert (decision.reason, decision.fallback) == ("admission_unavailable", "")


def test_an_unknown_key_is_refused_while_the_registry_does_not_answer(gateway):
    gateway.registry.down = True
    assert gateway.call().reason == "admission_unavailable"


def test_a_key_that_was_not_there_has_no_grace(gateway):
    gateway.registry.records.pop(KEY.id)
    assert gateway.call().reason == "credential_unknown"
    gateway.registry.down = True
    assert gateway.call(now=NOW + 31 * SECOND).reason == "admission_unavailable"


def test_a_call_passes_unchecked_where_the_plan_says_so():
    gateway = Gateway(open_units=1, grace=25)
    gateway.counters.fault = lambda: "throttled"
    first, second = gateway.call(), gateway.call()
    assert (first.reason, first.fallback, first.ratelimit) == ("admitted", "open", "")
    assert second.reason == "admission_unavailable"
    assert {error.reason for error in gateway.reported} == {"throttled"}


def test_a_refusal_for_a_scope_is_counted_with_the_subscriptions_use(gateway):
    gateway.call()
    gateway.registry.put(Credential(KEY.id, "app_1", KEY.hash, scopes=frozenset()))
    assert gateway.call(now=NOW + 31 * SECOND).reason == "scope_missing"
    gateway.call(path="/open", now=NOW + 31 * SECOND)
    hour = NOW // (3600 * SECOND)
    assert gateway.counters.items["sub_1"][f"scope_missing@{hour}"] == 1
    assert gateway.counters.items["sub_1"][f"bank/v1@{hour}"] == 2


@pytest.mark.parametrize(("age", "ahead"), [(29.99, True), (30, False)])
def test_a_call_that_waited_for_records_takes_nothing_ahead(age, ahead):
    """Its time was taken before, so that what it took would be of an epoch that may be over."""
    gateway = Gateway(limits={"mode": "leased", "quota": {"hour": 10_000}})
    for each in range(1_500):
        gateway.call(now=NOW + each * 20_000)
    assert gateway.call(path="/export", now=NOW + int(age * SECOND)).allowed
    debited = gateway.counters.items["sub_1"][f"u{NOW // (3600 * SECOND)}"]
    assert (debited > 1_500 + 500) == ahead
