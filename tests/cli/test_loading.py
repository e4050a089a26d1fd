"""A command loads what it needs: the others, and the AWS SDK, take longer than most of them run."""

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from tiergate.cli.loading import Loading
from tiergate.cli.main import COMMANDS, main

ROOT = Path(__file__).parents[2]
LOADED = "import sys; from tiergate.cli.main import main; main(['check'], standalone_mode=False); print(*sys.modules)"


def test_a_check_of_files_loads_neither_the_aws_sdk_nor_other_commands() -> None:
    ran = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", LOADED], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(ran.stdout.split())
    assert "tiergate.policy.check" in loaded
    assert not loaded & {"boto3", "botocore.client", "botocore.session", "jwt", "aws_cdk"}
    assert not loaded & {place.partition(":")[0] for place in COMMANDS.values()}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_found_by_its_own_name(name: str) -> None:
    assert main.commands[name].name == name


def test_help_lists_every_command_with_what_it_does() -> None:
    listed = CliRunner().invoke(main, ["--help"]).stdout.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in listed] == sorted(main.commands)
    assert all(len(line.split()) > 1 for line in listed)


def test_commands_are_a_mapping_to_which_more_can_be_added() -> None:
    commands = Loading({"smoke": "tiergate.cli.smoke:smoke"})
    commands["own"] = click.Command("own")
    assert (list(commands), len(commands), commands["own"].name) == (["smoke", "own"], 2, "own")
    del commands["smoke"]
    assert "smoke" not in commands
