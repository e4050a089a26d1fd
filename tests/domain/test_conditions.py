"""Where a call may come from: networks, client certificates, and what the platform's edge says of it."""

import hashlib
import hmac
import sys
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.domain.callers import APPLICATION, HOUR, LEASED, SOLE_CLIENT, SOLE_KEY, Callers
from tests.domain.test_authorizer import KEY, NOW
from tests.fakes.tokens import FakeEdgeKeys
from tiergate.domain.addresses import PORTAL
from tiergate.domain.calls import Certificate
from tiergate.domain.conditions import NONE, Conditions
from tiergate.domain.decision import ADMITTED
from tiergate.domain.edge import FRESH, Edge
from tiergate.domain.limits import SECOND
from tiergate.domain.store import EdgeUnavailable

OFFICE = {"allow": ["203.0.113.0/24", "2001:db8::/48"], "deny": ["203.0.113.66", "2001:db8:0:6::/64"]}
PARTNER, OTHER = "CN=partner,O=Acme,C=DE", "CN=other,O=Acme,C=DE"

ADDRESSES = [
    ("203.0.113.9", True),
    ("203.0.113.66", False),
    ("203.0.114.9", False),
    ("::ffff:203.0.113.9", True),
    ("::ffff:203.0.113.66", False),
    ("::ffff:cb00:7142", False),
    ("2001:db8::9", True),
    ("2001:DB8:0:0::9", True),
    ("2001:db8:0:6::9", False),
    ("2001:db9::9", False),
    ("", False),
    ("nonsense", False),
    ("203.0.113.9 ", False),
    ("203.0.113.9,203.0.113.10", False),
    ("203.0.113.9/32", False),
    ("0203.0.113.9", False),
]


def at(level: str, conditions: Conditions, accepts: str = "either") -> Callers:
    """Callers with conditions at one level."""
    callers = Callers(accepts)
    if level == "api":
        apis = callers.authorizer._catalogue.apis
        apis["bank/v1"] = apis["bank/v1"]._replace(conditions=conditions)
    record = {"application": APPLICATION, "key": SOLE_KEY, "client": SOLE_CLIENT}.get(level)
    if record is not None:
        callers.registry.put(record._replace(conditions=conditions))
    return callers


def sent(level: str) -> dict[str, str]:
    return {"token": "good"} if level == "client" else {"api_key": KEY.text}


LEVELS = pytest.mark.parametrize("level", ["api", "application", "key", "client"])


@LEVELS
@pytest.mark.parametrize(("address", "allowed"), ADDRESSES)
def test_networks_hold_at_every_level_and_a_denied_one_goes_before_an_allowed_one(level, address, allowed):
    callers = at(level, Conditions.of(OFFICE))
    decision = callers.call(**sent(level), address=address)
    assert decision.reason == (ADMITTED if allowed else "address_not_allowed")
    assert callers.counters.calls == allowed


@LEVELS
@pytest.mark.parametrize("networks", [{"deny": ["198.51.100.0/24"]}, {"allow": ["0.0.0.0/0", "::/0"]}])
def test_through_the_portal_no_rule_on_networks_is_met_and_all_other_calls_are_judged_as_ever(level, networks):
    refused = at(level, Conditions.of(networks)).call(**sent(level), address=PORTAL)
    assert (refused.reason, refused.address) == ("address_not_allowed", PORTAL)
    assert at(level, Conditions()).call(**sent(level), address=PORTAL).allowed


@LEVELS
@pytest.mark.parametrize(("address", "allowed"), [("198.51.100.1", False), ("192.0.2.1", True), ("nonsense", False)])
def test_where_networks_are_only_denied_all_others_are_allowed(level, address, allowed):
    callers = at(level, Conditions.of({"deny": ["198.51.100.0/24"]}))
    assert callers.call(**sent(level), address=address).allowed is allowed


@LEVELS
@pytest.mark.parametrize(
    ("subject", "allowed"), [(PARTNER, True), (OTHER, False), (PARTNER.lower(), False), ("", False)]
)
def test_a_certificates_subject_holds_to_the_letter_at_every_level(level, subject, allowed):
    callers = at(level, Conditions.of({"subjects": [PARTNER]}))
    certificate = Certificate(subject, "")
    assert callers.call(**sent(level), certificate=certificate).reason == (
        ADMITTED if allowed else "certificate_not_allowed"
    )
    assert callers.call(**sent(level)).reason == "certificate_not_allowed"


def test_every_level_must_be_met():
    narrow, wide = Conditions.of({"allow": ["203.0.113.0/28"]}), Conditions.of(OFFICE)
    for level in ("api", "application", "key"):
        callers = at(level, narrow)
        for other, record in (("application", APPLICATION), ("key", SOLE_KEY)):
            if other != level:
                callers.registry.put(record._replace(conditions=wide))
        assert callers.call(api_key=KEY.text, address="203.0.113.9").allowed
        assert callers.call(api_key=KEY.text, address="203.0.113.99").reason == "address_not_allowed"


def test_of_two_credentials_both_must_be_met():
    for level in ("key", "client"):
        callers = at(level, Conditions.of(OFFICE), accepts="both")
        assert callers.call(api_key=KEY.text, token="good", address="192.0.2.1").reason == "address_not_allowed"
        assert callers.call(api_key=KEY.text, token="good", address="203.0.113.9").allowed


def test_an_apis_conditions_are_looked_at_before_any_credential():
    callers = at("api", Conditions.of(OFFICE))
    assert callers.call(api_key=KEY.text).reason == "address_not_allowed"
    assert callers.call(token="unverified").reason == "address_not_allowed"
    assert (callers.registry.reads, callers.tokens.seen) == (0, [])


def test_a_changed_condition_takes_effect_within_the_promise():
    callers = Callers()
    assert callers.call(api_key=KEY.text).allowed
    callers.registry.put(APPLICATION._replace(conditions=Conditions.of(OFFICE)))
    assert callers.call(api_key=KEY.text, now=NOW + 30 * SECOND).reason == "address_not_allowed"


NETWORKS = st.lists(
    st.builds(
        lambda address, short: ip_network((address, (32 if address.version == 4 else 128) - short), strict=False),
        st.ip_addresses(v=4, network="203.0.113.0/28")
        | st.ip_addresses(v=6, network="2001:db8::/124")
        | st.ip_addresses(),
        st.integers(0, 32),
    ),
    max_size=8,
)


@given(NETWORKS, NETWORKS, st.ip_addresses(network="203.0.113.0/28") | st.ip_addresses(network="2001:db8::/124"))
@example([ip_network("0.0.0.0/0")], [], ip_address("::"))
@example([ip_network("::/0")], [], ip_address("255.255.255.255"))
def test_however_networks_lie_an_address_is_in_those_that_have_it(allowed, denied, address):
    within = not allowed or any(address in network for network in allowed)
    expected = within and not any(address in network for network in denied)
    conditions = Conditions(tuple(allowed), tuple(denied))
    assert (conditions.broken(str(address), "") is None) is expected


def test_a_call_costs_no_more_under_a_hundred_networks_than_under_two():
    def steps(count: int) -> int:
        """Functions that are called for one more address."""
        networks = tuple(ip_network((0xCB007100 + each, 32)) for each in range(count))
        conditions = Conditions(networks)
        conditions.broken("203.0.113.7", "")
        seen: list[str] = []
        sys.setprofile(lambda _frame, event, _what: seen.append(event))
        conditions.broken(f"198.18.7.{10 + count}", "")
        sys.setprofile(None)
        return len(seen)

    assert steps(1) == steps(50)


@pytest.mark.parametrize("text", ["203.0.113.9/24", "nowhere", "203.0.113.0/33"])
def test_what_is_no_network_is_none(text):
    with pytest.raises(ValueError, match=text):
        Conditions.of({"allow": [text]})


def test_no_conditions_are_met_by_everything():
    assert NONE.broken("nonsense", "") is None


OLD, NEW = b"o" * 32, b"n" * 32


def field(address="203.0.113.9", at=NOW // SECOND, key=NEW, version="v1"):
    said = f"{version};{address};{at}"
    return f"{said};{hmac.new(key, said.encode(), hashlib.sha256).hexdigest()}"


def behind(edge: FakeEdgeKeys) -> Callers:
    """Callers whose key is good in the office alone."""
    callers = Callers(edge=Edge(edge))
    callers.registry.put(SOLE_KEY._replace(conditions=Conditions.of(OFFICE)))
    return callers


@pytest.mark.parametrize("key", [OLD, NEW])
def test_the_address_that_the_edge_signed_is_the_callers_while_its_key_is_rotated_too(key):
    callers = behind(FakeEdgeKeys(NEW, OLD))
    decision = callers.call(api_key=KEY.text, address="198.51.100.1", edge=field(key=key))
    assert (decision.reason, decision.address) == (ADMITTED, "203.0.113.0")
    refused = callers.call(api_key=KEY.text, address="203.0.113.9", edge=field("192.0.2.1", key=key))
    assert (refused.reason, refused.address) == ("address_not_allowed", "192.0.2.0")


def test_the_edge_signs_for_the_portal_and_not_for_who_calls_through_it():
    callers = behind(FakeEdgeKeys(NEW))
    refused = callers.call(api_key=KEY.text, address=PORTAL, edge=field())
    assert (refused.reason, refused.address) == ("address_not_allowed", PORTAL)
    assert callers.call(token="good", address=PORTAL, edge=field()).allowed
    assert callers.call(token="good", address=PORTAL).reason == "edge_bypassed"


SECONDS = NOW // SECOND
FORGED = [
    None,
    "",
    field(key=b"x" * 32),
    field(at=SECONDS - 61),
    field(at=SECONDS + 61),
    field(at=10**11),
    field(version="v2"),
    field()[:-1],
    field() + "0",
    field().upper(),
    field() + "\n",
    field() + "," + field(),
    field("203.0.113.9\r\n"),
    field("203.0.113.9;1"),
    field().replace("203.0.113.9", "203.0.113.8"),
    field().replace(str(SECONDS), str(SECONDS + 1)),
    "v1;203.0.113.9;" + "9" * 400 + ";" + "0" * 64,
    "v1;203.0.113.9;٣;" + "0" * 64,
]


@pytest.mark.parametrize("edge", FORGED, ids=lambda each: repr(each)[:30])
def test_what_the_edge_did_not_sign_just_now_is_refused_whatever_the_credential(edge):
    callers = behind(FakeEdgeKeys(NEW, OLD))
    for credential in ({"api_key": KEY.text}, {"token": "good"}, {}):
        decision = callers.call(**credential, address="203.0.113.9", edge=edge)
        assert (decision.reason, decision.address) == ("edge_bypassed", "203.0.113.0")
    assert (callers.registry.reads, callers.counters.calls) == (0, 0)


@pytest.mark.parametrize("off", [-FRESH, FRESH])
def test_the_edges_word_is_good_for_a_minute_and_its_clock_may_be_as_far_ahead(off):
    edge = Edge(FakeEdgeKeys(NEW))
    assert edge.address(field(), NOW + off) == ("203.0.113.9", False)
    assert edge.address(field(), NOW + off + (off // FRESH) * SECOND) == (None, False)


def test_a_key_that_was_taken_away_signs_nothing():
    assert Edge(FakeEdgeKeys(NEW)).address(field(key=OLD), NOW) == (None, False)


def test_a_signed_text_that_is_no_address_is_nowhere():
    callers = behind(FakeEdgeKeys(NEW))
    assert callers.call(api_key=KEY.text, edge=field("1.2.3.4.5")).reason == "address_not_allowed"
    assert callers.call(token="good", edge=field("1.2.3.4.5")).allowed


def test_while_the_edges_keys_cannot_be_had_nobody_is_let_in():
    keys = FakeEdgeKeys(NEW)
    callers = behind(keys)
    keys.fault = EdgeUnavailable("slow: no answer in 2 s")
    decision = callers.call(api_key=KEY.text, edge=field())
    assert (decision.reason, decision.wait) == ("edge_unavailable", 1)
    assert callers.reported == [keys.fault]


def test_a_call_that_waited_for_the_edges_keys_takes_nothing_ahead():
    debited = {}
    for waited in (False, True):
        keys = FakeEdgeKeys(NEW)
        callers = Callers(plan=LEASED, edge=Edge(keys))
        for each in range(1_400):
            callers.call(token="good", now=NOW + each * 20_000, edge=field())
        now = NOW + 29 * SECOND
        keys.waits = waited
        assert callers.call(path="/export", token="good", now=now, edge=field()).allowed
        debited[waited] = callers.counters.items["sub_1"][f"u{HOUR}"]
    assert debited[True] < debited[False]


def test_without_an_edge_its_field_counts_for_nothing():
    callers = Callers()
    callers.registry.put(SOLE_KEY._replace(conditions=Conditions.of(OFFICE)))
    assert callers.call(api_key=KEY.text, address="192.0.2.1", edge=field()).reason == "address_not_allowed"
