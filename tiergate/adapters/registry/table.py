"""The registry table: consistent reads, lists, and transactions that carry their audit entry.

=================  =======================  ==============================================================
pk                 sk                       item
=================  =======================  ==============================================================
``ORG#<id>``       ``-``                    organization with the ids of its ``applications``, ``members`` and
                                            ``invitations``. A deleted one stays, with its id and ``state`` alone
``ORG#<id>``       ``AUDIT#<time>#<rand>``  who did what to it or to anything it owns, before, after, why
``APP#<id>``       ``-``                    application with its subscriptions, its organization's state, the ids of
                                            its keys (``credentials``) and of its OAuth clients (``clients``).
                                            One to try things out, ``APP#try_<id>``, and its key go at ``ttl``
``SUB#<id>``       ``-``                    where a subscription is: its application and product
``KEY#<id>``       ``-``                    API key: fingerprint, state, restrictions; never the key itself
``CLIENT#<ref>``   ``-``                    OAuth client: state, restrictions; ``<ref>`` is ``<issuer>#<client's id>``
``MEMBER#<sub>``   ``<organization>``       member of an organization: mail address, role
``INVITATION#<n>`` ``<organization>``       invitation of a mail address, whose hash is ``<n>``, until ``ttl``
``UPGRADE#<org>``  ``<app>/<product>``      the last upgrade request of an application for a product
``LIMIT#<hash>``   ``-``                    how often something was done in a window of time, until ``ttl``
``REQUEST#<hash>`` ``-``                    what a creation was answered with, until ``ttl``
``OFFER#<offer>``  ``-``                    ``<product>/<plan>`` that is ``closing``: a deploy is withdrawing it
``GATE``           ``-``                    the definitions that the gate refused last, by digest
``CATALOGUE``      ``<entry>``              what is published: ``tiergate.adapters.catalogue``
``PLATFORM``       ``AUDIT#<time>#<rand>``  what the gateway did to the account's resources, which no organization owns
=================  =======================  ==============================================================

Index ``by_owner`` (``owner``, ``pk``) lists organizations (owner ``ORGS``), their applications and credentials,
closing offers (owner ``OFFERS``) and upgrade requests that wait (owner ``UPGRADES``). Each item that people change has
a ``version``; a change is conditional on the version that was read.
"""

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from tiergate.adapters import batch_reads
from tiergate.adapters.registry.errors import InTheWay, Missing, RegistryError
from tiergate.adapters.registry.inputs import reason_of
from tiergate.adapters.registry.writes import Stored, Write, key_of, put
from tiergate.adapters.registry_reader import Item
from tiergate.adapters.wire import from_wire, to_wire
from tiergate.domain.keys import random_id
from tiergate.domain.members import partner
from tiergate.domain.registry import RecordMalformed

T = TypeVar("T")

PLATFORM = "PLATFORM"
"""Where audit entries are of what no organization owns."""

AUDIT = "AUDIT#"
"""How the second half of an audit entry's key begins."""

AFTER = re.compile(r"[0-9T:.-]{20,32}Z#[0-9A-Za-z]{1,40}", re.ASCII)
"""A place in an audit log."""

MOST_WRITTEN = 100
"""Items of one transaction."""

PAUSES = (0.05, 0.1, 0.2)
"""Seconds before a transaction is tried again that met another one."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Change:
    """What an audit entry tells of a change to something that an organization owns."""

    organization: str
    what: str
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change. ``time`` is ISO 8601 in UTC; ``before`` and ``after`` hold what the change was about."""

    time: str
    who: str
    what: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    reason: str


class RegistryTable:
    """One deployment's table. ``actor``: who is named in the audit entries. ``sleep``: for seconds."""

    def __init__(
        self,
        client: Any,
        name: str,
        *,
        actor: str,
        clock: Callable[[], datetime],
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._client = client
        self._name = name
        self._actor = actor
        self._clock = clock
        self._sleep = sleep

    def now(self) -> int:
        """In microseconds."""
        return (self._clock() - EPOCH) // timedelta(microseconds=1)

    def now_text(self) -> str:
        return self._time("milliseconds")

    @property
    def actor(self) -> str:
        return self._actor

    @property
    def by_partner(self) -> bool:
        """Whether changes are made in the portal."""
        return bool(partner(self._actor))

    def get(self, pk: str, read: Callable[[Item], T], missing: str, *, sk: str = "-") -> Stored[T]:
        """A record as it is now.

        Raises
        ------
        Missing
            It is not there: ``missing``.
        RegistryError
            It cannot be read.
        """
        answer = self._client.get_item(TableName=self._name, Key=key_of(pk, sk), ConsistentRead=True)
        if "Item" not in answer:
            raise Missing(missing)
        return _stored(answer["Item"], read)

    def get_all(self, pks: Sequence[str], read: Callable[[Item], T], *, sk: str = "-") -> Sequence[Stored[T]]:
        """Those of any number of records that are there, in the order asked for; not all are as of one time."""
        keys = [key_of(pk, sk) for pk in pks]
        items = batch_reads.items(self._client, self._name, keys, consistent=True, pause=self._sleep)
        found = {item["pk"]["S"]: _stored(item, read) for item in items}
        return [found[pk] for pk in pks if pk in found]

    def under(self, pk: str, read: Callable[[Item], T], prefix: str = "") -> Iterator[Stored[T]]:
        """Records that have the key in common, by the other half of theirs."""
        begins = " AND begins_with(#sk, :prefix)" if prefix else ""
        pages = self._pages(
            KeyConditionExpression=f"#pk = :pk{begins}",
            ExpressionAttributeNames={"#pk": "pk"} | ({"#sk": "sk"} if prefix else {}),
            ExpressionAttributeValues=to_wire({":pk": pk} | ({":prefix": prefix} if prefix else {})),
            ConsistentRead=True,
        )
        return (_stored(item, read) for item in pages)

    def owned(self, owner: str, prefix: str, read: Callable[[Item], T]) -> Iterator[T]:
        """What an owner has, by the index: a change of the last moments may be missing."""
        return (_stored(item, read).value for item in self.items(owner, prefix))

    def items(self, owner: str, prefix: str) -> Iterator[Item]:
        """The same as it is stored, for who goes on where one of them cannot be read."""
        return self._pages(
            IndexName="by_owner",
            KeyConditionExpression="#owner = :owner AND begins_with(#pk, :prefix)",
            ExpressionAttributeNames={"#owner": "owner", "#pk": "pk"},
            ExpressionAttributeValues=to_wire({":owner": owner, ":prefix": prefix}),
        )

    def audit(self, organization: str) -> Iterator[AuditEntry]:
        """Newest first."""
        return self._audit(f"ORG#{organization}")

    def audit_page(self, organization: str, most: int, after: str) -> tuple[list[AuditEntry], str]:
        """At most so many entries, newest first, and what the next page comes ``after``: empty at the end."""
        pk = f"ORG#{organization}"
        query = self._entries(pk) | ({"ExclusiveStartKey": key_of(pk, f"{AUDIT}{after}")} if after else {})
        answer = self._client.query(TableName=self._name, Limit=most + 1, **query)
        shown = answer["Items"][:most]
        more = len(answer["Items"]) > most or "LastEvaluatedKey" in answer
        return [_entry_of(each) for each in shown], shown[-1]["sk"]["S"].removeprefix(AUDIT) if more else ""

    def platform_audit(self) -> Iterator[AuditEntry]:
        """What `note` left, newest first."""
        return self._audit(PLATFORM)

    def _audit(self, pk: str) -> Iterator[AuditEntry]:
        return (_entry_of(item) for item in self._pages(**self._entries(pk)))

    def _entries(self, pk: str) -> dict[str, Any]:
        """The query for audit entries."""
        return {
            "KeyConditionExpression": "#pk = :pk AND begins_with(#sk, :prefix)",
            "ExpressionAttributeNames": {"#pk": "pk", "#sk": "sk"},
            "ExpressionAttributeValues": to_wire({":pk": pk, ":prefix": AUDIT}),
            "ScanIndexForward": False,
            "ConsistentRead": True,
        }

    def change(self, change: Change, *writes: Write) -> None:
        """All writes and the audit entry, or nothing.

        Raises
        ------
        RegistryError
            A condition failed: what that write says. Or the reason given is none to keep.
        Conflict
            Other changes were under way all the time.
        """
        self.write(*writes, self._entry(change, f"ORG#{change.organization}"))

    def write(self, *writes: Write) -> None:
        """The same of what no audit entry tells of: what was decided before, or is nobody's."""
        requests = [{write.kind: {"TableName": self._name, **write.request}} for write in writes]
        for pause in (*PAUSES, None):
            try:
                self._client.transact_write_items(TransactItems=requests)
            except self._client.exceptions.TransactionCanceledException as cancelled:
                meant = _meant(writes, cancelled.response.get("CancellationReasons", ()))
                if meant is None:
                    raise
                if pause is None or not isinstance(meant, InTheWay):
                    raise meant from cancelled
                self._sleep(pause)
            else:
                return

    def drop_all(self, keys: Iterable[tuple[str, str]]) -> None:
        """Take away any number of records that are good for nothing any more, and need not be there."""
        left = [{"Delete": {"TableName": self._name, "Key": key_of(pk, sk)}} for pk, sk in keys]
        for start in range(0, len(left), MOST_WRITTEN):
            self._client.transact_write_items(TransactItems=left[start : start + MOST_WRITTEN])

    def note(self, what: str, facts: Mapping[str, Any], reason: str = "") -> None:
        """Leave an audit entry of the platform itself. ``facts``: nothing secret, and 400 KB at most.

        Raises
        ------
        RegistryError
            The reason given is none to keep.
        """
        entry = self._entry(Change("", what, after=facts, reason=reason), PLATFORM)
        self._client.put_item(TableName=self._name, **entry.request)

    def _entry(self, change: Change, pk: str) -> Write:
        entry = {
            "pk": pk,
            "sk": f"{AUDIT}{self._time('microseconds')}#{random_id(6)}",
            "who": self._actor,
            "what": change.what,
            "before": change.before,
            "after": change.after,
            "reason": reason_of(change.reason),
        }
        return put(entry, f'organization "{change.organization}"' if change.organization else "the platform")

    def _pages(self, **query: Any) -> Iterator[Item]:
        for page in self._client.get_paginator("query").paginate(TableName=self._name, **query):
            yield from page["Items"]

    def _time(self, timespec: str) -> str:
        return self._clock().astimezone(UTC).isoformat(timespec=timespec).replace("+00:00", "Z")


def _entry_of(item: Item) -> AuditEntry:
    entry = from_wire(item)
    told = {name: entry[name] for name in ("who", "what", "before", "after", "reason")}
    return AuditEntry(time=entry["sk"].split("#")[1], **told)


def _stored(item: Item, read: Callable[[Item], T]) -> Stored[T]:
    try:
        return Stored(item["pk"]["S"], int(item["version"]["N"]), read(item), item["sk"]["S"])
    except RecordMalformed as error:
        raise RegistryError(f"{error}; compare it with the table's other records of its kind") from error


def _meant(writes: Sequence[Write], reasons: Sequence[Mapping[str, Any]]) -> RegistryError | None:
    """What a cancelled transaction means to people, or None where it is the store that is in trouble."""
    codes = [reason.get("Code", "None") for reason in reasons]
    for write, code in zip(writes, codes, strict=False):
        if code == "ConditionalCheckFailed":
            return write.refused()
    for write, code in zip(writes, codes, strict=False):
        if code == "TransactionConflict":
            return InTheWay(write.what)
    return None
