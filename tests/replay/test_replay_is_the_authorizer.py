"""Whatever the policies and the traffic: a replay says what the real authorizer would have said."""

from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.replay.recorded import PEOPLE, PLATFORM, START, THEIRS, Sent, api, bundle, decided, operations, replayed
from tiergate.domain.access_log import CREDENTIAL, Line, read
from tiergate.domain.catalogue import Catalogue
from tiergate.domain.decision import Decision
from tiergate.domain.limits import SECOND
from tiergate.replay.judge import Judge, People
from tiergate.replay.routes import Routes

NETWORKS = ("192.0.2.0/24", "192.0.2.0/25", "192.0.0.0/16", "198.51.100.0/24", "0.0.0.0/0", "2001:db8::/32")
SCOPES = st.sampled_from(([], [["read"]], [["write"]], [["read", "write"]], [["admin"], ["read"]]))
COSTS = st.integers(1, 3)


@st.composite
def limits(draw: Any) -> dict[str, Any]:
    quota = draw(st.dictionaries(st.sampled_from(("hour", "day", "month")), st.integers(2, 12), max_size=2))
    rate = draw(st.none() | st.builds(lambda r, b: {"per_second": r, "burst": b}, st.integers(1, 5), st.integers(4, 6)))
    return {
        "mode": draw(st.sampled_from(("exact", "exact", "exact", "off"))),
        **({"quota": quota} if quota else {}),
        **({"rate": rate} if rate else {}),
    }


@st.composite
def described(draw: Any) -> dict[str, Any]:
    each = {
        name: {"scopes": draw(SCOPES), "public": draw(st.sampled_from((False, False, True)))}
        for name in ("list", "make", "get")
    }
    found = api(
        operations=operations(costs=draw(st.tuples(COSTS, COSTS, COSTS)), **each),
        state=draw(st.sampled_from(("published", "published", "published", "draft", "deprecated", "retired"))),
        accepts=draw(st.sampled_from(("either", "either", "key", "token", "both"))),
        public_plan=draw(st.sampled_from(("free", "gold"))),
    )
    if draw(st.booleans()):
        found["routes"] = {"literal": {"things": {"methods": {"GET": 0}, "any": {"methods": {"GET": 2}}}}}
    if found["state"] in ("deprecated", "retired"):
        at, minute = START // SECOND, 60
        outage = [[at + minute, at + 30 * minute]] if draw(st.booleans()) else []
        found["lifecycle"] = {
            **{"deprecated": at, "sunset": at, "gone": at + 20 * minute},
            **{"guide": "https://g.example", "brownouts": outage},
        }
    if draw(st.sampled_from((False, False, True))):
        chosen = st.lists(st.sampled_from(NETWORKS), max_size=2)
        found["conditions"] = {"allow": draw(chosen), "deny": draw(st.lists(st.sampled_from(NETWORKS[:4]), max_size=1))}
    return found


@st.composite
def bundles(draw: Any) -> dict[str, Any]:
    apis = st.lists(st.sampled_from(("bank/v1", "cards/v1")), unique=True)
    plans = {"free": {"limits": draw(limits())}, "gold": {"limits": draw(limits())}}
    if draw(st.sampled_from((False,) * 9 + (True,))):
        del plans["gold"]
    return bundle(
        platform={**PLATFORM, **({"imported_keys": True} if draw(st.booleans()) else {})},
        plans=plans,
        products={name: {"apis": draw(apis), "plans": ["free", "gold"]} for name in ("retail", "zeta")},
        apis={"bank/v1": draw(described()), "cards/v1": draw(described())},
    )


DOUBTFUL = {"address_not_allowed", "scope_missing"}
"""Refusals that the log may leave open, where a later rule refuses for certain."""

CALLS = st.builds(
    Sent,
    after=st.sampled_from((0, 0, 1, 10, 400, 5_000, 900_000)),
    method=st.sampled_from(("GET", "GET", "GET", "POST", "HEAD", "DELETE")),
    path=st.sampled_from(
        (
            "/bank/v1/things",
            "/bank/v1/things",
            "/bank/v1/things/7",
            "/cards/v1/things",
            "/bank/v1/no",
            "/bank/v2/things",
        )
    ),
    key=st.sampled_from(("acme", "acme", "acme", "other", "other", "limited", THEIRS, "", "", "stranger", "junk")),
    token=st.sampled_from(("", "", "", "reading", "writing", "other")),
    address=st.sampled_from(("192.0.2.7", "192.0.2.200", "198.51.100.7", "2001:db8::1")),
)
TRAFFIC = st.lists(CALLS, min_size=1, max_size=25)
POLICIES = bundles()


@settings(max_examples=150, deadline=None)
@given(sent=TRAFFIC, old=POLICIES, new=POLICIES, informed=st.booleans())
def test_what_is_decided_is_what_the_authorizer_decides_under_the_new_policies(
    sent: list[Sent], old: dict[str, Any], new: dict[str, Any], informed: bool
) -> None:
    """Where limits hang on calls that are undecided, nothing is promised."""
    recorded, truth = decided(sent, old), decided(sent, new)
    routes = Routes(Catalogue.of(new), Catalogue.of(old))
    people = PEOPLE if informed else People()
    judge = Judge(Catalogue.of(new), Catalogue.of(old), people)
    unsure: set[str] = set()
    for raw, true, each in zip(recorded.lines, truth.decisions, sent, strict=True):
        line = read(raw)
        answer = judge.answer(line, *routes.of(line))
        counted = true.subscription or line.address
        if answer.admitted is None:
            unsure |= {counted, line.subscription}
        elif counted not in unsure and not _unlogged(each, line, true, old, new, informed=informed):
            assert answer.admitted == true.allowed
            assert answer.reason == true.reason or true.reason in DOUBTFUL


@settings(max_examples=60, deadline=None)
@given(sent=TRAFFIC, old=POLICIES)
def test_unchanged_policies_make_no_difference_and_agree_with_the_record(sent: list[Sent], old: dict[str, Any]) -> None:
    recorded = decided(sent, old)
    tally = replayed(recorded.lines, old, old, PEOPLE)
    assert tally.agreed == tally.calls == len(sent)
    assert not tally.undecided
    assert not [each for each in tally.consumers.values() if each.refused or each.admitted]
    assert tally.now == Counter(each.allowed for each in recorded.decisions)


def _unlogged(
    sent: Sent, line: Line, true: Decision, old: dict[str, Any], new: dict[str, Any], *, informed: bool
) -> bool:
    """What docs/simulate.md says is taken for granted: the call sent no more than it was judged by; without the
    registry nobody has an override."""
    then, now = (each["apis"].get(true.api, {}).get("accepts") for each in (old, new))
    taken, take = ("imported_keys" in each["platform"] for each in (old, new))
    if taken != take and sent.key == THEIRS and sent.token:
        return True
    if then != now and ((sent.key and sent.token) or line.stage == CREDENTIAL):
        return True
    return not informed and true.subscription == "sub_3"


@settings(max_examples=60, deadline=None)
@given(sent=TRAFFIC, old=POLICIES, new=POLICIES)
def test_a_report_has_each_consumer_by_reason_as_two_authorizers_differ(
    sent: list[Sent], old: dict[str, Any], new: dict[str, Any]
) -> None:
    """Wherever nothing is undecided."""
    recorded, truth = decided(sent, old), decided(sent, new)
    tally = replayed(recorded.lines, new, old, PEOPLE)
    unlogged = any(
        _unlogged(each, read(raw), true, old, new, informed=True)
        for each, raw, true in zip(sent, recorded.lines, truth.decisions, strict=True)
    )
    if tally.undecided or unlogged:
        return
    expected = {True: Counter[tuple[str, str]](), False: Counter[tuple[str, str]]()}
    for was, true in zip(recorded.decisions, truth.decisions, strict=True):
        if was.allowed != true.allowed:
            expected[true.allowed][was.application or "-", (was if true.allowed else true).reason] += 1
    found = {True: Counter[tuple[str, str]](), False: Counter[tuple[str, str]]()}
    for consumer, calls in tally.consumers.items():
        for admitted, changed in ((True, calls.admitted), (False, calls.refused)):
            for cause, number in changed.causes.items() if changed else ():
                found[admitted][consumer.application, cause.reason] += number
    assert found == expected
