"""The upstream behind the proxy: 2 KB of JSON, whatever is asked."""

import json

from bench.http_server import Answer, Request, response

SIZE = 2048


def document() -> bytes:
    """A list of accounts, exactly ``SIZE`` bytes of JSON."""
    accounts = [
        {"id": f"acc-{number:04}", "currency": "EUR", "balance": f"{number * 137 % 9000}.50", "status": "enabled"}
        for number in range(22)
    ]
    padding = SIZE - len(json.dumps({"accounts": accounts, "note": ""}))
    return json.dumps({"accounts": accounts, "note": "." * padding}).encode()


DOCUMENT = document()


def answers() -> Answer:
    """The answers of a fresh upstream."""
    ready = response(
        DOCUMENT, headers={"date": "Thu, 01 Jan 2026 00:00:00 GMT", "cache-control": "no-store", "etag": '"33a64df5"'}
    )
    missing = response(b"{}", status="404 Not Found")

    def answer(request: Request) -> bytes:
        return ready if "x-tiergate-subscription" in request.headers else missing

    return answer
