"""The registry's table in memory, as far as applications are read from it; moto takes minutes for ten thousand."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from tiergate.adapters.registry.errors import Missing
from tiergate.adapters.registry.items import OWNERS, application_item, organization_item
from tiergate.adapters.registry.table import RegistryTable, _stored
from tiergate.adapters.registry.writes import Stored
from tiergate.adapters.wire import to_wire
from tiergate.domain.registry import Application, Organization

T = TypeVar("T")


class FakeTable(RegistryTable):
    """``read``: runs at each read of one application, with its id."""

    def __init__(self, *applications: Application) -> None:
        self.stored: dict[str, dict[str, Any]] = {}
        self.read: Callable[[str], object] = lambda _: None
        for each in applications:
            self.put(each)

    def put(self, application: Application) -> None:
        """Its organization has it alone."""
        organization = Organization(application.organization, "Acme", applications=frozenset({application.id}))
        for item in (application_item(application), organization_item(organization)):
            self.stored[item["pk"]] = to_wire({"sk": "-", "version": 1} | item)

    def delete(self, application: Application) -> None:
        del self.stored[f"APP#{application.id}"], self.stored[f"ORG#{application.organization}"]

    def get(self, pk: str, read: Callable[[Any], T], missing: str) -> Stored[T]:
        self.read(pk.removeprefix("APP#"))
        if pk not in self.stored:
            raise Missing(missing)
        return _stored(self.stored[pk], read)

    def get_all(self, pks: Sequence[str], read: Callable[[Any], T]) -> Sequence[Stored[T]]:
        assert len(pks) <= 100, "more than one BatchGetItem takes"
        return [_stored(self.stored[pk], read) for pk in pks if pk in self.stored]

    def items(self, owner: str, prefix: str) -> Iterator[Any]:
        assert (owner, prefix) == (OWNERS, "ORG#")
        return (item for pk, item in sorted(self.stored.items()) if pk.startswith(prefix))
