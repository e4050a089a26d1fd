"""What was called, of how much, and what was refused."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from lambdas.portal_api import access, views
from lambdas.portal_api.call import Answer, Call
from lambdas.portal_api.pages import limit_of
from lambdas.portal_api.refusals import invalid
from tiergate.adapters.registry import Stored
from tiergate.adapters.registry.items import Held
from tiergate.domain.limits import SECOND
from tiergate.domain.members import Role
from tiergate.domain.registry import Credential

KEY = "key"
KINDS = ("api", KEY, "status")
ORGANIZATION_KINDS = (*KINDS, "application")
PERIOD = re.compile(r"(\d{4}-\d{2})(-\d{2})?", re.ASCII)


def of_application(call: Call, application: str) -> Answer:
    return _usage(call, [access.application(call, application, Role.VIEWER).stored], KINDS)


def of_organization(call: Call, organization: str) -> Answer:
    found, _ = access.organization(call, organization, Role.VIEWER)
    return _usage(call, call.portal.reads.applications(found.value.organization), ORGANIZATION_KINDS)


def refusals(call: Call, application: str) -> Answer:
    stored = access.application(call, application, Role.VIEWER).stored
    found = call.portal.usage.refusals(stored.value.application, limit_of(call.query))
    known = _credentials(call, [stored])
    return Answer(200, {"items": [_readable(call, each, known.get(each["credential"])) for each in found]})


def _usage(call: Call, held: Sequence[Stored[Held]], kinds: Sequence[str]) -> Answer:
    by, period = _asked(call, kinds)
    found = call.portal.usage.usage([each.value.application for each in held], by, period)
    if by != KEY:
        return Answer(200, found)
    known = _credentials(call, held)
    return Answer(200, found | {"series": [_named(each, known.get(each["name"])) for each in found["series"]]})


def _readable(call: Call, refused: Mapping[str, Any], found: Credential | None) -> dict[str, Any]:
    """A refused call with the names that the portal has for what it was made with, and made to."""
    api = call.portal.published["apis"].get(refused["api"], {"operations": ()})
    paths = {each["id"]: f"/{refused['api']}{each['path']}" for each in api["operations"]}
    return {
        **refused,
        "path": paths.get(refused["operation"]),
        "credential": views.credential_id(found) if found else None,
        "credential_name": (found.name or None) if found else None,
    }


def _named(series: Mapping[str, Any], found: Credential | None) -> dict[str, Any]:
    """The calls of a credential; one that was deleted has no name any more."""
    if found is None:
        return {**series}
    return {**series, "name": views.credential_id(found), "label": found.name or series["label"]}


def _credentials(call: Call, held: Sequence[Stored[Held]]) -> dict[str, Credential]:
    """By the ids that calls are recorded with."""
    return {each.value.id: each.value for each in call.portal.reads.credentials(one.value for one in held)}


def _asked(call: Call, kinds: Sequence[str]) -> tuple[str, str]:
    """What the series are and of which time.

    Raises
    ------
    Refused
        A parameter cannot be used.
    """
    now = datetime.fromtimestamp(call.portal.microseconds() // SECOND, UTC)
    by, period = call.query.get("by", "api"), call.query.get("period", f"{now:%Y-%m}")
    faults = {}
    if by not in kinds:
        faults["by"] = f"Choose one of {', '.join(kinds)}."
    if not _is_period(period):
        faults["period"] = "Give a month such as 2026-11, or a day such as 2026-11-03."
    if faults:
        raise invalid(faults)
    return by, period


def _is_period(text: str) -> bool:
    found = PERIOD.fullmatch(text)
    if not found:
        return False
    try:
        datetime.fromisoformat(text if found[2] else f"{text}-01")
    except ValueError:
        return False
    return True
