"""What a replay keeps in memory: what is in use, however long the log is."""

from collections.abc import Iterator

import pytest

from tests.replay.recorded import START, Sent, bundle, line, numbered
from tiergate.domain.counters import BY_ADDRESS
from tiergate.domain.decision import Decision
from tiergate.domain.limits import SECOND, Limits
from tiergate.replay import counting
from tiergate.replay.counting import Usage
from tiergate.replay.replay import Terms, replay

HOUR, DAY = 3600 * SECOND, 86_400 * SECOND
LIMITS = Limits.of({"rate": {"per_second": 5, "burst": 10}, "quota": {"hour": 9, "day": 99, "month": 999}})


def kept(usage: Usage) -> int:
    """Attributes of all items."""
    return sum(len(item) for _, item in usage._known.values())


def test_the_items_of_subscriptions_do_not_grow_with_their_calls() -> None:
    usage, found = Usage(), set[int]()
    for hour in range(24 * 70):
        for number in range(5):
            usage.take(f"sub_{number}", LIMITS, 1, START + hour * HOUR + number)
        found.add(kept(usage))
    assert found == {5 * len(("w", "hour", "day", "month", "rate"))}


def test_addresses_that_called_long_ago_are_forgotten_and_subscriptions_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(counting, "LEAST_ROOM", 100)
    usage, daily = Usage(), Limits.of({"quota": {"day": 1}})
    usage.take("sub_1", Limits.of({"quota": {"month": 1}}), 1, START)
    for day in range(25):
        for number in range(100):
            name = f"{BY_ADDRESS}bank/v1#10.{day}.{number}.0"
            assert [usage.take(name, daily, 1, START + day * DAY + number) for _ in "ab"] == ["", "quota_exceeded"]
        assert len(usage) <= 600
    assert usage.take("sub_1", Limits.of({"quota": {"month": 1}}), 1, START + 25 * DAY) == ""
    assert usage.take("sub_1", Limits.of({"quota": {"month": 1}}), 1, START + 25 * DAY) == "quota_exceeded"


def test_what_is_told_grows_with_consumers_and_their_hours_and_not_with_calls() -> None:
    """And the lines are taken one by one."""
    ahead, most = 0, 0

    def lines(count: int) -> Iterator[bytes]:
        nonlocal ahead, most
        about = {"api": "bank/v1", "organization": "acme", "product": "retail", "plan": "free", "scheme": "ApiKey"}
        for number in range(count):
            ahead += 1
            most = max(most, ahead)
            sub = number % 3
            decision = Decision("admitted", application=f"app_{sub}", subscription=f"sub_{sub}", **about)
            yield line(Sent(), decision, START + number * SECOND)
            ahead -= 1

    new = bundle(plans={"free": {"limits": {"quota": {"hour": 2}}}})
    few, many = (replay(numbered(lines(count)), Terms(new, bundle())) for count in (60, 2_000))
    assert many.calls == 2_000
    assert most == 1
    for tally in (few, many):
        told = [each.refused for each in tally.consumers.values() if each.refused]
        assert [(len(each.causes), len(each.hours)) for each in told] == [(1, 1)] * 3
