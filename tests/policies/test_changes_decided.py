"""What the authorizer decides otherwise on any two policies is told: as loosened where it lets more through."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import FakeCounters, FakeRegistry
from tiergate.domain import keys
from tiergate.domain.admission import Admission
from tiergate.domain.authorizer import Authorizer
from tiergate.domain.calls import Call, Certificate
from tiergate.domain.catalogue import Catalogue
from tiergate.domain.limits import SECOND
from tiergate.domain.registry import Application, CachedRegistry, Credential, Subscription
from tiergate.policy.changes import BREAKING, Change, changes
from tiergate.policy.changes.answers import Answers
from tiergate.policy.changes.operations import operations_of
from tiergate.policy.openapi import Operation
from tiergate.policy.routes import tree

NOW = 1_795_392_610 * SECOND
"""2026-11-23T00:10:10Z."""

NAME = "shop/v1"
METHODS = ("GET", "POST", "HEAD")
TEMPLATES = (
    "/a", "/b", "/a/{x}", "/a/me", "/a/{x}{y}", "/a/{x}.pdf", "/a/rep-{x}", "/{x}/me", "/{x}/{y}", "/a/%7B%7D",
)  # fmt: skip
PATHS = (
    "/a",
    "/b",
    "/a/x",
    "/a/xy",
    "/a/me",
    "/a/ME",
    "/a/x.pdf",
    "/a/rep-1",
    "/a/rep-1.pdf",
    "/c/me",
    "/c/d",
    "/a/{}",
)

MADE = {name: keys.mint("dev") for name in ("all", "read", "none")}
SCOPES = {"all": None, "read": frozenset({"read"}), "none": frozenset[str]()}
KEYS = [Credential(made.id, "app_1", made.hash, scopes=SCOPES[name]) for name, made in MADE.items()]
APPLICATION = Application("app_1", "acme", {"shop": Subscription("sub_1", "shop", "free")})
NOBODY = {"credential_missing", "scope_missing", "address_not_allowed", "certificate_not_allowed"}
"""Reasons that guard an operation."""

AT_THE_EDGE = [("192.0.2.7", ""), ("192.0.2.200", "CN=a"), ("198.51.100.1", "CN=b")]

Bundle = dict[str, Any]


def bundle(found: dict[tuple[str, str], dict[str, Any]], conditions: dict[str, list[str]] | None = None) -> Bundle:
    """Policies of one API with these operations, by method and template."""
    routes = tree([Operation(f"{method} {template}", method, template, 1) for method, template in found])
    operations = [{"id": " ".join(each), "cost": 1, **terms} for each, terms in found.items()]
    api = {"state": "published", "upstream": "https://u.example", "timeout": 5, "mode": "managed"}
    stated = {"conditions": {"allow": [], "deny": [], "subjects": []} | conditions} if conditions else {}
    return {
        "format": 1,
        "platform": {"name": "P", "support": "help@p.example"},
        "issuers": {},
        "plans": {"free": {"limits": {"quota": {"hour": 1_000_000}}}},
        "products": {"shop": {"apis": [NAME], "plans": ["free"]}},
        "apis": {NAME: {**api, "operations": operations, "routes": routes, "public_plan": "free", **stated}},
    }


def decided(policies: Bundle) -> dict[tuple[str, ...], str]:
    """Why each call is let through or refused."""
    authorizer = Authorizer(
        catalogue=Catalogue.of(policies),
        registry=CachedRegistry(FakeRegistry(APPLICATION, *KEYS)),
        admission=Admission(FakeCounters()),
        env="dev",
        report=print,
    )
    return {
        (method, path, key, address, subject): authorizer.decide(
            Call(
                NAME,
                method,
                path,
                MADE[key].text if key else None,
                address,
                None,
                Certificate(subject, "") if subject else None,
            ),
            NOW,
        ).reason
        for method in METHODS
        for path in PATHS
        for key in ("", *MADE)
        for address, subject in AT_THE_EDGE
    }


terms = st.sampled_from(
    [{}, {}, {"public": True}, {"scopes": [["read"]]}, {"scopes": [["write"]]}, {"scopes": [["read", "write"]]}]
)
documents = st.dictionaries(st.tuples(st.sampled_from(METHODS), st.sampled_from(TEMPLATES)), terms, min_size=1)
conditions = st.sampled_from(
    [None, None, None, {"allow": ["192.0.2.0/24"]}, {"deny": ["192.0.2.128/25"]}, {"subjects": ["CN=a"]}]
)
policies = st.builds(bundle, documents, conditions)


def answering(policies: Bundle, method: str, path: str) -> str | None:
    return Answers.of(policies["apis"][NAME]).to(method, path)


@given(policies, policies)
def test_whoever_is_let_in_or_refused_anew_is_told_of_with_the_operation(old: Bundle, new: Bundle) -> None:
    found, before, after = changes(old, new), decided(old), decided(new)
    for call, reason in after.items():
        routes = {answering(each, *call[:2]) for each in (old, new)} | {""}
        told = [each for each in found if each.operation in routes]
        if before[call] in NOBODY and reason == "admitted":
            alike = [each for each in found if "answers " in each.message and "/a/me;" in each.message]
            assert any(each.loosened for each in (*told, *alike)), (call, found)
        if before[call] == "admitted" and reason != "admitted":
            alike = any(each.kind == "operation_alike" for each in found)
            assert alike or any(each.level == BREAKING for each in told), (call, found)


@given(policies)
def test_no_operation_hides_behind_another(policies: Bundle) -> None:
    api = policies["apis"][NAME]
    assert sorted(each["id"] for each in operations_of(api).values()) == sorted(
        each["id"] for each in api["operations"]
    )


def told(old: dict[tuple[str, str], Any], new: dict[tuple[str, str], Any]) -> list[str]:
    def line(each: Change) -> str:
        return f"{each.level} {each.mark} {each.operation}: {each.message}"

    return [line(each) for each in changes(bundle(old), bundle(new))]


ORDER, ALL = ("GET", "/orders/{id}"), ("GET", "/orders/all")
READ, WRITE = {"scopes": [["read"]]}, {"scopes": [["write"]]}


def test_an_operation_of_neighbouring_parameters_is_told_of_beside_one_of_a_whole_parameter() -> None:
    assert told({ORDER: READ}, {ORDER: READ, ("GET", "/orders/{a}{b}"): {"public": True}}) == [
        "risky ! GET /orders/{}{}: can be called without a credential",
        "risky ! GET /orders/{}{}: scopes needed: read → none (as GET /orders/{} answered them)",
        "safe + GET /orders/{}{}: new (GET /orders/{a}{b}), cost 1; takes calls from GET /orders/{}",
    ]
    literal = {ORDER: READ, ("GET", "/orders/%7B%7D"): {"public": True}}
    assert "risky ! GET /orders/%7B%7D: can be called without a credential" in told({ORDER: READ}, literal)


def test_what_falls_to_a_looser_operation_is_loosened() -> None:
    assert told({ORDER: {"public": True}, ALL: {}}, {ORDER: {"public": True}}) == [
        "breaking - GET /orders/all: gone (GET /orders/all); GET /orders/{} answers its calls",
        "risky ! GET /orders/all: can be called without a credential (as GET /orders/{} answers its calls)",
    ]
    assert told({ORDER: READ, ALL: WRITE}, {ORDER: READ})[0] == (
        "breaking ! GET /orders/all: scopes needed: write → read (as GET /orders/{} answers its calls)"
    )


def test_what_a_nearer_operation_asks_for_is_told_of_the_calls_that_it_takes() -> None:
    assert told({ORDER: READ}, {ORDER: READ, ALL: {"scopes": [["read", "write"]], "cost": 9}}) == [
        "breaking ~ GET /orders/all: cost raised: 1 → 9 units a call; free: 1000000 an hour are 111111 calls "
        "(were 1000000) (as GET /orders/{} answered them)",
        "breaking ~ GET /orders/all: scopes needed: read → read+write (as GET /orders/{} answered them)",
        "risky ~ GET /orders/all: calls that only read like it are refused now, such as GET /orders/all;",
        "safe + GET /orders/all: new (GET /orders/all), cost 9; takes calls from GET /orders/{}",
    ]
    assert "risky ! GET /orders/all: scopes needed: read → none (as GET /orders/{} answered them)" in told(
        {ORDER: READ}, {ORDER: READ, ALL: {}}
    )


def test_a_literal_keeps_what_reads_like_it_from_parameters_whatever_its_method() -> None:
    assert told({ORDER: READ}, {ORDER: READ, ("POST", "/orders/all"): {}})[0] == (
        "risky ~ POST /orders/all: calls that only read like it are refused now, such as GET /orders/all;"
    )


def test_head_is_told_of_by_what_answers_it() -> None:
    get, head = ("GET", "/h"), ("HEAD", "/h")
    assert told({get: {}, head: WRITE}, {get: {}}) == [
        "breaking - HEAD /h: gone (HEAD /h); GET /h answers its calls",
        "risky ! HEAD /h: scopes needed: write → none (as GET /h answers its calls)",
    ]
    assert told({get: {}}, {get: {}, head: WRITE})[0] == (
        "breaking ~ HEAD /h: scopes needed: none → write (as GET /h answered them)"
    )


def test_calls_that_two_templates_share_are_told_of_when_one_of_them_goes() -> None:
    near, far = ("GET", "/a/{x}/b"), ("GET", "/{y}/me/b")
    assert told({near: READ, far: {}}, {far: {}}) == [
        "breaking - GET /a/{}/b: gone (GET /a/{x}/b); its callers get 404 or 405, where not GET /{}/me/b answers its "
        "calls",
        "risky ! GET /a/{}/b: scopes needed: read → none (as GET /{}/me/b answers its calls)",
    ]
