"""Network addresses, as calls come from them and as names of hosts."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

PORTAL = "portal"
"""Stands for the address of a call that the portal passed on, whose caller's is not known."""


@lru_cache(maxsize=1024)
def address_of(text: str) -> IPv4Address | IPv6Address | None:
    """IPv4 where IPv6 only carries it (RFC 4291, 2.5.5.2); None for what is no address."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


@lru_cache(maxsize=1024)
def block_of(text: str) -> str | None:
    """What counts as one caller: an IPv4 address, the /64 that an IPv6 customer has, or all who call by way of the
    portal; None for no address."""
    if text == PORTAL:
        return PORTAL
    caller = address_of(text)
    if isinstance(caller, IPv6Address):
        return str(ip_network((int(caller) >> 64 << 64, 64)))
    return None if caller is None else str(caller)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine for certain."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
