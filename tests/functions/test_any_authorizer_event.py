"""Whatever comes in: the authorizer admits only what an issued key may do, and never raises."""

import hashlib
import hmac
import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.events import ROUTE, authorizer_event
from tests.fakes.hostile import ANY_TEXT, ODD_TEXTS, changed, examples, huge_events, json_values
from tests.fakes.issuer import FakeIssuer
from tests.fakes.tokens import FakeEdgeKeys
from tests.functions.answers import check_simple
from tests.functions.conftest import NOON, Gateway
from tests.functions.test_authorizer_callers import linked, trust
from tiergate.adapters.registry import Registry
from tiergate.domain import keys
from tiergate.domain.catalogue import Product
from tiergate.domain.decision import ADMITTED
from tiergate.domain.edge import Edge
from tiergate.domain.limits import SECOND
from tiergate.domain.refusals import REFUSALS

DN = "CN=partner,O=Acme,C=DE"
EDGE_KEY = b"k" * 32

HOME = "203.0.113.0/24"
"""The network of the usual event's caller."""

METHODS = ("GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "get", "GET ", "GET\r\n", "PROPFIND", "M" * 300, "")
ROUTES = (ROUTE, "ANY /shop/v1", "ANY /hidden/v1/{proxy+}", "GET /shop/v1/{proxy+}", "$default", "ANY /shop", "ANY", "")
PATHS = (
    "/shop/v1/orders",
    "//shop/v1/orders",
    "/shop/v1/orders/",
    "/shop/v1/files/a.pdf",
    "/shop/v1/files/a/b",
    "/shop/v1/files/..",
    "/shop/v1/files/.. ;x",
    "/shop/v1/files/a\\b",
    "/shop/v1/files/\x85",
    "/shop/v1/../v1/orders",
    "/shop/v1/ORDERS",
    "/shop/v1/orders;x=1",
    "/shop/v1",
    "/shop/v10/orders",
    "/hidden/v1/orders",
    "/",
)
MODES = pytest.mark.parametrize(("mode", "count"), [("managed", 300), ("direct", 60)])
"""With how many examples: both decide by the same code, and differ in what they make of a refusal."""

ADDRESSES = ("203.0.113.77", "::ffff:203.0.113.77", "198.51.100.1", "2001:db8::1", "203.0.113.999", "")


@dataclass(frozen=True)
class Issued:
    """Texts of keys: those that are good, with the network that each is limited to, and all that are not."""

    good: Mapping[str, str]
    bad: tuple[str, ...]


@pytest.fixture
def issued(gateway: Gateway) -> Issued:
    yesterday = datetime.fromtimestamp(NOON // SECOND - 24 * 3600, UTC)
    products = {name: Product(name, frozenset(), frozenset({"roomy"})) for name in ("retail", "other")}
    registry = Registry(gateway.client, "registry", env="dev", actor="test", products=products, clock=lambda: yesterday)
    made = [registry.onboard(name=f"Partner {number}", product="retail", plan="roomy") for number in range(5)]
    partner, no_organization, no_application, no_subscription, deleted = made
    add = registry.keys.create
    limited = add(partner.application, addresses=[HOME]).key.text
    ended = [add(partner.application).key for _ in range(3)]
    registry.keys.suspend(ended[0].id)
    registry.keys.revoke(ended[1].id)
    registry.keys.delete(ended[2].id)
    registry.organizations.suspend(no_organization.organization)
    registry.applications.suspend(no_application.application)
    registry.subscriptions.suspend(no_subscription.subscription.id)
    registry.applications.delete(deleted.application)
    elsewhere = registry.onboard(name="Elsewhere", product="other", plan="roomy")
    expired = add(partner.application, expires=NOON - 3600 * SECOND)
    refused = [each.key.text for each in (*made[1:], elsewhere, expired)] + [key.text for key in ended]
    text = partner.key.text
    body = text[:-38] + "x" * 32
    forged = [
        body + keys.checksum(body),
        text[:-1],
        text + "0",
        f"{text},{text}",
        text.replace("dev", "prod"),
        text[3:],
    ]
    unknown = [keys.mint(env).text for env in ("dev", "prod")]
    return Issued({text: "0.0.0.0/0", limited: HOME}, (*refused, *forged, *unknown, *ODD_TEXTS))


@MODES
def test_only_calls_that_an_issued_key_may_make_are_admitted(
    gateway: Gateway, issued: Issued, mode: str, count: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both ways: a call with everything in order is admitted. What is in order is decided anew, beside the code."""
    authorizer = gateway.authorizer(mode)
    good, limited = issued.good
    decisions = set()

    def check(event: dict[str, Any]) -> None:
        gateway.now += 10 * SECOND  # so that no quota is used up
        context = check_simple(authorizer.handler(event, None), managed=mode == "managed")
        assert (context["decision"] == "allow") is _in_order(event, issued), event
        assert (context["decision"] == "allow") is (context["reason"] == ADMITTED)
        assert context["reason"] in {*REFUSALS, ADMITTED}
        assert _no_secret_in(str(context) + capsys.readouterr().out, issued)
        decisions.add(context["decision"])

    for key in (*issued.good, *issued.bad):
        check(_call(key))
    for method, path in itertools.product(METHODS, PATHS):
        check(_call(good, method, path))
    for route in ROUTES:
        check(_call(good, route=route))
    for address in ADDRESSES:
        check(_call(limited, address=address))
    odd = {
        "key": st.sampled_from(issued.bad) | ANY_TEXT | st.none(),
        "method": st.sampled_from(METHODS) | ANY_TEXT,
        "path": st.sampled_from(PATHS) | ANY_TEXT | ANY_TEXT.map("/shop/v1/files/".__add__),
        "route": st.sampled_from(ROUTES) | ANY_TEXT,
        "address": st.sampled_from(ADDRESSES) | ANY_TEXT,
    }
    usual = {"key": st.sampled_from([good, limited]), "method": st.sampled_from(["GET", "PUT"])}
    one_odd = [st.builds(_call, **usual | {name: values}) for name, values in odd.items()]
    examples(count)(given(st.one_of(*one_odd, st.builds(_call, **odd)))(check))()
    assert decisions == {"allow", "deny"}


@MODES
def test_no_change_of_an_event_admits_a_call_that_is_not_in_order_or_makes_the_authorizer_raise(
    gateway: Gateway, issued: Issued, mode: str, count: int, capsys: pytest.CaptureFixture[str]
) -> None:
    authorizer = gateway.authorizer(mode)
    good, limited = issued.good
    values = json_values | st.sampled_from([*PATHS, *ROUTES, *METHODS])
    start = [
        authorizer_event(key=key, method=method) for key in (good, limited, issued.bad[0]) for method in ("GET", "PUT")
    ]

    @examples(count)
    @given(json_values | st.one_of(*[changed(event, values) for event in start]))
    def check(event: Any) -> None:
        gateway.now += 10 * SECOND
        context = check_simple(authorizer.handler(event, None), managed=mode == "managed")
        assert context["decision"] == "deny" or _in_order(event, issued), event
        assert _no_secret_in(str(context) + capsys.readouterr().out, issued)

    check()


def test_however_large_an_event_is_it_is_decided_by_what_counts(gateway: Gateway, issued: Issued) -> None:
    authorizer = gateway.authorizer("direct")
    for key, decision in (*dict.fromkeys(issued.good, "allow").items(), (issued.bad[0], "deny")):
        for event in huge_events(authorizer_event(key=key)):
            in_order = event["rawPath"] == "/shop/v1/orders"
            context = check_simple(authorizer.handler(event, None), managed=False)
            assert context["decision"] == (decision if in_order else "deny")


def _call(
    key: str | None,
    method: str = "GET",
    path: str = "/shop/v1/orders",
    route: str = ROUTE,
    address: str = "203.0.113.77",
) -> dict[str, Any]:
    event = authorizer_event(path, method=method, key=key, route=route)
    event["requestContext"]["http"]["sourceIp"] = address
    return event


def _in_order(event: Any, issued: Issued) -> bool:
    """Whether a call may be admitted, from the test's own policies alone: two operations on orders, one on a file."""
    try:
        key, route, path = event["headers"]["x-api-key"], event["routeKey"], event["rawPath"]
        method, address = event["requestContext"]["http"]["method"], event["requestContext"]["http"].get("sourceIp")
    except (TypeError, KeyError, AttributeError):
        return False
    if not all(isinstance(each, str) for each in (key, route, path, method)) or key not in issued.good:
        return False
    if not re.fullmatch(r"\S* /*shop/v1/*|\S* /*shop/v1/*/\{proxy\+\}", route):
        return False
    if issued.good[key] == HOME and not _at_home(address):
        return False
    below = re.fullmatch("/*shop/v1(/.*)", path, re.DOTALL)
    if below is None:
        return False
    if below[1] == "/orders":
        return method in {"GET", "HEAD", "POST"}
    file = re.fullmatch(r"/files/([^/\\]+)", below[1])
    return method == "PUT" and file is not None and _plain(file[1])


def _at_home(address: Any) -> bool:
    if address == "::ffff:203.0.113.77":  # the same address, as IPv6 writes it
        return True
    try:
        return isinstance(address, str) and ip_address(address) in ip_network(HOME)
    except ValueError:
        return False


def _plain(segment: str) -> bool:
    """No control characters, no broken UTF-8, and nothing that anybody reads as a dot segment."""
    odd = any(ord(each) < 0x20 or 0x7F <= ord(each) < 0xA0 or 0xD800 <= ord(each) < 0xE000 for each in segment)
    return not odd and "\ufffd" not in segment and segment.partition(";")[0].strip(" ") not in {".", ".."}


def _no_secret_in(text: str, issued: Issued) -> bool:
    return not any(key[-38:] in text for key in (*issued.good, *issued.bad) if key.startswith("tg_"))


@pytest.fixture
def trusting(gateway: Gateway) -> Iterator[tuple[ModuleType, FakeIssuer]]:
    """An authorizer of an API that accepts keys and tokens, behind an edge, and the issuer that it trusts."""
    with FakeIssuer() as issuer:
        trust(gateway, issuer, conditions={"deny": ["198.51.100.0/24"], "subjects": [DN]})
        partner = gateway.partner()
        linked(gateway, partner.application)
        authorizer = gateway.authorizer()
        authorizer.AUTHORIZER._edge = Edge(FakeEdgeKeys(EDGE_KEY))
        yield authorizer, issuer


def test_whatever_stands_for_a_token_a_certificate_or_an_edges_word_is_decided_and_told_nobody(
    gateway: Gateway, trusting: tuple[ModuleType, FakeIssuer], capsys: pytest.CaptureFixture[str]
) -> None:
    """Admitted is what has a good one of each, and nothing else, however it is put."""
    authorizer, issuer = trusting
    now = gateway.now // SECOND
    token = issuer.token(iat=now, exp=now + 24 * 3600)
    head, body, signature = token.split(".")
    others = [
        f"{head}.{body}.",
        f"{head}.{body}.{signature[:-4]}AAAA",
        f"e30.{body}.{signature}",
        f"{head}..{signature}",
    ]
    good = {"subjectDN": DN, "clientCertPem": "-----BEGIN CERTIFICATE-----"}
    authorizations = st.sampled_from(
        [
            f"Bearer {token}",
            f"bearer  {token} ",
            token,
            f"Basic {token}",
            "Bearer",
            "Bearer ",
            *map("Bearer {}".format, others),
        ]
    )
    shown = st.sampled_from([{"clientCert": good}, None, {}, {"clientCert": good | {"subjectDN": DN.lower()}}])
    fields = st.sampled_from([("203.0.113.7", EDGE_KEY), ("198.51.100.7", EDGE_KEY), ("203.0.113.7", b"x" * 32)])
    decisions = set()

    @examples(300)
    @given(authorizations | json_values, shown | json_values, fields.map(_signer) | json_values.map(_always))
    def check(authorization: Any, authentication: Any, edge: Callable[[int], Any]) -> None:
        gateway.now += 10 * SECOND
        field = edge(gateway.now // SECOND)
        event = authorizer_event(headers={"authorization": authorization, "x-tiergate-edge": field})
        event["requestContext"]["authentication"] = authentication
        context = check_simple(authorizer.handler(event, None), managed=True)
        in_order = (
            isinstance(authorization, str)
            and re.fullmatch(f"[Bb]earer +{re.escape(token)} *", authorization) is not None
            and field == _signer(("203.0.113.7", EDGE_KEY))(gateway.now // SECOND)
            and authentication == {"clientCert": good}
        )
        assert (context["decision"] == "allow") is in_order, event
        assert context["reason"] in {*REFUSALS, ADMITTED}
        decisions.add(context["decision"])
        told = str(context) + capsys.readouterr().out
        assert signature[:40] not in told
        assert body[:40] not in told

    check()
    assert decisions == {"allow", "deny"}


def _signer(said: tuple[str, bytes]) -> Callable[[int], str]:
    address, key = said

    def sign(second: int) -> str:
        text = f"v1;{address};{second}"
        return f"{text};{hmac.new(key, text.encode(), hashlib.sha256).hexdigest()}"

    return sign


def _always(value: Any) -> Callable[[int], Any]:
    return lambda _second: value
