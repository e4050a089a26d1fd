"""Bodies of requests: JSON objects of known fields, all faults told at once, each at its field."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple, NoReturn

from lambdas.portal_api.refusals import Refused, invalid, sentence
from tiergate.adapters.registry import RegistryError
from tiergate.adapters.registry.inputs import (
    LONGEST_NAME,
    LONGEST_TEXT,
    future,
    mail_of,
    name_of,
    note_of,
    quoted,
    scopes_of,
)
from tiergate.domain.limits import SECOND
from tiergate.domain.members import Role

MOST_BYTES = 16 * 1024
MOST_UNKNOWN = 20
"""Fields that nobody asked for and that are told."""
MOST_GRACE = 168
"""Hours for which a rotated key goes on."""

Read = Callable[[Any], Any]
"""The value of a field. Raises ``ValueError`` or ``RegistryError`` with what is wrong, for people to read."""


class Field(NamedTuple):
    """``default``: what it is when it is left out, unless it is ``needed``."""

    read: Read
    needed: bool = True
    default: Any = None


Fields = Mapping[str, Field]


def read_json(event: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON object of a request.

    Raises
    ------
    Refused
        413, 415 or 400: it is too large, says not to be JSON, or is no object.
    """
    headers = event.get("headers") or {}
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refused("media_type_unsupported")
    content = _content(event)
    if len(content) > MOST_BYTES:
        raise Refused("body_too_large", most=MOST_BYTES)
    try:
        body = json.loads(content, parse_constant=_no_number, object_pairs_hook=_distinct)
        content.decode().encode()
    except (ValueError, RecursionError):
        raise Refused("body_malformed", wanted="JSON") from None
    if not isinstance(body, dict):
        raise Refused("body_malformed", wanted="a JSON object")
    return body


def checked(body: Mapping[str, Any], fields: Fields) -> dict[str, Any]:
    """The values of all fields.

    Raises
    ------
    Refused
        422, with every fault.
    """
    unknown = [name for name in body if name not in fields][:MOST_UNKNOWN]
    faults = {name[:LONGEST_NAME]: "There is no such field; leave it out." for name in unknown}
    values: dict[str, Any] = {}
    for name, field in fields.items():
        if name not in body:
            values[name] = field.default
            if field.needed:
                faults[name] = "This is missing."
            continue
        try:
            values[name] = field.read(body[name])
        except ValueError as error:
            faults[name] = str(error)
        except RegistryError as error:
            faults[name] = sentence(error.text)
    if faults:
        raise invalid(faults)
    return values


def named(of: str) -> Read:
    """The name of something, ``of`` what."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or not value.strip():
            wrong = "These are only blanks; give" if isinstance(value, str) and value else "Give"
            raise ValueError(f"{wrong} a text of 1 to {LONGEST_NAME} characters.")
        return name_of(value, of)

    return read


def note(value: Any) -> str:
    """What those who decide are told; it may be empty and have several lines, which become one."""
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise ValueError(f"Give a text of {LONGEST_TEXT} characters or fewer.")
    return note_of(value)


def choice(*known: str) -> Read:
    def read(value: Any) -> str:
        if not isinstance(value, str) or value not in known:
            raise ValueError(f"Choose one of {', '.join(known)}.")
        return value

    return read


def role(value: Any) -> Role:
    return Role(choice(*Role)(value))


def mail(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("Give a mail address.")
    return mail_of(value)


def time_after(now: int) -> Read:
    """A time after ``now`` as microseconds, or None for none."""

    def read(value: Any) -> int | None:
        if value is None:
            return None
        wrong = "Give a time such as 2027-03-31T00:00:00Z, with its offset, or null for no end."
        try:
            parsed = datetime.fromisoformat(value)
            seconds = int(parsed.astimezone(UTC).timestamp()) if parsed.tzinfo else None
        except (TypeError, ValueError, OverflowError):
            raise ValueError(wrong) from None
        if seconds is None or "T" not in value.upper():
            raise ValueError(wrong)
        return future(seconds * SECOND, now, "this")

    return read


def hours(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_GRACE:
        raise ValueError(f"Give a whole number of hours from 0 to {MOST_GRACE}.")
    return value


def scopes(known: frozenset[str]) -> Read:
    """Scopes that an operation asks for, or None for no limit."""
    choices = f"There are {', '.join(sorted(known))}." if known else "No operation asks for any scope."

    def read(value: Any) -> frozenset[str] | None:
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise ValueError("Give a list of scopes, or null for no limit.")
        given = scopes_of(value)
        for unknown in sorted((given or frozenset()) - known):
            raise ValueError(f"No operation asks for {quoted(unknown)}. {choices}")
        return given

    return read


def _content(event: Mapping[str, Any]) -> bytes:
    body = event.get("body") or ""
    try:
        return base64.b64decode(body, validate=True) if event.get("isBase64Encoded") else body.encode()
    except (binascii.Error, UnicodeEncodeError):
        raise Refused("body_malformed", wanted="UTF-8") from None


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a field is there twice")
    return made


def _no_number(_: str) -> NoReturn:
    raise ValueError("no number of JSON")
