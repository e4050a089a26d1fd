"""Options that say what a credential is good for, read into what the registry takes, and how they are told."""

from collections.abc import Callable, Collection, Mapping
from functools import wraps
from typing import Any, TypedDict

import click

from tiergate.adapters.registry import RegistryError, Terms
from tiergate.adapters.registry.inputs import conditions_of
from tiergate.adapters.registry.items import conditions_lists
from tiergate.cli.options import Command
from tiergate.cli.outline import condition_terms
from tiergate.cli.output import emit
from tiergate.cli.parameters import MOMENT, NETWORK, SCOPES, SUBJECT, Parsed
from tiergate.domain.conditions import Conditions

TIMES = "90d, 2027-01-31 (0:00 UTC) or 2027-01-31T12:00Z"

expires_option = click.option("--expires", type=MOMENT, help=f"When the new one ends: {TIMES}.")


class TypedConditions(TypedDict):
    """Where calls may come from, as typed."""

    addresses: Collection[str]
    denied: Collection[str]
    subjects: Collection[str]


def terms_options(name: Parsed[str]) -> Callable[[Command], Command]:
    """``--name --expires --scopes`` and the conditions as the command's ``terms``."""

    def offering(command: Command) -> Command:
        @click.option("--name", type=name, help="To tell it from the application's others.")
        @click.option("--expires", type=MOMENT, help=f"When it ends: {TIMES}.")
        @_conditions_options
        @click.option("--scopes", type=SCOPES, help="Good for these scopes only, separated by commas.")
        @wraps(command)
        def read(
            *,
            name: str | None,
            expires: int | None,
            conditions: TypedConditions,
            scopes: frozenset[str] | None,
            **rest: Any,
        ) -> Any:
            sorted_scopes = None if scopes is None else sorted(scopes)
            terms = Terms(name=name or "", expires=expires, scopes=sorted_scopes, **conditions)
            return command(terms=terms, **rest)

        return read  # type: ignore[return-value]

    return offering


def restricting(command: Command) -> Command:
    """The conditions and ``--clear`` as the command's ``conditions``, all of them empty with ``--clear``."""

    @_conditions_options
    @click.option("--clear", is_flag=True, help="Let it be used from anywhere again.")
    @wraps(command)
    def read(*, conditions: TypedConditions, clear: bool, **rest: Any) -> Any:
        if clear and any(conditions.values()):
            raise click.UsageError("--clear goes with no other restriction")
        if not clear and not any(conditions.values()):
            raise click.UsageError("give at least one of --ip-allow, --ip-deny and --subject, or --clear")
        return command(conditions=conditions, **rest)

    return read  # type: ignore[return-value]


def tell_restricted(identity: Mapping[str, str], conditions: TypedConditions, changed: bool, as_json: bool) -> None:
    """The outcome of restricting. ``identity``: its id, and for a client its issuer."""
    facts = conditions_lists(conditions_of(**conditions))
    if as_json:
        emit({**identity, **facts, "changed": changed})
        return
    terms = "; ".join(f"{label} {text}" for label, text in condition_terms(facts))
    end = "" if changed else " already; nothing changed"
    click.echo(
        f"{identity['id']} is restricted: {terms}{end}" if terms else f"{identity['id']} may be used from anywhere{end}"
    )


def _conditions_options(command: Command) -> Command:
    @click.option("--ip-allow", type=NETWORK, multiple=True, help="Good from this network only; may be repeated.")
    @click.option("--ip-deny", type=NETWORK, multiple=True, help="Not good from this network; may be repeated.")
    @click.option(
        "--subject",
        type=SUBJECT,
        multiple=True,
        help="Good only with a client certificate of this subject (mutual TLS); may be repeated.",
    )
    @wraps(command)
    def read(*, ip_allow: tuple[str, ...], ip_deny: tuple[str, ...], subject: tuple[str, ...], **rest: Any) -> Any:
        _refuse("--ip-allow", lambda: conditions_of(addresses=ip_allow))
        _refuse("--ip-deny", lambda: conditions_of(denied=ip_deny))
        _refuse("--subject", lambda: conditions_of(subjects=subject))
        return command(conditions=TypedConditions(addresses=ip_allow, denied=ip_deny, subjects=subject), **rest)

    return read  # type: ignore[return-value]


def _refuse(option: str, read: Callable[[], Conditions]) -> None:
    """Name the option where what it was given is too much together."""
    try:
        read()
    except RegistryError as error:
        raise click.BadParameter(str(error), param_hint=option) from None
