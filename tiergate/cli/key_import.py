"""``tiergate key import``: keys that partners had elsewhere, and keep."""

import sys
from pathlib import Path

import click

from tiergate.adapters.registry import Terms
from tiergate.cli.definitions import known, remark_on_scopes
from tiergate.cli.documents import key_document
from tiergate.cli.options import at_terminal, changing, policies_option
from tiergate.cli.outline import credential_terms
from tiergate.cli.output import emit, labelled
from tiergate.cli.parameters import APPLICATION, FINGERPRINT, KEY_NAME
from tiergate.cli.target import Target
from tiergate.cli.terms import terms_options
from tiergate.domain import keys
from tiergate.domain.imported_keys import LONGEST, fault_of

NOT_TAKEN = (
    "note: the policies do not say imported_keys: true in platform.yaml, without which calls with this key are refused"
)

HELD = "the name or the reason holds the key, and would be kept; leave it out there"


class _Import(click.Command):
    """What is typed behind it may be a key: it is not repeated."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.allow_extra_args = True
        rest = super().parse_args(ctx, args)
        if rest:
            raise click.UsageError("a key is never given on the command line; leave it out to be asked for it", ctx)
        return rest


@click.command("import", cls=_Import)
@click.option("--app", type=APPLICATION, required=True, help="The application's id.")
@click.option("--sha256", type=FINGERPRINT, help="The key's SHA-256 in hexadecimal, where the key itself is not known.")
@click.option(
    "--stdin", is_flag=True, help="Read the key from standard input. Default: ask for it, without showing it."
)
@terms_options(KEY_NAME)
@policies_option
@changing
def import_(
    app: str, sha256: str | None, stdin: bool, terms: Terms, policies: Path, reason: str, stage: str, as_json: bool
) -> None:
    """Let an application go on with a key that it has from elsewhere. Only the key's SHA-256 is kept.

    The key is never given on the command line, which other programs can read. The same key again changes nothing.

    \b
    tiergate key import --app app_yqkTZ1EZGqJr --name "from the old gateway"
    aws apigateway get-api-key --api-key a1b2c3d4e5 --include-value --query value --output text |
      tiergate key import --app app_yqkTZ1EZGqJr --stdin
    tiergate key import --app app_yqkTZ1EZGqJr --sha256 "$HASH" --json
    """
    kept = (terms["name"], reason)
    if sha256 and stdin:
        raise click.UsageError("--sha256 goes in place of the key; leave out --stdin")
    if sha256 and any(keys.fingerprint(word) == sha256 for text in kept for word in (text, *text.split())):
        raise click.ClickException(HELD)
    found = sha256 or _fingerprint(stdin, *kept)
    registry = Target.find(stage).registry()
    organization = registry.applications.get(app).organization
    document = key_document(organization, registry.keys.adopt(app, found, reason=reason, **terms))
    if as_json:
        emit(document)
    else:
        rows = [(label, document[name]) for label, name in (("key", "id"), ("state", "state"), ("name", "name"))]
        labelled([*rows, *credential_terms(document)])
    catalogue = known(policies, stage)
    if catalogue is not None and not catalogue.imported_keys:
        click.echo(NOT_TAKEN, err=True)
    if catalogue is not None and document["scopes"]:
        remark_on_scopes(catalogue, document["scopes"])


def _fingerprint(stdin: bool, *kept: str) -> str:
    """Of the key that is read. ``kept``: texts that will be stored, which must not hold it.

    Raises
    ------
    click.ClickException
        It can be no key, or there is nobody to ask for one.
    """
    text = _read(stdin)
    fault = fault_of(text)
    if fault:
        raise click.ClickException(fault)
    if any(text in each for each in kept):
        raise click.ClickException(HELD)
    return keys.fingerprint(text)


def _read(stdin: bool) -> str:
    if stdin:
        try:
            text = sys.stdin.read(2 * LONGEST).removesuffix("\n").removesuffix("\r")
        except UnicodeDecodeError:
            raise click.ClickException("standard input is no text; a key has letters, digits and signs") from None
        if not text:
            raise click.ClickException("nothing came on standard input; pipe the key in, or give --sha256")
        return text
    if not at_terminal():
        raise click.UsageError("there is no terminal to ask for the key on; pipe it in with --stdin, or give --sha256")
    return str(click.prompt("Key", hide_input=True, err=True))
