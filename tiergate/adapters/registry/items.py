"""The domain's values as registry items, and as audit entries tell of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tiergate.adapters.registry_reader import MALFORMED, Item, application_of, malformed
from tiergate.domain.conditions import Conditions
from tiergate.domain.registry import Application, Credential, Organization, Override, Subscription, client_ref

OWNERS = "ORGS"
"""Owner of every organization in the index."""

DELETED = "deleted"
"""State of what is left of a deleted organization: its id, which is not given again, and when it was made."""


@dataclass(frozen=True, slots=True)
class Held:
    """An application, the ids of its API keys and the refs of its OAuth clients (``client_ref``)."""

    application: Application
    keys: frozenset[str]
    clients: frozenset[str]


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where a subscription is."""

    application: str
    product: str


def organization_of(item: Item) -> Organization:
    """From a registry item.

    Raises
    ------
    RecordMalformed
        It is not what the registry writes.
    """
    try:
        return Organization(
            id=item["pk"]["S"].removeprefix("ORG#"),
            name="" if item["state"]["S"] == DELETED else item["name"]["S"],
            state=item["state"]["S"],
            created=item["created"]["S"],
            applications=ids_of(item, "applications"),
        )
    except MALFORMED as error:
        raise malformed(item) from error


def held_of(item: Item) -> Held:
    """From an application's item; raises as ``organization_of``."""
    try:
        return Held(application_of(item), ids_of(item, "credentials"), ids_of(item, "clients"))
    except MALFORMED as error:
        raise malformed(item) from error


def pointer_of(item: Item) -> Pointer:
    """From a registry item; raises as ``organization_of``."""
    try:
        return Pointer(item["application"]["S"], item["product"]["S"])
    except MALFORMED as error:
        raise malformed(item) from error


def ids_of(item: Item, name: str) -> frozenset[str]:
    """A set of ids; DynamoDB keeps no empty ones."""
    return frozenset(item[name]["SS"]) if name in item else frozenset()


def organization_item(
    organization: Organization, members: Iterable[str] = (), invitations: Iterable[str] = ()
) -> dict[str, Any]:
    item = {"pk": f"ORG#{organization.id}", "state": organization.state, "created": organization.created}
    if organization.state == DELETED:
        return item
    item |= {"owner": OWNERS, "name": organization.name}
    people = _set("members", members) | _set("invitations", invitations)
    return item | _set("applications", organization.applications) | people


def application_item(application: Application, keys: Iterable[str] = (), clients: Iterable[str] = ()) -> dict[str, Any]:
    subscriptions = application.subscriptions.items()
    item = {
        "pk": f"APP#{application.id}",
        "owner": f"ORG#{application.organization}",
        "organization": application.organization,
        "organization_state": application.organization_state,
        "name": application.name,
        "state": application.state,
        "created": application.created,
        "subscriptions": {product: subscription_entry(subscription) for product, subscription in subscriptions},
    }
    return item | conditions_facts(application.conditions) | _set("credentials", keys) | _set("clients", clients)


def subscription_entry(subscription: Subscription) -> dict[str, Any]:
    """A subscription within its application's item."""
    entry = {
        "id": subscription.id,
        "plan": subscription.plan,
        "state": subscription.state,
        "created": subscription.created,
    }
    return entry | ({"override": _override(subscription.override)} if subscription.override else {})


def pointer_item(application: str, subscription: Subscription) -> dict[str, Any]:
    """Where a subscription is, by its id."""
    return {"pk": f"SUB#{subscription.id}", "application": application, "product": subscription.product}


def credential_item(credential: Credential) -> dict[str, Any]:
    issuer = credential.issuer
    item = {
        "pk": f"CLIENT#{client_ref(issuer, credential.id)}" if issuer else f"KEY#{credential.id}",
        "owner": f"APP#{credential.application}",
        "application": credential.application,
        "state": credential.state,
        "created": credential.created,
    }
    return item | ({} if issuer else {"fingerprint": credential.fingerprint}) | _restrictions(credential)


def organization_facts(organization: Organization) -> dict[str, Any]:
    return {"organization": organization.id, "name": organization.name, "state": organization.state}


def application_facts(application: Application) -> dict[str, Any]:
    facts = {"application": application.id, "name": application.name, "state": application.state}
    return facts | conditions_facts(application.conditions)


def subscription_facts(application: str, subscription: Subscription) -> dict[str, Any]:
    facts = {
        "application": application,
        "subscription": subscription.id,
        "product": subscription.product,
        "plan": subscription.plan,
        "state": subscription.state,
    }
    return facts | ({"override": _override(subscription.override)} if subscription.override else {})


def credential_facts(credential: Credential) -> dict[str, Any]:
    """Without the fingerprint: an audit entry proves nothing and gives nothing away."""
    facts = {"application": credential.application, **credential_name(credential), "state": credential.state}
    return facts | _restrictions(credential)


def credential_name(credential: Credential) -> dict[str, Any]:
    """What audit entries know it by."""
    if credential.issuer:
        return {"client": credential.id, "issuer": credential.issuer}
    return {"credential": credential.id}


def conditions_facts(conditions: Conditions) -> dict[str, list[str]]:
    """As items and audit entries have them: those that there are."""
    return _told(conditions_lists(conditions))


def conditions_lists(conditions: Conditions) -> dict[str, list[str]]:
    """All of them as texts, also those that are empty."""
    return {
        "addresses": [str(network) for network in conditions.allowed],
        "denied": [str(network) for network in conditions.denied],
        "subjects": sorted(conditions.subjects),
    }


def _restrictions(credential: Credential) -> dict[str, Any]:
    """What is not the default. The empty set of scopes is one, so that scopes are a list."""
    given: Mapping[str, Any] = {
        "name": credential.name,
        "expires": credential.expires,
        **conditions_facts(credential.conditions),
        "replaced_by": credential.replaced_by,
    }
    return _told(given) | ({} if credential.scopes is None else {"scopes": sorted(credential.scopes)})


def _told(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Those that say something."""
    return {name: value for name, value in facts.items() if value}


def _override(override: Override) -> dict[str, Any]:
    return {"limits": dict(override.limits)} | ({} if override.until is None else {"until": override.until})


def _set(name: str, ids: Iterable[str]) -> dict[str, Any]:
    return {name: set(ids)} if (ids := set(ids)) else {}
