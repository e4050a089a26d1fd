"""Where a call came from, as far as the access log tells: the network of its address (/24, or /48 of IPv6)."""

from collections.abc import Iterable

from tiergate.domain.networks import Range, range_of, without

INSIDE, PARTLY, OUTSIDE = "inside", "partly", "outside"

MAPPED = range_of("::/48")
"""What is left of an IPv4 address that IPv6 carries: nothing of it."""


def place(allowed: Iterable[Range], address: str) -> str:
    """Whether the whole network of a truncated address is allowed, or none of it is; what is no address is nowhere."""
    try:
        network = range_of(f"{address}/{48 if ':' in address else 24}")
    except ValueError:
        return OUTSIDE
    if network == MAPPED:
        return PARTLY
    left = without([network], allowed)
    if not left:
        return INSIDE
    return OUTSIDE if left == [network] else PARTLY
