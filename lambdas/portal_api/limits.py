"""How often people may do what costs others something; mostly counted in the transaction that does it."""

from collections.abc import Sequence

from lambdas.portal_api.call import Call
from lambdas.portal_api.problems import Exhausted
from tiergate.adapters.registry import Full, RegistryError, Write
from tiergate.adapters.registry.writes import counted

MINUTE, HOUR, DAY = 60, 3600, 24 * 3600
MOST_ORGANIZATIONS = 3
"""Of one person, ever."""

MOST_CHANGES = 120
"""Of one person, an hour."""

MOST_APPLICATIONS, MOST_KEYS, MOST_INVITATIONS = 20, 20, 20
"""New ones of one organization: a day, an hour, a day."""

MOST_MAILS = 2
"""To one address, a day, over all organizations."""

BY_VIEWER, BY_SITE, BY_SOURCE, IN_ALL = 5, 10, 60, 2000
"""Keys to try APIs: of an address, of a site (a /48 of IPv6) and of what called API Gateway in ten minutes, of all in
an hour. What called is one edge location for many viewers, or somebody who makes viewers' addresses up."""


def organizations(call: Call) -> Write:
    text = f"you made {MOST_ORGANIZATIONS} organizations, as many as one person can"
    return counted(call.portal.allowances.one(f"organizations#{call.sub}", MOST_ORGANIZATIONS, None), Full(text))


def applications(call: Call, organization: str) -> Write:
    text = f"this organization made {MOST_APPLICATIONS} applications today, as many as it can"
    return _within(call, f"applications#{organization}", MOST_APPLICATIONS, DAY, text)


def invitations(call: Call, organization: str) -> Write:
    text = f"this organization sent {MOST_INVITATIONS} invitations today, as many as it can"
    return _within(call, f"invitations#{organization}", MOST_INVITATIONS, DAY, text)


def keys(call: Call, organization: str) -> Write:
    text = f"this organization made {MOST_KEYS} API keys within the hour, as many as it can"
    return _within(call, f"keys#{organization}", MOST_KEYS, HOUR, text)


def tries(call: Call, *, viewer: str, site: str, source: str) -> Sequence[Write]:
    """``viewer``, ``site``, ``source``: networks."""
    text = "many keys to try APIs were made just now"
    return [
        _within(call, f"try-viewer {viewer}", BY_VIEWER, 10 * MINUTE, text),
        _within(call, f"try-site {site}", BY_SITE, 10 * MINUTE, text),
        _within(call, f"try-source {source}", BY_SOURCE, 10 * MINUTE, text),
        _within(call, "try", IN_ALL, HOUR, text),
    ]


def change(call: Call) -> None:
    """Count one, whatever becomes of it; raises ``Exhausted``."""
    wait = call.portal.allowances.take(f"changes#{call.sub}", MOST_CHANGES, HOUR)
    if wait:
        raise Exhausted(f"you made {MOST_CHANGES} changes within the hour, as many as one person can", wait)


def mailed(call: Call, mail: str) -> bool:
    """Count a mail to an address; False where it had as many as it may."""
    return not call.portal.allowances.take(f"mail#{mail}", MOST_MAILS, DAY)


def _within(call: Call, what: str, most: int, seconds: int, text: str) -> Write:
    allowances = call.portal.allowances
    refusal: RegistryError = Exhausted(text, allowances.wait(seconds))
    return counted(allowances.one(what, most, seconds), refusal)
