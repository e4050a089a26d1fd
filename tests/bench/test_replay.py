"""The replay's measurement: the lines that it makes up are those of a gateway, and the policies are good."""

from pathlib import Path

import pytest

from bench import BenchError, replay
from tiergate.domain.access_log import read
from tiergate.policy.bundle import compiled
from tiergate.policy.check import checked
from tiergate.replay.replay import Terms, replay_files


def test_every_line_is_read_and_leads_somewhere(tmp_path: Path) -> None:
    old, new = (
        compiled(checked(replay.write_policies(tmp_path / name, plans)))
        for name, plans in (("old", replay.PLANS), ("new", replay.LOWERED))
    )
    lines = list(replay.log_lines(3_000, 1))
    (tmp_path / "log").write_text("".join(lines))
    tally = replay_files([tmp_path / "log"], Terms(new, old), 1, lambda _: None)
    assert (tally.calls, tally.skipped) == (3_000, 0)
    assert not tally.undecided
    refused = {read(line.encode()).reason for line in lines}
    assert refused == {reason for *_, reason in replay.MIX}


def test_the_same_seed_makes_the_same_lines_and_as_long_ones_as_a_gateway() -> None:
    lines = list(replay.log_lines(500, 1))
    assert lines == list(replay.log_lines(500, 1))
    assert lines != list(replay.log_lines(500, 2))
    assert 600 < sum(map(len, lines)) / 500 < 800


def test_a_run_that_lost_lines_is_worth_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "log_lines", lambda count, seed: iter(["junk\n", *_made(count - 1, seed)]))
    with pytest.raises(BenchError, match="of 20 lines were decided on"):
        replay._measured(20, 1)


_made = replay.log_lines
