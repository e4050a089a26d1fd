"""AWS Signature Version 4 for the one kind of request of JSON services: POST to /, all in a few fields and the body.

AWS, "Create a signed AWS API request" (IAM User Guide); botocore's signer is the oracle of its tests.
"""

import time
from functools import lru_cache
from hashlib import sha256
from hmac import digest
from typing import NamedTuple

ALGORITHM = "AWS4-HMAC-SHA256"


class Endpoint(NamedTuple):
    """Whom requests are for: the ``service`` by its name in signatures, the ``kind`` of JSON (media type) that it
    speaks, and its ``host``, with the port where it needs one."""

    service: str
    kind: str
    host: str
    region: str


class Credentials(NamedTuple):
    """``token``: of a session, as functions have one; empty for none. All three are visible ASCII."""

    key_id: str
    secret: str
    token: str = ""

    def __repr__(self) -> str:
        return "Credentials(…)"


def signed_request(endpoint: Endpoint, target: str, body: bytes, credentials: Credentials, now: float) -> bytes:
    """The whole request as it goes over the wire. ``now`` in seconds."""
    service, kind, host, region = endpoint
    at = _timestamp(int(now))
    day = at[:8]
    scope = f"{day}/{region}/{service}/aws4_request"
    names, fields = "content-type;host;x-amz-date", f"content-type:{kind}\nhost:{host}\nx-amz-date:{at}\n"
    if credentials.token:
        names, fields = f"{names};x-amz-security-token", f"{fields}x-amz-security-token:{credentials.token}\n"
    names, fields = f"{names};x-amz-target", f"{fields}x-amz-target:{target}\n"
    canonical = f"POST\n/\n\n{fields}\n{names}\n{sha256(body).hexdigest()}"
    proved = f"{ALGORITHM}\n{at}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
    signature = digest(_key(credentials.secret, day, region, service), proved.encode(), "sha256").hex()
    proof = f"{ALGORITHM} Credential={credentials.key_id}/{scope}, SignedHeaders={names}, Signature={signature}"
    head = f"POST / HTTP/1.1\n{fields}content-length:{len(body)}\nauthorization:{proof}\n\n"
    return head.replace("\n", "\r\n").encode() + body


@lru_cache(maxsize=1)
def _timestamp(seconds: int) -> str:
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(seconds))


@lru_cache(maxsize=4)
def _key(secret: str, day: str, region: str, service: str) -> bytes:
    """The key of a day: another secret, another day or another service, and it is derived anew."""
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = digest(key, part.encode(), "sha256")
    return key
