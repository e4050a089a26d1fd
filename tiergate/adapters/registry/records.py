"""One record as it is now, or who to ask where there is none."""

from tiergate.adapters.registry.errors import RegistryError
from tiergate.adapters.registry.inputs import quoted
from tiergate.adapters.registry.items import DELETED, Held, held_of, organization_of, pointer_of
from tiergate.adapters.registry.table import RegistryTable
from tiergate.adapters.registry.writes import Stored
from tiergate.adapters.registry_reader import credential_of
from tiergate.domain.registry import Credential, Organization, Subscription


def organization(table: RegistryTable, id_: str) -> Stored[Organization]:
    """Raises ``RegistryError``: there is none, or no longer."""
    missing = f"there is no organization {quoted(id_)}; tiergate org list shows the ids"
    found = table.get(f"ORG#{id_}", organization_of, missing)
    if found.value.state == DELETED:
        raise RegistryError(missing)
    return found


def application(table: RegistryTable, id_: str) -> Stored[Held]:
    """Raises ``RegistryError``: there is none."""
    missing = f"there is no application {quoted(id_)}; tiergate app list shows the ids"
    return table.get(f"APP#{id_}", held_of, missing)


def credential(table: RegistryTable, id_: str) -> Stored[Credential]:
    """Raises ``RegistryError``: there is none."""
    return table.get(f"KEY#{id_}", credential_of, _no_key(id_))


def owner_of_key(table: RegistryTable, id_: str) -> tuple[Stored[Credential], Stored[Held]]:
    """A credential and its application. Raises ``RegistryError``: there is none."""
    found = credential(table, id_)
    return found, table.get(f"APP#{found.value.application}", held_of, _no_key(id_))


def subscription(table: RegistryTable, id_: str) -> tuple[Stored[Held], Subscription]:
    """A subscription and the application that holds it. Raises ``RegistryError``: there is none."""
    missing = f"there is no subscription {quoted(id_)}; tiergate subscription list shows the ids"
    pointer = table.get(f"SUB#{id_}", pointer_of, missing).value
    held = table.get(f"APP#{pointer.application}", held_of, missing)
    found = held.value.application.subscriptions.get(pointer.product)
    if found is None or found.id != id_:
        raise RegistryError(missing)
    return held, found


def _no_key(id_: str) -> str:
    return f"there is no key {quoted(id_)}; tiergate key list shows the ids"
