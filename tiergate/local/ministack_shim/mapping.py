"""Parameter mapping of HTTP APIs, for HTTP and Lambda integrations alike.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html

Not here: `$request.body` and `$response.body`, which resolve to nothing.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

from .exchange import Headers

TEMPLATE = re.compile(r"\$\{([^}]*)\}")
NOT_IN_A_HEADER = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
RESERVED = {
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-location",
    "forwarded",
    "keep-alive",
    "origin",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailers",
    "transfer-encoding",
    "upgrade",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
}
RESERVED_PREFIXES = ("access-control-", "apigw-", "x-amz-", "x-amzn-")


@dataclass(frozen=True)
class Sources:
    """Where a mapping's value can come from. Header names are lower case; `query` is as sent."""

    context: Mapping[str, str]
    path: str = ""
    path_parameters: Mapping[str, str] = field(default_factory=dict)
    request_headers: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    stage_variables: Mapping[str, str] = field(default_factory=dict)
    response_headers: Mapping[str, str] = field(default_factory=dict)

    def resolve(self, value: str) -> str:
        """A mapping's value: static text, `$one.variable`, or text with `${variables}`; empty when it names nothing."""
        if value.startswith("$") and not value.startswith("${"):
            return self._variable(value[1:])
        return TEMPLATE.sub(lambda found: self._variable(found[1]), value)

    def _variable(self, name: str) -> str:
        if name == "request.path":
            return self.path
        for prefix, values in (
            ("context.", self.context),
            ("request.path.", self.path_parameters),
            ("stageVariables.", self.stage_variables),
        ):
            if name.startswith(prefix):
                return values.get(name.removeprefix(prefix), "")
        if name.startswith("request.querystring."):
            wanted = name.removeprefix("request.querystring.")
            return ",".join(value for key, value in parse_qsl(self.query, keep_blank_values=True) if key == wanted)
        for prefix, values in (("request.header.", self.request_headers), ("response.header.", self.response_headers)):
            if name.startswith(prefix):
                return values.get(name.removeprefix(prefix).lower(), "")
        return ""


@dataclass
class Request:
    """What goes to the integration. `path_overwritten`: then it replaces the path of the integration's URI."""

    headers: dict[str, str]
    query: str
    path: str
    path_overwritten: bool = False


def map_request(parameters: Mapping[str, str], request: Request, sources: Sources) -> None:
    """Apply an integration's `requestParameters`, whose keys are like `overwrite:header.x-plan`."""
    for key, value in parameters.items():
        action, _, location = key.partition(":")
        kind, _, name = location.partition(".")
        resolved = sources.resolve(value)
        if kind == "path" and action == "overwrite":
            if resolved:
                request.path, request.path_overwritten = f"/{resolved.removeprefix('/')}", True
        elif kind == "querystring":
            request.query = _query_mapped(request.query, action, name, resolved)
        elif kind == "header" and _may_change(name):
            _map_request_header(request.headers, action, name.lower(), resolved)


def _map_request_header(headers: dict[str, str], action: str, name: str, value: str) -> None:
    if action == "remove":
        headers.pop(name, None)
    elif _can_be_sent(value):
        headers[name] = f"{headers[name]},{value}" if action == "append" and name in headers else value


def _query_mapped(query: str, action: str, name: str, value: str) -> str:
    if action != "remove" and not value:
        return query
    pairs = parse_qsl(query, keep_blank_values=True)
    if action != "append":
        pairs = [(key, old) for key, old in pairs if key != name]
    return urlencode(pairs if action == "remove" else [*pairs, (name, value)])


def response_parameters(integration: Mapping[str, Any], status: int) -> list[tuple[str, str]]:
    """The (key, value) pairs for a status that the integration answered.

    MiniStack keeps what CloudFormation wrote (`{"ResponseParameters": [{"Source": …, "Destination": …}]}`) beside
    what the API takes (`{"overwrite:header.x": …}`).
    """
    declared = (integration.get("responseParameters") or {}).get(str(status)) or {}
    listed: Sequence[Mapping[str, str]] | None = declared.get("ResponseParameters")
    if listed is not None:
        return [(entry["Destination"], entry["Source"]) for entry in listed]
    return list(declared.items())


def map_response(parameters: Sequence[tuple[str, str]], status: int, headers: Headers, sources: Sources) -> int:
    """Change the headers in place and return the status that the caller gets."""
    for key, value in parameters:
        action, _, location = key.partition(":")
        resolved = sources.resolve(value)
        if key == "overwrite:statuscode":
            status = int(resolved) if resolved.isdecimal() else status
        elif location.startswith("header.") and _may_change(name := location.removeprefix("header.")):
            _map_response_header(headers, action, name, resolved)
    return status


def _map_response_header(headers: Headers, action: str, name: str, value: str) -> None:
    if action != "remove" and not _can_be_sent(value):
        return
    kept = [lines for key, lines in headers.items() if key.lower() == name.lower()]
    for key in [key for key in headers if key.lower() == name.lower()]:
        del headers[key]
    if action == "append":
        headers[name] = [line for lines in kept for line in (lines if isinstance(lines, list) else [lines])] + [value]
    elif action == "overwrite":
        headers[name] = value


def _may_change(name: str) -> bool:
    """API Gateway refuses to deploy a mapping of a reserved header; here it has no effect."""
    return name.lower() not in RESERVED and not name.lower().startswith(RESERVED_PREFIXES)


def _can_be_sent(value: str) -> bool:
    return bool(value) and not NOT_IN_A_HEADER.search(value)
