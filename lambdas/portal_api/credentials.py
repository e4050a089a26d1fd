"""Credentials of an application: API keys are made, rotated and ended here; OAuth clients are shown and ended."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.portal_api import access, limits, views
from lambdas.portal_api.bodies import Field, hours, named, scopes, time_after
from lambdas.portal_api.call import Answer, Call
from lambdas.portal_api.refusals import Refused, invalid
from tiergate.adapters.registry import Issued, Stored
from tiergate.adapters.registry.credentials import Credentials
from tiergate.adapters.repeatable import Attempt
from tiergate.adapters.telemetry import log
from tiergate.adapters.usage_records import RecordUnreadable
from tiergate.domain.limits import SECOND
from tiergate.domain.members import Role
from tiergate.domain.registry import Credential, client_ref

ENDED = frozenset({"revoked", "expired"})


def every(call: Call, application: str) -> Answer:
    owned = access.application(call, application, Role.VIEWER)
    used = _used(call, owned)
    page = call.window().page(
        _all(call, owned),
        lambda each: f"{each.value.created} {views.credential_id(each.value)}",
        lambda each: _view(call, each.value, each.version, used),
        newest_first=True,
    )
    return Answer(200, page)


def create(call: Call, application: str) -> Answer:
    owned = access.application(call, application, Role.DEVELOPER, adding=True)

    def make(attempt: Attempt) -> object:
        wanted = call.fields(
            {
                "name": Field(named("a key")),
                "expires": Field(time_after(call.portal.microseconds()), needed=False),
                "scopes": Field(scopes(_scopes(call)), needed=False),
            }
        )
        call.refuse_leavers()
        return call.registry.keys.create(
            application,
            key=attempt.key(),
            name=wanted["name"],
            expires=wanted["expires"],
            scopes=wanted["scopes"],
            also=lambda made: [
                attempt.remember(201, _view(call, made.credential, 1), keyed=True),
                limits.keys(call, owned.application.organization),
            ],
        )

    return call.once(make)


def rotate(call: Call, application: str, credential: str) -> Answer:
    owned = access.application(call, application, Role.DEVELOPER, adding=True)

    def make(attempt: Attempt) -> object:
        old = _one(call, owned, credential)
        if old.value.issuer:
            raise Refused("client_of_the_platform")
        wanted = call.fields(
            {"grace_hours": Field(hours), "expires": Field(time_after(call.portal.microseconds()), needed=False)}
        )
        if old.value.expires is not None and wanted["expires"] is None and not old.value.replaced_by:
            raise invalid({"expires": "The old key has an end; say when the new one ends."})
        call.refuse_leavers()
        return call.registry.keys.rotate(
            old.value.id,
            grace=wanted["grace_hours"] * 3600 * SECOND,
            expires=wanted["expires"],
            key=attempt.key(),
            expected=old.version,
            also=lambda made: [
                attempt.remember(201, _rotated(call, made, old.version + 1), keyed=True),
                limits.keys(call, owned.application.organization),
            ],
        )

    return call.once(make)


def revoke(call: Call, application: str, credential: str) -> Answer:
    owned = access.application(call, application, Role.DEVELOPER)
    found = _one(call, owned, credential)
    changed = _registered(call, found.value).revoke(_ref(found.value))
    revoked = found.value._replace(state="revoked")
    return Answer(200, _view(call, revoked, found.version + changed, _used(call, owned)))


def delete(call: Call, application: str, credential: str) -> Answer:
    owned = access.application(call, application, Role.DEVELOPER)
    found = _one(call, owned, credential)
    if views.credential_state(found.value, call.portal.microseconds()) not in ENDED:
        raise Refused("credential_in_use")
    if found.value.issuer:
        raise Refused("client_of_the_platform")
    expected = call.expected()
    call.registry.keys.delete(found.value.id, expected=found.version if expected is None else expected)
    return Answer(204)


def _all(call: Call, owned: access.Owned) -> list[Stored[Credential]]:
    return [*call.portal.reads.credentials([owned.stored.value])]


def _one(call: Call, owned: access.Owned, id_: str) -> Stored[Credential]:
    """One of this application; that of another is not found."""
    found = next((each for each in _all(call, owned) if views.credential_id(each.value) == id_), None)
    if found is None:
        raise Refused("not_found")
    return found


def _view(call: Call, found: Credential, version: int, used: Mapping[str, str] | None = None) -> dict[str, Any]:
    portal = call.portal
    return views.credential(found, version, env=portal.settings.env, now=portal.microseconds(), last_used=used)


def _rotated(call: Call, made: Issued, version: int) -> dict[str, Any]:
    """``version``: of the old one."""
    old = made.replaced
    return _view(call, made.credential, 1) | {"replaced": _view(call, old, version) if old else None}


def _used(call: Call, owned: access.Owned) -> Mapping[str, str]:
    """When each was last used, by id; nothing where that cannot be told, as a key can be revoked all the same."""
    try:
        return call.portal.usage.last_used(owned.application)
    except (BotoCoreError, ClientError, RecordUnreadable) as error:
        log("ERROR", "last use unknown", application=owned.application.id, error=type(error).__name__)
        return {}


def _registered(call: Call, found: Credential) -> Credentials:
    return call.registry.clients if found.issuer else call.registry.keys


def _ref(found: Credential) -> str:
    return client_ref(found.issuer, found.id) if found.issuer else found.id


def _scopes(call: Call) -> frozenset[str]:
    """All that operations ask for, of APIs that are published."""
    apis = call.portal.published["apis"].values()
    return frozenset(
        scope for api in apis for operation in api["operations"] for needed in operation["scopes"] for scope in needed
    )
