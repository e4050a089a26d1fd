"""Upgrade requests: an application asks for a plan that somebody must approve."""

from typing import NamedTuple

WAITING, APPROVED, DECLINED, WITHDRAWN = "waiting", "approved", "declined", "withdrawn"
STATES = (WAITING, APPROVED, DECLINED, WITHDRAWN)


class UpgradeRequest(NamedTuple):
    """The last one of an application for a product; ``current``: its plan when it asked, empty without a subscription.

    Times are ISO 8601 in UTC. ``decided``, ``decided_by`` and ``reason`` are empty while it waits; who withdraws it
    decides too. ``asked_by`` and ``decided_by``: actors, such as ``portal:<sub>``.
    """

    organization: str
    application: str
    product: str
    current: str
    to: str
    state: str = WAITING
    note: str = ""
    asked: str = ""
    asked_by: str = ""
    decided: str = ""
    decided_by: str = ""
    reason: str = ""
