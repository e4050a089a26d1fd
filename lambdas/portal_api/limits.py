"""How often people may do what costs others something. Counted in the transaction that does it."""

from typing import NamedTuple

from lambdas.portal_api.call import Call
from lambdas.portal_api.problems import Exhausted
from tiergate.adapters.registry import Full, Write

HOUR, DAY = 3600, 24 * 3600
MOST_ORGANIZATIONS, MOST_INVITATIONS, MOST_KEYS = 3, 20, 20
"""Of one person; of one organization, a day; of one organization, an hour."""


class Limit(NamedTuple):
    """``most`` in each window of ``seconds``, for one ``what``."""

    what: str
    most: int
    seconds: int


def organizations(call: Call) -> Write:
    text = f"you made {MOST_ORGANIZATIONS} organizations, as many as one person can"
    return call.portal.allowances.within(f"organizations#{call.sub}", MOST_ORGANIZATIONS, None, Full(text))


def invitations(call: Call, organization: str) -> Write:
    text = f"this organization sent {MOST_INVITATIONS} invitations today, as many as it can"
    return _within(call, Limit(f"invitations#{organization}", MOST_INVITATIONS, DAY), text)


def keys(call: Call, organization: str) -> Write:
    text = f"this organization made {MOST_KEYS} API keys within the hour, as many as it can"
    return _within(call, Limit(f"keys#{organization}", MOST_KEYS, HOUR), text)


def take(call: Call, limit: Limit, text: str) -> None:
    """Count one; raises ``Exhausted`` with ``text``."""
    wait = call.portal.allowances.take(*limit)
    if wait:
        raise Exhausted(text, wait)


def _within(call: Call, limit: Limit, text: str) -> Write:
    allowances = call.portal.allowances
    return allowances.within(*limit, Exhausted(text, allowances.wait(limit.seconds)))
