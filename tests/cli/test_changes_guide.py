"""``docs/changes.md`` shows commands that are there, and names every level, mark and refusal."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from tiergate.cli.main import main
from tiergate.policy.changes import LEVELS
from tiergate.policy.shipped import shipped
from tiergate.review.preview import LATELY

GUIDE = (Path(__file__).parents[2] / "docs" / "changes.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\$ tiergate (.*)$", GUIDE, re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_guide_is_there_with_its_options(command: str) -> None:
    result = CliRunner().invoke(main, [*shlex.split(command), "--help"])
    assert (result.exit_code, result.stderr) == (0, "")
    assert f"Usage: main {command.split(maxsplit=1)[0]} " in result.stdout


def test_the_guide_explains_every_level_and_the_days_that_count() -> None:
    _, levels = GUIDE.split("| level |")
    assert re.findall(r"^\| (\w+) \|", levels.split("\n\n", 1)[0], re.MULTILINE) == list(LEVELS)
    assert f"in the last {LATELY} days" in GUIDE


def test_the_guide_names_all_that_does_not_ship_and_so_is_not_previewed() -> None:
    api = {"deploy": {}, "upstream_auth": {"kind": "sigv4", "resource": "r"}}
    bundle = {"platform": {"identity_key": 1}, "issuers": {"p": {"cognito": {}}}, "apis": {"a/v1": api}}
    kept = shipped(bundle | {"plans": {"free": {"limits": {}, "approval": "manual", "price": None, "support": ""}}})
    left = {"apis": {"a/v1": {"upstream_auth": {"kind": "sigv4"}}}, "plans": {"free": {"limits": {}}}}
    assert kept == {"platform": {}, "issuers": {"p": {}}, **left}
    for name in ("isolated", "concurrency", "private", "listener", "resource", "approval", "price", "support"):
        assert f"`{name}`" in GUIDE
    assert "a user pool's terms" in GUIDE
    assert "the number of\nthe identity key" in GUIDE
