"""What a distribution compresses, as CloudFront's documentation has it."""

import asyncio
import gzip
from typing import Any

import pytest

from tiergate.local.ministack_shim.compression import Compression

PAGE = b"<p>text</p>" * 200
ASKED = {"accept-encoding": "gzip, deflate, br"}
HTML = "text/html; charset=utf-8"


class FakeCloudFront:
    """A distribution with one behaviour, of the policy that compresses or of the one that does not."""

    def __init__(self, status: int, fields: dict[str, Any], body: bytes, *, compresses: bool) -> None:
        self._answer, self._compresses = (status, fields, body), compresses

    async def handle_viewer_request(self, *_: object) -> tuple[int, dict[str, Any], bytes]:
        return self._answer

    def parse_distribution_dataplane_config(self, _dist: object) -> object:
        return None

    def _match_behavior(self, _parsed: object, _path: str) -> dict[str, str]:
        return {"cache_policy_id": "policy"}

    def cache_policy_params(self, _policy: object) -> dict[str, bool]:
        return {"EnableAcceptEncodingGzip": self._compresses}


def served(
    body: bytes = PAGE,
    kind: str = HTML,
    asked: dict[str, str] = ASKED,
    *,
    status: int = 200,
    compresses: bool = True,
    **more: str,
) -> tuple[dict[str, Any], bytes]:
    fields = {"Content-Type": kind, "Content-Length": str(len(body)), "Etag": '"abc"', "Accept-Ranges": "bytes", **more}
    cloudfront = FakeCloudFront(status, fields, body, compresses=compresses)
    Compression(cloudfront).mend()
    serve: Any = cloudfront.handle_viewer_request
    _, told, sent = asyncio.run(serve({}, "GET", "/", "/", "", asked, b"", {}, "127.0.0.1"))
    return told, sent


@pytest.mark.parametrize("kind", [HTML, "text/javascript", "application/json", "image/svg+xml", "text/css"])
def test_text_goes_out_compressed_to_whoever_takes_it(kind: str) -> None:
    told, sent = served(kind=kind)
    assert gzip.decompress(sent) == PAGE
    assert told["Content-Encoding"] == "gzip"
    assert told["Content-Length"] == str(len(sent))
    assert told["Etag"] == 'W/"abc"'
    assert told["Vary"] == "Accept-Encoding"
    assert "Accept-Ranges" not in told


@pytest.mark.parametrize(
    "options",
    [
        {"asked": {}},
        {"asked": {"accept-encoding": "br"}},
        {"body": b"x" * 999},
        {"kind": "image/png"},
        {"status": 304},
        {"status": 500},
        {"compresses": False},
        {"Content-Encoding": "br"},
    ],
)
def test_all_else_goes_out_as_it_is(options: dict[str, Any]) -> None:
    told, sent = served(**options)
    assert sent == options.get("body", PAGE)
    assert told["Etag"] == '"abc"'
    assert told.get("Content-Encoding") == options.get("Content-Encoding")
