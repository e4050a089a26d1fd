"""What is changed while an export reads: the file can be restored, and no partner is without a key by it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.adapters.conftest import ISSUERS, PRODUCTS
from tests.fakes.archive import RESTORED, TABLES, create_tables, delete_tables, exported, restore
from tiergate.adapters.archive import Tables
from tiergate.adapters.registry import Onboarded, Registry
from tiergate.adapters.registry_reader import Item
from tiergate.domain.members import Person, Role

Change = Callable[[Registry, Onboarded], object]

CHANGES: dict[str, Change] = {
    "an organization is made": lambda registry, acme: registry.onboard(
        name=f"New {acme.organization}", product="retail", plan="free"
    ),
    "a key is rotated": lambda registry, acme: registry.keys.rotate(acme.key.id, grace=0),
    "an application is made": lambda registry, acme: registry.keys.create(
        registry.applications.create(acme.organization, "Second").id
    ),
    "a key is deleted": lambda registry, acme: registry.keys.delete(acme.key.id),
    "an organization is suspended": lambda registry, acme: registry.organizations.suspend(acme.organization),
    "an application is deleted": lambda registry, acme: registry.applications.delete(acme.application),
    "an organization is deleted": lambda registry, acme: (
        registry.applications.delete(acme.application),
        registry.organizations.delete("acme"),
    ),
    "somebody joins": lambda registry, acme: registry.members.enrol(
        acme.organization, Person("1", "a@x.example"), VIEWER
    ),
    "a founder comes": lambda registry, acme: registry.organizations.create(
        f"With {acme.organization}", founder=Person("1", "a@x.example")
    ),
    "somebody is invited": lambda registry, acme: registry.invitations.invite(acme.organization, "a@x.example", VIEWER),
    "an organization is deleted with its people": lambda registry, acme: (
        registry.members.enrol(acme.organization, Person("1", "a@x.example"), VIEWER),
        registry.invitations.invite(acme.organization, "b@x.example", VIEWER),
        registry.applications.delete(acme.application),
        registry.organizations.delete(acme.organization),
    ),
    "an upgrade is asked for": lambda registry, acme: registry.upgrades.ask(acme.application, "retail", "large"),
    "a client is linked": lambda registry, acme: registry.clients.link(acme.application, "entra", "a"),
}


VIEWER = Role.VIEWER
ITEMS = 10
"""Of the registry when it is read."""


class Interrupted(Tables):
    """``change`` is made when ``at`` items of the registry were read, in order or ``back`` to front.

    What it adds lies where the table was read already, which is the worst place.
    """

    def __init__(self, client: Any, change: Callable[[], object], *, at: int, back: bool) -> None:
        super().__init__(client, **TABLES)
        self._change, self._at, self._back = change, at, back

    def scan(self, table: str) -> Iterator[Item]:
        if table != "registry":
            return
        before = sorted(super().scan(table), key=_key, reverse=self._back)
        yield from before[: self._at]
        self._change()
        after = {_key(item): item for item in super().scan(table)}
        yield from (after[_key(item)] for item in before[self._at :] if _key(item) in after)


def _key(item: Item) -> tuple[str, str]:
    return item["pk"]["S"], item["sk"]["S"]


@pytest.fixture
def client(dynamodb: Any) -> Iterator[Any]:
    for names in (TABLES, RESTORED):
        create_tables(dynamodb, names)
    yield dynamodb
    for names in (TABLES, RESTORED):
        delete_tables(dynamodb, names)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("back", [False, True], ids=["forwards", "backwards"])
@pytest.mark.parametrize("at", range(2, ITEMS, 3))
def test_a_change_in_the_middle_of_an_export_leaves_a_file_that_can_be_restored(
    client: Any, at: int, back: bool, change: str
) -> None:
    registry = Registry(client, "registry", env="dev", actor="ann", products=PRODUCTS, issuers=ISSUERS)
    acme = registry.onboard(name="Acme", product="retail", plan="free")
    other = registry.onboard(name="Other", product="cards", plan="free")

    lines = exported(Interrupted(client, lambda: CHANGES[change](registry, acme), at=at, back=back))
    restore(lines, Tables(client, **RESTORED))

    restored = Registry(client, "registry-2", env="dev", actor="ann")
    keys, live = ({key.id: key.state for _, key in each.keys.list()} for each in (restored, registry))
    assert keys[other.key.id] == "active"
    assert keys.keys() - {acme.key.id} <= live.keys()
    if acme.key.id in live:
        assert "active" in {state for id_, state in keys.items() if id_ != other.key.id}
