"""HTTP proxy integrations: the upstream's answer passed on as it came.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-http.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html

A URI gets the path appended only from the `$default` route; else its path variables are filled in.
"""

import functools
import http.client
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from .exchange import Headers
from .mapping import Request

PATH_VARIABLE = re.compile(r"\{(\w+)\+?\}")
# Paths come decoded but for %25, so a percent sign is one that the caller encoded.
IN_A_PATH = "/%:@!$&'()*+,;=~"
HOP_BY_HOP = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
NO_BODY = {204, 304}


class Unreachable(Exception):
    """No whole answer came from the upstream."""


@dataclass(frozen=True)
class Call:
    """One request to an upstream; `seconds` bounds each wait on its socket."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None
    seconds: float


def address(uri: str, route_key: str, path_parameters: Mapping[str, str], request: Request) -> str:
    """The URL that is called for an integration's URI; a mapped path replaces the URI's own."""
    if request.path_overwritten:
        parts = urlsplit(uri)
        url = f"{parts.scheme}://{parts.netloc}{quote(request.path, safe=IN_A_PATH)}"
    elif route_key == "$default":
        url = uri.rstrip("/") + quote(request.path, safe=IN_A_PATH)
    else:
        url = PATH_VARIABLE.sub(lambda found: quote(path_parameters.get(found[1], ""), safe=IN_A_PATH), uri)
    return f"{url}{'&' if '?' in url else '?'}{request.query}" if request.query else url


def method(integration: Mapping[str, Any], asked: str) -> str:
    declared: str = integration.get("integrationMethod") or "ANY"
    return asked if declared == "ANY" else declared


def send(call: Call) -> tuple[int, Headers, bytes]:
    """The upstream's status, headers and body; redirects are answers like any other.

    Raises `TimeoutError` and `Unreachable`.
    """
    parts = urlsplit(call.url)
    try:
        connection = _connection(parts.scheme, parts.hostname or "", parts.port, call.seconds)
    except ValueError as fault:
        raise Unreachable(type(fault).__name__) from None
    try:
        _ask(connection, call, f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}")
        response = connection.getresponse()
        return response.status, _headers(response, call.method), response.read()
    except TimeoutError:
        raise
    except (OSError, http.client.HTTPException, ValueError) as fault:
        raise Unreachable(type(fault).__name__) from None  # without its text, which may quote the address
    finally:
        connection.close()


def _connection(scheme: str, host: str, port: int | None, seconds: float) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=seconds, context=_tls())
    if scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=seconds)
    raise ValueError("an integration in a VPC cannot be reached from here")


@functools.cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _ask(connection: http.client.HTTPConnection, call: Call, target: str) -> None:
    connection.putrequest(call.method, target, skip_host="host" in call.headers, skip_accept_encoding=True)
    for name, value in call.headers.items():
        if name not in HOP_BY_HOP and name != "content-length":
            connection.putheader(name, value.encode())
    if call.body or call.method in {"POST", "PUT", "PATCH"}:
        connection.putheader("content-length", str(len(call.body or b"")))
    connection.endheaders(call.body or None)


def _headers(response: http.client.HTTPResponse, asked: str) -> Headers:
    named = {token.strip().lower() for token in response.getheader("connection", "").split(",")}
    headers: dict[str, list[str]] = {}
    for name, value in response.getheaders():
        if name.lower() not in HOP_BY_HOP | named:
            headers.setdefault(name.lower(), []).append(value)
    if asked != "HEAD" and response.status not in NO_BODY:
        headers.pop("content-length", None)  # MiniStack writes that of the body
    else:
        headers.setdefault("content-length", [])  # an empty list: no line of MiniStack's own
    return {name: lines if len(lines) != 1 else lines[0] for name, lines in headers.items()}
