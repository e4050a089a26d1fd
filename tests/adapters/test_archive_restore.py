"""A restore writes all or says why not: bad files, tables that are not empty, failures in the middle."""

import io
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.adapters.archive_edits import EDITS, of, signed
from tests.fakes.archive import (
    NOW,
    RESTORED,
    TABLES,
    create_tables,
    delete_tables,
    exported,
    restore,
    restoring,
)
from tests.fakes.hostile import examples, json_values
from tiergate.adapters.archive import ArchiveError, Restore, Tables
from tiergate.adapters.archive import restore as steps
from tiergate.adapters.archive.kinds import REGISTRY, UNKNOWN, kind_of
from tiergate.adapters.archive.lines import parsed
from tiergate.adapters.gate_book import Deploy, GateBook
from tiergate.adapters.registry import Onboarded, Registry
from tiergate.adapters.registry import table as registry_table
from tiergate.adapters.usage_records import UsageRecords
from tiergate.domain.usage import Record


@pytest.fixture
def client(dynamodb: Any) -> Iterator[Any]:
    for names in (TABLES, RESTORED):
        create_tables(dynamodb, names)
    yield dynamodb
    for names in (TABLES, RESTORED):
        delete_tables(dynamodb, names)


@pytest.fixture
def lines(client: Any, registry: Registry, acme: Onboarded) -> list[bytes]:
    """One organization with all that it takes to call, its use and its counters."""
    registry.keys.create(acme.application, addresses=["203.0.113.0/24"])
    UsageRecords(client, "usage-records").merge(acme.subscription.id, Record("2026-11-23", {"bank/v1": {0: 3}}, {}))
    key = {"subscription": {"S": acme.subscription.id}}
    client.put_item(TableName="usage", Item={**key, "w": {"N": "498757"}, "u498757": {"N": "4"}})
    return exported(Tables(client, **TABLES))


@pytest.fixture
def empty(client: Any) -> Tables:
    return Tables(client, **RESTORED, sleep=lambda _: None)


def fault(lines: list[bytes], tables: Tables) -> str:
    with pytest.raises(ArchiveError) as error:
        restoring(lines, tables).check()
    return str(error.value)


@pytest.mark.parametrize("edit", EDITS)
def test_a_bad_file_is_told_by_line_and_nothing_is_written(
    client: Any, lines: list[bytes], empty: Tables, edit: str
) -> None:
    expected, change = EDITS[edit]
    documents = [json.loads(line) for line in lines[:-1]]
    change(documents)
    text = fault(signed(documents), empty)
    assert expected in text
    assert client.scan(TableName="registry-2")["Count"] == 0


def test_a_good_file_has_no_faults(lines: list[bytes], empty: Tables) -> None:
    """What the edits above begin with."""
    header = restoring(signed([json.loads(line) for line in lines[:-1]]), empty).check()
    assert (header.stage, header.environment, header.region) == ("prod", "prod", "eu-central-1")


def test_a_file_that_was_cut_off_or_changed_is_told(lines: list[bytes], empty: Tables) -> None:
    for length in range(1, len(lines)):
        assert "the file is cut off" in fault(lines[:length], empty)
    assert "the file is cut off" in fault([*lines[:-1], lines[-1][:20]], empty)
    assert "their SHA-256 is another" in fault([lines[0], lines[1].replace(b"Acme", b"Evil"), *lines[2:]], empty)
    assert "other numbers of records" in fault([lines[0], *lines[2:]], empty)
    assert "it comes after the last line" in fault([*lines, lines[1]], empty)
    assert "this is no file that tiergate export wrote" in fault([b""], empty)


def test_of_many_faults_the_first_fifty_are_told(lines: list[bytes], empty: Tables) -> None:
    text = fault([*lines[:-1], *[b"hello\n"] * 1_000, lines[-1]], empty).splitlines()
    assert len(text) == 52
    assert text[-2].startswith("and 95")
    assert text[-1].startswith("nothing was written")


@given(sample=st.integers(0, 2), value=json_values, data=st.data())
@examples(60)
def test_whatever_a_field_holds_is_a_fault_or_a_record(sample: int, value: Any, data: st.DataObject) -> None:
    """And raises nothing else."""
    document = SAMPLES[sample]
    document = document | {data.draw(st.sampled_from([*document, "other"])): value}
    text = [json.dumps(each).encode() + b"\n" for each in (SAMPLE_HEADER, document)]
    with suppress(ArchiveError):
        restoring(signed(text), Tables(None, **RESTORED)).check()


class Failing(Tables):
    """The ``at``-th write fails, before or after it was made."""

    def __init__(self, client: Any, *, at: int, made: bool) -> None:
        super().__init__(client, **RESTORED, sleep=lambda _: None)
        self._left, self._made = at, made

    def create(self, table: str, items: Any) -> None:
        self._left -= 1
        if self._left != 0 or self._made:
            super().create(table, items)
        if self._left == 0:
            raise ConnectionError


@pytest.mark.parametrize("made", [True, False], ids=["made", "not made"])
@pytest.mark.parametrize("at", range(1, 15))
def test_a_restore_that_was_cut_off_at_any_write_goes_on_and_ends_the_same(
    client: Any, lines: list[bytes], empty: Tables, monkeypatch: pytest.MonkeyPatch, at: int, made: bool
) -> None:
    monkeypatch.setattr(steps, "MOST_BYTES", 0)  # a write for each record
    try:
        restore(lines, Failing(client, at=at, made=made))
    except ConnectionError:
        ended = False
    else:
        ended = True
    assert ended is (at > sum(json.loads(lines[-1])["records"].values()))
    restore(lines, empty)
    assert exported(empty) == lines
    assert restore(lines, empty) == {}


def test_calls_since_a_restore_was_cut_off_are_not_undone(
    client: Any, lines: list[bytes], empty: Tables, acme: Onboarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "MOST_BYTES", 0)
    count = sum(json.loads(lines[-1])["records"].values())
    with pytest.raises(ConnectionError):
        restore(lines, Failing(client, at=count - 1, made=True))
    key = {"subscription": {"S": acme.subscription.id}}
    client.put_item(TableName="usage-2", Item={**key, "w": {"N": "498757"}, "u498757": {"N": "9"}})
    UsageRecords(client, "usage-records-2").merge(acme.subscription.id, Record("2026-11-23", {"bank/v1": {0: 9}}, {}))
    assert restore(lines, empty) == {"key": 1}
    assert client.get_item(TableName="usage-2", Key=key)["Item"]["u498757"] == {"N": "9"}


def test_nobody_can_call_before_what_bounds_the_calls_is_there(
    client: Any, lines: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "MOST_BYTES", 0)
    written: list[str] = []
    tables = Tables(client, **RESTORED)
    create = tables.create
    monkeypatch.setattr(
        tables, "create", lambda table, items: (written.append(items[0].get("pk", table)), create(table, items))
    )
    restore(lines, tables)
    assert [each.partition("#")[0] for each in written] == [
        "usage records", "counters", "ORG", "APP", "ORG", "ORG", "KEY", "KEY",
    ]  # fmt: skip


def test_tables_that_have_something_else_are_left_as_they_are(
    client: Any, lines: list[bytes], empty: Tables, acme: Onboarded
) -> None:
    Registry(client, "registry-2", env="dev", actor="ann").organizations.create("Here Before")
    restore_ = restoring(lines, empty)
    restore_.check()
    before = client.scan(TableName="registry-2")["Items"]
    with pytest.raises(ArchiveError, match='organization "here-before" is there, which the file does not have'):
        restore_.compare()
    assert client.scan(TableName="registry-2")["Items"] == before


def test_what_is_there_otherwise_is_named(client: Any, lines: list[bytes], empty: Tables, acme: Onboarded) -> None:
    restore(lines, empty)
    Registry(client, "registry-2", env="dev", actor="ann").keys.suspend(acme.key.id)
    restore_ = restoring(lines, empty)
    restore_.check()
    with pytest.raises(ArchiveError, match=f'key "{acme.key.id}" is there, and not as the file has it'):
        restore_.compare()


def test_what_somebody_else_makes_meanwhile_stays_and_ends_the_restore(
    client: Any, lines: list[bytes], empty: Tables
) -> None:
    restore_ = restoring(lines, empty)
    restore_.check()
    restore_.compare()
    Registry(client, "registry-2", env="dev", actor="ann").organizations.create("Acme", reason="mine")
    with pytest.raises(ArchiveError, match="ORG#acme was made by somebody else just now"):
        restore_.write()


def test_what_the_platform_does_by_itself_is_in_nobodys_way(client: Any, lines: list[bytes], empty: Tables) -> None:
    Registry(client, "registry-2", env="dev", actor="sync").note("sync", {"created": 0})
    for pk in ("CATALOGUE", "OFFER#retail/free"):
        client.put_item(TableName="registry-2", Item={"pk": {"S": pk}, "sk": {"S": "PLATFORM"}})
    GateBook(client, "registry-2").refuse(Deploy("b" * 64, "a" * 64))
    client.put_item(TableName="usage-2", Item={"subscription": {"S": "address#bank/v1#203.0.113.9"}})
    restore(lines, empty)


def test_a_number_without_end_is_a_fault_in_plain_words() -> None:
    with pytest.raises(ValueError, match=r"^a number of it is too large$"):
        parsed(b'{"kind":"key","version":' + b"9" * 5000 + b"}")


def test_whatever_the_registry_keeps_is_known() -> None:
    """Each kind of record in its table of them: an unknown one would be in no file, and in every restore's way."""
    found = re.findall(r"^``([A-Z]+)(#[^`]*)?`` +``([^`]+)``", registry_table.__doc__ or "", re.MULTILINE)
    assert len(found) > 10
    for prefix, rest, sort_key in found:
        item = {"pk": {"S": prefix + rest}, "sk": {"S": sort_key}}
        assert kind_of(REGISTRY, item) != UNKNOWN, prefix


@pytest.mark.parametrize("changed", ["another key", "no JSON"])
def test_a_file_that_changes_between_its_check_and_the_writing_lets_nobody_in(
    lines: list[bytes], empty: Tables, client: Any, changed: str
) -> None:
    documents = [json.loads(line) for line in lines[:-1]]
    of(documents, "key")["sha256"] = "5e" * 32
    other = signed(documents) if changed == "another key" else [*lines[:3], b"{}{}\n", *lines[4:]]
    file = io.BytesIO(b"".join(lines))
    restored = Restore(file, empty, now=NOW)
    restored.check()
    file.seek(0)
    file.write(b"".join(other))
    file.truncate()
    with pytest.raises(ArchiveError, match="the file was changed while it was read; restore again"):
        restored.write()
    assert not any(item["pk"]["S"].startswith("KEY#") for item in client.scan(TableName="registry-2")["Items"])


def test_a_store_that_stays_without_room_is_told_and_the_restore_goes_on_later(
    client: Any, lines: list[bytes], empty: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    reasons = {"CancellationReasons": [{"Code": "ThrottlingError"}]}
    busy = client.exceptions.TransactionCanceledException(reasons, "TransactWriteItems")

    def refuse(**_: Any) -> None:
        raise busy

    with monkeypatch.context() as patched:
        patched.setattr(client, "transact_write_items", refuse, raising=False)
        with pytest.raises(ArchiveError, match="no room for more at the moment; restore again"):
            restore(lines, empty)
    assert restore(lines, empty)["application"] == 1


def test_use_that_is_kept_no_longer_is_passed_over(client: Any, lines: list[bytes], empty: Tables) -> None:
    documents = [json.loads(line) for line in lines[:-1]]
    of(documents, "usage")["period"] = "2024-11-23"
    assert "usage" not in restore(signed(documents), empty)
    assert client.scan(TableName="usage-records-2")["Count"] == 0


def test_a_restored_registry_can_be_read_and_changed(
    client: Any, lines: list[bytes], empty: Tables, acme: Onboarded
) -> None:
    restore(lines, empty)
    registry = Registry(client, "registry-2", env="dev", actor="ann")
    assert [key.id for _, key in registry.keys.list("acme")] != []
    assert registry.subscriptions.get(acme.subscription.id)[1] == acme.subscription
    registry.keys.rotate(acme.key.id, grace=0)
    registry.organizations.suspend("acme")
    registry.applications.delete(acme.application)
    registry.organizations.delete("acme")
    left = client.scan(TableName="registry-2")["Items"]
    assert {item["pk"]["S"] for item in left} == {"ORG#acme"}


SAMPLE_HEADER = {
    "kind": "export",
    "format": 1,
    "stage": "prod",
    "environment": "prod",
    "region": "eu-central-1",
    "time": "2026-11-23T12:00:00Z",
    "parts": ["customers"],
    "since": "",
}
SAMPLES: list[dict[str, Any]] = [
    {"kind": "organization", "id": "acme", "name": "Acme", "state": "active", "created": "", "version": 1},
    {"kind": "counters", "subscription": "sub_1", "counters": {"w": 1}},
    {
        "kind": "audit",
        "organization": None,
        "time": "2026-11-23T12:00:00.000000Z",
        "id": "aB3",
        "who": "ann",
        "what": "sync",
        "before": {},
        "after": {"a": 1},
        "reason": "",
    },
]
