"""A request as the gateway received it, and what may be said of it."""

import binascii
import hashlib
import ipaddress
import re
from functools import lru_cache
from typing import NamedTuple

from tiergate.domain.addresses import PORTAL
from tiergate.domain.base64url import encoded

EDGE = "x-tiergate-edge"
"""What a platform's edge says of the call, see ``domain.edge``."""

VIA_PORTAL = "x-tiergate-portal"
"""There, whatever it says, where a call came by way of the portal: from the portal's address and not its caller's."""


class Certificate(NamedTuple):
    """A client's, whose chain API Gateway has verified. ``subject``: its distinguished name, as written there."""

    subject: str
    pem: str

    @property
    def thumbprint(self) -> str:
        """SHA-256 in base64url, as tokens are bound to it (RFC 8705, 3.1); empty for what is no certificate."""
        found = _PEM.search(self.pem)
        try:
            der = binascii.a2b_base64("".join(found[1].split()), strict_mode=True) if found else b""
        except binascii.Error:
            return ""
        return encoded(hashlib.sha256(der).digest()) if der else ""


class Call(NamedTuple):
    """One request as the gateway received it. ``path`` is what follows ``/<api>/<version>``, decoded.

    ``address``: where the connection came from, or ``PORTAL``. ``token``: a bearer token. ``edge``: what the platform's
    edge says.
    """

    api: str
    method: str
    path: str
    api_key: str | None = None
    address: str = ""
    token: str | None = None
    certificate: Certificate | None = None
    edge: str | None = None


def well_formed(path: str) -> bool:
    """Whether a decoded path is in normal form for every upstream.

    No dot segments, not even as ``..;x`` or with spaces around; no backslashes, which some take for slashes; no control
    characters; no broken UTF-8.
    """
    return _MALFORMED.search(path) is None


_PEM = re.compile(r"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")
_MALFORMED = re.compile(r"[\x00-\x1f\x7f-\x9f\\\ud800-\udfff\ufffd]|/ *\.\.? *(?:[;/]|$)")


@lru_cache(maxsize=1024)
def truncated(address: str) -> str:
    """The network of an address, as logs may keep it: /24 for IPv4, /48 for IPv6; empty when it is none, ``PORTAL`` as
    it is."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return PORTAL if address == PORTAL else ""
    host_bits = 8 if parsed.version == 4 else 80
    return str(type(parsed)(int(parsed) >> host_bits << host_bits))
