"""The counter store in DynamoDB: one UpdateItem a debit."""

from collections.abc import Mapping
from typing import Any

from tiergate.adapters.dynamodb import NO_ANSWER, unavailable
from tiergate.domain.admission import Debit, Reply


class DynamoCounters:
    """The counter store of the Usage table: one item a subscription, key ``subscription``."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def debit(self, debit: Debit) -> Reply:
        """See ``CounterStore.debit``."""
        try:
            answer = self._client.update_item(TableName=self._table, **expression(debit))
        except self._client.exceptions.ConditionalCheckFailedException as refused:
            return Reply(False, _numbers(refused.response.get("Item", {})))
        except NO_ANSWER as error:
            raise unavailable(error) from error
        return Reply(True, _numbers(answer["Attributes"]))


def expression(debit: Debit) -> dict[str, Any]:
    """The UpdateItem arguments of a debit, the table aside. Range conditions only, so nothing livelocks."""
    names = {"#w": "w"}
    values: dict[str, int] = {":w": debit.hour}
    sets = ["#w = :w"]
    conditions = ["(attribute_not_exists(#w) OR #w <= :w)"]
    if debit.windows:
        values |= {":z": 0, ":k": debit.units}
    for index, window in enumerate(debit.windows):
        names[f"#u{index}"] = window.attribute
        values[f":m{index}"] = window.most
        sets.append(f"#u{index} = if_not_exists(#u{index}, :z) + :k")
        conditions.append(f"(attribute_not_exists(#u{index}) OR #u{index} <= :m{index})")
    bucket = debit.bucket
    if bucket is not None:
        names["#t"] = bucket.attribute
        values[":now"] = bucket.now
        if bucket.busy:
            values |= {":step": bucket.step, ":ceiling": bucket.ceiling}
            sets.append("#t = #t + :step")
            conditions.append("#t BETWEEN :now AND :ceiling")
        else:
            values[":next"] = bucket.now + bucket.step
            sets.append("#t = :next")
            conditions.append("(attribute_not_exists(#t) OR #t < :now)")
    if debit.idle:
        values[":idle"] = debit.idle_before
        conditions += [f"(attribute_not_exists(#i{index}) OR #i{index} < :idle)" for index in range(len(debit.idle))]
    removed = {f"#x{index}": name for index, name in enumerate(debit.drop)}
    removed |= {f"#i{index}": name for index, name in enumerate(debit.idle)}
    update = "SET " + ", ".join(sets)
    if removed:
        names |= removed
        update += " REMOVE " + ", ".join(removed)
    return {
        "Key": {"subscription": {"S": debit.subscription}},
        "UpdateExpression": update,
        "ConditionExpression": " AND ".join(conditions),
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": {name: {"N": str(value)} for name, value in values.items()},
        "ReturnValues": "ALL_NEW",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def _numbers(item: Mapping[str, Any]) -> dict[str, int]:
    return {name: int(value["N"]) for name, value in item.items() if "N" in value}
