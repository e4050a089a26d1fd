"""Calls over HTTP to the one deployment of the test run."""

import http.client
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.deployment import Deployment


@dataclass(frozen=True)
class Answer:
    """What came back; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Call = Callable[..., Answer]


def done(deployment: Deployment, *arguments: str) -> Any:
    """What a command that must succeed prints with ``--json``."""
    ran = deployment.cli(*arguments, "--json")
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


@pytest.fixture(scope="session")
def call(deployment: Deployment) -> Call:
    """``call("/bank/v1/accounts", key=…, token=…)``; the path goes out exactly as given."""
    address = urlsplit(deployment.endpoint)

    def send(
        path: str,
        *,
        method: str = "GET",
        key: str | None = None,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        connection = http.client.HTTPConnection(address.netloc, timeout=60)
        sent = dict(headers or {}) | ({"X-Api-Key": key} if key else {})
        sent |= {"Authorization": f"Bearer {token}"} if token else {}
        connection.request(method, address.path + path, body=body, headers=sent)
        response = connection.getresponse()
        received: dict[str, str] = {}
        for name, value in response.getheaders():
            lower = name.lower()
            received[lower] = f"{received[lower]}; {value}" if lower in received else value
        answer = Answer(response.status, received, response.read())
        connection.close()
        return answer

    return send


@pytest.fixture(scope="session")
def warm(deployment: Deployment, call: Call) -> int:
    """Twenty instances of each function stand ready; returns how many calls at once they can take."""
    key = deployment.partner().key.text
    for clients in (2, 5, 10, 20):
        with ThreadPoolExecutor(clients) as pool:
            list(pool.map(lambda _: call("/bank/v1/accounts", key=key), range(clients * 2)))
    return 20
