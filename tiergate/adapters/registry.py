"""The registry as people and programs change it. Every change writes its audit entry in the same transaction.

=================  =======================  ==============================================================
pk                 sk                       item
=================  =======================  ==============================================================
``ORG#<id>``       ``-``                    organization; ``applications``: the ids of its applications
``ORG#<id>``       ``AUDIT#<time>#<rand>``  who did what to it or to anything it owns, before, after, why
``APP#<id>``       ``-``                    application with its subscriptions and its organization's state
``KEY#<id>``       ``-``                    credential: fingerprint, state; never the key itself
=================  =======================  ==============================================================

Index ``by_owner`` (``owner``, ``pk``) lists organizations (owner ``ORGS``), applications and credentials.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from tiergate.adapters.registry_reader import credential_of
from tiergate.domain.keys import NewKey, mint, random_id
from tiergate.domain.registry import Credential, Subscription

OWNERS = "ORGS"
"""Owner of every organization."""


class RegistryError(Exception):
    """A change that cannot be made; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Onboarded:
    """What a new customer has. ``key.text`` is shown once and kept nowhere."""

    organization: str
    application: str
    subscription: Subscription
    key: NewKey


class Registry:
    """The registry table of one deployment. ``actor``: who is named in the audit entries."""

    def __init__(
        self,
        client: Any,
        table: str,
        *,
        env: str,
        actor: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client = client
        self._table = table
        self._env = env
        self._actor = actor
        self._clock = clock

    def onboard(self, *, name: str, product: str, plan: str) -> Onboarded:
        """Organization, application, subscription and key in one transaction.

        Raises
        ------
        RegistryError
            The name is taken, or gives no id.
        """
        organization, application = slug(name), f"app_{random_id()}"
        subscription = Subscription(f"sub_{random_id()}", product, plan)
        key = mint(self._env)
        now = self._now()
        made = {"organization": organization, "application": application, "credential": key.id}
        made |= {"subscription": subscription.id, "product": product, "plan": plan}
        items: list[dict[str, Any]] = [
            {
                "pk": f"ORG#{organization}",
                "owner": OWNERS,
                "name": name,
                "state": "active",
                "applications": {application},
            },
            {
                "pk": f"APP#{application}",
                "owner": f"ORG#{organization}",
                "organization": organization,
                "organization_state": "active",
                "name": name,
                "state": "active",
                "subscriptions": {product: {"id": subscription.id, "plan": plan, "state": "active"}},
            },
            {
                "pk": f"KEY#{key.id}",
                "owner": f"APP#{application}",
                "application": application,
                "fingerprint": key.hash,
                "state": "active",
            },
        ]
        writes = [self._put(item | {"sk": "-", "created": now, "version": 1}) for item in items]
        taken = f'organization "{organization}" exists; choose another name'
        self._transact([*writes, self._audit(organization, "onboard", now, after=made)], taken)
        return Onboarded(organization, application, subscription, key)

    def credentials(self, organization: str | None = None) -> Iterator[tuple[str, Credential]]:
        """Every credential, or those of one organization, each with the organization's id.

        Raises
        ------
        RegistryError
            There is no such organization.
        """
        if organization is not None:
            self._get(f"ORG#{organization}", f'there is no organization "{organization}"; tiergate key list shows them')
            owners = [f"ORG#{organization}"]
        else:
            owners = [item["pk"]["S"] for item in self._owned(OWNERS)]
        for owner in owners:
            for application in self._owned(owner):
                for item in self._owned(application["pk"]["S"]):
                    yield owner.removeprefix("ORG#"), credential_of(item)

    def revoke(self, key_id: str, *, reason: str = "") -> bool:
        """Make a key useless for good; False when it already was.

        Raises
        ------
        RegistryError
            There is no such key, or somebody else changed it just now.
        """
        missing = f'there is no key "{key_id}"; tiergate key list shows the ids'
        credential = self._get(f"KEY#{key_id}", missing)
        if credential["state"] == "revoked":
            return False
        application = self._get(f"APP#{credential['application']}", missing)
        now = self._now()
        change = self._update(
            f"KEY#{key_id}",
            {"state": "revoked", "revoked": now, "version": credential["version"] + 1},
            version=credential["version"],
        )
        what = {"credential": key_id}
        entry = self._audit(
            application["organization"],
            "key revoke",
            now,
            before=what | {"state": credential["state"]},
            after=what | {"state": "revoked"},
            reason=reason,
        )
        self._transact([change, entry], f'key "{key_id}" was changed by somebody else just now; try again')
        return True

    def _now(self) -> str:
        return self._clock().astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _get(self, pk: str, missing: str) -> dict[str, Any]:
        answer = self._client.get_item(TableName=self._table, Key=_wire({"pk": pk, "sk": "-"}), ConsistentRead=True)
        if "Item" not in answer:
            raise RegistryError(missing)
        return _plain(answer["Item"])

    def _owned(self, owner: str) -> Iterator[Mapping[str, Any]]:
        """Items of the index in DynamoDB's wire form, page by page."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            IndexName="by_owner",
            KeyConditionExpression="#owner = :owner",
            ExpressionAttributeNames={"#owner": "owner"},
            ExpressionAttributeValues={":owner": {"S": owner}},
        )
        for page in pages:
            yield from page["Items"]

    def _put(self, item: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "Put": {
                "TableName": self._table,
                "Item": _wire(item),
                "ConditionExpression": "attribute_not_exists(pk)",
            }
        }

    def _update(self, pk: str, values: Mapping[str, Any], *, version: int) -> dict[str, Any]:
        return {
            "Update": {
                "TableName": self._table,
                "Key": _wire({"pk": pk, "sk": "-"}),
                "UpdateExpression": "SET " + ", ".join(f"#{name} = :{name}" for name in values),
                "ConditionExpression": "#version = :read",
                "ExpressionAttributeNames": {f"#{name}": name for name in values},
                "ExpressionAttributeValues": _wire(
                    {f":{name}": value for name, value in values.items()} | {":read": version}
                ),
            }
        }

    def _audit(
        self,
        organization: str,
        what: str,
        now: str,
        *,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any],
        reason: str = "",
    ) -> dict[str, Any]:
        return self._put(
            {
                "pk": f"ORG#{organization}",
                "sk": f"AUDIT#{now}#{random_id(6)}",
                "who": self._actor,
                "what": what,
                "before": before or {},
                "after": after,
                "reason": reason,
            }
        )

    def _transact(self, writes: list[dict[str, Any]], refused: str) -> None:
        """All writes or none; ``refused`` is what to say when a condition failed or two changes met."""
        try:
            self._client.transact_write_items(TransactItems=writes)
        except self._client.exceptions.TransactionCanceledException as cancelled:
            raise RegistryError(refused) from cancelled


def slug(name: str) -> str:
    """An organization's id from its name: lower-case ASCII letters, digits and hyphens.

    Raises
    ------
    RegistryError
        Nothing of the name is left.
    """
    text = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    made = re.sub(r"[^a-z0-9]+", "-", text).strip("-")[:40].rstrip("-")
    if not made:
        raise RegistryError(f'no id can be made of the name "{name}"; use at least one letter a-z or digit')
    return made


def _wire(values: Mapping[str, Any]) -> dict[str, Any]:
    serialize = TypeSerializer().serialize
    return {name: serialize(value) for name, value in values.items()}


def _plain(item: Mapping[str, Any]) -> dict[str, Any]:
    deserialize = TypeDeserializer().deserialize
    return {name: deserialize(value) for name, value in item.items()}
