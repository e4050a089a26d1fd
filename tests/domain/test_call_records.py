"""What is made of a batch of the access log, and that no line breaks it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacks.access_log import FIELDS as LOGGED
from tiergate.domain.access_log import LONGEST, NotOurs
from tiergate.domain.call_records import FIELDS, LATEST, MOST_KEPT, Call, Failure, call, newest, shares

AT = 1_795_392_610_123
LINE = dict.fromkeys(LOGGED, "-") | {
    **{"time": str(AT), "request_id": "Jx1=", "method": "GET", "path": "/bank/v1/accounts", "api": "bank/v1"},
    **{"operation": "listAccounts", "status": "200", "decision": "allow", "reason": "admitted"},
    **{"subscription": "sub_1", "credential": "3FnLsxJSqBQf"},
}


def line(**changed: Any) -> str:
    return json.dumps(LINE | changed)


def failure(number: int, at: int = AT) -> Failure:
    return Failure(at, f"r{number}", "GET", "listAccounts", "bank/v1", 429, "quota_exceeded", "key")


def one(number: int, **changed: Any) -> tuple[str, Call]:
    return f"id{number}", Call(AT, "sub_1", "key", 200, None)._replace(**changed)


def test_an_admitted_call_is_counted_and_no_failure():
    assert call(line()) == Call(AT, "sub_1", "3FnLsxJSqBQf", 200, None)


def test_a_refused_call_says_why():
    found = call(line(status="429", decision="deny", reason="quota_exceeded"))
    assert found
    assert found.failure == Failure(AT, "Jx1=", "GET", "listAccounts", "bank/v1", 429, "quota_exceeded", "3FnLsxJSqBQf")


@pytest.mark.parametrize(("decision", "reason"), [("allow", "upstream_failed"), ("-", "gateway_failed")])
def test_an_answer_of_5xx_is_a_failure_whoever_gave_it(decision, reason):
    found = call(line(status="502", decision=decision))
    assert found
    assert found.failure
    assert (found.failure.status, found.failure.reason) == (502, reason)


def test_an_upstreams_404_is_an_answer_as_any_other():
    found = call(line(status="404"))
    assert found
    assert found.failure is None


@pytest.mark.parametrize("subscription", ["-", "try_8", "", "address#bank/v1#1"])
def test_nobodys_calls_and_those_of_keys_to_try_are_left_out(subscription):
    assert call(line(subscription=subscription)) is None


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "{",
        "[]",
        "7",
        "null",
        "[" * 100_000,
        '{"time": "1"}',
        line(time="-"),
        line(time="soon"),
        line(time="-5"),
        line(time="١٢٣"),
        line(time=str(LATEST + 1)),
        line(time="9" * 5000),
        line(time=5),
        line(status="600"),
        line(status="-"),
        line(credential=None),
        line(operation="\ud800"),
        line(path="x" * LONGEST),
        line().replace("/accounts", '/accounts", "request_id": "Jx2='),
    ],
)
def test_a_line_of_another_kind_is_told_apart(raw):
    with pytest.raises(NotOurs):
        call(raw)


@given(st.text() | st.fixed_dictionaries(dict.fromkeys(FIELDS, st.text())).map(json.dumps))
def test_any_text_is_a_call_or_none(raw):
    try:
        found = call(raw)
    except NotOurs:
        return
    assert found is None or found.subscription.startswith("sub_")


def test_texts_are_kept_to_a_length():
    found = call(line(operation="x" * 5000, status="500"))
    assert found
    assert found.failure
    assert len(found.failure.operation) == 256


def test_all_that_is_read_stands_in_the_log():
    assert set(FIELDS) <= set(LOGGED)


def test_a_batch_is_parted_by_subscription_and_hour():
    found = shares(
        [
            one(1),
            one(2, at=AT + 60_000, status=429, failure=failure(2)),
            one(3, credential=""),
            one(4, at=AT + 3_600_000),
            one(5, subscription="sub_2"),
        ]
    )
    assert [(each.subscription, each.hour) for each in found] == [
        ("sub_1", AT // 3_600_000),
        ("sub_1", AT // 3_600_000 + 1),
        ("sub_2", AT // 3_600_000),
    ]
    first = found[0]
    assert (first.day, first.hour_of_day) == ("2026-11-23", 0)
    assert first.keys == {"key": 2}
    assert first.statuses == {200: 2, 429: 1}
    assert first.last == {"key": AT + 60_000}
    assert first.newest == AT + 60_000
    assert [each.request_id for each in first.failures] == ["r2"]


def test_the_same_lines_have_the_same_digest_in_any_order_and_others_another():
    digests = {each.digest for each in (*shares([one(1), one(2)]), *shares([one(2), one(1)]))}
    assert len(digests) == 1
    assert digests.isdisjoint({each.digest for each in shares([one(1), one(3)])})
    hours = shares([one(1), one(2, at=AT + 3_600_000)])
    assert len({each.digest for each in hours}) == 2


def test_the_newest_failures_are_kept_each_once_in_any_order():
    all_of_them = [failure(number, AT + number) for number in range(MOST_KEPT + 20)]
    kept = newest(all_of_them)
    assert [each.request_id for each in kept[:2]] == [f"r{MOST_KEPT + 19}", f"r{MOST_KEPT + 18}"]
    assert len(kept) == MOST_KEPT
    assert newest([*reversed(all_of_them), *all_of_them]) == kept
