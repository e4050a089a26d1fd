"""What subscription filters hand to functions on the local emulator, without MiniStack."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from stacks.access_log import OF_SUBSCRIPTIONS
from tiergate.local.ministack_shim import subscriptions
from tiergate.local.ministack_shim.subscriptions import Subscriptions, matching

HERE = ("000000000000", "us-east-1")


class Logs(SimpleNamespace):
    """As much of MiniStack's CloudWatch Logs as the batches touch; ``calls`` are what functions would get."""

    def __init__(self, *subscribed: str) -> None:
        self.calls: list[tuple[str, str, list[str]]] = []
        self.scopes: list[tuple[str, str]] = []
        self.called = threading.Event()
        groups: dict[str, Any] = {each: {"subscriptionFilters": {"one": {}}} for each in subscribed}
        super().__init__(_log_groups=groups | {"/unread": {}}, get_account_id=lambda: HERE[0])
        self.get_region = lambda: HERE[1]
        self._subscription_pattern_matches = lambda pattern, message: pattern in message
        self._fanout_to_subscription_filters = self.hand_on

    def hand_on(self, group: str, stream: str, events: list[dict[str, Any]]) -> None:
        self.calls.append((group, stream, [each["message"] for each in events]))
        self.called.set()

    @contextmanager
    def scope(self, account: str, region: str) -> Iterator[None]:
        self.scopes.append((account, region))
        yield


def event(message: str) -> dict[str, Any]:
    return {"timestamp": 1, "message": message}


def test_lines_of_one_stream_go_in_one_call_in_their_order_and_in_their_account() -> None:
    logs = Logs("/a")
    batches = Subscriptions(logs, logs.scope)
    for message in ("one", "two"):
        batches.collect("/a", "s", [event(message)])
    batches.collect("/a", "t", [event("three")])
    assert logs.calls == [], "a request waits for none of them"
    batches.deliver()
    assert logs.calls == [("/a", "s", ["one", "two"]), ("/a", "t", ["three"])]
    assert set(logs.scopes) == {HERE}
    batches.deliver()
    assert len(logs.calls) == 2, "nothing goes twice"


def test_nothing_is_kept_of_a_group_that_nobody_subscribed_to() -> None:
    logs = Logs("/a")
    batches = Subscriptions(logs, logs.scope)
    for group in ("/unread", "/gone"):
        batches.collect(group, "s", [event("x")])
    batches.deliver()
    assert logs.calls == []


def test_large_batches_are_parted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscriptions, "MOST", 2)
    logs = Logs("/a")
    batches = Subscriptions(logs, logs.scope)
    batches.collect("/a", "s", [event(each) for each in "abcde"])
    batches.deliver()
    assert [messages for _, _, messages in logs.calls] == [["a", "b"], ["c", "d"], ["e"]]


def test_a_failed_call_keeps_no_other_stream_waiting(capsys: pytest.CaptureFixture[str]) -> None:
    logs = Logs("/a", "/b")
    handed_on = logs.hand_on

    def fail(group: str, *rest: Any) -> None:
        if group == "/a":
            raise RuntimeError("of one group")
        handed_on(group, *rest)

    logs._fanout_to_subscription_filters = fail
    batches = Subscriptions(logs, logs.scope)
    for group in ("/a", "/b"):
        batches.collect(group, "s", [event("x")])
    batches.deliver()
    assert [group for group, *_ in logs.calls] == ["/b"]
    assert capsys.readouterr().err == "Log lines were not handed on: RuntimeError.\n"


def test_what_is_mended_hands_on_by_itself() -> None:
    logs = Logs("/a")
    Subscriptions(logs, logs.scope, pause=lambda: None).mend()
    logs._fanout_to_subscription_filters("/a", "s", [event("x")])
    assert logs.called.wait(10)
    assert logs._subscription_pattern_matches('{ $.a = "b" }', '{"a": "b"}')


@pytest.mark.parametrize(
    ("message", "chosen"),
    [
        ('{"subscription": "sub_1"}', True),
        ('{"subscription": "-"}', False),
        ('{"subscription": "try_1"}', False),
        ('{"path": "sub_1", "subscription": "-"}', False),
        ('{"subscription": 7}', False),
        ('["sub_1"]', False),
        ("sub_1", False),
        ("", False),
    ],
)
def test_the_pattern_of_our_own_filter_chooses_lines_of_subscriptions(message: str, chosen: bool) -> None:
    assert matching(lambda *_: pytest.fail("it is a pattern for JSON"))(OF_SUBSCRIPTIONS, message) is chosen


@pytest.mark.parametrize("pattern", ["", "ERROR", '{ $.a = "x" && $.b = "y" }', '{ $.a.b = "x" }', "{ $.a > 1 }"])
def test_other_patterns_stay_as_they_were(pattern: str) -> None:
    assert matching(lambda asked, _: asked == pattern)(pattern, "{}") is True
