"""Operations that need no credential: each address by itself, on the API's plan for such calls."""

from pathlib import Path

import pytest

from tests.domain.callers import HOUR, LEASED, SOLE_KEY, TWO_AN_HOUR, Callers
from tests.domain.test_authorizer import KEY, NOW
from tiergate.domain.addresses import PORTAL
from tiergate.domain.admission import MOST_REMEMBERED
from tiergate.domain.decision import ADMITTED, Decision
from tiergate.domain.limits import SECOND, window_start

ACCEPTED = pytest.mark.parametrize("accepts", ["key", "token", "either", "both"])
DAY = 24 * 3600


def item(callers: Callers, address: str, api: str = "bank/v1"):
    return callers.counters.items[f"address#{api}#{address}"]


@ACCEPTED
def test_who_sends_nothing_is_admitted_by_the_public_plan_and_nobody_is_named(accepts):
    callers = Callers(accepts, public=True)
    decision = callers.call()
    assert decision._replace(ratelimit="", ratelimit_policy="") == Decision(
        ADMITTED, api="bank/v1", operation="list", cost=1, address="192.0.2.0", plan="anonymous"
    )
    assert decision.ratelimit_policy == '"hour";q=2;w=3600'
    assert callers.registry.reads == 0


def test_an_operation_that_is_not_public_needs_a_credential_beside_one_that_is():
    callers = Callers()
    apis = callers.authorizer._catalogue.apis
    first, *others = apis["bank/v1"].operations
    apis["bank/v1"] = apis["bank/v1"]._replace(operations=(first._replace(public=True), *others))
    assert callers.call().allowed
    assert callers.call(path="/open").reason == "credential_missing"


@pytest.mark.parametrize(
    ("accepts", "sent", "reason"),
    [
        ("key", {"api_key": KEY.text}, ADMITTED),
        ("key", {"api_key": "junk"}, "credential_malformed"),
        ("either", {"token": "good"}, ADMITTED),
        ("either", {"token": "forged"}, "token_untrusted"),
        ("either", {"token": "scopeless"}, "scope_missing"),
        ("either", {"token": "unverified"}, "issuer_unavailable"),
        ("both", {"api_key": KEY.text}, "credential_missing"),
        ("both", {"token": "good"}, "credential_missing"),
        ("both", {"api_key": KEY.text, "token": "good"}, ADMITTED),
    ],
)
def test_a_credential_that_is_sent_all_the_same_is_judged_and_counted_as_always(accepts, sent, reason):
    callers = Callers(accepts, public=True)
    assert callers.call(**sent).reason == reason
    assert list(callers.counters.items) == (["sub_1"] if reason == ADMITTED else [])


@pytest.mark.parametrize(("accepts", "sent"), [("key", {"token": "forged"}), ("token", {"api_key": "junk"})])
def test_what_the_api_does_not_accept_is_no_credential(accepts, sent):
    callers = Callers(accepts, public=True)
    assert callers.call(**sent).plan == "anonymous"


def test_each_address_and_the_portal_has_the_plan_for_itself_and_each_api_counts_for_itself():
    callers = Callers(public=True)
    for address, reasons in (
        ("192.0.2.77", [ADMITTED, ADMITTED, "quota_exceeded"]),
        ("192.0.2.78", [ADMITTED, ADMITTED, "quota_exceeded"]),
        ("::ffff:192.0.2.78", ["quota_exceeded"]),
        ("2001:db8:1:2::1", [ADMITTED]),
        ("2001:db8:1:2:ffff::1", [ADMITTED, "quota_exceeded"]),
        ("2001:db8:1:3::1", [ADMITTED]),
        (PORTAL, [ADMITTED, ADMITTED, "quota_exceeded"]),
    ):
        assert [callers.call(address=address).reason for _ in reasons] == reasons, address
    assert callers.call(api="cards/v1").allowed
    assert item(callers, "2001:db8:1:2::/64")[f"u{HOUR}"] == 2
    assert item(callers, "192.0.2.77", "cards/v1")[f"u{HOUR}"] == 1


def test_a_refusal_says_when_to_come_back():
    callers = Callers(public=True)
    decision = [callers.call() for _ in range(3)][-1]
    assert (decision.violated, decision.wait) == (("hour",), 3600 - NOW // SECOND % 3600)


@pytest.mark.parametrize("address", ["", "nonsense", "192.0.2.77:443"])
def test_who_has_no_address_cannot_be_counted_and_is_refused(address):
    callers = Callers(public=True)
    assert callers.call(address=address).reason == "address_not_allowed"
    assert callers.counters.calls == 0


def test_an_apis_networks_hold_for_public_operations_too():
    callers = Callers(public=True, api={"conditions": {"deny": ["192.0.2.0/24"]}})
    assert callers.call().reason == "address_not_allowed"
    assert callers.call(address="198.51.100.1").allowed


@pytest.mark.parametrize(
    ("limits", "ends"),
    [
        ({"quota": {"hour": 5}}, window_start("hour", HOUR + 1) // SECOND + DAY),
        ({"quota": {"hour": 5, "day": 9}}, window_start("day", HOUR // 24 + 1) // SECOND + DAY),
        ({"mode": "off", "quota": {"hour": 5}}, window_start("hour", HOUR + 1) // SECOND + DAY),
    ],
)
def test_what_is_counted_by_address_is_kept_a_day_longer_than_it_counts(limits, ends):
    callers = Callers(public=True, anonymous={"limits": limits})
    callers.call()
    assert item(callers, "192.0.2.77")["ttl"] == ends


def test_a_bucket_is_kept_until_it_can_be_taken_for_absent():
    callers = Callers(public=True, anonymous={"limits": {"rate": {"per_second": 1, "burst": 100}}})
    for each in range(50):
        callers.call(now=NOW + each)
    found = item(callers, "192.0.2.77")
    (arrival,) = (number for name, number in found.items() if name[0] == "t" and name != "ttl")
    assert arrival < (found["ttl"] - DAY + 1) * SECOND < arrival + 100 * SECOND


def test_what_a_subscription_uses_is_kept_for_good():
    callers = Callers(public=True)
    callers.call(api_key=KEY.text)
    assert "ttl" not in callers.counters.items["sub_1"]


def test_an_item_that_has_an_end_counts_and_is_tidied_as_any_other():
    callers = Callers(public=True)
    assert [callers.call().reason for _ in range(3)] == [ADMITTED, ADMITTED, "quota_exceeded"]
    later = NOW + 3600 * SECOND
    fresh = Callers(public=True)
    fresh.counters.items = callers.counters.items
    assert [fresh.call(now=later).reason for _ in range(3)] == [ADMITTED, ADMITTED, "quota_exceeded"]
    assert set(item(fresh, "192.0.2.77")) >= {"w", f"u{HOUR + 1}", "ttl"}
    assert f"u{HOUR}" not in item(fresh, "192.0.2.77")


def test_however_many_addresses_call_no_subscription_is_forgotten_for_them():
    """What an instance holds of a leased one would be lost."""
    callers = Callers(public=True, plan=LEASED)
    for each in range(1_000):
        callers.call(api_key=KEY.text, now=NOW + each * 20_000)
    now, calls = NOW + 20 * SECOND, callers.counters.calls
    assert callers.call(api_key=KEY.text, now=now).allowed
    assert callers.counters.calls == calls, "it is not leased"
    callers.authorizer._anybody._accounts.clear()
    for each in range(MOST_REMEMBERED + 1):
        callers.call(address=f"10.{each >> 16}.{each >> 8 & 255}.{each & 255}", now=now)
    calls = callers.counters.calls
    assert callers.call(api_key=KEY.text, now=now).allowed
    assert callers.counters.calls == calls


def test_the_guide_says_how_many_of_each_kind_are_remembered():
    guide = (Path(__file__).parents[2] / "docs" / "consistency.md").read_text(encoding="utf-8")
    told = f"remembers {MOST_REMEMBERED:,} subscriptions and, apart from them, {MOST_REMEMBERED:,} addresses:"
    assert told in " ".join(guide.split())


def test_a_leased_public_plan_holds_what_an_address_may_do():
    callers = Callers(public=True, anonymous={"limits": {"mode": "leased", "quota": {"hour": 300}}})
    found = [callers.call(now=NOW + each * 10_000).reason for each in range(400)]
    assert found == [ADMITTED] * 300 + ["quota_exceeded"] * 100
    assert callers.counters.calls < 300
    assert callers.call(address="192.0.2.78").allowed


def test_while_the_store_fails_an_address_meets_the_failure_rule_of_the_public_plan():
    callers = Callers(public=True, anonymous=TWO_AN_HOUR | {"failure": {"open_units": 1, "grace": 25}})
    callers.counters.fault = lambda: "throttled"
    found = [callers.call() for _ in range(2)]
    assert [(each.reason, each.fallback) for each in found] == [(ADMITTED, "open"), ("admission_unavailable", "")]
    closed = Callers(public=True)
    closed.counters.fault = lambda: "throttled"
    assert closed.call().reason == "admission_unavailable"


def test_a_public_plan_that_is_not_deployed_admits_nobody():
    callers = Callers(public=True, api={"public_plan": "gone"})
    assert callers.call().reason == "plan_not_deployed"


def test_a_suspended_key_is_no_better_than_it_is_elsewhere():
    callers = Callers(public=True)
    callers.registry.put(SOLE_KEY._replace(state="suspended"))
    assert callers.call(api_key=KEY.text).reason == "credential_suspended"
