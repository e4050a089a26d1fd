"""From a file into empty tables: checked as a whole, then compared with what is there, then written.

Use and counters are written first and credentials last, so that nobody calls before all that bounds the calls is there,
and a restore that was cut off has let nobody in whose quota is not back.
"""

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from typing import Any, BinaryIO

from tiergate.adapters.archive.errors import ArchiveError, Faults
from tiergate.adapters.archive.fields import NAME, TEXT, Field, list_of, one_of, shown, wrong
from tiergate.adapters.archive.index import FOREIGN, SAME, Index, told
from tiergate.adapters.archive.kinds import (
    COUNTERS,
    CUSTOMERS,
    KINDS,
    LEFT_OUT,
    PARTS,
    POINTER,
    RECORDS,
    REGISTRY,
    UNREADABLE,
    document_of,
    faults_of,
    key_of_item,
    kind_of,
)
from tiergate.adapters.archive.lines import FIRST, FORMAT, LAST, Header, numbered, parsed
from tiergate.adapters.archive.tables import MOST_WRITTEN, Tables
from tiergate.adapters.registry.items import pointer_of
from tiergate.adapters.registry_reader import Item
from tiergate.domain.limits import SECOND

CALLS = ("calls", "refusals", "last_used")
PHASES = (
    ("usage", "notice", *CALLS),
    ("counters",),
    ("audit", "organization", "application", "member", "invitation", "upgrade"),
    ("key", "client"),
)
"""Kinds that are written one after the other."""

MOST_BYTES = 1_000_000
"""Of the lines of one transaction, which DynamoDB takes with 4 MB of items."""

HEADER = {
    "format": Field(lambda value: value == FORMAT, str(FORMAT)),
    "stage": NAME,
    "environment": NAME,
    "region": NAME,
    "time": NAME,
    "parts": list_of(one_of(*PARTS)),
    "since": TEXT,
}
MEND = "nothing was written; export again, or restore another file"
CHANGED = "the file was changed while it was read; restore again"
Report = Callable[[int], object]
"""Hears of bytes of the file, or of items of the tables."""


class Restore:
    """One file. The steps are to be taken in the order in which they stand here. ``now`` in microseconds."""

    def __init__(self, file: BinaryIO, tables: Tables, *, now: int) -> None:
        self.index = Index()
        self.sha256 = ""
        self._file = file
        self._tables = tables
        self._now = now

    def check(self, report: Report = lambda _: None) -> Header:
        """Read the file, and say what it is.

        Raises
        ------
        ArchiveError
            All that is wrong with it, by line.
        """
        faults, digest, last = Faults(), hashlib.sha256(), False
        self._file.seek(0)
        lines = numbered(self._file)
        _, first = next(lines, (1, b""))
        header = _header(first)
        digest.update(first)
        for number, line in lines:
            report(len(line))
            if last:
                faults.add(number, "it comes after the last line")
                continue
            document = _document(number, line, faults)
            last = document.get("kind") == LAST
            if last:
                self.sha256 = digest.hexdigest()
                self._check_last(number, document, faults)
            else:
                self._check_record(number, document, header.parts, faults)
            digest.update(line)
        if not last:
            faults.add(0, "the file is cut off: its last line, which tells what the file has, is missing")
        self.index.dangling(faults)
        faults.settle(MEND)
        return header

    def compare(self, report: Report = lambda _: None) -> None:
        """Find out what is there already.

        Raises
        ------
        ArchiveError
            There is something that the file does not have, or has otherwise.
        """
        faults = self._look(report)
        faults.settle(
            "nothing was written: only an empty deployment is filled; deploy another stage, or empty this one"
        )

    def write(self, report: Report = lambda _: None) -> dict[str, int]:
        """Write what is not there; how many records of each kind those were.

        Raises
        ------
        ArchiveError
            Somebody else wrote meanwhile, or DynamoDB has no room; what was written stays.
        """
        written = dict.fromkeys(KINDS, 0)
        for names in PHASES:
            batch = _Batch(self._tables, KINDS[names[0]].table)
            for document, size in self._documents(names):
                report(size)
                name = document["kind"]
                if self.index.is_missing(name, document):
                    batch.add(KINDS[name].items(document, self.index), size)
                    written[name] += 1
            batch.flush()
        return written

    def verify(self) -> None:
        """Look whether all of it is there.

        Raises
        ------
        ArchiveError
            Something is not, or somebody else has made something meanwhile.
        """
        faults = self._look()
        for missing in self.index.missing():
            faults.add(0, f"{missing} is not there")
        faults.settle("what was written stays; somebody else writes here: look who, then restore again")

    def _look(self, report: Report = lambda _: None) -> Faults:
        """Note what of the file is there; faults: what else is."""
        self.index.forget()
        faults, moved = Faults(), False
        for table in (REGISTRY, COUNTERS, RECORDS):
            for item in self._tables.scan(table):
                report(1)
                if fault := self._foreign(table, item, moved=moved):
                    faults.add(0, fault)
            there = self.index.there()
            moved = moved or any(there[name] for name in ("key", "client", "counters"))
        return faults

    def _documents(self, names: tuple[str, ...]) -> Iterator[tuple[dict[str, Any], int]]:
        """The records of some kinds, and how many bytes of the file they are."""
        self._file.seek(0)
        for _, line in numbered(self._file):
            document = _document(0, line, Faults())
            if not document:
                raise ArchiveError(CHANGED)
            if document["kind"] in names:
                if not self.index.is_same(document["kind"], document):
                    raise ArchiveError(CHANGED)
                yield document, len(line)

    def _check_last(self, number: int, last: Mapping[str, Any], faults: Faults) -> None:
        if last.get("sha256") != self.sha256:
            faults.add(number, "the lines before it are not those that were exported: their SHA-256 is another")
        counts = {name: count for name, count in self.index.counts().items() if count}
        if {name: count for name, count in _records(last).items() if count} != counts:
            faults.add(number, f"it tells of other numbers of records than the file has: {shown(last.get('records'))}")

    def _check_record(self, number: int, document: Mapping[str, Any], parts: Collection[str], faults: Faults) -> None:
        name = document.get("kind")
        if name is None:
            return
        found = faults_of(document) if name in KINDS else [f"there is no kind {shown(name)}; known: {', '.join(KINDS)}"]
        if not found and KINDS[name].part not in parts:
            found = [f"the first line does not tell of {KINDS[name].part}"]
        for text in found:
            faults.add(number, text)
        if not found:
            self.index.add(number, document, faults, wanted=not self._over(name, document))

    def _over(self, name: str, document: Mapping[str, Any]) -> bool:
        """Whether DynamoDB would delete a record at once."""
        if name not in {"usage", "notice", "invitation", *CALLS}:
            return False
        (item,) = KINDS[name].items(document, self.index)
        return bool(item["ttl"] * SECOND <= self._now)

    def _foreign(self, table: str, item: Item, *, moved: bool) -> str | None:
        """Why an item must not be there. ``moved``: what is in the table has been written, and may have changed by
        calls, or by what records them."""
        with suppress(*UNREADABLE):
            name = kind_of(table, item)
            if name == LEFT_OUT or (name == POINTER and self._points(item)):
                return None
            if name in KINDS:
                return self._differs(name, document_of(name, item), moved=moved)
        return f"{key_of_item(table, item)} is there, which the file does not have"

    def _points(self, item: Item) -> bool:
        """Whether a subscription is where the file has it."""
        found = pointer_of(item)
        return self.index.subscription(item["pk"]["S"].removeprefix("SUB#")) == (found.application, found.product)

    def _differs(self, name: str, document: Mapping[str, Any], *, moved: bool) -> str | None:
        found = self.index.found(name, document)
        if moved:
            self.index.keep(name, document)
        if moved or found == SAME or (name == "audit" and document["organization"] is None):
            return None
        what = f"{told(name, KINDS[name].id(document))} is there"
        return f"{what}, which the file does not have" if found == FOREIGN else f"{what}, and not as the file has it"


class _Batch:
    """Items of one table, written together; what belongs to one line never apart."""

    def __init__(self, tables: Tables, table: str) -> None:
        self._tables = tables
        self._table = table
        self._items: list[Mapping[str, Any]] = []
        self._size = 0

    def add(self, items: list[dict[str, Any]], size: int) -> None:
        if len(self._items) + len(items) > MOST_WRITTEN or self._size + size > MOST_BYTES:
            self.flush()
        self._items += items
        self._size += size

    def flush(self) -> None:
        if self._items:
            self._tables.create(self._table, self._items)
        self._items, self._size = [], 0


def _document(number: int, line: bytes, faults: Faults) -> dict[str, Any]:
    """Empty where a line is none."""
    try:
        return parsed(line)
    except ValueError as error:
        faults.add(number, str(error))
        return {}


def _header(line: bytes) -> Header:
    """Raises ``ArchiveError``: the file is none of ours, of a later version, or has no customers."""
    try:
        document = parsed(line)
    except ValueError as error:
        raise ArchiveError(f"line 1: {error}; this is no file that tiergate export wrote") from None
    if document.pop("kind") != FIRST:
        raise ArchiveError("line 1: this is no file that tiergate export wrote")
    if isinstance(document.get("format"), int) and document["format"] > FORMAT:
        raise ArchiveError(
            f"line 1: the file has format {document['format']}, and this version of Tiergate reads {FORMAT}; "
            "restore with the version that wrote it"
        )
    if fault := next(wrong(document, HEADER), None):
        raise ArchiveError(f"line 1: {fault}")
    header = Header(**{name: document[name] for name in Header._fields})
    if CUSTOMERS not in header.parts:
        raise ArchiveError(
            f"line 1: the file has {', '.join(header.parts) or 'nothing'} without the customers that it is of, and is "
            "for reading; restore one that was exported without --only"
        )
    return header


def _records(last: Mapping[str, Any]) -> dict[str, Any]:
    records = last.get("records")
    return records if isinstance(records, dict) else {}
