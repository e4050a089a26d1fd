"""Keywords whose value has a type, on which pages rely; where a document says something else, it is left out."""

import re
from collections.abc import Callable, Mapping
from typing import Any

TOKEN = r"[A-Za-z0-9!#$&^_.+-]+"  # noqa: S105
PARAMETER = rf'[ \t]*;[ \t]*{TOKEN}=(?:{TOKEN}|"[^"\\\x00-\x1f]*")'
MEDIA_TYPES = re.compile(rf"(?:\*|{TOKEN})/(?:\*|{TOKEN})(?:{PARAMETER})*(?:[ \t]*,[ \t]*{TOKEN}/(?:\*|{TOKEN}))*")
"""A media type with its parameters, or several (RFC 9110, 8.3.1 and 12.5.1)."""

NUMBERS = frozenset(
    {"exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum", "multipleOf"}
    | {f"{end}{what}" for end in ("max", "min") for what in ("Contains", "Items", "Length", "Properties")}
)

Fits = Callable[[Any], bool]


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _list(value: Any) -> bool:
    return isinstance(value, list)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _bound(value: Any) -> bool:
    """A number, or true or false before OpenAPI 3.1."""
    return isinstance(value, int | float)


def _texts_by_name(value: Any) -> bool:
    return isinstance(value, Mapping) and all(_texts(each) for each in value.values())


def _simple(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(each, str | bool) for each in value.values())


def _media_types(value: Any) -> bool:
    return isinstance(value, str) and MEDIA_TYPES.fullmatch(value) is not None


SCHEMA: Mapping[str, Fits] = {
    **dict.fromkeys(("$anchor", "$comment", "$dynamicAnchor", "$dynamicRef", "$id", "$schema"), _text),
    **dict.fromkeys(("contentEncoding", "contentMediaType", "format", "pattern", "title"), _text),
    **dict.fromkeys(("deprecated", "nullable", "readOnly", "uniqueItems", "writeOnly"), _flag),
    **dict.fromkeys(("enum", "examples"), _list),
    **dict.fromkeys(NUMBERS, _number),
    **dict.fromkeys(("exclusiveMaximum", "exclusiveMinimum"), _bound),
    "dependentRequired": _texts_by_name,
    "required": _texts,
    "type": lambda value: _text(value) or _texts(value),
    "xml": _simple,
}
"""Of schemas, beside those that hold schemas."""

PART: Mapping[str, Fits] = {
    **dict.fromkeys(("externalValue", "in", "name", "operationId", "operationRef", "style", "summary"), _text),
    **dict.fromkeys(("allowEmptyValue", "allowReserved", "deprecated", "explode", "required"), _flag),
    "contentType": _media_types,
    "parameters": lambda value: isinstance(value, Mapping),
}
"""Of parameters, headers, bodies, media types, encodings, links and examples."""

SCHEME: Mapping[str, Fits] = dict.fromkeys(("bearerFormat", "in", "name", "openIdConnectUrl", "scheme", "type"), _text)
"""Of security schemes, beside their flows."""

FLOW: Mapping[str, Fits] = {
    **dict.fromkeys(("authorizationUrl", "refreshUrl", "tokenUrl"), _text),
    "scopes": lambda value: isinstance(value, Mapping) and all(isinstance(each, str) for each in value.values()),
}


def fits(kind: Mapping[str, Fits], key: str, value: Any) -> bool:
    """Whether a keyword may be told: it is of its type, or no type is known of it."""
    known = kind.get(key)
    return known is None or known(value)
