"""``docs/migration.md`` shows commands, numbers and files that are there."""

import re
import shlex
from pathlib import Path

import click
import pytest

from tiergate.cli.main import main
from tiergate.domain.registry import MOST_APPLICATIONS
from tiergate.migrate.documents import DEPTH
from tiergate.migrate.limits import WEEKS

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "migration.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\$ (tiergate .*)$", GUIDE, re.MULTILINE)
COMMANDS += [each for each in re.findall(r"`(tiergate [a-z ]+ [^`…]*)`", GUIDE) if "APP" not in each]


@pytest.mark.parametrize("text", COMMANDS)
def test_every_command_is_there_with_its_options(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("keys.csv", "hashes.csv"):
        Path(name).touch()
    command: click.Command = main
    words = shlex.split(text)[1:]
    while isinstance(command, click.Group) and words:
        command = command.commands[words.pop(0)]
    if not isinstance(command, click.Group) and (words or text.startswith("tiergate migrate")):
        assert command.make_context(command.name, words).command is command


def test_every_step_and_every_choice_is_walked() -> None:
    told = " ".join(COMMANDS)
    for words in ("migrate scan", "run policies --apply", "run partners --stage prod --apply", "--csv", "--hashes"):
        assert words in told
    migrate = main.commands["migrate"]
    assert isinstance(migrate, click.Group)
    scan = migrate.commands["scan"]
    for option in scan.params:
        assert option.opts[0] in {"--json"} or option.opts[0] in GUIDE, option.opts[0]


def test_numbers_are_those_of_the_code() -> None:
    part, of = WEEKS["month"]
    assert f"{part}/{of} of it a month" in GUIDE
    assert f"paths of 1 to {DEPTH} segments" in GUIDE
    assert f"at most {MOST_APPLICATIONS} applications" in GUIDE


def test_every_page_that_is_linked_is_there() -> None:
    for link in re.findall(r"\]\(([a-z-]+\.md)", GUIDE):
        assert (ROOT / "docs" / link).is_file(), link
