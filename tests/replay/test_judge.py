"""What policies decide on a recorded call, and what of it a log leaves open."""

import json
from typing import Any

import pytest

from tests.replay.recorded import (
    PEOPLE,
    PLATFORM,
    START,
    THEIRS,
    Sent,
    api,
    bundle,
    decided,
    line,
    operations,
    replayed,
)
from tiergate.domain.decision import Decision
from tiergate.domain.limits import SECOND
from tiergate.replay.judge import People
from tiergate.replay.tally import Consumer, Tally

ACME = Consumer("acme", "app_acme", "sub_1")
NOBODY = Consumer("-", "-", "-")
BANK = "bank/v1"


def with_bank(**more: Any) -> dict[str, Any]:
    return bundle(apis={BANK: api(**more), "cards/v1": api()})


def compared(
    sent: list[Sent], old: dict[str, Any], new: dict[str, Any], *, base: bool = True, people: People | None = None
) -> Tally:
    """Calls that were decided on under the old policies, against the new ones."""
    return replayed(decided(sent, old).lines, new, old if base else None, people)


def newly_refused(tally: Tally) -> dict[str, int]:
    """By reason."""
    found = [each.refused for each in tally.consumers.values() if each.refused]
    return {cause.reason: number for changed in found for cause, number in changed.causes.items()}


def newly_admitted(tally: Tally) -> dict[str, int]:
    found = [each.admitted for each in tally.consumers.values() if each.admitted]
    return {cause.reason: number for changed in found for cause, number in changed.causes.items()}


SCOPED = operations(list={"scopes": [["read"]]})
PUBLIC = operations(list={"public": True})
HOURLY = {"free": {"limits": {"quota": {"hour": 2}}}, "gold": {"limits": {}}}
MINUTE = 60


@pytest.mark.parametrize("base", [False, True])
@pytest.mark.parametrize(
    ("reason", "new"),
    [
        ("api_not_found", bundle(apis={"cards/v1": api()})),
        ("api_not_found", with_bank(state="draft")),
        ("operation_not_found", with_bank(routes={"literal": {"other": {"methods": {"GET": 0}}}})),
        ("method_not_allowed", with_bank(routes={"literal": {"things": {"methods": {"POST": 1}}}})),
        ("address_not_allowed", with_bank(conditions={"allow": ["198.51.100.0/24"]})),
        ("address_not_allowed", with_bank(conditions={"deny": ["192.0.0.0/16"]})),
        ("credential_missing", with_bank(accepts="token")),
        ("credential_missing", with_bank(accepts="both")),
        ("plan_not_deployed", bundle(plans={"gold": {"limits": {}}})),
        ("quota_exceeded", bundle(plans=HOURLY)),
        ("rate_exceeded", bundle(plans={"free": {"limits": {"rate": {"per_second": 1, "burst": 2}}}})),
        ("quota_exceeded", with_bank(operations=operations(costs=(60, 1, 1)))),
    ],
)
def test_calls_that_a_change_refuses_are_told_with_the_authorizers_reason(
    reason: str, new: dict[str, Any], base: bool
) -> None:
    tally = compared([Sent()] * 4, bundle(), new, base=base)
    assert newly_refused(tally).keys() == {reason}
    assert not tally.undecided


@pytest.mark.parametrize(
    ("at", "reason"), [(0, "api_brownout"), (5 * MINUTE, ""), (50 * MINUTE, "api_brownout"), (90 * MINUTE, "")]
)
def test_a_brownout_refuses_the_calls_of_its_time(at: int, reason: str) -> None:
    start = START // SECOND
    dark = [[start - 1, start + MINUTE], [start + 40 * MINUTE, start + 60 * MINUTE]]
    about = {"deprecated": start, "sunset": start, "gone": start, "brownouts": dark}
    new = with_bank(state="deprecated", lifecycle=about)
    assert newly_refused(compared([Sent(after=at * 1000)], bundle(), new)) == ({reason: 1} if reason else {})


@pytest.mark.parametrize(("at", "reason"), [(0, "api_retired"), (10 * MINUTE, "api_not_found")])
def test_a_retired_version_says_so_until_it_is_gone(at: int, reason: str) -> None:
    start = START // SECOND
    about = {"deprecated": start, "sunset": start, "gone": start + 5 * MINUTE}
    new = with_bank(state="retired", lifecycle=about)
    assert newly_refused(compared([Sent(after=at * 1000)], bundle(), new)) == {reason: 1}


def test_a_raised_limit_admits_what_was_refused() -> None:
    tally = compared([Sent()] * 5, bundle(plans=HOURLY), bundle())
    assert newly_admitted(tally) == {"quota_exceeded": 3}
    assert tally.now == {True: 5}


def test_a_dearer_operation_takes_more_of_a_quota_that_others_share() -> None:
    new = with_bank(operations=operations(costs=(1, 1, 99)))
    tally = compared([Sent(path="/bank/v1/things/7"), Sent(), Sent(after=10)], bundle(), new)
    (calls,) = tally.consumers.values()
    assert calls.refused is not None
    assert [*calls.refused.causes] == [("quota_exceeded", "bank/v1 list")]


@pytest.mark.parametrize("reason", ["credential_unknown", "credential_malformed"])
def test_no_policy_changes_what_is_wrong_with_a_credential(reason: str) -> None:
    sent = Sent(key="stranger" if reason == "credential_unknown" else "junk")
    new = with_bank(accepts="either", operations=PUBLIC, public_plan="gold")
    tally = compared([sent], bundle(), new)
    assert tally.now == {False: 1}
    assert not newly_admitted(tally)


IMPORTING = bundle(platform={**PLATFORM, "imported_keys": True})


@pytest.mark.parametrize("base", [False, True])
def test_calls_by_keys_of_other_makes_are_refused_where_those_are_good_no_more(base: bool) -> None:
    assert compared([Sent(key=THEIRS)], IMPORTING, IMPORTING, base=base).now == {True: 1}
    assert newly_refused(compared([Sent(key=THEIRS)], IMPORTING, bundle(), base=base)) == {"credential_malformed": 1}


@pytest.mark.parametrize("base", [False, True])
def test_what_was_malformed_may_be_a_key_of_another_make_where_those_are_good_from_now_on(base: bool) -> None:
    tally = compared([Sent(key=THEIRS)], bundle(), IMPORTING, base=base)
    assert tally.undecided == {"credential_unread": 1}


def test_what_was_malformed_where_they_are_good_stays_so() -> None:
    assert compared([Sent(key="junk")], IMPORTING, IMPORTING).now == {False: 1}


@pytest.mark.parametrize("reason", ["organization_suspended", "application_suspended", "subscription_suspended"])
def test_no_policy_ends_a_suspension(reason: str) -> None:
    decision = Decision(reason, api=BANK, application="app_acme", organization="acme", scheme="ApiKey")
    tally = replayed([line(Sent(), decision, START)], bundle(plans={"free": {"limits": {}}}), bundle(), PEOPLE)
    assert tally.now == {False: 1}


@pytest.mark.parametrize("reason", ["admission_unavailable", "issuer_unavailable", "lookup_limited", "gateway_fault"])
def test_what_a_failing_service_refused_stays_refused_and_counts_nowhere(reason: str) -> None:
    failed = line(Sent(), Decision(reason, api=BANK, application="app_acme", subscription="sub_1"), START)
    served = decided([Sent()] * 2, bundle()).lines
    tally = replayed([failed, *served], bundle(plans=HOURLY), bundle())
    assert tally.now == {False: 1, True: 2}


def test_a_call_that_passed_unchecked_while_limits_could_not_be_checked_stays_so() -> None:
    decision = Decision("admitted", api=BANK, subscription="sub_1", application="app_acme", organization="acme")
    about = decision._replace(product="retail", plan="free", scheme="ApiKey", fallback="open")
    lines = [line(Sent(), about, START)] * 5
    assert replayed(lines, bundle(plans=HOURLY), bundle()).now == {True: 5}


@pytest.mark.parametrize(
    ("reason", "old", "new", "sent"),
    [
        ("credential_unread", bundle(apis={"cards/v1": api()}), bundle(), Sent()),
        ("credential_unread", with_bank(conditions={"allow": ["198.51.100.0/24"]}), bundle(), Sent()),
        ("address_shortened", bundle(), with_bank(conditions={"allow": ["192.0.2.0/25"]}), Sent()),
        ("certificate_unlogged", bundle(), with_bank(conditions={"subjects": ["CN=acme"]}), Sent()),
        ("scopes_unknown", bundle(), with_bank(operations=SCOPED), Sent()),
        ("sent_unlogged", with_bank(accepts="token"), bundle(), Sent()),
        (
            "counted_by_address",
            with_bank(operations=PUBLIC, public_plan="gold"),
            with_bank(operations=PUBLIC, public_plan="none") | {"plans": {"none": {"limits": {"quota": {"day": 1}}}}},
            Sent(key=""),
        ),
        (
            "subscriptions_unknown",
            bundle(),
            bundle(products={"retail": {"apis": [], "plans": []}, "zeta": {"apis": [BANK], "plans": []}}),
            Sent(),
        ),
    ],
)
def test_what_the_log_leaves_open_is_undecided_by_reason(
    reason: str, old: dict[str, Any], new: dict[str, Any], sent: Sent
) -> None:
    tally = compared([sent] * 2, old, new)
    assert tally.undecided.keys() == {reason}
    assert not newly_refused(tally)
    assert not newly_admitted(tally)


@pytest.mark.parametrize(("key", "refused"), [("acme", {}), ("limited", {"scope_missing": 1})])
def test_the_registry_tells_what_a_key_is_good_for(key: str, refused: dict[str, int]) -> None:
    new = with_bank(operations=operations(list={"scopes": [["write"]]}))
    tally = compared([Sent(key=key)], bundle(), new, people=PEOPLE)
    assert newly_refused(tally) == refused
    assert not tally.undecided


def test_the_registry_tells_which_other_subscription_covers_an_api() -> None:
    products = {"retail": {"apis": [], "plans": ["free"]}, "zeta": {"apis": [BANK], "plans": ["free"]}}
    tally = compared([Sent(), Sent(key="other")], bundle(), bundle(products=products), people=PEOPLE)
    assert newly_refused(tally) == {"subscription_missing": 1}
    assert tally.now == {True: 1, False: 1}


@pytest.mark.parametrize(
    ("old", "new", "decided_now"),
    [
        (("retail",), ("retail", "zeta"), {}),
        (("retail", "zeta"), ("zeta",), {}),
        (("retail", "zeta"),) * 2 + ({True: 1},),
    ],
)
def test_another_product_that_covers_an_api_leaves_open_which_subscription_counts(
    old: tuple[str, ...], new: tuple[str, ...], decided_now: dict[bool, int]
) -> None:
    """Without the registry, unless that product covered it before, beside the one that the call was counted for."""
    then, now = (
        bundle(products={name: {"apis": [BANK] if name in sold else [], "plans": []} for name in ("retail", "zeta")})
        for sold in (old, new)
    )
    tally = compared([Sent()], then, now)
    assert tally.now == decided_now
    assert tally.undecided == ({} if decided_now else {"subscriptions_unknown": 1})
    assert compared([Sent()], then, now, people=PEOPLE).now == {True: 1}


def test_the_registry_tells_overrides() -> None:
    new = bundle(plans={"free": {"limits": {}}, "gold": {"limits": {"quota": {"hour": 1}}}})
    sent = [Sent(key="other")] * 3
    assert newly_refused(compared(sent, bundle(), new, people=PEOPLE)) == {}
    assert newly_refused(compared(sent, bundle(), new)) == {"quota_exceeded": 2}


def test_scopes_that_ask_for_less_leave_nobody_undecided() -> None:
    old = with_bank(operations=operations(list={"scopes": [["read", "write"]]}))
    tally = compared([Sent(), Sent(key="limited")], old, with_bank(operations=SCOPED))
    assert tally.now == {True: 1}
    assert tally.undecided == {"scopes_unknown": 1}


def test_calls_without_a_credential_are_decided_where_their_whole_network_stays_within_the_limit() -> None:
    old = with_bank(operations=PUBLIC, public_plan="gold")
    new = with_bank(operations=PUBLIC, public_plan="free") | {"plans": HOURLY}
    tally = compared([Sent(key="", address=f"192.0.2.{number}") for number in range(4)], old, new)
    assert tally.now == {True: 2}
    assert tally.undecided == {"counted_by_address": 2}


def test_an_operation_that_is_public_no_longer_refuses_calls_without_a_credential() -> None:
    tally = compared([Sent(key="")] * 3, with_bank(operations=PUBLIC, public_plan="gold"), bundle())
    assert tally.consumers[NOBODY].refused is not None
    assert newly_refused(tally) == {"credential_missing": 3}


def test_a_difference_that_the_base_has_too_is_none() -> None:
    """Say that the record is of instances that let more through than a model of them does."""
    admitted = decided([Sent()] * 5, bundle())
    tally = replayed(admitted.lines, bundle(plans=HOURLY), bundle(plans=HOURLY))
    assert not newly_refused(tally)
    assert (tally.agreed, tally.calls) == (2, 5)
    assert newly_refused(replayed(admitted.lines, bundle(plans=HOURLY))) == {"quota_exceeded": 3}


def test_leased_limits_are_judged_as_they_are_stated() -> None:
    plan = {"limits": {"mode": "leased", "rate": {"per_second": 100, "burst": 100}}}
    old = bundle(plans={"free": {"limits": {}}})
    tally = compared([Sent()] * 105, old, bundle(plans={"free": plan}))
    assert newly_refused(tally)["rate_exceeded"] in range(5, 15)


def test_a_plan_that_only_counts_refuses_no_call_however_dear() -> None:
    plans = {"free": {"limits": {"mode": "off", "quota": {"hour": 2}}}}
    new = bundle(plans=plans, apis={BANK: api(operations=operations(costs=(3, 1, 1)))})
    assert compared([Sent()] * 2, bundle(), new).now == {True: 2}


def test_calls_that_end_in_another_order_than_they_began_are_counted_in_the_order_of_their_ends() -> None:
    lines = decided([Sent(), Sent(after=1000), Sent(after=1000)], bundle()).lines
    tally = replayed([lines[2], lines[0], lines[1]], bundle(plans=HOURLY), bundle())
    assert newly_refused(tally) == {"quota_exceeded": 1}


def test_a_call_far_behind_those_before_it_is_not_judged_by_limits() -> None:
    lines = decided([Sent(), Sent(after=3_600_000)], bundle()).lines
    tally = replayed([*reversed(lines)], bundle(), bundle())
    assert tally.undecided == {"out_of_order": 1}


def test_answers_of_api_gateway_alone_are_told_apart_and_a_route_that_comes_is_undecided() -> None:
    missing = {"status": "404", "decision": "-", "reason": "-"}
    lines = [
        _changed(line(Sent(path="/nothing/v1/x"), Decision("-"), START), missing),
        _changed(line(Sent(), Decision("-"), START), missing),
        _changed(line(Sent(method="OPTIONS"), Decision("-"), START), missing | {"status": "204"}),
    ]
    tally = replayed(lines, bundle(), bundle())
    assert (tally.calls, tally.unjudged, tally.undecided) == (0, 3, {"unrouted": 1})


def _changed(raw: bytes, fields: dict[str, str]) -> bytes:
    return json.dumps(json.loads(raw) | fields).encode()
