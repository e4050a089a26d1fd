"""Options that several commands take, each defined once."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from tiergate.cli.parameters import APPLICATION, ORGANIZATION, REASON
from tiergate.cli.target import STAGES

Command = TypeVar("Command", bound=Callable[..., Any])

POLICIES = Path("policies")

policies_option = click.option(
    "--policies",
    type=click.Path(path_type=Path),
    default=POLICIES,
    show_default=True,
    help="The policy folder.",
)
stage_option = click.option(
    "--stage",
    type=click.Choice(STAGES),
    default="local",
    envvar="TIERGATE_STAGE",
    show_default=True,
    help="The deployment to work on; all but local with your ordinary AWS credentials and region.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document, for scripts.")
reason_option = click.option("--reason", type=REASON, default="", help="Kept in the audit entry.")
yes_option = click.option("--yes", is_flag=True, help="Delete without asking.")
organization_option = click.option("--org", type=ORGANIZATION, help="Only those of this organization (its id).")
application_option = click.option("--app", type=APPLICATION, help="Only those of this application (its id).")


def reading(command: Command) -> Command:
    """``--stage`` and ``--json``."""
    return stage_option(json_option(command))


def changing(command: Command) -> Command:
    """``--reason``, ``--stage`` and ``--json``."""
    return reason_option(reading(command))


def at_terminal() -> bool:
    return sys.stdin.isatty()


def confirm_deletion(what: str, yes: bool) -> None:
    """Ask a person; a script says ``--yes``.

    Raises
    ------
    click.UsageError
        There is nobody to ask.
    click.Abort
        The answer was no.
    """
    if yes:
        return
    if not at_terminal():
        raise click.UsageError(f"{what} is not deleted: there is no terminal to ask on; --yes deletes without asking")
    click.confirm(f"Delete {what} for good?", abort=True, err=True)
