"""What the portal shows of the registry, read consistently: what somebody just made is there at once."""

from collections.abc import Iterable, Sequence

from tiergate.adapters.registry import records
from tiergate.adapters.registry.items import Held, held_of
from tiergate.adapters.registry.people import Peopled, peopled
from tiergate.adapters.registry.table import RegistryTable
from tiergate.adapters.registry.writes import Stored
from tiergate.adapters.registry_reader import credential_of
from tiergate.domain.registry import Credential, Organization


class PortalReads:
    """Raises ``Missing`` where there is no such record, ``RegistryError`` where one cannot be read."""

    def __init__(self, table: RegistryTable) -> None:
        self._table = table

    def organization(self, id_: str) -> Stored[Peopled]:
        """An organization and the ids of its members."""
        return peopled(self._table, id_)

    def application(self, id_: str) -> Stored[Held]:
        """An application, the ids of its API keys and the refs of its OAuth clients."""
        return records.application(self._table, id_)

    def applications(self, organization: Organization) -> Sequence[Stored[Held]]:
        """Those of an organization, by id."""
        return self._table.get_all([f"APP#{each}" for each in sorted(organization.applications)], held_of)

    def credentials(self, held: Iterable[Held]) -> Sequence[Stored[Credential]]:
        """API keys and OAuth clients of applications, a hundred a request."""
        owners = [*held]
        keys = [f"KEY#{ref}" for each in owners for ref in sorted(each.keys)]
        clients = [f"CLIENT#{ref}" for each in owners for ref in sorted(each.clients)]
        return self._table.get_all([*keys, *clients], credential_of)
