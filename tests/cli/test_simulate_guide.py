"""``docs/simulate.md`` shows commands, reasons and fields that are there."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from tiergate.cli.main import main
from tiergate.cli.simulate_outline import LEAST_AGREEMENT, Compared, simulation_document
from tiergate.domain.access_log import LONGEST
from tiergate.replay.counting import MOST_BACK
from tiergate.replay.judge import UNDECIDED
from tiergate.replay.replay import WORTH_IT
from tiergate.replay.tally import MOST_TOLD, Tally

GUIDE = (Path(__file__).parents[2] / "docs" / "simulate.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"tiergate (simulate .*?)(?:  +#.*| > .*)?$", GUIDE, re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_there_with_its_options(command: str) -> None:
    result = CliRunner().invoke(main, [*shlex.split(command), "--help"])
    assert (result.exit_code, result.stderr) == (0, "")


def test_every_reason_for_being_undecided_is_explained() -> None:
    _, section = GUIDE.split("## What the log cannot decide")
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == [*UNDECIDED]


def test_every_field_for_scripts_is_one_of_the_document() -> None:
    document = simulation_document(Tally(), Compared("", ""), {"plans": {}}, 0)
    _, section = GUIDE.split("`--json` prints ")
    named = re.findall(r"`(\w+)`", re.sub(r"\(.*?\)", "", section.partition("\n\n")[0], flags=re.DOTALL))
    assert set(named) <= document.keys()


def test_bounds_are_those_of_the_code() -> None:
    assert f"longer than {LONGEST // 1024} KB" in GUIDE
    assert f"larger than {WORTH_IT // 2**20} MB" in GUIDE
    assert f"less than {LEAST_AGREEMENT:.0%}".replace("%", " %") in GUIDE
    assert f"more than {MOST_BACK // 60_000_000} minutes behind" in GUIDE
    assert ("five" if MOST_TOLD == 5 else str(MOST_TOLD)) in GUIDE
