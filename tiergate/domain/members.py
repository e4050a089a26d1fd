"""People of organizations: their mail addresses, what their roles let them do, invitations."""

import hashlib
import re
import unicodedata
from enum import StrEnum
from typing import NamedTuple

from tiergate.domain.limits import SECOND

LONGEST_MAIL, LONGEST_LOCAL = 254, 64
"""Characters of an address, and of what stands before its @ (RFC 5321, 4.5.3.1)."""

MOST_MEMBERS, MOST_INVITATIONS = 50, 50
"""Of one organization; the latter those that are open."""

INVITED = 7 * 24 * 3600 * SECOND
"""How long an invitation can be accepted, in microseconds."""

PERSON = re.compile(r"[0-9A-Za-z-]{1,64}", re.ASCII)
"""What a user pool knows somebody by: the ``sub`` of their tokens."""

PORTAL = "portal:"
"""How the actor of a change begins that somebody made in the portal, whose ``sub`` follows."""

_LOCAL = re.compile(r"[^\s\"(),:;<>@\[\\\]]+")
_DOMAIN = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]", re.ASCII)


class Role(StrEnum):
    """What somebody may do in an organization; each has all that the one before it has."""

    VIEWER = "viewer"
    DEVELOPER = "developer"
    OWNER = "owner"


class Person(NamedTuple):
    """Somebody who signed in: the ``sub`` of their tokens, and their mail address."""

    id: str
    mail: str


class Member(NamedTuple):
    """Somebody in an organization; ``joined`` is ISO 8601 in UTC."""

    organization: str
    id: str
    mail: str
    role: Role
    joined: str = ""


class Invitation(NamedTuple):
    """Whoever has the mail address may become a member until ``expires``, in microseconds.

    ``invited_by``: the actor of the change, such as ``portal:<sub>``. ``created`` is ISO 8601 in UTC.
    """

    organization: str
    mail: str
    role: Role
    invited_by: str
    created: str
    expires: int

    @property
    def id(self) -> str:
        return invitation_id(self.mail)

    def expired(self, now: int) -> bool:
        return now >= self.expires

    def state(self, now: int) -> str:
        return "expired" if self.expired(now) else "open"


def allows(role: Role, needed: Role) -> bool:
    """Whether somebody with a role may do what needs another."""
    order = list(Role)
    return order.index(role) >= order.index(needed)


def partner(actor: str) -> str:
    """The ``sub`` of who made a change in the portal; empty for everybody else."""
    return actor.removeprefix(PORTAL) if actor.startswith(PORTAL) else ""


def mail_of(text: str) -> str:
    """A mail address in the one way of writing in which it is kept: lower case, NFC, its domain in ASCII.

    Raises
    ------
    ValueError
        It is none, or its domain is another one to newer programs, such as ``straße.example``: what IDNA 2003 does not
        give back as it was. In words that do not repeat it.
    """
    if len(text) > LONGEST_MAIL:
        raise ValueError(f"a mail address has {LONGEST_MAIL} characters or fewer; found {len(text)}")
    local, _, domain = _folded(text.strip()).rpartition("@")
    try:
        ascii_domain = domain.encode("idna")
        if not domain.isascii() and ascii_domain.decode("idna") != domain:
            raise ValueError("this mail address has a letter that its domain cannot have; write that as xn--…")
        domain = ascii_domain.decode()
    except UnicodeError:
        domain = ""
    whole = f"{local}@{domain}"
    plain = local.isprintable() and _LOCAL.fullmatch(local) and ".." not in f".{local}."
    if not plain or len(local.encode()) > LONGEST_LOCAL or not _DOMAIN.fullmatch(domain) or len(whole) > LONGEST_MAIL:
        raise ValueError("this is no mail address; write it as ann@example.com, without a name before it")
    return whole


def invitation_id(mail: str) -> str:
    """What an invitation is known by, which tells nobody the address."""
    return hashlib.sha256(mail.encode()).hexdigest()[:32]


def _folded(text: str) -> str:
    """Lower case may take a text apart, and putting it together may leave a capital."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).lower())
