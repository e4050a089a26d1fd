"""What people type, read into values: ids, moments, durations, networks, limits, scopes. Faults never repeat a key."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Generic, TypeVar

import click

from tiergate.adapters.registry import RegistryError
from tiergate.adapters.registry.inputs import (
    MOST_GRACE,
    client_of,
    mail_of,
    name_of,
    networks_of,
    quoted,
    reason_of,
    scopes_of,
    subject_of,
)
from tiergate.domain import imported_keys
from tiergate.domain.keys import ID_LENGTH, PATTERN
from tiergate.domain.limits import NAMES, SECOND
from tiergate.policy.schema import nearest

T = TypeVar("T")

LATEST = 9_999_999_999 * SECOND
"""As far as calendars are asked: 2286."""

UNITS = {"s": SECOND, "m": 60 * SECOND, "h": 3600 * SECOND, "d": 86400 * SECOND}

_DURATION = re.compile(r"([0-9]{1,9})([smhd])")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?")
_NUMBER = re.compile(r"[0-9]{1,17}(\.[0-9]{1,6})?")


class Parsed(click.ParamType[T], Generic[T]):
    """A parameter that a function reads; what it raises says what is wrong and how to mend it."""

    def __init__(self, name: str, read: Callable[[str], T]) -> None:
        self.name = name
        self._read = read

    def convert(self, value: str | T, param: click.Parameter | None, ctx: click.Context | None) -> T:
        if not isinstance(value, str):
            return value
        try:
            return self._read(value)
        except (ValueError, RegistryError) as error:
            self.fail(str(error), param, ctx)


def now() -> int:
    """This machine's clock, in microseconds."""
    return time.time_ns() // 1000


def duration(text: str) -> int:
    """``90s 15m 24h 7d`` in microseconds; ``0`` too."""
    found = _DURATION.fullmatch(text)
    if found is None and text != "0":
        raise ValueError(f"{quoted(text)} is no duration; give a whole number and s, m, h or d, for example 24h")
    return int(found[1]) * UNITS[found[2]] if found else 0


def grace(text: str) -> int:
    """A duration of a year at most."""
    found = duration(text)
    if found > MOST_GRACE:
        raise ValueError(f"{quoted(text)} is more than 365d")
    return found


def moment(text: str, at: int) -> int:
    """A duration from ``at``, a date (its beginning in UTC) or a time with its zone; later than ``at``."""
    found = at + duration(text) if _DURATION.fullmatch(text) else _written(text)
    if found <= at:
        raise ValueError(f"{quoted(text)} is not in the future")
    try:
        datetime.fromtimestamp(found // SECOND, UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{quoted(text)} is too far away") from None
    return found


def instant(text: str) -> int:
    """A date (its beginning in UTC) or a time with its zone, from 1970 to 2286."""
    found = _written(text)
    if not 0 <= found < LATEST:
        raise ValueError(f"{quoted(text)} is too far away")
    return found


def _written(text: str) -> int:
    time_of_day = _TIME.fullmatch(text)
    if time_of_day is not None and time_of_day[2] is None:
        raise ValueError(f"{quoted(text)} lacks its time zone; for UTC put Z behind it: {text}Z")
    if time_of_day is None and not _DATE.fullmatch(text):
        raise ValueError(f"{quoted(text)} is no time; give for example 90d, 2027-01-31 or 2027-01-31T12:00Z")
    try:
        found = datetime.fromisoformat(text)
        return int(found.replace(tzinfo=found.tzinfo or UTC).timestamp()) * SECOND
    except (ValueError, OverflowError):
        raise ValueError(f"{quoted(text)} is not in the calendar") from None


def month(text: str, at: int) -> str:
    """``2026-11``, begun at ``at``."""
    return _begun(text, f"{text}-01", _today(at)[:7], "month")


def day(text: str, at: int) -> str:
    """``2026-11-23``, begun at ``at``."""
    return _begun(text, text, _today(at), "day")


def _begun(text: str, date: str, current: str, kind: str) -> str:
    if not _DATE.fullmatch(date):
        raise ValueError(f"{quoted(text)} is no {kind}; give for example {current}")
    try:
        datetime.fromisoformat(date)
    except ValueError:
        raise ValueError(f"{quoted(text)} is not in the calendar; give for example {current}") from None
    if text > current:
        raise ValueError(f"{quoted(text)} has not begun in UTC; the current {kind} is {current}")
    return text


def _today(at: int) -> str:
    return datetime.fromtimestamp(at // SECOND, UTC).strftime("%Y-%m-%d")


def network(text: str) -> str:
    """A network in CIDR notation; an address alone is a network of one."""
    return str(networks_of([text])[0])


def limit(text: str) -> tuple[str, float]:
    """``hour=900``: the limit's name and its number."""
    name, equals, number = text.partition("=")
    if not equals:
        raise ValueError(f"{quoted(text)} is no limit; give for example hour=900")
    if name not in NAMES:
        raise ValueError(f"there is no limit {quoted(name)}{nearest(name, NAMES)}")
    if not _NUMBER.fullmatch(number) or (name != "rate" and "." in number):
        raise ValueError(f"{name} must be a {'' if name == 'rate' else 'whole '}number; found {quoted(number)}")
    return name, float(number) if "." in number else int(number)


def scopes(text: str) -> frozenset[str] | None:
    """``a,b``: at least one, without spaces around."""
    found = [scope.strip() for scope in text.split(",")]
    if not any(found):
        raise ValueError("name at least one scope, or leave --scopes out")
    if not all(found):
        raise ValueError(f"{quoted(text)} has an empty scope; one comma stands between two scopes")
    spaced = next((scope for scope in found if len(scope.split()) > 1), "")
    if spaced:
        raise ValueError(f"{quoted(spaced)} is no scope; commas separate scopes: {quoted(','.join(spaced.split()))}")
    return scopes_of(found)


def key_id(text: str) -> str:
    """A key's id; a whole key does as well."""
    whole = PATTERN.fullmatch(text)
    found = whole[2] if whole else text
    ours = len(found) == ID_LENGTH and found.isascii() and found.isalnum()
    if not ours and not imported_keys.ID.fullmatch(found):
        raise ValueError(
            f"a key's id has {ID_LENGTH} letters and digits, an imported one's {imported_keys.ID_LENGTH} digits of 0-9 "
            "and a-f; tiergate key list shows them"
        )
    return found


def fingerprint(text: str) -> str:
    """The SHA-256 of a key, which is no secret; what else may have been typed is not repeated."""
    if not imported_keys.FINGERPRINT.fullmatch(text.lower()):
        raise ValueError('a SHA-256 has 64 digits of 0-9 and a-f: printf %s "$KEY" | sha256sum')
    return text.lower()


def issuer_name(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9-]{1,64}", text):
        raise ValueError(f"{quoted(text)} is no issuer; it is called as its file in policies/issuers is, without .yaml")
    return text


def organization_id(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9-]{1,40}", text):
        raise ValueError(
            "an organization's id has lower-case letters, digits and hyphens; tiergate org list shows them"
        )
    return text


def application_id(text: str) -> str:
    if not re.fullmatch(r"app_[0-9A-Za-z]{1,40}", text):
        raise ValueError("an application's id begins with app_; tiergate app list shows them")
    return text


def subscription_id(text: str) -> str:
    if not re.fullmatch(r"sub_[0-9A-Za-z]{1,40}", text):
        raise ValueError("a subscription's id begins with sub_; tiergate subscription list shows them")
    return text


GRACE = Parsed("duration", grace)
INSTANT = Parsed("time", instant)
MOMENT = Parsed("time", lambda text: moment(text, now()))
MONTH = Parsed("yyyy-mm", lambda text: month(text, now()))
DAY = Parsed("yyyy-mm-dd", lambda text: day(text, now()))
NETWORK = Parsed("cidr", network)
LIMIT = Parsed("name=number", limit)
SCOPES = Parsed("scopes", scopes)
REASON = Parsed("text", reason_of)
ORGANIZATION_NAME = Parsed("name", partial(name_of, of="the organization"))
APPLICATION_NAME = Parsed("name", partial(name_of, of="the application"))
KEY_NAME = Parsed("name", partial(name_of, of="the key"))
CLIENT_NAME = Parsed("name", partial(name_of, of="the client"))
SUBJECT = Parsed("name", subject_of)
KEY = Parsed("key_id", key_id)
FINGERPRINT = Parsed("hex", fingerprint)
CLIENT = Parsed("client_id", client_of)
ISSUER = Parsed("name", issuer_name)
ORGANIZATION = Parsed("id", organization_id)
APPLICATION = Parsed("id", application_id)
SUBSCRIPTION = Parsed("id", subscription_id)
MAIL = Parsed("mail", mail_of)
