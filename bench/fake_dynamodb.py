"""Enough of DynamoDB for the request path: items in memory, answers in the wire format, as fast as Python allows.

Conditions are not evaluated (the plans measured are far from their limits), and anything that this does not know is
refused, so that no answer is made up. ``GET /calls`` tells how often each operation was called.
"""

import json
import re
import time
import zlib
from collections import Counter
from collections.abc import Mapping
from email.utils import formatdate
from functools import lru_cache
from typing import Any

from bench.http_server import Answer, Request, response

Item = dict[str, dict[str, Any]]

KIND = "application/x-amz-json-1.0"
CLAUSE = re.compile(r"(SET|REMOVE|ADD) (.*?)(?= SET | REMOVE | ADD |$)")
SEPARATOR = re.compile(r", (?![^(]*\))")
ASSIGNMENT = re.compile(r"(#\w+) = (?:(?:if_not_exists\((#\w+), (:\w+)\)|(#\w+)) \+ )?(:\w+)")


class UnknownError(Exception):
    """A request that this stand-in does not understand."""


class FakeDynamo:
    """``tables``: the names of each table's key attributes."""

    def __init__(self, tables: Mapping[str, tuple[str, ...]]) -> None:
        self._keys = tables
        self._items: dict[tuple[str, ...], Item] = {}
        self._calls: Counter[str] = Counter()

    def answer(self, request: Request) -> bytes:
        if request.path == "/calls":
            return response(json.dumps(self._calls).encode())
        operation = request.headers["x-amz-target"].rpartition(".")[2]
        self._calls[operation] += 1
        try:
            body = json.dumps(self._perform(operation, json.loads(request.body))).encode()
            return _response(body)
        except (UnknownError, KeyError) as error:
            fault = {"__type": "com.amazon.coral.validate#ValidationException", "message": repr(error)}
            return _response(json.dumps(fault).encode(), "400 Bad Request")

    def _perform(self, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        if operation == "GetItem":
            item = self._items.get(self._place(asked["TableName"], asked["Key"]))
            return {"Item": item} if item else {}
        if operation == "UpdateItem":
            item = self._items.setdefault(self._place(asked["TableName"], asked["Key"]), dict(asked["Key"]))
            _update(item, asked)
            return {"Attributes": item} if asked.get("ReturnValues") == "ALL_NEW" else {}
        if operation == "PutItem":
            self._put(asked)
            return {}
        if operation == "TransactWriteItems":
            for ((kind, write),) in map(dict.items, asked["TransactItems"]):
                if kind == "Put":
                    self._put(write)
                elif kind != "ConditionCheck":
                    raise UnknownError(kind)
            return {}
        raise UnknownError(operation)

    def _put(self, put: dict[str, Any]) -> None:
        self._items[self._place(put["TableName"], put["Item"])] = put["Item"]

    def _place(self, table: str, attributes: Item) -> tuple[str, ...]:
        return (table, *(attributes[name]["S"] for name in self._keys[table]))


def answers(tables: Mapping[str, tuple[str, ...]]) -> Answer:
    """The answers of a fresh, empty DynamoDB."""
    return FakeDynamo(tables).answer


def _update(item: Item, asked: dict[str, Any]) -> None:
    text, names = asked["UpdateExpression"], asked["ExpressionAttributeNames"]
    values = {name: int(value["N"]) for name, value in asked["ExpressionAttributeValues"].items()}
    before = {name: int(value["N"]) for name, value in item.items() if "N" in value}
    clauses = CLAUSE.findall(text)
    if " ".join(f"{kind} {rest}" for kind, rest in clauses) != text:
        raise UnknownError(text)
    for kind, rest in clauses:
        for part in SEPARATOR.split(rest):
            if kind == "REMOVE":
                item.pop(names[part], None)
                continue
            if kind == "ADD":
                attribute, _, value = part.partition(" ")
                result = before.get(names[attribute], 0) + values[value]
            else:
                attribute, result = _assigned(part, names, values, before)
            item[names[attribute]] = {"N": str(result)}


def _assigned(
    part: str, names: Mapping[str, str], values: Mapping[str, int], before: Mapping[str, int]
) -> tuple[str, int]:
    """The target of one assignment of a SET clause, and its new value."""
    found = ASSIGNMENT.fullmatch(part)
    if found is None:
        raise UnknownError(part)
    target, optional, default, operand, value = found.groups()
    result = values[value]
    if optional:
        result += before.get(names[optional], values[default])
    elif operand:
        result += before[names[operand]]
    return target, result


def _response(body: bytes, status: str = "200 OK") -> bytes:
    headers = {
        "server": "Server",
        "date": _date(int(time.time())),
        "connection": "keep-alive",
        "x-amzn-requestid": "A" * 52,
        "x-amz-crc32": str(zlib.crc32(body)),
    }
    return response(body, status=status, kind=KIND, headers=headers)


@lru_cache(maxsize=1)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)
