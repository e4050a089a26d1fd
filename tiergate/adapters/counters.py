"""The counter store in DynamoDB: one UpdateItem a debit."""

import time
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from tiergate.adapters.circuit import Client
from tiergate.adapters.counter_wire import KEY, numbers
from tiergate.adapters.dynamodb import ConditionFailed
from tiergate.domain.counters import EXPIRES, MOST_SKEW, NEWEST_HOUR, Debit, Reply
from tiergate.domain.limits import SECOND
from tiergate.domain.store import StoreUnavailable


class DynamoCounters:
    """The counter store of the Usage table: one item a subscription, key ``subscription``."""

    def __init__(self, client: Client, table: str) -> None:
        self._client = client
        self._table = table

    def debit(self, debit: Debit) -> Reply:
        """See ``CounterStore.debit``. A clock that was too far off at the last answer asks for nothing."""
        _refuse_skew(self._client.off)
        begun = time.perf_counter()
        try:
            granted, item = True, self._client.update_item(TableName=self._table, **expression(debit)).get("Attributes")
        except ConditionFailed as refused:
            granted, item = False, refused.item
        took = int((time.perf_counter() - begun) * SECOND)
        try:
            return Reply(granted, numbers(item), took)
        except ValueError as error:
            raise StoreUnavailable("garbage", str(error), untouched=not granted) from error


def _refuse_skew(off: int | None) -> None:
    if off is not None and not -MOST_SKEW <= off <= MOST_SKEW + SECOND:
        raise StoreUnavailable("skew", f"this clock is {abs(off) // SECOND} s off", untouched=True)


class _Shape(NamedTuple):
    """The text of a write, and its placeholders in the order in which ``expression`` fills them."""

    update: str
    condition: str
    names: Sequence[str]
    values: Sequence[str]


def expression(debit: Debit) -> dict[str, Any]:
    """The UpdateItem arguments of a debit, the table aside."""
    subscription, units, hour, windows, bucket, drop, idle, idle_before, ahead, counts, expires = debit
    names, values = [NEWEST_HOUR], [hour]
    if windows:
        values.append(units)
        for attribute, most in windows:
            names.append(attribute)
            values.append(most)
    busy = absent = None
    if bucket is not None:
        attribute, now, step, ceiling, busy = bucket
        names.append(attribute)
        values += (now, step, ceiling) if busy else (now, now + step)
    if ahead is not None:
        attribute, bought, most, others = ahead
        absent = len(others)
        names += (attribute, *others)
        values += (bought, most)
    names += (*counts, *drop, *idle)
    values += counts.values()
    if idle:
        values.append(idle_before)
    if expires:
        names.append(EXPIRES)
        values.append(expires)
    shape = _shape(len(windows), busy, absent, len(counts), len(drop), len(idle), expires > 0)
    return {
        "Key": {KEY: {"S": subscription}},
        "UpdateExpression": shape.update,
        "ConditionExpression": shape.condition,
        "ExpressionAttributeNames": dict(zip(shape.names, names, strict=True)),
        "ExpressionAttributeValues": {
            name: {"N": str(value)} for name, value in zip(shape.values, values, strict=True)
        },
        "ReturnValues": "ALL_NEW",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


@lru_cache(maxsize=1_024)
def _shape(
    windows: int, busy: bool | None, absent: int | None, counts: int, drop: int, idle: int, expires: bool
) -> _Shape:
    """A write of so many of each; no bucket where ``busy`` is None, nothing ahead where ``absent`` is.

    Range conditions only, so nothing livelocks, and single comparisons, as reversed bounds of a BETWEEN are an error.
    """
    names, values = ["#w"], [":w"]
    sets, adds = ["#w = :w"], list[str]()
    conditions = [_absent_or("#w", "<= :w")]
    if windows:
        values.append(":k")
    for used, most in zip(_numbered("#u", windows), _numbered(":m", windows), strict=True):
        names.append(used)
        values.append(most)
        adds.append(f"{used} :k")
        conditions.append(_absent_or(used, f"<= {most}"))
    if busy is not None:
        names.append("#t")
        values += (":now", ":step", ":ceiling") if busy else (":now", ":next")
        sets.append("#t = #t + :step" if busy else "#t = :next")
        conditions += ("#t >= :now", "#t <= :ceiling") if busy else (_absent_or("#t", "< :now"),)
    if absent is not None:
        others = _numbered("#a", absent)
        names += ("#o", *others)
        values += (":bought", ":most")
        adds.append("#o :bought")
        conditions += (_absent_or("#o", "<= :most"), *[f"attribute_not_exists({other})" for other in others])
    counted, more = _numbered("#c", counts), _numbered(":c", counts)
    adds += map(" ".join, zip(counted, more, strict=True))
    tidied = _numbered("#i", idle)
    removed = [*_numbered("#x", drop), *tidied]
    conditions += [_absent_or(name, "< :idle") for name in tidied]
    if expires:
        sets.append("#e = :expires")
    return _Shape(
        " ".join(
            f"{verb} {', '.join(what)}" for verb, what in (("SET", sets), ("ADD", adds), ("REMOVE", removed)) if what
        ),
        " AND ".join(conditions),
        (*names, *counted, *removed, *(["#e"] if expires else [])),
        (*values, *more, *([":idle"] if idle else []), *([":expires"] if expires else [])),
    )


def _numbered(prefix: str, number: int) -> list[str]:
    return [f"{prefix}{index}" for index in range(number)]


def _absent_or(name: str, test: str) -> str:
    """Nothing compares with an attribute that is not there."""
    return f"(attribute_not_exists({name}) OR {name} {test})"
