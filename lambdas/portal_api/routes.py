"""The portal's API: what answers which route, and what ids look like."""

import re
from collections.abc import Callable, Mapping

from lambdas.portal_api import (
    applications,
    audit,
    credentials,
    invitations,
    me,
    members,
    notices,
    organizations,
    subscriptions,
    try_keys,
    upgrade_requests,
    usage,
)
from lambdas.portal_api.call import Answer

Serve = Callable[..., Answer]
"""Takes the call, and the ids of the path by name."""

ORGANIZATION, APPLICATION = "/organizations/<organization>", "/applications/<application>"
CREDENTIAL = f"{APPLICATION}/credentials/<credential>"
SUBSCRIPTION = f"{APPLICATION}/subscriptions/<subscription>"
REQUEST = f"{APPLICATION}/upgrade-requests/<product>"

TRY = "POST /try-keys"
PUBLIC = frozenset({TRY})
"""Routes that need nobody to be signed in."""

ROUTES: Mapping[str, Serve] = {
    "GET /me": me.get,
    "POST /organizations": organizations.create,
    f"GET {ORGANIZATION}": organizations.get,
    f"PATCH {ORGANIZATION}": organizations.rename,
    f"GET {ORGANIZATION}/audit": audit.every,
    f"GET {ORGANIZATION}/members": members.every,
    f"PATCH {ORGANIZATION}/members/<member>": members.change,
    f"DELETE {ORGANIZATION}/members/<member>": members.remove,
    f"GET {ORGANIZATION}/invitations": invitations.every,
    f"POST {ORGANIZATION}/invitations": invitations.create,
    f"DELETE {ORGANIZATION}/invitations/<invitation>": invitations.withdraw,
    "POST /invitations/<organization>/accept": invitations.accept,
    "DELETE /invitations/<organization>": invitations.decline,
    f"GET {ORGANIZATION}/applications": applications.every,
    f"POST {ORGANIZATION}/applications": applications.create,
    f"GET {ORGANIZATION}/upgrade-requests": upgrade_requests.every,
    f"GET {ORGANIZATION}/usage": usage.of_organization,
    f"GET {ORGANIZATION}/notices": notices.every,
    f"GET {APPLICATION}": applications.get,
    f"PATCH {APPLICATION}": applications.rename,
    f"DELETE {APPLICATION}": applications.delete,
    f"GET {APPLICATION}/credentials": credentials.every,
    f"POST {APPLICATION}/credentials": credentials.create,
    f"DELETE {CREDENTIAL}": credentials.delete,
    f"POST {CREDENTIAL}/rotate": credentials.rotate,
    f"POST {CREDENTIAL}/revoke": credentials.revoke,
    f"GET {APPLICATION}/subscriptions": subscriptions.every,
    f"POST {APPLICATION}/subscriptions": subscriptions.create,
    f"PATCH {SUBSCRIPTION}": subscriptions.change,
    f"DELETE {SUBSCRIPTION}": subscriptions.delete,
    f"GET {REQUEST}": upgrade_requests.get,
    f"DELETE {REQUEST}": upgrade_requests.withdraw,
    f"GET {APPLICATION}/usage": usage.of_application,
    f"GET {APPLICATION}/refusals": usage.refusals,
    TRY: try_keys.create,
}

IDS: Mapping[str, re.Pattern[str]] = {
    "organization": re.compile(r"[a-z0-9-]{1,40}"),
    "application": re.compile(r"app_[0-9A-Za-z]{1,40}"),
    "credential": re.compile(r"[0-9A-Za-z_-]{1,64}"),
    "subscription": re.compile(r"sub_[0-9A-Za-z]{1,40}"),
    "product": re.compile(r"[a-z0-9-]{1,64}"),
    "member": re.compile(r"[0-9A-Za-z-]{1,64}"),
    "invitation": re.compile(r"[0-9a-f]{32}"),
}
"""What else is in a path names nothing, and is looked up nowhere."""


def named(ids: Mapping[str, str]) -> bool:
    """Whether all ids of a path can be some."""
    return all(IDS[name].fullmatch(id_) for name, id_ in ids.items())
