"""The audit log of an organization as its owners read it: who did what to what, by name."""

from collections.abc import Iterator, Mapping
from typing import Any

from lambdas.portal_api import access, views
from lambdas.portal_api.call import Answer, Call
from lambdas.portal_api.refusals import Refused
from tiergate.adapters.registry import AuditEntry, Invalid, Stored
from tiergate.adapters.registry.people import Peopled
from tiergate.domain.members import Role, partner
from tiergate.domain.moments import utc

KINDS = ("organization", "application", "credential", "client", "subscription", "product", "invitation", "member")
"""What an entry can be of, as its facts name it."""

NOUNS = {"key": "credential"}
"""Kinds that go by another noun in what was done."""

TOLD = frozenset({"upgrade approve", "upgrade decline"})
"""What the platform team did and gives reasons for that partners read; others are its own."""

MOMENTS = frozenset({"expires", "until"})

Names = Mapping[tuple[str, str], str]
"""What things are called now, by kind and id."""


def every(call: Call, organization: str) -> Answer:
    found, _ = access.organization(call, organization, Role.OWNER)
    window = call.window()
    try:
        entries, last = call.registry.audit_page(organization, most=window.limit, after=window.after)
    except Invalid:
        raise Refused("cursor_invalid") from None
    names = _names(call, found) if entries else {}
    items = [_entry(each, names) for each in entries]
    return Answer(200, {"items": items, "next": window.cursor(last) if last else None})


def _entry(entry: AuditEntry, names: Names) -> dict[str, Any]:
    person = partner(entry.who)
    return {
        "time": entry.time,
        "who": entry.who if person else views.PLATFORM,
        "email": names.get(("member", person)),
        "what": entry.what,
        "subjects": [*_subjects(entry, names)],
        "before": _readable(entry.before),
        "after": _readable(entry.after),
        "reason": entry.reason if person or entry.what in TOLD else "",
    }


def _subjects(entry: AuditEntry, names: Names) -> Iterator[dict[str, Any]]:
    """What the entry is of, the key that a rotated one was replaced by too."""
    facts, noun = {**entry.before, **entry.after}, entry.what.partition(" ")[0]
    named = NOUNS.get(noun, noun)
    words = {named: "name", "member": "mail"}
    for each in (facts, facts.get("new", {})):
        for kind in KINDS:
            id_ = each.get(kind)
            if isinstance(id_, str) and (each is facts or kind == named):
                shown = views.client_id(each["issuer"], id_) if kind == "client" else id_
                name = names.get((kind, shown)) or each.get(words.get(kind, ""))
                yield {"kind": kind, "id": shown, "name": name or None}


def _readable(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _told(name, value) for name, value in facts.items() if name != "new"}


def _told(name: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return _readable(value)
    return utc(value) if name in MOMENTS and isinstance(value, int) else value


def _names(call: Call, owner: Stored[Peopled]) -> Names:
    organization = owner.value.organization
    held = [each.value for each in call.portal.reads.applications(organization)]
    credentials = [each.value for each in call.portal.reads.credentials(held)]
    applications = [each.application for each in held]
    products = {name: each["title"] for name, each in call.portal.published["products"].items()}
    subscriptions = [each for application in applications for each in application.subscriptions.values()]
    invitations, members = call.registry.invitations.list(organization.id), call.registry.members.list(organization.id)
    return {
        ("organization", organization.id): organization.name,
        **{("application", each.id): each.name for each in applications},
        **{("client" if each.issuer else "credential", views.credential_id(each)): each.name for each in credentials},
        **{("subscription", each.id): products.get(each.product, each.product) for each in subscriptions},
        **{("product", name): title for name, title in products.items()},
        **{("invitation", each.value.id): each.value.mail for each in invitations},
        **{("member", each.value.id): each.value.mail for each in members},
    }
