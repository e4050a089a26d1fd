"""Whatever was changed in whatever order, an export of it fills empty tables with the same."""

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from tests.adapters.test_registry_model import RegistryMachine
from tests.adapters.test_registry_portal_model import PortalMachine
from tests.fakes.archive import RESTORED, TABLES, create_tables, delete_tables, exported, restore
from tests.fakes.hostile import examples
from tests.fakes.registry import create_registry_table
from tiergate.adapters.archive import Tables
from tiergate.domain.keys import fingerprint
from tiergate.domain.limits import SECOND

NETWORKS = st.lists(st.sampled_from(["203.0.113.0/24", "2001:db8::/32", "198.51.100.7"]), max_size=3, unique=True)
SUBJECTS = st.lists(st.sampled_from(["CN=a", "CN=b,O=Acme"]), max_size=2, unique=True)
SCOPES = st.none() | st.lists(st.sampled_from(["a", "b", "c"]), max_size=2, unique=True)
AHEAD = st.none() | st.integers(1, 10**15)
"""Microseconds."""


class Archived:
    """A machine whose table is exported at its end, and fills an empty one with the same."""

    client: Any

    def teardown(self) -> None:
        create_registry_table(self.client, RESTORED["registry"])
        try:
            lines = exported(Tables(self.client, **TABLES))
            restored = Tables(self.client, **RESTORED)
            restore(lines, restored)
            assert exported(restored) == lines
            assert self.stored(RESTORED["registry"]) == self.stored("registry")
        finally:
            self.client.delete_table(TableName=RESTORED["registry"])
            super().teardown()

    def stored(self, table: str) -> dict[str, Any]:
        """All that is stored but what changes nothing: the order of sets."""
        found = self.client.scan(TableName=table)["Items"]
        return {
            f"{item['pk']['S']} {item['sk']['S']}": {
                name: {"SS": sorted(value["SS"])} if "SS" in value else value for name, value in item.items()
            }
            for item in found
        }


class ArchivedPortal(Archived, PortalMachine):
    """What people change from the portal."""


class ArchiveMachine(Archived, RegistryMachine):
    """The registry's own changes, and those that leave more in a record than the model knows of."""

    @rule(data=st.data(), addresses=NETWORKS, denied=NETWORKS, subjects=SUBJECTS)
    def restrict(self, data: st.DataObject, addresses: list[str], denied: list[str], subjects: list[str]) -> None:
        if self.apps:
            id_ = data.draw(st.sampled_from(sorted(self.apps)))
            terms: Any = {"addresses": addresses, "denied": denied, "subjects": subjects}
            self.count(id_, self.registry.applications.restrict(id_, **terms))

    @rule(data=st.data(), scopes=SCOPES, ahead=AHEAD, addresses=NETWORKS, name=st.sampled_from(["", "Büro"]))
    def create_limited_key(
        self, data: st.DataObject, scopes: list[str] | None, ahead: int | None, addresses: list[str], name: str
    ) -> None:
        if self.apps:
            id_ = data.draw(st.sampled_from(sorted(self.apps)))
            expires = None if ahead is None else self.clock.micros + 10 * SECOND + ahead
            terms: Any = {"scopes": scopes, "expires": expires, "addresses": addresses, "name": name}
            made = self.registry.keys.create(id_, **terms)
            self.apps[id_].keys[made.key.id] = "active"
            self.count(id_, True)

    @rule(data=st.data(), text=st.sampled_from(["a-key-of-another-make", "one-more-of-their-keys"]))
    def adopt(self, data: st.DataObject, text: str) -> None:
        hash_ = fingerprint(text)
        if self.apps and self.owner(hash_[:24]) is None:
            id_ = data.draw(st.sampled_from(sorted(self.apps)))
            made = self.registry.keys.adopt(id_, hash_)
            self.apps[id_].keys[made.id] = "active"
            self.count(id_, True)

    @rule(data=st.data(), ahead=AHEAD, rate=st.sampled_from([0.5, 3, 2.25]), hour=st.integers(1, 10**9))
    def override(self, data: st.DataObject, ahead: int | None, rate: float, hour: int) -> None:
        subscriptions = sorted((each, id_) for id_, app in self.apps.items() for each in app.subscriptions.values())
        if subscriptions:
            subscription, id_ = data.draw(st.sampled_from(subscriptions))
            until = None if ahead is None else self.clock.micros + 10 * SECOND + ahead
            before = self.registry.subscriptions.get(subscription)[1].override
            made = self.registry.subscriptions.override(subscription, {"rate": rate, "hour": hour}, until=until)
            self.count(id_, made.override != before)

    def count(self, application: str, changed: bool) -> None:
        organization = self.apps[application].organization
        self.entries[organization] = self.entries.get(organization, 0) + changed


@pytest.mark.parametrize(("machine", "count"), [(ArchiveMachine, 12), (ArchivedPortal, 3)])
def test_whatever_was_changed_an_export_of_it_fills_empty_tables_with_the_same(
    dynamodb: Any, machine: Any, count: int
) -> None:
    used = [{name: table for name, table in names.items() if name != "registry"} for names in (TABLES, RESTORED)]
    for names in (TABLES, RESTORED):
        create_tables(dynamodb, names)
        dynamodb.delete_table(TableName=names["registry"])
    few = settings(examples(count), stateful_step_count=25, suppress_health_check=[HealthCheck.too_slow])
    run_state_machine_as_test(lambda: machine(dynamodb), settings=few)
    for names in used:
        delete_tables(dynamodb, names)
