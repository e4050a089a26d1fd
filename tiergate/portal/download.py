"""An OpenAPI document as partners may have it: without extensions, which are its owner's, and without servers."""

from collections.abc import Mapping
from typing import Any

GATEWAY = "/gateway"
"""Where the gateway answers on the portal's own address."""

FREE = frozenset({"const", "default", "enum", "example", "value", "dataValue"})
"""Keys that hold what a caller may send or get, to the letter."""
NAMED = frozenset(
    {"$defs", "callbacks", "content", "definitions", "dependentSchemas", "encoding", "headers", "links", "mapping"}
    | {"parameters", "patternProperties", "properties", "scopes", "variables", "webhooks"}
)
"""Keys that hold parts by name, where a name may begin with ``x-`` too."""


def downloaded(document: Mapping[str, Any], name: str, ids: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    """The document of an API version. ``ids``: of its operations, by path and method in lower case.

    What is called goes through the gateway, which has one address.
    """
    made: dict[str, Any] = _object(document)
    made["servers"] = [{"url": f"{GATEWAY}/{name}"}]
    for (path, method), identity in ids.items():
        operation = made["paths"][path].get(method)
        if isinstance(operation, dict) and "operationId" not in operation and " " not in identity:
            operation["operationId"] = identity
    return made


def _object(stated: Any, key: str = "") -> Any:
    """A part, or a list of parts."""
    if isinstance(stated, list):
        return [_object(each, key) for each in stated]
    if not isinstance(stated, Mapping):
        return stated
    if key == "security":
        return dict(stated)
    return {
        name: _value(name, value)
        for name, value in stated.items()
        if not name.startswith("x-") and name not in {"server", "servers"}
    }


def _value(key: str, value: Any) -> Any:
    if key in FREE:
        return value
    if key == "components" and isinstance(value, Mapping):
        return {kind: _parts(each) for kind, each in value.items() if not kind.startswith("x-")}
    if key == "examples":
        return value if isinstance(value, list) else _parts(value)
    if key in NAMED and isinstance(value, Mapping):
        return _parts(value)
    return _object(value, key)


def _parts(stated: Any) -> Any:
    """Parts by name."""
    if not isinstance(stated, Mapping):
        return _object(stated)
    return {name: _object(each) for name, each in stated.items()}
