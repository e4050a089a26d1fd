"""What people and programs give: names, reasons, addresses, certificates, scopes, moments. Faults repeat no key."""

import re
import secrets
import string
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from tiergate.adapters.registry.errors import Invalid
from tiergate.domain import members
from tiergate.domain.conditions import Conditions, Network
from tiergate.domain.issuers import CLIENT, SCOPE
from tiergate.domain.limits import SECOND
from tiergate.domain.names import ascii_slug
from tiergate.domain.stated_conditions import MOST_NETWORKS, MOST_SUBJECTS, checked_subject, parsed_network

LONGEST_NAME, LONGEST_TEXT = 100, 500
"""Characters of a name; of a reason or a note."""

LONGEST_ID = 40
"""Of an organization."""

MOST_SCOPES = 50
"""Of one credential: each call that it makes is compared with them."""

KEY = re.compile(r"(?:tg_[a-z]{2,10}_)?[0-9A-Za-z]{12}_[0-9A-Za-z]{32,}", re.ASCII)
"""An API key wherever it stands, without its prefix or its checksum too: its secret is what must not be kept."""

LAST = (datetime(9999, 12, 31, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
"""No moment is later: dates have four digits for the year."""

MOST_GRACE = 365 * 24 * 3600 * SECOND
"""How long the old key of a rotation can go on, in microseconds."""


def name_of(text: str, of: str) -> str:
    """A name to show to people, ``of`` what; without spaces around.

    Raises
    ------
    Invalid
        It is empty, too long, more than one line, or holds a key.
    """
    name = _line(text, f"the name of {of}", LONGEST_NAME).strip()
    if not name:
        raise Invalid(f"the name of {of} is empty; give one")
    return name


def reason_of(text: str) -> str:
    """A reason to keep; see ``name_of``, but it may be empty."""
    return _line(text, "the reason")


def note_of(text: str) -> str:
    """What somebody adds to a request, in one line; see ``reason_of``."""
    return _line(" ".join(text.split()), "the note")


def mail_of(text: str) -> str:
    """A mail address as it is kept; raises ``Invalid``, which does not repeat it."""
    _refuse_key(text, "the mail address")
    try:
        return members.mail_of(text)
    except ValueError as fault:
        raise Invalid(str(fault)) from None


def person_of(given: members.Person) -> members.Person:
    """Somebody with their mail address as it is kept; raises ``Invalid``."""
    if not members.PERSON.fullmatch(given.id):
        raise Invalid("somebody is known by the sub of their tokens: 1 to 64 letters, digits and hyphens")
    return given._replace(mail=mail_of(given.mail))


def random_slug() -> str:
    """An organization's id that has nothing to do with its name."""
    return f"org-{_random(8)}"


def told_apart(id_: str) -> str:
    """An organization's id with a random end, where another has it."""
    return f"{id_[: LONGEST_ID - 7].rstrip('-')}-{_random(6)}"


def slug(name: str) -> str:
    """An organization's id from its name: lower-case ASCII letters, digits and hyphens.

    It is a random one where the name is written in another script.

    Raises
    ------
    Invalid
        The name has neither a letter nor a digit.
    """
    made = ascii_slug(name, LONGEST_ID)
    if made:
        return made
    if not any(each.isalnum() for each in name):
        raise Invalid(f"no id can be made of the name {quoted(name)}; use at least one letter or digit")
    return random_slug()


def networks_of(addresses: Collection[str]) -> tuple[Network, ...]:
    """Networks in CIDR notation; a single address is a network of one. Each once, in their order.

    Raises
    ------
    Invalid
        One is no network, or there are too many.
    """
    if len(addresses) > MOST_NETWORKS:
        raise Invalid(f"at most {MOST_NETWORKS} networks can be named; found {len(addresses)}")
    return tuple(dict.fromkeys(_network(text) for text in addresses))


def subject_of(text: str) -> str:
    """The subject of a client certificate; raises ``Invalid``."""
    _refuse_key(text, "a certificate's subject")
    try:
        return checked_subject(text)
    except ValueError as fault:
        raise Invalid(f"{quoted(text)} {fault}") from None


def conditions_of(
    addresses: Collection[str] = (), denied: Collection[str] = (), subjects: Collection[str] = ()
) -> Conditions:
    """Where calls may come from.

    Raises
    ------
    Invalid
        One is no network or no subject, or there are too many.
    """
    if isinstance(addresses, str) or isinstance(denied, str) or isinstance(subjects, str):
        raise TypeError("addresses, denied and subjects are collections of texts")
    if len(subjects) > MOST_SUBJECTS:
        raise Invalid(f"at most {MOST_SUBJECTS} certificate subjects can be named; found {len(subjects)}")
    return Conditions(networks_of(addresses), networks_of(denied), frozenset(map(subject_of, subjects)))


def scopes_of(scopes: Collection[str] | None) -> frozenset[str] | None:
    """Scopes to limit a credential to; None: no limit.

    Raises
    ------
    Invalid
        One is no scope or holds a key, or there are too many.
    """
    if scopes is None:
        return None
    if isinstance(scopes, str):
        raise TypeError("scopes is a collection of texts")
    if len(scopes) > MOST_SCOPES:
        raise Invalid(f"at most {MOST_SCOPES} scopes can be named; found {len(scopes)}")
    for scope in sorted(scopes):
        if not SCOPE.fullmatch(scope):
            raise Invalid(
                f'{quoted(scope)} is no scope; scopes are 1 to 200 characters of ASCII without spaces, " and \\'
            )
        _refuse_key(scope, "a scope")
    return frozenset(scopes)


def client_of(text: str) -> str:
    """The id of an OAuth client; raises ``Invalid``."""
    if not CLIENT.fullmatch(text):
        raise Invalid(
            f"{quoted(text)} is no client's id; it is 1 to 200 letters, digits and . _ ~ @ : | / + = - and begins with "
            "a letter or digit; tiergate client list shows those that there are"
        )
    return text


def future(moment: int | None, now: int, what: str) -> int | None:
    """A moment after ``now``, or None.

    Raises
    ------
    Invalid
        It is past, or beyond the calendar.
    TypeError
        It is no whole number.
    """
    if moment is None:
        return None
    if _whole(moment, what) <= now:
        raise Invalid(f"{what} is in the past; give a later one")
    if moment > LAST:
        raise Invalid(f"{what} is after the year 9999; leave it out for no end")
    return moment


def grace_of(duration: int) -> int:
    """A grace time of at most ``MOST_GRACE``; raises as ``future``."""
    if _whole(duration, "the grace time") < 0:
        raise Invalid("the grace time is negative; give 0 or more")
    if duration > MOST_GRACE:
        raise Invalid("the grace time is more than 365 days; give less")
    return duration


def _whole(time: int, what: str) -> int:
    if isinstance(time, bool) or not isinstance(time, int):
        raise TypeError(f"{what} is a whole number of microseconds")
    return time


def _network(text: str) -> Network:
    try:
        return parsed_network(text)
    except ValueError as fault:
        raise Invalid(f"{quoted(text)} {fault}") from None


def _random(length: int) -> str:
    return "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(length))


def _line(text: str, what: str, longest: int = LONGEST_TEXT) -> str:
    _refuse_key(text, what)
    if not text.isprintable():
        raise Invalid(f"{what} must be one line without control characters")
    if len(text) > longest:
        raise Invalid(f"{what} must be {longest} characters or fewer; found {len(text)}")
    return text


def _refuse_key(text: str, what: str) -> None:
    if KEY.search(text):
        raise Invalid(f"{what} holds a key, and would be kept; name the key by its id")


def masked(text: str) -> str:
    """A message that may repeat what was given, without keys."""
    return KEY.sub("(a key)", text)


def quoted(text: str) -> str:
    """As messages repeat it: never a key, never control characters."""
    shown = masked("".join(each if each.isprintable() else "?" for each in text))
    return f'"{shown if len(shown) <= 60 else shown[:59] + "…"}"'
