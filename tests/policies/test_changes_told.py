"""What comes and what else is another: the level, the mark and the words of each."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.policies.test_changes import ALL, Bundle, acme, limits, old, opened
from tiergate.policy.changes import changes

OTHER: dict[str, tuple[Callable[[Bundle], Any], list[str]]] = {
    "an API is direct": (
        lambda b: opened(b).update(mode="direct"),
        ["risky ~ open/v1: mode managed → direct: API Gateway calls the upstream itself; refusals become its bare 403"],
    ),
    "an API shares the proxy": (
        lambda b: opened(b)["deploy"].update(isolated=False),
        ["safe ~ open/v1: shares the proxy function with others"],
    ),
    "an API has fewer instances": (
        lambda b: opened(b)["deploy"].update(concurrency=7),
        ["risky ~ open/v1: instances of its own: 20 → 7"],
    ),
    "the upstream is shown in another way": (
        lambda b: opened(b).update(upstream_auth={"kind": "identity", "audience": "x"}),
        ["risky ~ open/v1: how the upstream is shown that the gateway calls is another (header → identity)"],
    ),
    "web pages may send cookies no more": (
        lambda b: opened(b)["cors"].update(credentials=False),
        ["breaking ~ open/v1: browsers send no cookies any more"],
    ),
    "the client is read from another claim": (
        lambda b: acme(b).update(client="sub"),
        [
            "risky ! issuer acme: the claim that names the client: azp → sub; "
            "other clients or scopes may be read from tokens"
        ],
    ),
    "no web page may call": (
        lambda b: opened(b).pop("cors"),
        ["breaking - open/v1: web pages of https://app.example.com cannot call it from browsers any more"],
    ),
    "web pages may read more": (
        lambda b: opened(b)["cors"]["expose"].append("X-More"),
        ["safe + open/v1: fields that web pages may read: x-more now among them"],
    ),
    "web pages may send less": (
        lambda b: opened(b)["cors"].update(headers=[]),
        ["breaking - open/v1: request fields of web pages: x-own no longer among them"],
    ),
    "preflights are kept for less": (
        lambda b: opened(b)["cors"].update(max_age=7),
        ["safe ~ open/v1: browsers keep a preflight's answer for 60 → 7 s"],
    ),
    "calls without a credential have no plan": (
        lambda b: opened(b).pop("public_plan"),
        ["risky ~ open/v1: plan for calls without a credential: basic → none"],
    ),
    "an operation is called otherwise": (
        lambda b: opened(b)["operations"][0].update(id="other"),
        ["safe ~ open/v1 GET /things: operationId listThings → other; generated clients name it otherwise"],
    ),
    "an operation costs less": (
        lambda b: opened(b)["operations"][0].update(cost=1),
        ["safe ~ open/v1 GET /things: cost lowered: 3 → 1 units a call; basic: 100 an hour are 100 calls (were 33)"],
    ),
    "tokens come from elsewhere": (
        lambda b: acme(b).update(url="https://else.example/"),
        ["breaking ! issuer acme: tokens are signed by another: https://login.acme.example/ → https://else.example/"],
    ),
    "keys are fetched elsewhere": (
        lambda b: acme(b).update(jwks="https://else.example/keys"),
        ["risky ! issuer acme: address of its keys: https://login.acme.example/keys → https://else.example/keys"],
    ),
    "keys are believed for longer": (
        lambda b: acme(b).update(stale=7200),
        ["risky ! issuer acme: keys that cannot be fetched again are believed for 3600 → 7200 s"],
    ),
    "scopes begin otherwise": (
        lambda b: acme(b).update(scope_prefix="x/"),
        ['breaking ! issuer acme: scopes begin with: "things/" → "x/"'],
    ),
    "a brownout goes": (
        lambda b: old(b)["lifecycle"].update(brownouts=[]),
        ["safe - old/v1: no brownout any more on 2027-05-04 09:00 UTC for 15 minutes"],
    ),
    "the sunset comes later": (
        lambda b: old(b)["lifecycle"].update(sunset=1_830_297_600),
        ["safe ~ old/v1: sunset: 2027-06-30 → 2028-01-01"],
    ),
    "the 410s end earlier": (
        lambda b: old(b)["lifecycle"].update(gone=1_798_761_600),
        ["risky ~ old/v1: 410s end on: 2027-08-29 → 2027-01-01"],
    ),
    "it is deprecated since an earlier day": (
        lambda b: old(b)["lifecycle"].update(deprecated=1_700_000_000),
        ["safe ~ old/v1: deprecated since: 2026-06-01 → 2023-11-14"],
    ),
    "keys are accepted beside tokens": (
        lambda b: b["apis"]["old/v1"].update(accepts="either"),
        ["risky ! old/v1: callers need an API key or an access token (accepts: key → either)"],
    ),
    "another certificate is asked for": (
        lambda b: opened(b)["conditions"].update(subjects=["CN=b"]),
        ['breaking ! open/v1: client certificates: "CN=a" → "CN=b"'],
    ),
    "a claim must say something else": (
        lambda b: acme(b).update(required={"tier": "silver"}),
        ["breaking ! issuer acme: claim tier must say: gold → silver"],
    ),
    "the user pool's tokens last longer": (
        lambda b: b["issuers"]["pool"]["cognito"].update(token_minutes=1440),
        ["risky ! issuer pool: tokens last 30 → 1440 minutes"],
    ),
    "the user pool's tokens last less": (
        lambda b: b["issuers"]["pool"]["cognito"].update(token_minutes=5),
        ["safe ~ issuer pool: tokens last 30 → 5 minutes"],
    ),
    "an operation has less time": (
        lambda b: opened(b)["operations"][0].update(timeout=2),
        ["risky ~ open/v1 GET /things: upstream's time to answer: 5 → 2 s"],
    ),
    "an operation has its API's time again": (
        lambda b: opened(b)["operations"][0].pop("timeout"),
        ["safe ~ open/v1 GET /things: upstream's time to answer: 5 → 9 s"],
    ),
    "the upstream has longer": (
        lambda b: opened(b).update(timeout=12),
        ["safe ~ open/v1: upstream's time to answer: 9 → 12 s"],
    ),
    "an operation costs more when a plan goes": (
        lambda b: (opened(b)["operations"][0].update(cost=10), b["plans"].pop("basic")),
        [
            "breaking ~ open/v1 GET /things: cost raised: 3 → 10 units a call",
            f"breaking - plan basic: removed (was {ALL})",
        ],
    ),
    "a plan needs nobody's approval": (
        lambda b: b["plans"]["strict"].update(approval="automatic"),
        ["risky ! plan strict: subscriptions are approved: manual → automatic"],
    ),
    "a plan needs approval": (
        lambda b: b["plans"]["basic"].update(approval="manual"),
        ["risky ~ plan basic: subscriptions are approved: automatic → manual"],
    ),
    "a plan costs more": (
        lambda b: b["plans"]["basic"].update(price={"amount": "2", "currency": "EUR", "per": "month"}),
        ["risky ~ plan basic: price: 1 EUR a month → 2 EUR a month"],
    ),
    "a plan has no support": (
        lambda b: b["plans"]["basic"].update(support=""),
        ["safe ~ plan basic: support: mail → none"],
    ),
    "calls without a credential have a wider plan": (
        lambda b: opened(b).update(public_plan="wide"),
        [
            f"risky ! open/v1: plan for calls without a credential: basic → wide ({ALL} → 5 a second, 10 at once, "
            "101 an hour)"
        ],
    ),
    "calls without a credential are only counted": (
        lambda b: opened(b).update(public_plan="counted"),
        [f"risky ! open/v1: plan for calls without a credential: basic → counted ({ALL} → {ALL} (counted only))"],
    ),
    "calls without a credential have a narrower plan": (
        lambda b: opened(b).update(public_plan="strict"),
        [f"risky ~ open/v1: plan for calls without a credential: basic → strict ({ALL} → {ALL.replace('5', '4', 1)})"],
    ),
    "callers are sent nowhere": (
        lambda b: old(b)["lifecycle"].update(successor=""),
        ["safe ~ old/v1: successor: open/v1 → none"],
    ),
}

COMES: dict[str, tuple[Callable[[Bundle], Any], list[str]]] = {
    "the proxy is in the way again": (
        lambda b: opened(b).update(mode="direct"),
        ["risky ~ open/v1: mode direct → managed: calls go through the proxy, which explains refusals"],
    ),
    "the upstream is shown that the gateway calls": (
        lambda b: opened(b).pop("upstream_auth"),
        ["risky + open/v1: the upstream is shown that the gateway calls (upstream_auth: header)"],
    ),
    "web pages may send cookies": (
        lambda b: opened(b)["cors"].update(credentials=False),
        ["risky ! open/v1: browsers may send cookies"],
    ),
    "web pages may call": (
        lambda b: opened(b).pop("cors"),
        ["risky ! open/v1: web pages of https://app.example.com may call it from browsers"],
    ),
    "an operation": (
        lambda b: opened(b)["routes"]["literal"]["things"]["methods"].pop("POST"),
        ["safe + open/v1 POST /things: new (addThing), cost 2"],
    ),
    "a public operation": (
        lambda b: opened(b)["routes"]["literal"]["things"]["methods"].pop("GET"),
        [
            "risky ! open/v1 GET /things: can be called without a credential",
            "safe + open/v1 GET /things: new (listThings), cost 3",
        ],
    ),
    "a product": (
        lambda b: b["products"].pop("shop"),
        ["safe + product shop: added: open/v1, signed/v1, token/v1, shown/v1, direct/v1 and 2 more; plans basic"],
    ),
    "an offer": (
        lambda b: b["products"]["shop"].update(plans=[]),
        ["safe + product shop, plan basic: offered now"],
    ),
    "an API of a product": (
        lambda b: b["products"]["shop"]["apis"].remove("old/v1"),
        ["risky ! old/v1, product shop: joined the product; its subscribers can call it now"],
    ),
    "a plan": (lambda b: b["plans"].pop("basic"), [f"safe + plan basic: added: {ALL}"]),
    "a quota": (
        lambda b: limits(b)["quota"].pop("day"),
        ["breaking + plan basic: day quota of 1000 a day is new"],
    ),
    "limits where calls were only counted": (
        lambda b: limits(b).update(mode="off"),
        [f"breaking + plan basic: calls are limited now: {ALL}"],
    ),
    "an issuer": (
        lambda b: b["issuers"].pop("acme"),
        [
            "risky ! issuer acme: added: tokens that https://login.acme.example/ signs are taken by every API that "
            "accepts tokens"
        ],
    ),
}


def told(old_bundle: Bundle, new_bundle: Bundle) -> list[str]:
    return [f"{each.level} {each.mark} {each}" for each in changes(old_bundle, new_bundle)]


@pytest.fixture
def plans(bundle: Bundle) -> Bundle:
    """With plans beside ``basic``: a wider one, one that only counts, and a narrower one that is approved by hand."""
    found = copy.deepcopy(bundle)
    for name in ("wide", "counted", "strict"):
        found["plans"][name] = copy.deepcopy(found["plans"]["basic"])
    found["plans"]["wide"]["limits"]["quota"] = {"hour": 101}
    found["plans"]["counted"]["limits"]["mode"] = "off"
    found["plans"]["strict"]["limits"]["rate"]["per_second"] = 4
    found["plans"]["strict"]["approval"] = "manual"
    return found


@pytest.mark.parametrize("case", OTHER)
def test_what_is_another_is_told_in_words_with_what_it_does(plans: Bundle, case: str) -> None:
    change, expected = OTHER[case]
    bundle, new = plans, copy.deepcopy(plans)
    change(new)
    assert told(bundle, new) == expected


@pytest.mark.parametrize("case", COMES)
def test_what_comes_is_told_in_words_with_what_it_does(bundle: Bundle, case: str) -> None:
    """Each is taken out of the old policies, and stands in the new ones."""
    without, expected = COMES[case]
    before = copy.deepcopy(bundle)
    without(before)
    assert told(before, bundle) == expected


@pytest.mark.parametrize("state", ["draft", "retired"])
def test_what_nobody_can_call_leaves_its_product_safely(bundle: Bundle, state: str) -> None:
    before = copy.deepcopy(bundle)
    before["apis"]["old/v1"]["state"] = state
    new = copy.deepcopy(before)
    new["products"]["shop"]["apis"].remove("old/v1")
    assert told(before, new) == ["safe - old/v1, product shop: left the product; its subscribers could not call it"]


@pytest.mark.parametrize(
    ("name", "state", "words"),
    [
        ("open/v1", "draft", "removed (a draft, which nobody calls)"),
        ("old/v1", "retired", "removed; its callers get 404 in place of 410"),
    ],
)
def test_a_version_that_nobody_can_call_goes_safely(bundle: Bundle, name: str, state: str, words: str) -> None:
    before = copy.deepcopy(bundle)
    before["apis"][name]["state"] = state
    new = copy.deepcopy(before)
    del new["apis"][name]
    assert told(before, new) == [f"safe - {name}: {words}"]
