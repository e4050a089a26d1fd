"""A request as the gateway received it, and what may be said of it."""

import ipaddress
import re
from functools import lru_cache
from typing import NamedTuple


class Call(NamedTuple):
    """One request as the gateway received it. ``path`` is what follows ``/<api>/<version>``, decoded."""

    api: str
    method: str
    path: str
    api_key: str | None = None
    address: str = ""


def well_formed(path: str) -> bool:
    """Whether a decoded path is in normal form for every upstream.

    No dot segments, not even as ``..;x`` or with spaces around; no backslashes, which some take for slashes; no control
    characters; no broken UTF-8.
    """
    return _MALFORMED.search(path) is None


_MALFORMED = re.compile(r"[\x00-\x1f\x7f-\x9f\\\ud800-\udfff\ufffd]|/ *\.\.? *(?:[;/]|$)")


@lru_cache(maxsize=1024)
def truncated(address: str) -> str:
    """The network of an address, as logs may keep it: /24 for IPv4, /48 for IPv6; empty when it is none."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    host_bits = 8 if parsed.version == 4 else 80
    return str(type(parsed)(int(parsed) >> host_bits << host_bits))
