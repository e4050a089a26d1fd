"""A replay in one process or several, of logs of any kind: the same counts, and every line accounted for."""

import json
import random
from pathlib import Path

import pytest

from tests.replay.recorded import START, Sent, bundle, decided, line, numbered, replayed
from tiergate.domain.decision import Decision
from tiergate.domain.limits import SECOND
from tiergate.replay.replay import Terms, processes, replay, replay_files
from tiergate.replay.sources import LogUnreadable
from tiergate.replay.tally import HOUR, Consumer, Differences

LOWERED = bundle(plans={"free": {"limits": {"quota": {"hour": 7}}}, "gold": {"limits": {"quota": {"day": 20}}}})


def traffic(count: int) -> list[Sent]:
    rng = random.Random(7)  # noqa: S311 - made-up traffic
    return [
        Sent(rng.randrange(60_000), key=rng.choice(("acme", "other", "limited", "")), path=f"/bank/v1/{way}")
        for way in rng.choices(("things", "things/7", "nowhere"), (6, 3, 1), k=count)
    ]


def silent(_: int) -> None:
    pass


def test_several_processes_count_what_one_does(tmp_path: Path) -> None:
    lines = decided(traffic(600), bundle()).lines
    lines[100:100] = [b"junk", b"", b'{"time": "1"}']
    paths = [tmp_path / "a", tmp_path / "b"]
    paths[0].write_bytes(b"\n".join(lines[:350]))
    paths[1].write_bytes(b"\n".join(lines[350:]))
    terms, told = Terms(LOWERED, bundle()), list[int]()
    one, three = replay_files(paths, terms, 1, silent), replay_files(paths, terms, 3, told.append)
    assert one == three
    assert any(each.refused for each in one.consumers.values())
    assert (one.calls, one.skipped) == (600, 2)
    assert abs(sum(told) - sum(path.stat().st_size for path in paths)) < 3


@pytest.mark.parametrize("count", [1, 2])
def test_a_file_that_breaks_off_ends_the_replay_with_its_name(tmp_path: Path, count: int) -> None:
    (tmp_path / "a.gz").write_bytes(b"\x1f\x8b\x08\x00")
    with pytest.raises(LogUnreadable, match=r"a\.gz"):
        replay_files([tmp_path / "a.gz"], Terms(bundle()), count, silent)


def test_only_large_logs_are_worth_several_processes_and_no_more_than_there_are_cores(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1, 2}, raising=False)
    assert (processes(1_000_000), processes(10**10)) == (1, 3)
    assert [processes(10**10, asked) for asked in (1, 2, 64)] == [1, 2, 3]
    assert processes(1_000_000, 2) == 2


def test_the_first_lines_that_are_none_of_ours_are_named_with_the_reason() -> None:
    ours = decided([Sent()], bundle()).lines[0]
    tally = replayed([b"junk", ours, *[b"{}"] * 9], bundle())
    assert tally.skipped == 10
    assert [(each.file, each.number) for each in tally.skips] == [("log", each) for each in (1, 3, 4, 5, 6)]
    assert tally.skips[0].why == "no JSON object"
    assert tally.lines == {"log": 1}


def test_calls_from_before_the_time_are_left_out_and_counted() -> None:
    lines = decided([Sent(), Sent(after=60_000)], bundle()).lines
    tally = replay(numbered(lines), Terms(bundle(), since=START + SECOND))
    assert (tally.calls, tally.earlier) == (1, 1)
    assert tally.first == tally.last == START + 60 * SECOND


def test_the_worst_hour_is_of_the_day_with_most_calls() -> None:
    """Not the hour with most calls of all days."""
    changed, day = Differences(), 24 * HOUR
    for hour, calls in {3: 50, 24 + 5: 30, 24 + 6: 40, 48 + 1: 20}.items():
        for _ in range(calls):
            changed.count("quota_exceeded", "bank/v1", 20_000 * day + hour * HOUR + 17)
    assert changed.worst == (20_000 * 24 + 30, 40, 70)


def test_consumers_are_told_by_organization_application_and_subscription() -> None:
    tally = replayed(decided([Sent(), Sent(key="other"), Sent(key="")], bundle()).lines, bundle())
    assert {consumer: calls.all for consumer, calls in tally.consumers.items()} == {
        Consumer("acme", "app_acme", "sub_1"): 1,
        Consumer("other", "app_other", "sub_3"): 1,
        Consumer("-", "-", "-"): 1,
    }


def test_hostile_lines_are_counted_and_break_nothing() -> None:
    ours = json.loads(line(Sent(), Decision("admitted", api="bank/v1", application="app_1"), START))
    odd = ["", "\x00", "\ud800", "..", "/" * 9_000, "\u2028", "-1", "NaN", '"', "%", "%ff%25", "{proxy+}"]
    lines = [json.dumps(ours | {name: value}).encode() for name in ours for value in odd]
    lines += [raw[: len(raw) // 2] for raw in lines]
    tally = replayed(lines, LOWERED, bundle())
    assert tally.calls + tally.unjudged + tally.skipped == len(lines)
    assert tally.skipped >= len(lines) // 2
