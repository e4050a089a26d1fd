"""Addresses that an API's calls may go to."""

import re
from pathlib import Path
from urllib.parse import urlsplit

FOLDERS = Path(__file__).resolve().parents[2] / "lambdas"
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
ARN = re.compile(r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:function:[\w:$-]+", re.ASCII)

GATEWAY = frozenset({"authorizer", "onboard", "proxy"})
"""Folders of ``lambdas/`` that no API's calls may go to."""


def upstream_fault(upstream: str) -> str:
    """What is wrong with an upstream's address; empty when nothing is."""
    if upstream.startswith("lambda:"):
        return _function_fault(upstream.removeprefix("lambda:"))
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


def _function_fault(name: str) -> str:
    if name in GATEWAY:
        return f"lambda:{name} is one of the gateway's own functions"
    if ARN.fullmatch(name):
        return ""
    if not NAME.fullmatch(name):
        return "after lambda: comes the name of a folder in lambdas/ or a function's ARN"
    return "" if (FOLDERS / name / "handler.py").is_file() else f"there is no lambdas/{name}/handler.py"
