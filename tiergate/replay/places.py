"""Where a call came from, as far as the access log tells: the network of its address (/24, or /48 of IPv6)."""

from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network

from tiergate.domain.conditions import Conditions, Network

INSIDE, PARTLY, OUTSIDE = "inside", "partly", "outside"

MAPPED = IPv6Network("::/48")
"""What is left of an IPv4 address that IPv6 carries: nothing of it."""


def place(conditions: Conditions, address: str) -> str:
    """Whether the whole network of a truncated address meets the lists of networks, or none of it does."""
    if not (conditions.allowed or conditions.denied):
        return INSIDE
    network = _network(address)
    if network is None:
        return OUTSIDE
    if network == MAPPED:
        return PARTLY
    denied, allowed = _part(network, conditions.denied), _part(network, conditions.allowed)
    if denied == INSIDE or (conditions.allowed and allowed == OUTSIDE):
        return OUTSIDE
    return INSIDE if denied == OUTSIDE and (not conditions.allowed or allowed == INSIDE) else PARTLY


def _part(network: Network, listed: tuple[Network, ...]) -> str:
    """How much of a network is listed. Networks side by side make a whole: two halves of one are all of it."""
    found = OUTSIDE
    if isinstance(network, IPv4Network):
        old = [each for each in listed if isinstance(each, IPv4Network)]
        parts = [network.subnet_of(each) for each in collapse_addresses(old) if network.overlaps(each)]
    else:
        new = [each for each in listed if isinstance(each, IPv6Network)]
        parts = [network.subnet_of(each) for each in collapse_addresses(new) if network.overlaps(each)]
    if parts:
        found = INSIDE if any(parts) else PARTLY
    return found


def _network(address: str) -> Network | None:
    try:
        return ip_network(f"{address}/{48 if ':' in address else 24}")
    except ValueError:
        return None
