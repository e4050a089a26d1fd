"""What DynamoDB says, as it goes over the wire, and a client that asks a scripted server in its place."""

import json
import time
import zlib
from collections.abc import Callable
from typing import Any

from tests.fakes.upstream import ScriptedUpstream
from tiergate.adapters.dynamodb import DynamoDB

SECRET, TOKEN = "a-secret-access-key", "a-session-token"
GET = {"TableName": "registry", "Key": {"pk": {"S": "KEY#private"}, "sk": {"S": "-"}}}
UPDATE = {"TableName": "usage", "Key": {"subscription": {"S": "sub_private"}}}
NAMESPACE = "com.amazonaws.dynamodb.v20120810"


def answer(found: Any, status: str = "200 OK", *, date: str = "", checksum: int | None = None) -> bytes:
    """An answer with the fields that DynamoDB sends; ``checksum`` in place of the right one."""
    body = found if isinstance(found, bytes) else json.dumps(found).encode()
    lines = [
        f"HTTP/1.1 {status}",
        "Server: Server",
        *([f"Date: {date}"] if date else []),
        "Content-Type: application/x-amz-json-1.0",
        f"Content-Length: {len(body)}",
        "Connection: keep-alive",
        f"x-amzn-RequestId: {'A' * 52}",
        f"x-amz-crc32: {zlib.crc32(body) if checksum is None else checksum}",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def item(text: str) -> bytes:
    """The answer to a GetItem."""
    return answer({"Item": {"pk": {"S": text}}})


def fault(name: str, status: str = "400 Bad Request", *, date: str = "", **more: Any) -> bytes:
    """An error's answer."""
    return answer({"__type": f"{NAMESPACE}#{name}", "message": "about KEY#private"} | more, status, date=date)


def environment(url: str) -> dict[str, str]:
    """The SDKs' variables."""
    return {
        "AWS_ENDPOINT_URL_DYNAMODB": url,
        "AWS_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_SESSION_TOKEN": TOKEN,
    }


def client_of(server: ScriptedUpstream, *, timeout: float = 5, clock: Callable[[], float] = time.time) -> DynamoDB:
    return DynamoDB(environment(server.url), timeout=timeout, connect_timeout=5, clock=clock)
