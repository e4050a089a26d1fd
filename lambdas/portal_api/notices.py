"""What is about to end, of what an organization calls."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lambdas.portal_api import access
from lambdas.portal_api.call import Answer, Call
from lambdas.portal_api.portal import Portal
from tiergate.domain.lifecycle import DEPRECATED, Lifecycle
from tiergate.domain.limits import SECOND
from tiergate.domain.members import Role
from tiergate.domain.moments import utc
from tiergate.domain.registry import Application

DAY = 24 * 3600
LATELY = 7
"""Days whose calls are counted."""


def every(call: Call, organization: str) -> Answer:
    """Soonest first."""
    found, _ = access.organization(call, organization, Role.VIEWER)
    applications = [each.value.application for each in call.portal.reads.applications(found.value.organization)]
    ending = sorted(_ending(call.portal, applications), key=lambda each: (each[1].sunset, each[0]))
    calls = call.portal.usage.callers(applications, days=LATELY) if ending else {}
    items = [_notice(call.portal, *each, calls.get(each[0], {})) for each in ending]
    return Answer(200, {"items": items})


def _ending(
    portal: Portal, applications: Sequence[Application]
) -> Iterator[tuple[str, Lifecycle, Sequence[Application]]]:
    """Deprecated API versions that are published, and the applications that may call each."""
    catalogue = portal.catalogue
    for name, api in catalogue.apis.items():
        if api.state != DEPRECATED or api.lifecycle is None or name not in portal.published["apis"]:
            continue
        subscribed = [
            each for each in applications if any(catalogue.covers(product, name) for product in each.subscriptions)
        ]
        if subscribed:
            yield name, api.lifecycle, subscribed


def _notice(
    portal: Portal, api: str, lifecycle: Lifecycle, subscribed: Sequence[Application], calls: Mapping[str, int]
) -> dict[str, Any]:
    """``calls``: by application."""
    now = portal.microseconds()
    return {
        "api": api,
        "title": portal.published["apis"][api]["title"],
        "sunset": utc(lifecycle.sunset * SECOND),
        "days_left": max(0, -((now // SECOND - lifecycle.sunset) // DAY)),
        "deprecated": utc(lifecycle.deprecated * SECOND),
        "successor": lifecycle.successor or None,
        "guide": lifecycle.guide or None,
        "brownouts": [
            {"start": utc(start * SECOND), "end": utc(end * SECOND)} for start, end in lifecycle.brownouts_after(now)
        ],
        "calls": sum(calls.get(each.id, 0) for each in subscribed),
        "applications": [{"id": each.id, "name": each.name, "calls": calls.get(each.id, 0)} for each in subscribed],
    }
