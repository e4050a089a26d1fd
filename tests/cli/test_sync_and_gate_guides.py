"""``docs/sync.md`` and ``docs/gate.md`` show commands, numbers and messages that are there."""

import re
import shlex
from pathlib import Path

import click
import pytest

from lambdas.gate.gate import PAUSES
from lambdas.gate.message import refused
from lambdas.usage_plan_sync.sync import ATTEMPTS, FIRST_DELAY, MOST_APART
from tiergate.cli.main import main
from tiergate.domain.gate import Definitions, Holder, judged, losses, stated

DOCS = Path(__file__).parents[2] / "docs"
SYNC, GATE = ((DOCS / name).read_text(encoding="utf-8") for name in ("sync.md", "gate.md"))
COMMANDS = sorted({each.strip() for each in re.findall(r"(?:^\$ |`)(tiergate [^`\n]+)", SYNC + GATE, re.MULTILINE)})


@pytest.mark.parametrize("text", COMMANDS)
def test_every_command_is_there_with_its_options(text: str) -> None:
    command: click.Command = main
    words = shlex.split(text)[1:]
    while isinstance(command, click.Group) and words:
        command = command.commands[words.pop(0)]
    if words:
        assert command.make_context(command.name, words).command is command


def test_attempts_are_as_many_and_as_far_apart_as_the_guide_says() -> None:
    found = re.search(r"after (\d+) s, (\d+), (\d+), (\d+) and (\d+) minutes", SYNC)
    assert found
    seconds, *minutes = map(int, found.groups())
    assert [seconds, *(60 * each for each in minutes)] == [FIRST_DELAY << number for number in range(ATTEMPTS - 1)]
    assert f"more than {MOST_APART} applications" in SYNC


def test_a_store_in_trouble_is_tried_for_as_long_as_the_guide_says() -> None:
    assert sum(PAUSES) == 60
    assert "is tried for a\nminute" in GATE


def test_the_message_of_a_refused_deploy_is_the_one_that_is_shown() -> None:
    old, new = definitions("free", "partner"), definitions("free")
    holders = [
        Holder("sub_4nlFGTR5dqkL", "acme", "open-banking", "partner"),
        Holder("sub_Qm2c8Yt1RkVe", "globex", "open-banking", "partner"),
    ]
    message = refused(judged(losses(old, new, 0), holders), "prod")
    (shown,) = re.findall(r"failed: … (.*?)^```$", GATE, re.MULTILINE | re.DOTALL)
    assert shown.split() == message.split()


def definitions(*plans: str) -> Definitions:
    """Of a product with these plans."""
    return Definitions.of(stated({"products": {"open-banking": {"plans": plans}}, "plans": plans, "apis": {}}))
