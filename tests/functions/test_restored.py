"""The authorizer on tables that were lost and restored: the old key works, and its quota stands where it was."""

from tests.events import authorizer_event
from tests.fakes.archive import TABLES, create_tables, delete_tables, exported, restore
from tests.fakes.usage_records import create_usage_records_table
from tests.functions.conftest import Gateway
from tiergate.adapters.archive import Tables
from tiergate.domain.decision import ADMITTED


def test_a_restored_key_works_and_its_quota_stands_where_it_was(gateway: Gateway) -> None:
    partner = gateway.partner(plan="tiny")
    other = gateway.registry.keys.create(partner.application)
    gateway.registry.keys.revoke(other.key.id)
    first = gateway.authorizer().handler(authorizer_event(method="POST", key=partner.key.text), None)
    assert (first["context"]["reason"], gateway.units(partner)) == (ADMITTED, 2)

    create_usage_records_table(gateway.client)
    lines = exported(Tables(gateway.client, **TABLES))
    delete_tables(gateway.client, TABLES)
    restore(lines, create_tables(gateway.client, TABLES))

    authorizer, event = gateway.authorizer(), authorizer_event(method="POST", key=partner.key.text)
    assert authorizer.handler(event, None)["context"]["reason"] == "quota_exceeded"
    assert gateway.units(partner) == 2
    revoked = authorizer.handler(authorizer_event(key=other.key.text), None)
    assert revoked["context"]["reason"] == "credential_revoked"
    assert authorizer.handler(authorizer_event(key=partner.key.text), None)["context"]["reason"] == ADMITTED
