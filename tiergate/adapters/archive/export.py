"""From the tables to a file's lines, sorted, as of one time for each application and what belongs to it."""

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from typing import Any

from tiergate.adapters.archive.fields import microseconds, time_text
from tiergate.adapters.archive.kinds import (
    ABOVE,
    COUNTERS,
    CUSTOMERS,
    KINDS,
    LEFT_OUT,
    NAMES,
    PARTS,
    PLACES,
    POINTER,
    QUOTAS,
    RECORDS,
    REGISTRY,
    UNKNOWN,
    UNREADABLE,
    USAGE,
    document_of,
    key_of_item,
    key_of_record,
    kind_of,
)
from tiergate.adapters.archive.lines import LAST, Header, canonical
from tiergate.adapters.archive.scratch import scratch
from tiergate.adapters.archive.tables import Tables
from tiergate.adapters.registry.items import DELETED, held_of
from tiergate.adapters.registry.people import peopled_of
from tiergate.adapters.registry_reader import Item

ROUNDS = 5
"""Of reading again what changed meanwhile, each of what the one before it led to."""

SCHEMA = """
CREATE TABLE lines (place, id, owner, state, line, PRIMARY KEY (place, id)) WITHOUT ROWID;
CREATE TABLE named (place, id, asked DEFAULT 0, PRIMARY KEY (place, id)) WITHOUT ROWID;
"""
"""``named``: records that others name, which must be there; ``asked``: whether they were read by that name."""


class Export:
    """``since``: the earliest audit entries and use, in microseconds; 0: all.

    ``unreadable``: items that are left out because they are not what is written there; ``unknown``: because this
    version does not know what they are.
    """

    def __init__(self, tables: Tables, *, parts: Collection[str] = PARTS, since: int = 0) -> None:
        self.unknown: list[str] = []
        self._tables = tables
        self._parts = tuple(part for part in PARTS if part in parts)
        self._unreadable: dict[str, None] = {}
        self._since = since
        self._database = scratch(SCHEMA)

    @property
    def unreadable(self) -> list[str]:
        return list(self._unreadable)

    def gather(self, report: Callable[[int], object] = lambda _: None) -> None:
        """Read the tables; ``report`` hears of each item."""
        wanted = {REGISTRY: {CUSTOMERS, "audit"}, RECORDS: {USAGE}, COUNTERS: {QUOTAS}}
        for table, parts in wanted.items():
            if parts.isdisjoint(self._parts):
                continue
            for item in self._tables.scan(table):
                self._add(table, item)
                report(1)
        if CUSTOMERS in self._parts:
            self._mend()

    def lines(self, *, stage: str, environment: str, region: str, now: int) -> Iterator[bytes]:
        """The file's, each with its end. ``now`` in microseconds."""
        counts, digest = Counter[str](), hashlib.sha256()
        header = Header(
            stage, environment, region, time_text(now), self._parts, time_text(self._since) if self._since else ""
        )
        yield (line := canonical(header.document()))
        digest.update(line)
        for place, line in self._database.execute("SELECT place, line FROM lines ORDER BY place, id"):
            yield line
            digest.update(line)
            counts[NAMES[place]] += 1
        records = {name: counts[name] for name in KINDS if KINDS[name].part in self._parts}
        yield canonical({"kind": LAST, "records": records, "sha256": digest.hexdigest()})

    def counts(self) -> dict[str, int]:
        """Records by kind."""
        found = dict(self._database.execute("SELECT place, count(*) FROM lines GROUP BY place"))
        return {name: found.get(PLACES[name], 0) for name in KINDS if KINDS[name].part in self._parts}

    def _add(self, table: str, item: Item) -> None:
        try:
            name = kind_of(table, item)
            if name in {POINTER, LEFT_OUT}:
                return
            if name == UNKNOWN:
                self.unknown.append(key_of_item(table, item))
            elif KINDS[name].part in self._parts:
                self._keep(name, item)
        except UNREADABLE:
            self._unreadable[key_of_item(table, item)] = None

    def _keep(self, name: str, item: Item) -> None:
        document, kind = document_of(name, item), KINDS[name]
        if _over(name, document, self._since):
            return
        owner, state = kind.owner(document), document.get("state", "")
        if name == "application":
            held = held_of(item)
            state = held.application.organization_state
            self._name("key", held.keys)
            self._name("client", held.clients)
        if heir := document.get("replaced_by"):
            self._name(name, {kind.id(document | {"id": heir})})
        if name == "organization":
            found = peopled_of(item)
            self._name("application", found.organization.applications)
            self._name("member", {f"{document['id']}#{each}" for each in found.members})
            self._name("invitation", {f"{document['id']}#{each}" for each in found.invitations})
        if owner:
            self._name(ABOVE[name], {owner})
        row = (PLACES[name], kind.id(document), owner, state, canonical(document))
        self._database.execute("INSERT OR REPLACE INTO lines VALUES (?, ?, ?, ?, ?)", row)

    def _name(self, name: str, ids: Collection[str]) -> None:
        rows = [(PLACES[name], id_) for id_ in ids]
        self._database.executemany("INSERT OR IGNORE INTO named (place, id) VALUES (?, ?)", rows)

    def _mend(self) -> None:
        """Read again what was changed while the table was read, and leave out what is gone."""
        for id_ in self._column(
            "SELECT DISTINCT owner FROM lines AS a WHERE place = :application AND EXISTS (SELECT 1 FROM lines AS o "
            "WHERE o.place = :organization AND o.id = a.owner AND o.state <> a.state)"
        ):
            self._read_again("organization", id_)
        for _ in range(ROUNDS):
            missing = self._database.execute(
                "SELECT place, id FROM named AS n WHERE asked = 0 AND NOT EXISTS "
                "(SELECT 1 FROM lines AS l WHERE l.place = n.place AND l.id = n.id)"
            ).fetchall()
            for place, id_ in missing:
                self._database.execute("UPDATE named SET asked = 1 WHERE place = ? AND id = ?", (place, id_))
                self._read_again(NAMES[place], id_)
        self._prune()

    def _read_again(self, name: str, id_: str) -> None:
        if item := self._tables.record(*key_of_record(name, id_)):
            self._add(REGISTRY, item)

    def _prune(self) -> None:
        """What names a record that is not there."""
        self._run(
            "DELETE FROM lines WHERE place IN (:application, :member, :invitation) AND owner NOT IN "
            "(SELECT id FROM lines WHERE place = :organization AND state <> :deleted)"
        )
        self._run(
            "DELETE FROM lines WHERE place IN (:key, :client, :upgrade) AND owner NOT IN "
            "(SELECT id FROM lines WHERE place = :application)"
        )
        self._run(
            "DELETE FROM lines WHERE place = :audit AND owner <> '' AND owner NOT IN "
            "(SELECT id FROM lines WHERE place = :organization)"
        )

    def _run(self, statement: str) -> Any:
        return self._database.execute(statement, {**PLACES, "deleted": DELETED})

    def _column(self, statement: str) -> list[str]:
        return [row[0] for row in self._run(statement)]


def _over(name: str, document: dict[str, Any], since: int) -> bool:
    """Whether all that a record tells of was before a time."""
    if name == "audit":
        return microseconds(document["time"]) < since
    period = document["period"] if name == "usage" else document["day"] if name in {"calls", "refusals"} else ""
    return bool(period) and period < time_text(since)[: len(period)]
