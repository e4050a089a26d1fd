"""The registry's table: what the store does not get through at once, or not while another is at the same thing."""

from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.fakes.mirrored import application
from tiergate.adapters.batch_reads import PAUSE
from tiergate.adapters.registry import Conflict, Taken, put
from tiergate.adapters.registry.items import application_item
from tiergate.adapters.registry.table import PAUSES, RegistryTable
from tiergate.adapters.registry_reader import application_of
from tiergate.adapters.wire import to_wire


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


class Busy:
    """Cancels transactions for the ``reasons`` given, one after the other; then it takes them."""

    exceptions = boto3.client("dynamodb", region_name="eu-central-1").exceptions

    def __init__(self, *reasons: list[str]) -> None:
        self.reasons = [*reasons]
        self.asked = 0

    def transact_write_items(self, **_: Any) -> None:
        self.asked += 1
        if self.reasons:
            answer: Any = {
                "Error": {"Code": "TransactionCanceledException"},
                "CancellationReasons": [{"Code": each} for each in self.reasons.pop(0)],
            }
            raise self.exceptions.TransactionCanceledException(answer, "TransactWriteItems")


def written(client: Busy) -> list[float]:
    """The pauses after which both records are written."""
    slept: list[float] = []
    table = RegistryTable(client, "registry", actor="t", clock=lambda: datetime.now(UTC), sleep=slept.append)
    table.write(put({"pk": "KEY#1"}, "key 1", "it is taken"), put({"pk": "LIMIT#1"}, "the limit"))
    return slept


def test_a_transaction_that_met_another_is_tried_again_after_pauses() -> None:
    client = Busy(["None", "TransactionConflict"], ["TransactionConflict", "None"])
    assert (written(client), client.asked) == ([*PAUSES[:2]], 3)


def test_a_transaction_that_meets_others_all_the_time_is_a_conflict_about_what_they_write() -> None:
    client = Busy(*([["None", "TransactionConflict"]] * 9))
    with pytest.raises(Conflict, match="the limit was changed by somebody else just now; try again"):
        written(client)
    assert client.asked == len(PAUSES) + 1


def test_a_transaction_that_is_refused_is_not_tried_again() -> None:
    refused = Busy(["ConditionalCheckFailed", "TransactionConflict"])
    with pytest.raises(Taken):
        written(refused)
    troubled = Busy(["ThrottlingError", "None"])
    with pytest.raises(ClientError):
        written(troubled)
    assert (refused.asked, troubled.asked) == (1, 1)


class Large:
    """Answers with one audit entry a query, as DynamoDB does where they are large, of two that there are."""

    def query(self, *, ExclusiveStartKey: Any = None, **_: Any) -> dict[str, Any]:  # noqa: N803 - boto3's name
        time = "AUDIT#2026-11-23T12:00:00.000000Z#" + ("b" if ExclusiveStartKey is None else "a")
        told = {"who": "ann", "what": "onboard", "before": {}, "after": {}, "reason": ""}
        answer: dict[str, Any] = {"Items": [to_wire({"pk": "ORG#acme", "sk": time} | told)]}
        return answer | ({"LastEvaluatedKey": to_wire({"pk": "ORG#acme", "sk": time})} if time.endswith("b") else {})


def test_a_page_that_the_store_cuts_short_is_not_the_last_one() -> None:
    table = RegistryTable(Large(), "registry", actor="t", clock=lambda: datetime.now(UTC))
    first, after = table.audit_page("acme", 50, "")
    assert (len(first), after) == (1, "2026-11-23T12:00:00.000000Z#b")
    second, after = table.audit_page("acme", 50, after)
    assert (len(second), after) == (1, "")
