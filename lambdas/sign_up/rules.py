"""Who may sign up, and how often anybody may."""

from collections.abc import Collection
from typing import Protocol

HOUR = 3600

MOST, MOST_OF_DOMAIN, MOST_OF_PUBLIC = 100, 10, 50
"""People who sign up in an hour, and of those the ones of one mail domain, and of one that is public."""

PUBLIC = frozenset(
    {
        *("gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "yahoo.com", "aol.com"),
        *("icloud.com", "me.com", "proton.me", "protonmail.com", "gmx.com", "gmx.net", "gmx.de", "web.de", "mail.com"),
    }
)
"""Mail domains of people who have nothing to do with each other: what one of them does says nothing of the others."""


class Allowed(Protocol):
    def take(self, what: str, most: int, seconds: int) -> int:
        """One of ``most`` in so many seconds: 0, or the seconds to wait where none is left."""


class Refused(Exception):
    """The person may not sign up; the text is for them."""


class Rules:
    """``domains``: the mail domains that may sign up, in lower case; empty for all."""

    def __init__(self, allowances: Allowed, domains: Collection[str]) -> None:
        self._allowances, self._domains = allowances, frozenset(domains)

    def check(self, email: str) -> None:
        """Count one more who signs up.

        The domain comes first: one domain cannot use up what all have.

        Raises
        ------
        Refused
            The mail domain is not one of those, or too many have signed up in this hour.
        """
        _, at, domain = email.lower().strip().rpartition("@")
        domain = domain.rstrip(".")
        if not at or not domain:
            raise Refused("Give a mail address, such as name@example.com.")
        if self._domains and domain not in self._domains:
            raise Refused(
                "Only people with a mail address of certain companies can sign up here. Ask whoever invited you."
            )
        most = MOST_OF_PUBLIC if domain in PUBLIC else MOST_OF_DOMAIN
        if wait := self._allowances.take(f"sign-up {domain}", most, HOUR):
            raise Refused(_later("Many people of your mail domain have signed up in the last hour.", wait))
        if wait := self._allowances.take("sign-up", MOST, HOUR):
            raise Refused(_later("Many people have signed up in the last hour.", wait))


def _later(why: str, seconds: int) -> str:
    minutes = max(1, -(-seconds // 60))
    return f"{why} Try again in {minutes} minute{'s' if minutes > 1 else ''}."
