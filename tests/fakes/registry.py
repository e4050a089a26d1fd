"""A registry in memory, as the authorizer reads it."""

from tiergate.domain.admission import StoreUnavailable
from tiergate.domain.registry import Application, Credential


class FakeRegistry:
    """Counts its reads; ``down`` makes it answer nothing."""

    def __init__(self, *records: Application | Credential) -> None:
        self.records: dict[str, Application | Credential] = {record.id: record for record in records}
        self.reads = 0
        self.down = False

    def put(self, record: Application | Credential) -> None:
        self.records[record.id] = record

    def credential(self, key_id: str) -> Credential | None:
        found = self._read(key_id)
        return found if isinstance(found, Credential) else None

    def application(self, application_id: str) -> Application | None:
        found = self._read(application_id)
        return found if isinstance(found, Application) else None

    def _read(self, key: str) -> Application | Credential | None:
        self.reads += 1
        if self.down:
            raise StoreUnavailable("down")
        return self.records.get(key)
