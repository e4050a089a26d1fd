"""The sync function woken by stream and queue: nothing is lost or blocks the rest, and each batch is told once."""

import json
from pathlib import Path

import pytest

from lambdas.usage_plan_sync.sync import ATTEMPTS
from tests.functions.conftest import Gateway
from tests.functions.syncing import (
    LETTERS,
    NO_TIME,
    QUEUE,
    Function,
    changed,
    deployed,
    failed,
    messages,
    metrics,
    stream,
)
from tiergate.adapters.mirror import Outcome


@pytest.fixture
def sync(gateway: Gateway, tmp_path: Path) -> Function:
    return deployed(gateway, tmp_path)


# From the stream


def test_each_application_of_a_batch_is_brought_in_step_once(sync: Function) -> None:
    batch = stream(changed("app_1", "1"), changed("app_2", "2"), changed("app_1", "3", old="x", new="y"))
    assert sync.stuck(batch) == []
    assert sync.mirror.asked == ["app_1", "app_2"]


def test_what_changes_no_native_key_costs_no_call(sync: Function) -> None:
    """A key that is made or rotated, and the last use of one, change the application's record too."""
    assert sync.stuck(stream(changed("app_1", old="active", new="active"))) == []
    assert sync.mirror.asked == []
    assert sync.trail() == []


def test_an_application_that_is_gone_is_cleaned_up(sync: Function) -> None:
    sync(stream(changed("app_1", old="active", new=None)))
    assert sync.mirror.asked == ["app_1"]


def test_one_that_fails_is_left_for_later_and_neither_blocks_the_others_nor_its_shard(sync: Function) -> None:
    sync.mirror.outcomes["app_1"] = Outcome(failed=(failed("app_1"),))
    assert sync.stuck(stream(changed("app_1", "1"), changed("app_2", "2"))) == []
    assert sync.mirror.asked == ["app_1", "app_2"]
    (left,) = sync.queues.sent[QUEUE]
    assert (json.loads(left["MessageBody"]), left["DelaySeconds"]) == ({"application": "app_1", "attempt": 2}, 30)


def test_one_whose_time_did_not_last_goes_on_later(sync: Function) -> None:
    sync.mirror.outcomes["app_1"] = Outcome(created=3, complete=False)
    assert sync.stuck(stream(changed("app_1"))) == []
    assert sync.queues.bodies(QUEUE) == [{"application": "app_1", "attempt": 2}]
    assert sync.trail()[0].after["failures"] == ["application app_1: its time did not last"]


def test_what_trying_cannot_mend_is_given_up_at_once_with_the_reason(sync: Function) -> None:
    sync.mirror.outcomes["app_1"] = Outcome(failed=(failed("app_1", again=False, reason="no stage\nprod"),))
    assert sync.stuck(stream(changed("app_1"))) == []
    assert sync.queues.bodies(QUEUE) == []
    assert sync.queues.bodies(LETTERS) == [{"application": "app_1", "attempt": 1}]
    assert sync.queues.reasons(LETTERS) == ["application app_1: no stage prod"]


def test_where_not_even_the_queue_takes_it_the_stream_brings_it_again(sync: Function) -> None:
    sync.queues.down = {QUEUE}
    sync.mirror.outcomes["app_2"] = Outcome(failed=(failed("app_2"),))
    assert sync.stuck(stream(changed("app_1", "7"), changed("app_2", "8"), changed("app_3", "9"))) == ["8"]


def test_what_there_is_no_time_for_is_left_for_later_without_a_delay(sync: Function) -> None:
    assert sync.stuck(stream(changed("app_1"), changed("app_2")), NO_TIME) == []
    assert sync.mirror.asked == []
    assert [each["DelaySeconds"] for each in sync.queues.sent[QUEUE]] == [0, 0]
    assert sync.trail() == []


def test_a_batch_is_told_once_where_it_changed_or_failed_anything(sync: Function, capsys) -> None:
    sync.mirror.outcomes = {
        "app_1": Outcome(created=1, updated=1),
        "app_2": Outcome(failed=(failed("app_2", reason="too many requests"),)),
        "app_3": Outcome(unchanged=1),
    }
    sync(stream(*(changed(f"app_{number}") for number in (1, 2, 3))))
    numbers = {"Created": 1, "Updated": 1, "Deleted": 0, "Unchanged": 1, "Repaired": 0, "Failed": 1}
    assert metrics(capsys) == [numbers]
    (entry,) = sync.trail()
    assert (entry.who, entry.what) == ("sync", "sync")
    assert entry.after == {
        "trigger": "stream",
        **{name.lower(): number for name, number in numbers.items()},
        "failures": ["application app_2: too many requests"],
    }
    sync.mirror.outcomes["app_1"] = Outcome(unchanged=1)
    sync(stream(changed("app_1")))
    assert (len(sync.trail()), metrics(capsys)) == (1, [])


# From the queue


def test_an_application_is_tried_again_later_and_later_until_it_is_given_up_with_the_reason(sync: Function) -> None:
    sync.mirror.outcomes["app_1"] = Outcome(failed=(failed("app_1", reason="too many requests"),))
    delays = []
    assert sync.stuck(stream(changed("app_1"))) == []
    while left := sync.queues.sent.pop(QUEUE, None):
        delays.append(left[0]["DelaySeconds"])
        assert sync.stuck(messages(json.loads(left[0]["MessageBody"]))) == []
    assert delays == [30, 60, 120, 240, 480]
    assert len(sync.mirror.asked) == ATTEMPTS
    assert sync.queues.bodies(LETTERS) == [{"application": "app_1", "attempt": ATTEMPTS}]
    assert sync.queues.reasons(LETTERS) == ["application app_1: too many requests"]


def test_messages_that_fail_hold_no_other_back(sync: Function) -> None:
    sync.mirror.outcomes["app_1"] = Outcome(failed=(failed("app_1"),))
    assert sync.stuck(messages({"application": "app_1"}, {"application": "app_2"}, {"application": "app_2"})) == []
    assert sync.mirror.asked == ["app_1", "app_2"]


def test_where_the_queues_take_nothing_only_what_failed_comes_again(sync: Function) -> None:
    sync.queues.down = {QUEUE, LETTERS}
    sync.mirror.outcomes = {
        "app_1": Outcome(failed=(failed("app_1"),)),
        "app_3": Outcome(failed=(failed("app_3", again=False),)),
    }
    batch = messages(*({"application": f"app_{number}"} for number in (1, 2, 1, 3)), "junk")
    assert sorted(sync.stuck(batch)) == ["m0", "m2", "m3", "m4"]


@pytest.mark.parametrize(
    "body",
    [
        "junk",
        "[]",
        '"full"',
        "{}",
        '{"full": 3}',
        '{"full": {}}',
        '{"full": {"trigger": "schedule", "unknown": 1}}',
        '{"application": "app_1", "attempt": "many"}',
        '{"application": "app_1", "attempt": 0}',
        '{"application": "app_1", "attempt": Infinity}',
        '{"application": null}',
        '{"full": {"trigger": ["x"]}}',
        '{"full": {"trigger": "schedule", "attempt": 0}}',
        '{"full": {"trigger": "schedule", "created": "y"}}',
        '{"full": {"trigger": "schedule", "deleted": -5}}',
        '{"full": {"trigger": "schedule", "created": 1e400}}',
        '{"full": {"trigger": "schedule", "published": null}}',
        '{"full": {"trigger": "schedule", "published": [1]}}',
        "[" * 100_000,
        '{"DDBStreamBatchInfo": {"shardId": "s"}}',
    ],
)
def test_a_message_that_is_none_of_ours_is_given_up_as_it_is(sync: Function, body: str) -> None:
    assert sync.stuck(messages(body, {"application": "app_2"})) == []
    (letter,) = sync.queues.sent[LETTERS]
    assert letter["MessageBody"] == body
    assert sync.mirror.asked == ["app_2"]
