"""From the tables into a file and back: all that the registry can hold comes back the same, and nothing else."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.adapters.conftest import Clock
from tests.fakes.archive import (
    RESTORED,
    TABLES,
    create_tables,
    delete_tables,
    exported,
    restore,
)
from tiergate.adapters.archive import Export, Tables
from tiergate.adapters.call_records import CallRecords
from tiergate.adapters.notice_book import Cursor, NoticeBook
from tiergate.adapters.registry import Onboarded, Registry, Terms
from tiergate.adapters.usage_records import UsageRecords
from tiergate.domain.call_records import Call, Failure, shares
from tiergate.domain.keys import fingerprint
from tiergate.domain.members import Person, Role
from tiergate.domain.notices import Told
from tiergate.domain.usage import Record

TERMS: Terms = {
    "name": "build server",
    "expires": 2_000_000_000_123_456,
    "addresses": ["203.0.113.0/24", "2001:db8::/32"],
    "denied": ["203.0.113.7"],
    "subjects": ["CN=acme"],
    "scopes": ["b", "a"],
}


@pytest.fixture
def client(dynamodb: Any) -> Iterator[Any]:
    for names in (TABLES, RESTORED):
        create_tables(dynamodb, names)
    yield dynamodb
    for names in (TABLES, RESTORED):
        delete_tables(dynamodb, names)


@pytest.fixture
def tables(client: Any) -> Tables:
    return Tables(client, **TABLES)


@pytest.fixture
def restored(client: Any) -> Tables:
    return Tables(client, **RESTORED, sleep=lambda _: None)


def items(client: Any, table: str) -> list[str]:
    """All that is stored, in order; sets as sorted lists."""
    found = client.scan(TableName=table)["Items"]
    for item in found:
        for value in item.values():
            if "SS" in value:
                value["SS"] = sorted(value["SS"])
    return sorted(json.dumps(item, sort_keys=True) for item in found)


def count(client: Any, subscription: str, table: str = "usage", **numbers: int) -> None:
    item = {"subscription": {"S": subscription}} | {name: {"N": str(number)} for name, number in numbers.items()}
    client.put_item(TableName=table, Item=item)


@pytest.fixture
def all_there_can_be(client: Any, registry: Registry, clock: Clock) -> str:
    """The id of a subscription in tables that have something of everything."""
    acme = registry.onboard(name="Acme Ünïted", product="retail", plan="free")
    registry.keys.create(acme.application, reason="contract 4711", **TERMS)
    registry.keys.rotate(acme.key.id, grace=3_600_000_000)
    registry.clients.link(acme.application, "entra", "build|1@acme", scopes=[])
    registry.applications.restrict(acme.application, addresses=["198.51.100.0/24"], subjects=["CN=b", "CN=a"])
    registry.subscriptions.override(acme.subscription.id, {"rate": 2.5, "burst": 9}, until=clock.micros + 1)
    registry.applications.suspend(registry.applications.create(acme.organization, "Second").id)
    registry.organizations.create("Gone")
    registry.organizations.delete("gone", reason="contract ended")
    registry.onboard(name="Quiet", product="loans", plan="free")
    registry.organizations.suspend("quiet")
    founder = Person("5d1e-1", "ann@example.com")
    registry.organizations.create("Globex", founder=founder)
    registry.members.enrol(acme.organization, founder, Role.VIEWER)
    registry.members.set_role(acme.organization, founder.id, Role.DEVELOPER)
    registry.invitations.invite(acme.organization, "jürgen@bücher.example", Role.OWNER)
    registry.upgrades.ask(acme.application, "retail", "large", note="we grow")
    registry.upgrades.decline(acme.application, "retail", "large", reason="first a contract")
    registry.upgrades.ask(acme.application, "loans", "free")
    registry.try_keys.create("retail", "free", scopes=None, minutes=15, limits={"hour": 60})
    registry.note("sync", {"created": 3, "ratio": 0.25, "names": ["a"]})
    imported = fingerprint("imported-key-of-another-make")
    key = {"pk": f"KEY#{imported[:24]}", "owner": f"APP#{acme.application}", "application": acme.application}
    key |= {"sk": "-", "state": "active", "created": "2026-11-23T12:00:00.000Z", "fingerprint": imported}
    client.put_item(
        TableName="registry", Item={name: {"S": text} for name, text in key.items()} | {"version": {"N": "1"}}
    )
    client.update_item(
        TableName="registry",
        Key={"pk": {"S": f"APP#{acme.application}"}, "sk": {"S": "-"}},
        UpdateExpression="ADD credentials :imported SET version = version + :one",
        ExpressionAttributeValues={":imported": {"SS": [imported[:24]]}, ":one": {"N": "1"}},
    )
    id_ = acme.subscription.id
    use = UsageRecords(client, "usage-records")
    use.merge(id_, Record("2026-11-23", {"bank/v1": {0: 3, 23: 5}}, {"quota_exceeded": {9: 1}}, "acme", "app_1"))
    use.merge(id_, Record("2026-11", {"bank/v1": {23: 8}}, {}))
    use.mark(id_, "2026-11", "month 0.8")
    use.mark("sub_untold", "2026-11-23", "day 1")
    for status in (200, 503):
        keep_call(client, id_, status)
    NoticeBook(client, "usage-records").keep(id_, "bank/v1", Told(1_900_000_000, 30, clock.micros, 1, ((1, 2), (3, 4))))
    count(client, id_, **{"w": 498_757, "u498757": 4, "bank/v1@498757": 4, "t1000": 1_795_000_000_000_000})
    return id_


def keep_call(client: Any, subscription: str, status: int) -> None:
    at = 1_795_392_610_123 + status
    failure = Failure(at, "r1", "GET", "", "bank/v1", status, "upstream_failed", "") if status >= 500 else None
    (share,) = shares([(f"id{status}", Call(at, subscription, "build|1@acme", status, failure))])
    CallRecords(client, "usage-records").keep(share)


def test_all_there_can_be_comes_back_item_for_item(client: Any, all_there_can_be: str, tables, restored) -> None:
    written = restore(exported(tables), restored)
    assert written == {
        "organization": 4,
        "application": 3,
        "key": 5,
        "client": 1,
        "member": 2,
        "invitation": 1,
        "upgrade": 2,
        "audit": 20,
        "usage": 3,
        "notice": 1,
        "calls": 1,
        "refusals": 1,
        "last_used": 1,
        "counters": 1,
    }
    for name, table in TABLES.items():
        assert items(client, RESTORED[name]) == [each for each in items(client, table) if "try_" not in each]


def test_an_export_of_what_was_restored_is_the_same_file(all_there_can_be: str, tables, restored) -> None:
    lines = exported(tables)
    restore(lines, restored)
    assert exported(restored) == lines


def test_every_text_and_number_of_an_export_is_where_the_format_says(all_there_can_be: str, tables) -> None:
    kinds: dict[str, list[Any]] = {}
    for line in exported(tables):
        document = json.loads(line)
        kinds.setdefault(document["kind"], []).append(document)
    assert [*kinds] == [
        "export",
        "organization",
        "application",
        "key",
        "client",
        "member",
        "invitation",
        "upgrade",
        "audit",
        "usage",
        "notice",
        "calls",
        "refusals",
        "last_used",
        "counters",
        "end",
    ]
    assert kinds["export"][0]["parts"] == ["customers", "audit", "usage", "counters"]
    limited = next(key for key in kinds["key"] if key["name"])
    assert limited["expires"] == "2033-05-18T03:33:20.123456Z"
    assert (limited["addresses"], limited["scopes"]) == (["203.0.113.0/24", "2001:db8::/32"], ["a", "b"])
    (client,) = kinds["client"]
    assert (client["id"], client["issuer"], client["scopes"]) == ("build|1@acme", "entra", [])
    assert [each["id"] for each in kinds["organization"]] == ["acme-united", "globex", "gone", "quiet"]
    assert kinds["organization"][2] | {"created": "", "version": 0} == {
        "kind": "organization",
        "id": "gone",
        "name": "",
        "state": "deleted",
        "created": "",
        "version": 0,
    }
    (invited,) = kinds["invitation"]
    assert (invited["mail"], invited["expires"]) == ("jürgen@xn--bcher-kva.example", "2026-11-30T12:00:00Z")
    assert {(each["organization"], each["id"], each["role"]) for each in kinds["member"]} == {
        ("acme-united", "5d1e-1", "developer"),
        ("globex", "5d1e-1", "owner"),
    }
    assert [(each["product"], each["state"]) for each in kinds["upgrade"]] == [
        ("loans", "waiting"),
        ("retail", "declined"),
    ]
    platform = [entry for entry in kinds["audit"] if entry["organization"] is None]
    assert [entry["after"] for entry in platform] == [{"created": 3, "names": ["a"], "ratio": 0.25}]
    assert sum(kinds["end"][0]["records"].values()) == sum(map(len, kinds.values())) - 2


def test_no_key_no_seed_and_no_address_of_a_caller_is_in_the_file(
    client: Any, registry: Registry, acme: Onboarded, tables: Tables
) -> None:
    client.put_item(
        TableName="registry",
        Item={"pk": {"S": "REQUEST#1"}, "sk": {"S": "-"}, "seed": {"S": "5eed"}, "version": {"N": "1"}},
    )
    for pk in ("OFFER#retail/free", "CATALOGUE"):
        client.put_item(TableName="registry", Item={"pk": {"S": pk}, "sk": {"S": "-"}, "state": {"S": "closing"}})
    count(client, "address#bank/v1#203.0.113.9", u1=1)
    NoticeBook(client, "usage-records").keep_cursor(Cursor("acme"))
    text = b"".join(exported(tables)).decode()
    assert acme.key.text not in text
    assert acme.key.text.rpartition("_")[2] not in text
    assert acme.key.hash in text
    assert not {each for each in ("5eed", "203.0.113.9", "closing", "NOTICES") if each in text}


def test_parts_and_times_can_be_chosen(client: Any, all_there_can_be: str, registry, clock, tables) -> None:
    clock.forward(days=40)
    registry.organizations.restore("quiet")
    UsageRecords(client, "usage-records").merge(all_there_can_be, Record("2027-01-02", {"bank/v1": {0: 1}}, {}))
    lines = [json.loads(line) for line in exported(tables, parts=["usage", "audit"], since=clock.micros)]
    assert [line["kind"] for line in lines] == ["export", "audit", "usage", "notice", "last_used", "end"]
    assert (lines[1]["what"], lines[2]["period"]) == ("organization restore", "2027-01-02")
    assert (lines[0]["parts"], lines[0]["since"]) == (["audit", "usage"], "2027-01-02T12:00:00Z")


def test_what_cannot_be_read_is_told_and_the_rest_exported(
    client: Any, registry, acme: Onboarded, table, tables
) -> None:
    table.change(f"KEY#{acme.key.id}", fingerprint=None)
    client.put_item(TableName="registry", Item={"pk": {"S": "NEW#1"}, "sk": {"S": "-"}})
    count(client, "sub_1")
    client.put_item(TableName="usage", Item={"subscription": {"S": "sub_2"}, "u1": {"S": "x"}})
    export = Export(tables)
    export.gather()
    assert (sorted(export.unreadable), export.unknown) == ([f"KEY#{acme.key.id}", "sub_2"], ["NEW#1"])
    assert (export.counts()["application"], export.counts()["key"], export.counts()["counters"]) == (1, 0, 1)
