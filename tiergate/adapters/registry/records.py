"""One record as it is now, or who to ask where there is none."""

from collections.abc import Callable
from typing import TypeVar

from tiergate.adapters.registry.errors import Deleted, RegistryError
from tiergate.adapters.registry.inputs import quoted
from tiergate.adapters.registry.items import DELETED, Held, held_of, organization_of, pointer_of
from tiergate.adapters.registry.table import RegistryTable
from tiergate.adapters.registry.writes import Stored
from tiergate.adapters.registry_reader import Item
from tiergate.domain.registry import Organization, Subscription

T = TypeVar("T")


def organization(table: RegistryTable, id_: str) -> Stored[Organization]:
    """Raises ``Missing``: there is none; ``Deleted``: no longer."""
    return organization_as(table, id_, organization_of, lambda found: found)


def organization_as(
    table: RegistryTable, id_: str, read: Callable[[Item], T], of: Callable[[T], Organization]
) -> Stored[T]:
    """The same with more of what its record has: ``of`` says which organization that is."""
    missing = f"there is no organization {quoted(id_)}; tiergate org list shows the ids"
    found = table.get(f"ORG#{id_}", read, missing)
    if of(found.value).state == DELETED:
        raise Deleted(missing)
    return found


def application(table: RegistryTable, id_: str) -> Stored[Held]:
    """Raises ``RegistryError``: there is none."""
    missing = f"there is no application {quoted(id_)}; tiergate app list shows the ids"
    return table.get(f"APP#{id_}", held_of, missing)


def subscription(table: RegistryTable, id_: str) -> tuple[Stored[Held], Subscription]:
    """A subscription and the application that holds it. Raises ``RegistryError``: there is none."""
    missing = f"there is no subscription {quoted(id_)}; tiergate subscription list shows the ids"
    pointer = table.get(f"SUB#{id_}", pointer_of, missing).value
    held = table.get(f"APP#{pointer.application}", held_of, missing)
    found = held.value.application.subscriptions.get(pointer.product)
    if found is None or found.id != id_:
        raise RegistryError(missing)
    return held, found
