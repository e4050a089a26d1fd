"""One UpdateItem by each of several clients: ``python -m bench.dynamodb_clients CLIENT URL CALLS`` measures one here.

Nothing is imported but what a client itself needs: that is part of what it costs.
"""

# ruff: noqa: PLC0415 - imports are part of what is measured

import json
import os
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

REGION, TABLE, TARGET = "eu-central-1", "usage", "DynamoDB_20120810.UpdateItem"
KEY_ID, SECRET, TOKEN = "ASIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "A" * 700
NUMBERS = {
    ":w": 498_720,
    ":next": 1_795_392_610_005_000,
    ":now": 1_795_392_610_000_000,
    ":k": 1,
    ":m0": 999_999,
    ":m1": 9_999_999,
    ":c0": 1,
}
DEBIT: dict[str, Any] = {
    "TableName": TABLE,
    "Key": {"subscription": {"S": "sub_0123456789ab"}},
    "UpdateExpression": "SET #w = :w, #t = :next ADD #u0 :k, #u1 :k, #c0 :c0",
    "ConditionExpression": "(attribute_not_exists(#w) OR #w <= :w) AND (attribute_not_exists(#u0) OR #u0 <= :m0)"
    " AND (attribute_not_exists(#u1) OR #u1 <= :m1) AND (attribute_not_exists(#t) OR #t < :now)",
    "ExpressionAttributeNames": {"#w": "w", "#t": "t5000", "#u0": "u498720", "#u1": "m681", "#c0": "bank/v1@498720"},
    "ExpressionAttributeValues": {name: {"N": str(number)} for name, number in NUMBERS.items()},
    "ReturnValues": "ALL_NEW",
    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
}
"""As the authorizer writes it in exact mode: a rate, two windows and a count."""

Call = Callable[[], object]


def nothing(_url: str) -> Call:
    """What the process itself costs."""
    return lambda: {"Attributes": {}}


def ours(url: str) -> Call:
    from tiergate.adapters.dynamodb import DynamoDB

    client = DynamoDB(os.environ | {"AWS_ENDPOINT_URL": url}, timeout=10)
    return lambda: client.update_item(**DEBIT)


def by_http_client(url: str) -> Call:
    """The standard library's client, with our signature."""
    import http.client

    host = url.partition("://")[2]
    connection = http.client.HTTPConnection(host)
    connection.connect()
    connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def call() -> object:
        body, fields = _signed(host)
        connection.request("POST", "/", body, fields)
        return json.loads(connection.getresponse().read())

    return call


def by_urllib3(url: str) -> Call:
    """urllib3, with our signature."""
    import urllib3

    pool = urllib3.connectionpool.connection_from_url(url)

    def call() -> object:
        body, fields = _signed(url.partition("://")[2])
        return json.loads(pool.urlopen("POST", "/", body=body, headers=fields, retries=False).data)

    return call


def by_botocore(url: str) -> Call:
    """botocore's signer and HTTP session, without its client."""
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials
    from botocore.httpsession import URLLib3Session

    session = URLLib3Session(socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)])
    signer = SigV4Auth(Credentials(KEY_ID, SECRET, TOKEN), "dynamodb", REGION)
    fields = {"content-type": "application/x-amz-json-1.0", "x-amz-target": TARGET}

    def call() -> object:
        request = AWSRequest("POST", url, headers=fields, data=json.dumps(DEBIT).encode())
        signer.add_auth(request)
        return json.loads(session.send(request.prepare()).content)

    return call


def by_boto3(url: str) -> Call:
    import boto3

    client = boto3.client("dynamodb", endpoint_url=url, region_name=REGION)
    return lambda: client.update_item(**DEBIT)


def by_aiodynamo(url: str) -> Call:
    """aiodynamo over aiohttp, in a loop that is kept."""
    import asyncio

    import aiohttp
    from aiodynamo.client import URL, Client
    from aiodynamo.credentials import Key, StaticCredentials
    from aiodynamo.http.aiohttp import AIOHTTP

    async def client() -> Client:
        credentials = StaticCredentials(Key(KEY_ID, SECRET, TOKEN))
        return Client(AIOHTTP(aiohttp.ClientSession()), credentials, REGION, URL(url))

    loop = asyncio.new_event_loop()
    made = loop.run_until_complete(client())
    return lambda: loop.run_until_complete(made.send_request(action="UpdateItem", payload=DEBIT))


CLIENTS: dict[str, Callable[[str], Call]] = {
    "nothing": nothing,
    "ours": ours,
    "http.client": by_http_client,
    "urllib3": by_urllib3,
    "botocore, low level": by_botocore,
    "boto3": by_boto3,
    "aiodynamo": by_aiodynamo,
}


def measured(name: str, url: str, calls: int) -> dict[str, float]:
    """CPU until the first answer, CPU of each later call, time that it took, and the greatest resident memory."""
    call = CLIENTS[name](url)
    first = call()
    cold = time.process_time()
    if not isinstance(first, dict) or "Attributes" not in first:
        raise SystemExit(f"not an answer to UpdateItem: {first}")
    for _ in range(calls // 5):
        call()
    before, begun = time.process_time(), time.monotonic()
    for _ in range(calls):
        call()
    used, took = time.process_time() - before, time.monotonic() - begun
    return {
        "call_us": used / calls * 1e6,
        "elapsed_us": took / calls * 1e6,
        "cold_ms": cold * 1e3,
        "rss_mib": int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) / 1024,
    }


def _signed(host: str) -> tuple[bytes, dict[str, str]]:
    """The body and the fields of a request, by our signer."""
    from tiergate.adapters.signing import Credentials, Endpoint, signed_request

    body = json.dumps(DEBIT).encode()
    endpoint = Endpoint("dynamodb", "application/x-amz-json-1.0", host, REGION)
    message = signed_request(endpoint, TARGET, body, Credentials(KEY_ID, SECRET, TOKEN), time.time())
    lines = message[: -len(body)].decode().split("\r\n")
    return body, dict(line.split(":", 1) for line in lines[1:-2])


if __name__ == "__main__":
    print(json.dumps(measured(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
