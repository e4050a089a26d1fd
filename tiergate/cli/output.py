"""What commands print: text for people, one JSON document for scripts, errors as one message and an exit code."""

import json
from collections.abc import Sequence
from typing import Any, NoReturn

import click
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

from tiergate.adapters.registry import RegistryError
from tiergate.cli.target import NotDeployed
from tiergate.local.progress import LocalError
from tiergate.policy.add import AddError
from tiergate.policy.source import Faults

NOTHING_RUNS = 3
"""Exit code when there is no deployment to work on."""


def emit(document: Any) -> None:
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns as wide as their widest cell."""
    widths = [max(len(row[column]) for row in [headings, *rows]) for column in range(len(headings))]
    for row in [headings, *rows]:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


class Commands(click.Group):
    """A group whose commands fail with a message instead of a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except NotDeployed as error:
            _fail(str(error), NOTHING_RUNS)
        except Faults as error:
            count = len(error.faults)
            _fail(f"{error}\n{count} fault{'s' if count > 1 else ''}")
        except (AddError, LocalError, RegistryError) as error:
            _fail(str(error))
        except (NoCredentialsError, NoRegionError) as error:
            _fail(f"AWS: {error} Set AWS_PROFILE and AWS_REGION, or whatever your organization signs in with.")
        except (BotoCoreError, ClientError) as error:
            _fail(f"AWS: {error}")


def _fail(message: str, code: int = 1) -> NoReturn:
    click.echo(message, err=True)
    raise SystemExit(code)
