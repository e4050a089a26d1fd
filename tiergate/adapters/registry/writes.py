"""The parts of a transaction. Each has a condition, and the error that its failure means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from tiergate.adapters.registry.errors import Conflict, RegistryError, Stale, Taken
from tiergate.adapters.wire import to_wire

T = TypeVar("T")
Path = tuple[str, ...]
"""Where in an item something stands: ``("state",)``, ``("subscriptions", "<product>")``."""


@dataclass(frozen=True, slots=True)
class Stored(Generic[T]):
    """A record as it was read: what a change of it is conditional on."""

    pk: str
    version: int
    value: T
    sk: str = "-"


@dataclass(frozen=True, slots=True)
class Write:
    """One item of ``TransactWriteItems``, the table's name still missing.

    ``what`` names the record to people; ``refusal`` is what it means that its condition failed, where that is no
    conflict.
    """

    kind: str
    request: Mapping[str, Any]
    what: str
    refusal: RegistryError | None = None

    def refused(self) -> RegistryError:
        """What it means that its condition failed."""
        return self.refusal or Conflict(self.what)


def put(item: Mapping[str, Any], what: str, taken: str = "") -> Write:
    """A new record; nothing with its key may be there."""
    new = {"sk": "-", "version": 1} | dict(item)
    refusal = Taken(taken) if taken else None
    return Write("Put", {"Item": to_wire(new), "ConditionExpression": "attribute_not_exists(pk)"}, what, refusal)


def absent(pk: str, what: str, refusal: RegistryError) -> Write:
    """Nothing is written; but what is written with it is, only as long as there is no such record."""
    return Write(
        "ConditionCheck", {"Key": key_of(pk), "ConditionExpression": "attribute_not_exists(pk)"}, what, refusal
    )


def replace(stored: Stored[Any], item: Mapping[str, Any], what: str) -> Write:
    """Another record in place of one that is still as it was read."""
    request = {
        "Item": to_wire({"sk": stored.sk} | dict(item) | {"version": stored.version + 1}),
        "ConditionExpression": "#version = :read",
        "ExpressionAttributeNames": {"#version": "version"},
        "ExpressionAttributeValues": to_wire({":read": stored.version}),
    }
    return Write("Put", request, what)


def update(stored: Stored[Any], changes: Mapping[Path, Any], what: str) -> Write:
    """Change a record that is still as it was read; None takes an attribute away."""
    changes = {**changes, ("version",): stored.version + 1}
    names: dict[str, str] = {"#version": "version"}
    values: dict[str, Any] = {":read": stored.version}
    assigned, removed = [], []
    for number, (path, value) in enumerate(changes.items()):
        places = []
        for depth, step in enumerate(path):
            names[f"#p{number}_{depth}"] = step
            places.append(f"#p{number}_{depth}")
        if value is None:
            removed.append(".".join(places))
        else:
            values[f":v{number}"] = value
            assigned.append(f"{'.'.join(places)} = :v{number}")
    expression = "SET " + ", ".join(assigned) + (" REMOVE " + ", ".join(removed) if removed else "")
    request = {
        "Key": key_of(stored.pk, stored.sk),
        "UpdateExpression": expression,
        "ConditionExpression": "#version = :read",
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": to_wire(values),
    }
    return Write("Update", request, what)


def assign(pk: str, name: str, value: Any, what: str) -> Write:
    """Give an attribute a value, however the record is by now; it must be there, and counts as changed."""
    request = {
        "Key": key_of(pk),
        "UpdateExpression": "SET #name = :value, #version = #version + :one",
        "ConditionExpression": "attribute_exists(pk)",
        "ExpressionAttributeNames": {"#name": name, "#version": "version"},
        "ExpressionAttributeValues": to_wire({":value": value, ":one": 1}),
    }
    return Write("Update", request, what)


def delete(stored: Stored[Any], what: str) -> Write:
    """Take away a record that is still as it was read."""
    request = {
        "Key": key_of(stored.pk, stored.sk),
        "ConditionExpression": "#version = :read",
        "ExpressionAttributeNames": {"#version": "version"},
        "ExpressionAttributeValues": to_wire({":read": stored.version}),
    }
    return Write("Delete", request, what)


def drop(pk: str, what: str, sk: str = "-") -> Write:
    """Take away a record that never changes, or that another write of the transaction guards."""
    return Write("Delete", {"Key": key_of(pk, sk)}, what)


def counted(one: Mapping[str, Any], refusal: RegistryError) -> Write:
    """One more of what `Allowances` counts, unless there are as many as there may be."""
    return Write("Update", one, "something of the same kind", refusal)


def key_of(pk: str, sk: str = "-") -> dict[str, Any]:
    return to_wire({"pk": pk, "sk": sk})


def nothing(_made: object) -> Sequence[Write]:
    """What is written with something new, where that is all."""
    return ()


def as_seen(stored: Stored[T], expected: int | None, what: str) -> Stored[T]:
    """A record that has the version that somebody saw, where they say which.

    Raises
    ------
    Stale
        It has another.
    """
    if expected is not None and stored.version != expected:
        raise Stale(what)
    return stored
