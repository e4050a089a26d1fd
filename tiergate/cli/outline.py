"""Documents as people read them: what somebody has as an indented outline, and terms in a few words."""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from tiergate.cli.output import printable
from tiergate.cli.parameters import now
from tiergate.domain.moments import utc

Document = Mapping[str, Any]


def tell_organization(organization: Document) -> None:
    """It and all that it has, each level indented."""
    _tell(0, "organization", organization["id"], _quoted(organization["name"]), organization["state"])
    if not organization["applications"]:
        _tell(1, "no applications")
    for application in organization["applications"]:
        tell_application(application, depth=1)


def tell_application(application: Document, *, depth: int = 0) -> None:
    """It with its subscriptions, keys and OAuth clients."""
    state = held_up(application["state"], application["organization_state"])
    _tell(depth, "application", application["id"], _quoted(application["name"]), state)
    for label, text in condition_terms(application):
        _tell(depth + 1, label, text)
    if not application["subscriptions"]:
        _tell(depth + 1, "no subscriptions")
    for subscription in application["subscriptions"]:
        terms = f"{subscription['product']}, {subscription['plan']}"
        _tell(depth + 1, "subscription", subscription["id"], terms, subscription["state"])
        if subscription["override"]:
            _tell(depth + 2, "override", override_terms(subscription["override"]))
    if not application["keys"] and not application["clients"]:
        _tell(depth + 1, "no keys")
    for kind in ("key", "client"):
        for credential in application[f"{kind}s"]:
            _tell(depth + 1, kind, credential["id"], _quoted(credential["name"]), credential_state(credential))
            for label, text in credential_terms(credential):
                _tell(depth + 2, label, text)


def held_up(state: str, organization: str, application: str = "active") -> str:
    """A state, and what makes it of no use."""
    if organization != "active":
        return f"{state}, but its organization is {organization}"
    return f"{state}, but its application is {application}" if application != "active" else state


def override_terms(override: Document | None) -> str:
    """``hour=900, rate=20 until 2027-01-31T00:00:00Z``; nothing where there is none."""
    if override is None:
        return ""
    limits = ", ".join(f"{name}={number}" for name, number in override["limits"].items())
    until = override["until"]
    if until is None:
        return f"{limits} until it is cleared"
    return f"{limits} {'ended' if _is_past(until) else 'until'} {until}"


def credential_state(credential: Document) -> str:
    """``expired`` where time alone ended an active key or client."""
    if credential["state"] == "active" and credential["expires"] and _is_past(credential["expires"]):
        return "expired"
    return str(credential["state"])


def credential_terms(credential: Document) -> Sequence[tuple[str, str]]:
    """What a key or a client is bound to; only what it is bound to."""
    scopes = credential["scopes"]
    rows = [
        ("issuer", credential.get("issuer", "")),
        ("expires", credential["expires"]),
        *condition_terms(credential),
        ("scopes", "" if scopes is None else ", ".join(scopes) or "none"),
        ("replaced by", credential["replaced_by"]),
    ]
    return [(label, text) for label, text in rows if text]


def credential_row(credential: Document) -> Document:
    """What lists tell of a key or a client; ``restricted`` has a word for each thing that it is bound to."""
    bound = {
        "addresses": credential["addresses"] or credential["denied"],
        "subjects": credential["subjects"],
        "scopes": credential["scopes"] is not None,
    }
    return {
        **credential,
        "state": credential_state(credential),
        "expires": credential["expires"] or "",
        "restricted": ", ".join(name for name, value in bound.items() if value),
    }


def ending(replaced: Document) -> str:
    """What became of a key or client that another one replaced."""
    told = {
        "active": "works until {}, at most 60 seconds longer",
        "expired": "expired {}",
    }
    return told.get(credential_state(replaced), "is revoked").format(replaced["expires"]) + "."


def condition_terms(conditions: Document) -> Sequence[tuple[str, str]]:
    """Where calls may come from; only what they are bound to. Subjects have commas of their own."""
    rows = [
        ("addresses", ", ".join(conditions["addresses"])),
        ("denied", ", ".join(conditions["denied"])),
        ("subjects", "; ".join(conditions["subjects"])),
    ]
    return [(label, text) for label, text in rows if text]


def _is_past(time: str) -> bool:
    """Times of one form sort as text."""
    return time <= utc(now())


def _quoted(name: str) -> str:
    return f'"{name}"' if name else ""


def _tell(depth: int, kind: str, *parts: str) -> None:
    told = "  ".join(part for part in parts if part)
    click.echo("  " * depth + printable(f"{kind} {told}".rstrip()))
