"""Answers to CloudFormation: what S3 gets at the address that the request names."""

import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tiergate.adapters.custom_resource import LONGEST_REASON, is_request, refuse, succeed

REQUEST = {
    "RequestType": "Create",
    "StackId": "arn:aws:cloudformation:eu-central-1:000000000000:stack/tiergate-dev-gate/1",
    "RequestId": "5f1c",
    "LogicalResourceId": "Check",
    "ResourceProperties": {"ServiceToken": "arn:aws:lambda:…"},
}


class Bucket(http.server.BaseHTTPRequestHandler):
    """Takes one object and keeps it with its content type, which S3's signature covers."""

    taken: list[tuple[str | None, dict[str, Any]]]

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.taken.append((self.headers["content-type"], json.loads(body)))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def bucket() -> Iterator[tuple[dict[str, Any], list[tuple[str | None, dict[str, Any]]]]]:
    """A request whose answer goes to this machine, and what came of it."""
    taken: list[tuple[str | None, dict[str, Any]]] = []
    server = http.server.HTTPServer(("127.0.0.1", 0), type("Taking", (Bucket,), {"taken": taken}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield REQUEST | {"ResponseURL": f"http://127.0.0.1:{server.server_port}/answer?signature=x"}, taken
    server.shutdown()
    thread.join()
    server.server_close()


def test_success_echoes_the_request_under_one_physical_id_for_good(bucket):
    request, taken = bucket
    succeed(request)
    succeed(request | {"RequestType": "Update", "PhysicalResourceId": "another"})
    echoed = {name: REQUEST[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
    assert taken == [("", echoed | {"PhysicalResourceId": "Check", "Status": "SUCCESS"})] * 2


def test_a_refusal_tells_its_reason(bucket):
    request, taken = bucket
    refuse(request, "2 subscriptions have plan free")
    ((_, answer),) = taken
    assert (answer["Status"], answer["Reason"]) == ("FAILED", "2 subscriptions have plan free")


@pytest.mark.parametrize("letter", ["a", "ü", "€", "\N{GRINNING FACE}"])
def test_a_long_reason_leaves_the_answer_within_cloudformations_4096_bytes(bucket, letter):
    request, taken = bucket
    refuse(request, letter * 5000)
    ((_, answer),) = taken
    assert answer["Reason"].endswith("…")
    assert LONGEST_REASON - 4 < len(answer["Reason"].encode()) <= LONGEST_REASON + 3
    assert set(answer["Reason"][:-1]) == {letter}


def test_only_cloudformations_requests_are_taken_for_such():
    assert is_request(REQUEST | {"ResponseURL": "https://s3…"})
    assert not is_request({"Records": []})
    assert not is_request(REQUEST)
