"""What a distribution compresses.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/ServingCompressedFiles.html
    Files of these types, of 1,000 to 10,000,000 bytes, answered with 200, 403 or 404, for viewers that take gzip, where
    the cache policy has it. The ETag becomes a weak one. Here it is gzip alone, as no browser goes without.
"""

import gzip
from collections.abc import Mapping
from typing import Any

SMALLEST, LARGEST = 1_000, 10_000_000
TYPES = frozenset(
    {
        *("application/json", "application/manifest+json", "application/rss+xml", "application/xml"),
        *(
            "application/javascript",
            "image/svg+xml",
            "text/css",
            "text/html",
            "text/javascript",
            "text/plain",
            "text/xml",
        ),
    }
)


class Compression:
    """`cloudfront` is MiniStack's `services.cloudfront`, whose `handle_viewer_request` is taken over by `mend`."""

    def __init__(self, cloudfront: Any) -> None:
        self._cloudfront, self._serve = cloudfront, cloudfront.handle_viewer_request

    def mend(self) -> None:
        self._cloudfront.handle_viewer_request = self.serve

    async def serve(self, dist: Any, method: str, path: str, *rest: Any) -> tuple[int, dict[str, Any], bytes]:
        status, fields, body = await self._serve(dist, method, path, *rest)
        _, _, headers, *_ = rest
        if status not in {200, 403, 404} or not self._wanted(dist, path, headers, fields, body):
            return status, fields, body
        named = {name.lower(): name for name in fields}
        if etag := fields.get(named.get("etag", "")):
            fields[named["etag"]] = f"W/{etag.removeprefix('W/')}"
        fields.pop(named.get("accept-ranges", ""), None)
        content = gzip.compress(body, 6, mtime=0)
        fields |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        fields[named.get("content-length", "Content-Length")] = str(len(content))
        return status, fields, content

    def _wanted(self, dist: Any, path: str, headers: Mapping[str, str], fields: Mapping[str, Any], body: bytes) -> bool:
        sent = {name.lower(): str(value) for name, value in fields.items()}
        return (
            "gzip" in headers.get("accept-encoding", "")
            and SMALLEST <= len(body) <= LARGEST
            and sent.get("content-type", "").partition(";")[0] in TYPES
            and "content-encoding" not in sent
            and self._compresses(dist, path)
        )

    def _compresses(self, dist: Any, path: str) -> bool:
        parsed = self._cloudfront.parse_distribution_dataplane_config(dist)
        behavior = self._cloudfront._match_behavior(parsed, path)
        policy = self._cloudfront.cache_policy_params((behavior or {}).get("cache_policy_id"))
        return bool((policy or {}).get("EnableAcceptEncodingGzip"))
