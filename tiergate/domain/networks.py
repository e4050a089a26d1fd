"""Networks as ranges of addresses, so that two ways to write the same ones are no difference."""

from collections.abc import Collection, Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network

Network = IPv4Network | IPv6Network
Range = tuple[int, int]
"""First and last, both in it; IPv6 behind all of IPv4."""

IPV6 = 1 << 32
EVERYWHERE = [(0, IPV6 - 1), (IPV6, IPV6 + (1 << 128) - 1)]


def allowed(allow: Collection[str | Network], deny: Iterable[str | Network]) -> list[Range]:
    """What ``allow`` lets in, everywhere where it is empty, without what ``deny`` takes away."""
    return without(map(range_of, allow) if allow else EVERYWHERE, map(range_of, deny))


def without(ranges: Iterable[Range], taken: Iterable[Range]) -> list[Range]:
    """What is left of ranges."""
    left = list(ranges)
    for first, last in taken:
        left = [
            part
            for start, end in left
            for part in ((start, min(end, first - 1)), (max(start, last + 1), end))
            if part[0] <= part[1]
        ]
    return left


def range_of(network: str | Network) -> Range:
    """Raises ValueError: it is no network."""
    found = ip_network(network)
    shift = IPV6 if found.version == 6 else 0
    return int(found.network_address) + shift, int(found.broadcast_address) + shift
