"""Addresses that an API's calls may go to, and those that keys and tokens may be fetched from."""

import re
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from tiergate.domain.addresses import is_loopback
from tiergate.domain.catalogue import FUNCTION

FOLDERS = Path(__file__).resolve().parents[2] / "lambdas"
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
ARN = re.compile(r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:function:[\w:$-]+", re.ASCII)

GATEWAY = frozenset({"authorizer", "call_records", "jwks", "notices", "onboard", "proxy", "roll_up"})
"""Folders of ``lambdas/`` that no API's calls may go to."""


def upstream_fault(upstream: str) -> str:
    """What is wrong with an upstream's address; empty when nothing is."""
    if upstream.startswith(FUNCTION):
        return _function_fault(upstream.removeprefix(FUNCTION))
    try:
        _address(upstream, "must be an http:// or https:// address, or lambda:<name>")
    except ValueError as fault:
        return str(fault)
    return ""


def missing_function(upstream: str) -> str:
    """What is missing of an upstream that is one of this project's functions; empty when nothing is."""
    name = upstream.removeprefix(FUNCTION)
    if name == upstream or not NAME.fullmatch(name) or (FOLDERS / name / "handler.py").is_file():
        return ""
    return f"there is no lambdas/{name}/handler.py"


def secure_url(text: str) -> str:
    """An address that keys or tokens are fetched from; raises ValueError where anybody could answer in its place."""
    url = _address(text, "must be an https:// address")
    if url.scheme == "http" and not is_loopback(url.hostname or ""):
        raise ValueError("must be an https:// address; http:// is for this machine alone, such as http://127.0.0.1")
    return text


def in_clear(upstream: str) -> bool:
    """Whether calls to an upstream leave this machine in clear text."""
    try:
        url = urlsplit(upstream)
    except ValueError:
        return False
    return url.scheme == "http" and not is_loopback(url.hostname or "")


def _address(text: str, expected: str) -> SplitResult:
    """Its parts; raises ValueError with what is wrong, ``expected`` where it is of another kind altogether."""
    if not re.fullmatch(r"[\x21-\x7e]{1,2000}", text):
        raise ValueError("must be 1 to 2000 characters of ASCII without spaces")
    try:
        url = urlsplit(text)
        _ = url.port
    except ValueError as error:
        raise ValueError(f"not an address: {error}") from error
    if url.scheme not in {"http", "https"} or not url.hostname:
        raise ValueError(expected)
    if url.username is not None or "?" in text or "#" in text:
        raise ValueError("must have no user, query or fragment")
    if url.netloc.endswith(":"):
        raise ValueError("the port is missing behind the colon")
    return url


def _function_fault(name: str) -> str:
    if name in GATEWAY:
        return f"lambda:{name} is one of the gateway's own functions"
    if ARN.fullmatch(name):
        return ""
    if not NAME.fullmatch(name):
        return "after lambda: comes the name of a folder in lambdas/ or a function's ARN"
    return ""
