"""Which addresses calls may come from, as ranges, so that two ways to write the same networks are no change."""

from collections.abc import Iterable
from ipaddress import ip_network

Range = tuple[int, int]
"""First and last, both in it; IPv6 behind all of IPv4."""

IPV6 = 1 << 32
EVERYWHERE = [(0, IPV6 - 1), (IPV6, IPV6 + (1 << 128) - 1)]


def allowed(allow: Iterable[str], deny: Iterable[str]) -> list[Range]:
    """What ``allow`` lets in, everywhere where it is empty, without what ``deny`` takes away."""
    return without(_ranges(allow) or EVERYWHERE, _ranges(deny))


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


def _ranges(networks: Iterable[str]) -> list[Range]:
    return [
        (int(each.network_address) + shift, int(each.broadcast_address) + shift)
        for each in map(ip_network, networks)
        for shift in (IPV6 if each.version == 6 else 0,)
    ]
