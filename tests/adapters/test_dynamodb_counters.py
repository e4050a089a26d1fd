"""What DynamoDB's answers to a debit mean: an item of counters or garbage; and what a wrong clock may ask."""

import pytest

from tests.fakes.dynamodb_answers import answer, client_of, fault
from tests.fakes.upstream import ScriptedUpstream, answers
from tiergate.adapters.counters import DynamoCounters
from tiergate.domain.counters import Debit
from tiergate.domain.limits import SECOND
from tiergate.domain.store import StoreUnavailable

DEBIT = Debit("sub_1", 1, 7, (), None)
DATE, AT = "Mon, 23 Nov 2026 01:02:03 GMT", 1_795_395_723_000_000


GRANTED = answer({"Attributes": {"subscription": {"S": "sub_1"}, "w": {"N": "7"}}}, date=DATE)


@pytest.mark.parametrize(
    ("said", "granted"),
    [(GRANTED, True), (fault("ConditionalCheckFailedException", date=DATE, Item={"w": {"N": "7"}}), False)],
)
def test_a_reply_tells_whether_it_was_granted_and_how_long_it_took(said: bytes, granted: bool) -> None:
    with ScriptedUpstream(answers(said)) as server:
        reply = DynamoCounters(client_of(server), "usage").debit(DEBIT)
    assert (reply.granted, reply.item) == (granted, {"w": 7})
    assert 0 < reply.took < 5 * SECOND


@pytest.mark.parametrize("off", [-3600, -2.1, 3.1, 3600])
def test_nothing_is_asked_by_a_clock_that_is_too_far_off(off: float) -> None:
    with ScriptedUpstream(answers(GRANTED, GRANTED)) as server:
        client = client_of(server, clock=lambda: AT / SECOND + off)
        client.get_item(TableName="registry", Key={})
        with pytest.raises(StoreUnavailable) as raised:
            DynamoCounters(client, "usage").debit(DEBIT)
        assert (raised.value.reason, raised.value.untouched) == ("skew", True)
        assert len(server.requests) == 1


@pytest.mark.parametrize("off", [-2, 0, 0.9, 3])
def test_a_clock_that_is_a_little_off_goes_on(off: float) -> None:
    with ScriptedUpstream(answers(GRANTED, GRANTED)) as server:
        client = client_of(server, clock=lambda: AT / SECOND + off)
        client.get_item(TableName="registry", Key={})
        assert DynamoCounters(client, "usage").debit(DEBIT).granted


@pytest.mark.parametrize(
    "item",
    [
        None,
        7,
        "w",
        ["w"],
        {"w": {"N": "many"}},
        {"w": {"N": "1.5"}},
        {"w": {"N": ""}},
        {"w": {"N": 7}},
        {"w": "N"},
        {"w": {}},
        {"w": {"S": "7"}},
        {"subscription": {"S": "sub_1"}, "w": {"N": "7"}, "note": {"S": "by hand"}},
    ],
)
@pytest.mark.parametrize("granted", [True, False])
def test_an_item_that_is_none_of_counters_is_no_answer(item: object, granted: bool) -> None:
    said = answer({"Attributes": item}) if granted else fault("ConditionalCheckFailedException", Item=item)
    with ScriptedUpstream(answers(said)) as server, pytest.raises(StoreUnavailable, match="garbage") as raised:
        DynamoCounters(client_of(server), "usage").debit(DEBIT)
    assert raised.value.untouched is not granted


def test_a_write_that_tells_no_item_is_no_answer() -> None:
    with ScriptedUpstream(answers(answer({}))) as server, pytest.raises(StoreUnavailable, match="garbage"):
        DynamoCounters(client_of(server), "usage").debit(DEBIT)


def test_a_write_refused_before_there_was_an_item_tells_of_an_empty_one() -> None:
    with ScriptedUpstream(answers(fault("ConditionalCheckFailedException"))) as server:
        assert DynamoCounters(client_of(server), "usage").debit(DEBIT)[:2] == (False, {})
