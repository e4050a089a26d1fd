"""What differs between two bundles: each change with its exact words, its level, and whether it loosens security."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tiergate.domain.networks import allowed, without
from tiergate.policy.changes import changes

Bundle = dict[str, Any]


def limits(bundle: Bundle) -> Any:
    return bundle["plans"]["basic"]["limits"]


def failure(bundle: Bundle) -> Any:
    return bundle["plans"]["basic"]["failure"]


def opened(bundle: Bundle) -> Any:
    return bundle["apis"]["open/v1"]


def old(bundle: Bundle) -> Any:
    return bundle["apis"]["old/v1"]


def acme(bundle: Bundle) -> Any:
    return bundle["issuers"]["acme"]


ALL = "5 a second, 10 at once, 100 an hour, 1000 a day, 10000 a month"
INSTANCE = "units of each instance an hour unchecked"

CASES: dict[str, tuple[Callable[[Bundle], Any], list[str]]] = {
    "a quota is lowered": (
        lambda b: limits(b)["quota"].update(hour=80),
        ["breaking ~ plan basic: hour quota lowered: 100 → 80 an hour"],
    ),
    "a quota is raised": (
        lambda b: limits(b)["quota"].update(hour=200),
        ["safe ~ plan basic: hour quota raised: 100 → 200 an hour"],
    ),
    "a quota goes": (
        lambda b: limits(b)["quota"].pop("day"),
        ["safe - plan basic: day quota of 1000 a day is gone"],
    ),
    "rate and burst are lowered": (
        lambda b: limits(b)["rate"].update(per_second=2.5, burst=4),
        [
            "breaking ~ plan basic: burst lowered: 10 → 4 at once",
            "breaking ~ plan basic: rate lowered: 5 → 2.5 a second",
        ],
    ),
    "limits are counted only": (
        lambda b: limits(b).update(mode="off"),
        [f"risky ! plan basic: nothing is limited any more (was {ALL})"],
    ),
    "limits are held to otherwise": (
        lambda b: limits(b).update(mode="leased"),
        ["safe ~ plan basic: mode exact → leased; the limits hold as before"],
    ),
    "the failure rule closes": (
        lambda b: failure(b).update(open_units=0),
        [f"risky ~ plan basic: while the tables fail: open, 3 {INSTANCE} → closed"],
    ),
    "the failure rule opens further": (
        lambda b: failure(b).update(open_units=9),
        [f"risky ! plan basic: while the tables fail: open, 3 {INSTANCE} → open, 9 {INSTANCE}"],
    ),
    "records are believed for longer": (
        lambda b: failure(b).update(grace=50),
        ["risky ! plan basic: a record that cannot be read again is believed for 40 → 50 s longer"],
    ),
    "a plan goes": (lambda b: b["plans"].pop("basic"), [f"breaking - plan basic: removed (was {ALL})"]),
    "a product goes": (
        lambda b: b["products"].pop("shop"),
        ["breaking - product shop: removed; its subscribers can call nothing by it any more"],
    ),
    "a product offers a plan no longer": (
        lambda b: b["products"]["shop"].update(plans=[]),
        ["breaking - product shop, plan basic: no longer offered"],
    ),
    "an API leaves a product": (
        lambda b: b["products"]["shop"]["apis"].remove("old/v1"),
        ["breaking - old/v1, product shop: left the product; its subscribers cannot call it any more"],
    ),
    "an API goes": (
        lambda b: b["apis"].pop("open/v1"),
        ["breaking - open/v1: removed; its 4 operations answer 404"],
    ),
    "an API with a public operation comes": (
        lambda b: b["apis"].update({"new/v1": opened(b)}),
        [
            "risky ! new/v1 GET /things: can be called without a credential",
            "safe + new/v1: added: published, 4 operations at /new/v1",
        ],
    ),
    "an operation costs more": (
        lambda b: opened(b)["operations"][0].update(cost=10),
        ["breaking ~ open/v1 GET /things: cost raised: 3 → 10 units a call; basic: 100 an hour are 10 calls (were 33)"],
    ),
    "an operation costs more, of less": (
        lambda b: (opened(b)["operations"][0].update(cost=10), limits(b)["quota"].update(hour=50)),
        [
            "breaking ~ open/v1 GET /things: cost raised: 3 → 10 units a call; basic: 50 an hour are 5 calls (were 33)",
            "breaking ~ plan basic: hour quota lowered: 100 → 50 an hour",
        ],
    ),
    "an operation goes": (
        lambda b: opened(b)["routes"]["literal"]["things"]["methods"].pop("POST"),
        ["breaking - open/v1 POST /things: gone (addThing); its callers get 404 or 405"],
    ),
    "an operation of a pattern goes": (
        lambda b: opened(b)["routes"]["literal"]["things"].pop("pattern"),
        ["breaking - open/v1 GET /things/{}.pdf: gone (printThing); GET /things/{} answers its calls"],
    ),
    "an operation is public": (
        lambda b: opened(b)["operations"][2].update(public=True),
        ["risky ! open/v1 GET /things/{}: can be called without a credential"],
    ),
    "an operation is public no longer": (
        lambda b: opened(b)["operations"][0].pop("public"),
        ["breaking ~ open/v1 GET /things: needs a credential; calls without one are refused"],
    ),
    "keys are accepted no longer": (
        lambda b: opened(b).update(accepts="token"),
        ["breaking ~ open/v1: callers need an access token (accepts: either → token)"],
    ),
    "both are needed": (
        lambda b: opened(b).update(accepts="both"),
        ["breaking ~ open/v1: callers need an API key and an access token together (accepts: either → both)"],
    ),
    "another credential is needed": (
        lambda b: old(b).update(accepts="token"),
        ["breaking ! old/v1: callers need an access token (accepts: key → token)"],
    ),
    "scopes are no longer needed": (
        lambda b: opened(b)["operations"][1].pop("scopes"),
        ["risky ! open/v1 POST /things: scopes needed: things:write → none"],
    ),
    "another scope is needed too": (
        lambda b: opened(b)["operations"][1].update(scopes=[["a", "things:write"]]),
        ["breaking ~ open/v1 POST /things: scopes needed: things:write → a+things:write"],
    ),
    "calls come from anywhere": (
        lambda b: opened(b)["conditions"].update(allow=[]),
        ["risky ! open/v1: calls may come from: 10.0.0.0/8 but not 10.1.0.0/16 → anywhere but not 10.1.0.0/16"],
    ),
    "calls come from fewer networks": (
        lambda b: opened(b)["conditions"].update(allow=["10.2.0.0/16"]),
        ["breaking ~ open/v1: calls may come from: 10.0.0.0/8 but not 10.1.0.0/16 → 10.2.0.0/16 but not 10.1.0.0/16"],
    ),
    "the same networks are written otherwise": (
        lambda b: opened(b)["conditions"].update(allow=["10.0.0.0/9", "10.128.0.0/9"]),
        [],
    ),
    "no certificate is asked for": (
        lambda b: opened(b)["conditions"].update(subjects=[]),
        ['risky ! open/v1: client certificates: "CN=a" → none asked for'],
    ),
    "a published API is a draft": (
        lambda b: opened(b).update(state="draft"),
        ["breaking ~ open/v1: published → draft: its routes go, and its callers get 404"],
    ),
    "a version is deprecated": (
        lambda b: opened(b).update(state="deprecated", lifecycle=old(b)["lifecycle"]),
        [
            "risky + open/v1: brownout on 2027-05-04 09:00 UTC for 15 minutes",
            "risky ~ open/v1: published → deprecated: since 2026-06-01, sunset 2027-06-30; "
            "its callers are sent to /open/v1",
        ],
    ),
    "a version is retired": (
        lambda b: old(b).update(state="retired"),
        [
            "breaking ~ old/v1: deprecated → retired: its callers get 410 until 2027-08-29; "
            "its callers are sent to /open/v1"
        ],
    ),
    "the sunset comes earlier": (
        lambda b: old(b)["lifecycle"].update(sunset=1_798_761_600),
        ["risky ~ old/v1: sunset: 2027-06-30 → 2027-01-01"],
    ),
    "calls go elsewhere in clear text": (
        lambda b: opened(b).update(upstream="http://else.example.com/x"),
        ["risky ! open/v1: calls go elsewhere: https://open.example.com → http://else.example.com/x, in clear text"],
    ),
    "the upstream has less time": (
        lambda b: opened(b).update(timeout=3),
        ["risky ~ open/v1: upstream's time to answer: 9 → 3 s"],
    ),
    "the upstream is shown nothing any more": (
        lambda b: opened(b).pop("upstream_auth"),
        [
            "risky ! open/v1: the upstream is no longer shown that the gateway calls (upstream_auth: header removed)",
        ],
    ),
    "the upstream is no longer private": (
        lambda b: opened(b)["deploy"].pop("private"),
        ["risky ! open/v1: the upstream is reached over the internet (was private)"],
    ),
    "every web page may call": (
        lambda b: opened(b)["cors"].update(origins=["*"], credentials=False),
        [
            "breaking ~ open/v1: browsers send no cookies any more",
            "risky ! open/v1: web pages that may call it: https://app.example.com → *",
        ],
    ),
    "an issuer goes": (
        lambda b: b["issuers"].pop("acme"),
        ["breaking - issuer acme: removed: tokens that https://login.acme.example/ signs are refused"],
    ),
    "tokens need say less": (
        lambda b: acme(b).update(audiences=[], required={}),
        [
            "risky ! issuer acme: audiences: https://api.example.com → any",
            "risky ! issuer acme: claim tier must say: gold → nothing",
        ],
    ),
    "tokens are signed otherwise": (
        lambda b: acme(b).update(algorithms=["RS256"]),
        ["breaking ! issuer acme: algorithms: ES256 → RS256"],
    ),
    "identity tokens have another key": (
        lambda b: b["platform"].update(identity_key=3),
        ["risky ~ platform: key of identity tokens: 2 → 3; upstreams must take the new one from the gateway's key set"],
    ),
    "keys of other makes are good no more": (
        lambda b: b["platform"].pop("imported_keys"),
        [
            "breaking - platform: keys of other makes are refused as malformed; rotate those in use first: "
            "tiergate key rotate"
        ],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_change_is_told_in_words_with_what_it_does(bundle: Bundle, case: str) -> None:
    change, expected = CASES[case]
    new = copy.deepcopy(bundle)
    change(new)
    assert [f"{each.level} {each.mark} {each}" for each in changes(bundle, new)] == expected


def test_nothing_that_may_be_a_secret_is_repeated(bundle: Bundle) -> None:
    new = copy.deepcopy(bundle)
    opened(new)["upstream"] = "https://user:pass-w0rd@else.example.com/x?token=t0ken#fr4gment"
    opened(new)["upstream_auth"] |= {"prefix": "s3cr3t ", "member": "m3mber"}
    for told in (changes(bundle, new), changes(new, bundle)):
        text = " ".join(map(str, told))
        assert "https://else.example.com/x" in text
        assert not any(secret in text for secret in ("pass-w0rd", "t0ken", "fr4gment", "s3cr3t", "m3mber", "AbCdEf"))


def test_nothing_hurts_or_loosens_while_an_api_is_a_draft(bundle: Bundle) -> None:
    draft = copy.deepcopy(bundle)
    opened(draft)["state"] = "draft"
    new = copy.deepcopy(draft)
    opened(new).pop("conditions")
    opened(new)["operations"][2]["public"] = True
    found = [each for each in changes(draft, new) if each.api == "open/v1"]
    assert len(found) == 3
    assert {(each.level, each.loosened) for each in found} == {("safe", False)}


def test_what_a_draft_leaves_open_is_loud_when_it_is_published(bundle: Bundle) -> None:
    draft = copy.deepcopy(bundle)
    opened(draft)["state"] = "draft"
    assert [f"{each.mark} {each}" for each in changes(draft, bundle)] == [
        "! open/v1 GET /things: can be called without a credential",
        "~ open/v1: draft → published: its routes are served",
    ]


def test_what_is_loosened_stands_before_the_rest_of_its_level_and_breaking_before_all(bundle: Bundle) -> None:
    new = copy.deepcopy(bundle)
    limits(new)["quota"] = {"hour": 80, "day": 2000}
    opened(new)["timeout"] = 1
    failure(new)["open_units"] = 50
    told = [(each.level, each.loosened) for each in changes(bundle, new)]
    assert told == [("breaking", False), ("risky", True), ("risky", False), ("safe", False), ("safe", False)]


def test_bundles_of_another_format_are_not_compared(bundle: Bundle) -> None:
    with pytest.raises(ValueError, match="bundle format 2, expected 1"):
        changes(bundle, {**bundle, "format": 2})


def test_networks_that_are_taken_away_leave_the_addresses_around_them() -> None:
    left = allowed(["192.0.2.0/30"], ["192.0.2.1/32"])
    assert left == [(0xC0000200, 0xC0000200), (0xC0000202, 0xC0000203)]
    assert without(left, [(0, 0xC0000202)]) == [(0xC0000203, 0xC0000203)]
    assert len(allowed([], [])) == 2
