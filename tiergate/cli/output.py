"""What commands print: text for people, one JSON document for scripts, errors as one message and an exit code."""

import json
from collections.abc import Sequence
from typing import Any, NoReturn

import click
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
)
from click.exceptions import NoArgsIsHelpError

from tiergate.adapters.registry import RegistryError
from tiergate.adapters.usage_records import RecordUnreadable
from tiergate.cli.target import NotDeployed
from tiergate.domain.keys import PATTERN
from tiergate.local.progress import LocalError
from tiergate.policy.add import AddError
from tiergate.policy.source import Faults

NOTHING_RUNS = 3
"""Exit code when there is no deployment to work on."""

SHOWN_ONCE = "This is the only time that the key is shown. It is sent in the X-Api-Key header."


CLIENT_SHOWN_ONCE = (
    "This is the only time that the secret is shown. Its tokens are sent as Authorization: Bearer TOKEN."
)


def emit(document: Any) -> None:
    """One JSON document; what a terminal would not show as it is, is escaped."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    click.echo("".join(each if each.isprintable() or each == "\n" else json.dumps(each)[1:-1] for each in text))


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: int = 0) -> None:
    """Columns as wide as their widest cell, the last ``numbers`` of them to the right; no text is a hyphen."""
    shown = [headings, *([printable(cell) or "-" for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in shown) for column in range(len(headings))]
    sides = "<" * (len(headings) - numbers) + ">" * numbers
    for row in shown:
        cells = (f"{cell:{side}{width}}" for cell, side, width in zip(row, sides, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def labelled(rows: Sequence[tuple[str, str]]) -> None:
    """A label and what it stands for on each line; rows without text are left out."""
    width = max(len(label) for label, _ in rows)
    for label, text in rows:
        if text:
            click.echo(f"{label.ljust(width)}  {printable(text)}")


def printable(text: str) -> str:
    """Without what would steer a terminal: names come from other programs too."""
    return "".join(character if character.isprintable() else "?" for character in text)


def counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def tell_state(identity: str, state: str, changed: bool, as_json: bool, **more: str) -> None:
    """The outcome of suspending, restoring or revoking. ``more``: what scripts need beside the id to know it by."""
    if as_json:
        emit({"id": identity, **more, "state": state, "changed": changed})
    else:
        click.echo(f"{identity} is {state}" if changed else f"{identity} is {state} already; nothing changed")


def tell_deleted(identity: str, as_json: bool, **more: str) -> None:
    """``more``: see ``tell_state``."""
    if as_json:
        emit({"id": identity, **more, "deleted": True})
    else:
        click.echo(f"{identity} is deleted")


class Commands(click.Group):
    """A group whose commands fail with a message instead of a traceback; it repeats no key that it was given."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except NoArgsIsHelpError:
            raise
        except click.UsageError as error:
            told = PATTERN.sub("(a key)", error.format_message())
            raise click.UsageError("\n".join(map(printable, told.split("\n"))), ctx=error.ctx) from None
        except NotDeployed as error:
            _fail(str(error), NOTHING_RUNS)
        except Faults as error:
            _fail(f"{error}\n{counted(len(error.faults), 'fault')}")
        except (AddError, LocalError, RecordUnreadable, RegistryError) as error:
            _fail(str(error))
        except (NoCredentialsError, NoRegionError) as error:
            _fail(f"AWS: {error} Set AWS_PROFILE and AWS_REGION, or whatever your organization signs in with.")
        except ProfileNotFound as error:
            _fail(f"AWS: {error}. Set AWS_PROFILE to one of those that this lists: aws configure list-profiles")
        except (ConnectTimeoutError, EndpointConnectionError) as error:
            _fail(f"AWS: {error}. Look at the region (AWS_REGION), AWS_ENDPOINT_URL, and the network or its proxy.")
        except (BotoCoreError, ClientError) as error:
            _fail(f"AWS: {error}")


def _fail(message: str, code: int = 1) -> NoReturn:
    click.echo(message, err=True)
    raise SystemExit(code)
