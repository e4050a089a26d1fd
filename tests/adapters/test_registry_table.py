"""The registry's table: a batch that the store does not get through at once."""

from datetime import UTC, datetime
from typing import Any

from tests.fakes.mirrored import application
from tiergate.adapters.registry.items import application_item
from tiergate.adapters.registry.table import PAUSE, RegistryTable
from tiergate.adapters.registry.wire import to_wire
from tiergate.adapters.registry_reader import application_of


class OneAtATime:
    """Of each batch it gets to one item."""

    def batch_get_item(self, *, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803 - boto3's name
        ((name, asked),) = RequestItems.items()
        first, *rest = asked["Keys"]
        held = application(int(first["pk"]["S"].rpartition("_")[2]))
        answer = {"Responses": {name: [to_wire(application_item(held) | {"sk": "-", "version": 1})]}}
        return answer | ({"UnprocessedKeys": {name: asked | {"Keys": rest}}} if rest else {})


def test_what_the_store_did_not_get_to_is_asked_for_after_pauses_that_double() -> None:
    slept: list[float] = []
    table = RegistryTable(OneAtATime(), "registry", actor="t", clock=lambda: datetime.now(UTC), sleep=slept.append)
    found = table.get_all([f"APP#app_{number}" for number in range(4)], application_of)
    assert [each.value.id for each in found] == ["app_0", "app_1", "app_2", "app_3"]
    assert slept == [PAUSE, 2 * PAUSE, 4 * PAUSE]
