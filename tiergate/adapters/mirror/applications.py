"""The registry's applications as they are now, which nothing of the request path's caches is good enough for."""

from collections.abc import Collection, Iterator

from tiergate.adapters.batch_reads import MOST_READ
from tiergate.adapters.registry import Missing
from tiergate.adapters.registry.items import OWNERS, organization_of
from tiergate.adapters.registry.table import RegistryTable
from tiergate.adapters.registry_reader import Item, application_of
from tiergate.domain.registry import Application, RecordMalformed

Found = Application | RecordMalformed


class Applications:
    """All reads of applications are consistent."""

    def __init__(self, table: RegistryTable) -> None:
        self._table = table

    def get(self, id_: str) -> Application | None:
        """Raises ``RegistryError``: the record cannot be read; and boto3's errors."""
        try:
            return self._table.get(f"APP#{id_}", application_of, "").value
        except Missing:
            return None

    def ids(self) -> tuple[set[str], list[RecordMalformed]]:
        """Of all organizations, by the index: what was registered in the last moments may be missing. And what is wrong
        with organizations that cannot be read."""
        found: set[str] = set()
        broken: list[RecordMalformed] = []
        for item in self._table.items(OWNERS, "ORG#"):
            try:
                found |= organization_of(item).applications
            except RecordMalformed as error:
                broken.append(error)
        return found, broken

    def every(self, ids: Collection[str]) -> Iterator[tuple[str, Found]]:
        """Those that are there, and what is wrong where one cannot be read."""
        asked = sorted(ids)
        for start in range(0, len(asked), MOST_READ):
            for stored in self._table.get_all([f"APP#{id_}" for id_ in asked[start : start + MOST_READ]], _found):
                yield stored.pk.removeprefix("APP#"), stored.value


def _found(item: Item) -> Found:
    try:
        return application_of(item)
    except RecordMalformed as error:
        return error
