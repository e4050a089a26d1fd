"""A deployment's three tables in moto, exported and restored in one go."""

import io
from typing import Any

from tests.fakes.registry import create_registry_table
from tests.fakes.usage_records import create_usage_records_table
from tiergate.adapters.archive import Export, Restore, Tables

NOW = 1_790_000_000_000_000
"""Of restoring; the tests' use is of a later day."""

TABLES = {"registry": "registry", "usage_records": "usage-records", "counters": "usage"}
RESTORED = {"registry": "registry-2", "usage_records": "usage-records-2", "counters": "usage-2"}


def create_tables(client: Any, names: dict[str, str]) -> Tables:
    """As the Data stack makes them, without streams."""
    create_registry_table(client, names["registry"])
    create_usage_records_table(client, names["usage_records"])
    client.create_table(
        TableName=names["counters"],
        AttributeDefinitions=[{"AttributeName": "subscription", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "subscription", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return Tables(client, **names, sleep=lambda _: None)


def delete_tables(client: Any, names: dict[str, str]) -> None:
    for name in names.values():
        client.delete_table(TableName=name)


def exported(tables: Tables, **options: Any) -> list[bytes]:
    """The lines of a file that leaves nothing out."""
    export = Export(tables, **options)
    export.gather()
    assert (export.unreadable, export.unknown) == ([], [])
    return list(export.lines(stage="prod", environment="prod", region="eu-central-1", now=NOW))


def restoring(lines: list[bytes], tables: Tables) -> Restore:
    return Restore(io.BytesIO(b"".join(lines)), tables, now=NOW)


def restore(lines: list[bytes], tables: Tables) -> dict[str, int]:
    """All the steps; how many records of each kind were written."""
    steps = restoring(lines, tables)
    steps.check()
    steps.compare()
    written = steps.write()
    steps.verify()
    return {name: count for name, count in written.items() if count}
