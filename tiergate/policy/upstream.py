"""Addresses that an API's calls may go to."""

import re
from urllib.parse import urlsplit

FUNCTION = re.compile(r"lambda:([a-z][a-z0-9_]{0,39}|arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:function:[\w:$-]+)")

GATEWAY = frozenset({"authorizer", "proxy"})
"""Folders of ``lambdas/`` that no API's calls may go to."""


def upstream_fault(upstream: str) -> str:
    """What is wrong with an upstream's address; empty when nothing is."""
    if upstream.startswith("lambda:"):
        if upstream.removeprefix("lambda:") in GATEWAY:
            return f"{upstream} is one of the gateway's own functions"
        if FUNCTION.fullmatch(upstream):
            return ""
        return "after lambda: comes the name of a folder in lambdas/ or a function's ARN"
    if not re.fullmatch(r"[\x21-\x7e]{1,2000}", upstream):
        return "must be 1 to 2000 characters of ASCII without spaces"
    try:
        url = urlsplit(upstream)
        _ = url.port
    except ValueError as error:
        return f"not an address: {error}"
    if url.scheme not in {"http", "https"} or not url.hostname:
        return "must be an http:// or https:// address, or lambda:<name>"
    if url.username is not None or "?" in upstream or "#" in upstream:
        return "must have no user, query or fragment"
    if url.netloc.endswith(":"):
        return "the port is missing behind the colon"
    return ""
