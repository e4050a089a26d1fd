"""Two documents around a schema or an operation, and what their comparison tells."""

import json
from typing import Any

from tiergate.contract import compare
from tiergate.policy.openapi import operations
from tiergate.policy.source import Source, parse

Schema = dict[str, Any] | bool
Json = dict[str, Any]


def source(data: Json, file: str = "new.json") -> Source:
    read = parse(json.dumps(data, indent=1), file)
    operations(read)  # raises where a test's document is none
    return read


def document(paths: Json, version: str = "3.1.0", **rest: Any) -> Json:
    return {"openapi": version, "info": {"title": "T", "version": "1"}, "paths": paths, **rest}


def with_operation(operation: Json, **rest: Any) -> Json:
    return document({"/a": {"get": operation}}, **rest)


def as_response(schema: Schema, **rest: Any) -> Json:
    content = {"application/json": {"schema": schema}}
    return with_operation({"responses": {"200": {"description": "", "content": content}}}, **rest)


def as_request(schema: Schema, **rest: Any) -> Json:
    return document({"/a": {"post": {"requestBody": {"content": {"application/json": {"schema": schema}}}}}}, **rest)


def told(old: Json, new: Json) -> list[str]:
    """Level and message of each change. The new one has an extension more, as equal documents are not looked into."""
    return [f"{each.level}: {each.message}" for each in compare(source(old, "old.json"), source(new | {"x-new": True}))]


def of_request(old: Schema, new: Schema, **rest: Any) -> list[str]:
    """What is told of a schema in a request, without where it stands."""
    return [_bare(each) for each in told(as_request(old, **rest), as_request(new, **rest))]


def of_response(old: Schema, new: Schema, **rest: Any) -> list[str]:
    """What is told of a schema in a response, without where it stands."""
    return [_bare(each) for each in told(as_response(old, **rest), as_response(new, **rest))]


def _bare(text: str) -> str:
    for where in ("POST /a: request body application/json: ", "GET /a: response 200 application/json: "):
        text = text.replace(where, "")
    return text
