"""What a file has, by ids, and what of it is in the tables."""

from collections.abc import Iterator, Sequence
from typing import Any

from tiergate.adapters.archive.errors import Faults
from tiergate.adapters.archive.kinds import ABOVE, KINDS, NAMES, PLACES, Document
from tiergate.adapters.archive.lines import canonical, digest
from tiergate.adapters.archive.scratch import scratch
from tiergate.adapters.registry.inputs import quoted
from tiergate.adapters.registry.items import DELETED

SCHEMA = """
CREATE TABLE records (place, id, owner, state, digest, line, there, PRIMARY KEY (place, id)) WITHOUT ROWID;
CREATE INDEX owned ON records (owner, place);
CREATE TABLE subscriptions (id PRIMARY KEY, application, product) WITHOUT ROWID;
"""
FOREIGN, DIFFERENT, SAME = "foreign", "different", "same"
MISSING, THERE, NOT_WANTED = range(3)
"""Of a record: it is to be written, it is in the tables, or it is left alone."""


class Index:
    """``line``: where in the file a record is."""

    def __init__(self) -> None:
        self._database = scratch(SCHEMA)

    def add(self, line: int, document: Document, faults: Faults, *, wanted: bool = True) -> None:
        """A right line's record. Faults: its id, or that of a subscription, was in the file before."""
        name = document["kind"]
        id_ = KINDS[name].id(document)
        if (before := self._one("SELECT line FROM records WHERE place = ? AND id = ?", PLACES[name], id_)) is not None:
            faults.add(line, f"{told(name, id_)} is in line {before} too")
            return
        row = (PLACES[name], id_, KINDS[name].owner(document), document.get("state", ""), digest(canonical(document)))
        there = MISSING if wanted else NOT_WANTED
        self._database.execute("INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?)", (*row, line, there))
        for each in document.get("subscriptions", ()):
            where = (each["id"], id_, each["product"])
            if self.subscription(each["id"]):
                faults.add(line, f"subscription {quoted(each['id'])} is in the file twice")
            else:
                self._database.execute("INSERT INTO subscriptions VALUES (?, ?, ?)", where)

    def dangling(self, faults: Faults) -> None:
        """Records that name one above them which is not there."""
        for name, above in ABOVE.items():
            rows = self._database.execute(
                "SELECT line, id, owner FROM records AS r WHERE place = ? AND owner <> '' AND NOT EXISTS (SELECT 1 "
                "FROM records AS o WHERE o.place = ? AND o.id = r.owner AND (r.place = ? OR o.state <> ?)) "
                "ORDER BY line",
                (PLACES[name], PLACES[above], PLACES["audit"], DELETED),
            )
            for line, id_, owner in rows:
                faults.add(line, f"{told(name, id_)} is of {told(above, owner)}, which the file does not have")

    def found(self, name: str, document: Document) -> str:
        """What a record of the tables is to the file; one that is the same is there from now on."""
        id_ = KINDS[name].id(document)
        expected = self._one("SELECT digest FROM records WHERE place = ? AND id = ?", PLACES[name], id_)
        if expected is None:
            return FOREIGN
        if expected != digest(canonical(document)):
            return DIFFERENT
        self.keep(name, document)
        return SAME

    def keep(self, name: str, document: Document) -> None:
        """Have a record pass for there."""
        self._database.execute(
            "UPDATE records SET there = ? WHERE place = ? AND id = ?",
            (THERE, PLACES[name], KINDS[name].id(document)),
        )

    def is_missing(self, name: str, document: Document) -> bool:
        place, id_ = PLACES[name], KINDS[name].id(document)
        return bool(self._one("SELECT there FROM records WHERE place = ? AND id = ?", place, id_) == MISSING)

    def is_same(self, name: str, document: Document) -> bool:
        """Whether a line is still as it was when it was added."""
        place, id_ = PLACES[name], KINDS[name].id(document)
        expected = self._one("SELECT digest FROM records WHERE place = ? AND id = ?", place, id_)
        return bool(expected == digest(canonical(document)))

    def counts(self) -> dict[str, int]:
        """Records of the file by kind."""
        return self._counts("SELECT place, count(*) FROM records GROUP BY place")

    def there(self) -> dict[str, int]:
        """Those of them that are in the tables."""
        return self._counts("SELECT place, count(*) FROM records WHERE there = ? GROUP BY place", THERE)

    def wanting(self) -> dict[str, int]:
        """Those of them that are to be written."""
        return self._counts("SELECT place, count(*) FROM records WHERE there = ? GROUP BY place", MISSING)

    def missing(self) -> Iterator[str]:
        """Which those are."""
        rows = self._database.execute("SELECT place, id FROM records WHERE there = ? ORDER BY place, id", (MISSING,))
        return (told(NAMES[place], id_) for place, id_ in rows)

    def forget(self) -> None:
        """What is there: it is looked for again."""
        self._database.execute("UPDATE records SET there = ? WHERE there = ?", (MISSING, THERE))

    def subscription(self, id_: str) -> tuple[str, str] | None:
        """The application and the product of one of the file's."""
        found = self._database.execute("SELECT application, product FROM subscriptions WHERE id = ?", (id_,))
        row: tuple[str, str] | None = found.fetchone()
        return row

    def applications(self, organization: str) -> Sequence[str]:
        return self._owned("application", organization)

    def keys(self, application: str) -> Sequence[str]:
        return self._owned("key", application)

    def clients(self, application: str) -> Sequence[str]:
        return self._owned("client", application)

    def members(self, organization: str) -> Sequence[str]:
        return self._under("member", organization)

    def invitations(self, organization: str) -> Sequence[str]:
        return self._under("invitation", organization)

    def state(self, organization: str) -> str:
        place = PLACES["organization"]
        return str(self._one("SELECT state FROM records WHERE place = ? AND id = ?", place, organization))

    def _owned(self, name: str, owner: str) -> list[str]:
        rows = self._database.execute("SELECT id FROM records WHERE owner = ? AND place = ?", (owner, PLACES[name]))
        return [row[0] for row in rows]

    def _under(self, name: str, owner: str) -> list[str]:
        """Without the owner, by which their ids begin."""
        return [id_.partition("#")[2] for id_ in self._owned(name, owner)]

    def _counts(self, statement: str, *values: int) -> dict[str, int]:
        found = dict(self._database.execute(statement, values))
        return {name: found.get(place, 0) for name, place in PLACES.items()}

    def _one(self, statement: str, *values: Any) -> Any:
        row = self._database.execute(statement, values).fetchone()
        return None if row is None else row[0]


def told(name: str, id_: str) -> str:
    """As messages call a record."""
    noun = {"usage": "the use", "notice": "the notice", "counters": "the counters", "audit": "audit entry"}
    noun |= {"upgrade": "the upgrade request", "calls": "the calls", "refusals": "the refused calls"}
    noun |= {"last_used": "the last calls"}
    return f"{noun.get(name, name)} {quoted(id_)}"
