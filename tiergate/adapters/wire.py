"""Plain values ⇄ DynamoDB's wire form."""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any


def to_wire(values: Mapping[str, Any]) -> dict[str, Any]:
    """Floats become decimals of the digits they are shown with."""
    serialize = _types().TypeSerializer().serialize
    return {name: serialize(_storable(value)) for name, value in values.items()}


def from_wire(item: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers become int where they are whole, otherwise float; sets become sorted lists."""
    deserialize = _types().TypeDeserializer().deserialize
    return {name: _plain(deserialize(value)) for name, value in item.items()}


@cache
def _types() -> Any:
    from boto3.dynamodb import types  # noqa: PLC0415 - a tenth of a second, of no use to commands that read files alone

    return types


def _storable(value: Any) -> Any:
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, Mapping):
        return {name: _storable(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(each) for each in value]
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value
