"""Conditions on where a call comes from: network addresses, and the subject of a client certificate."""

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, NamedTuple

Network = IPv4Network | IPv6Network

CARRIED = 96
"""Bits before an IPv4 address that IPv6 carries (RFC 4291, 2.5.5.2)."""

MOST_NETWORKS, MOST_SUBJECTS = 50, 20
"""Of one list of conditions: each call is compared with all of them."""

LONGEST_SUBJECT = 1000
"""Characters of a certificate's subject."""

MAPPED = IPv6Network("::ffff:0:0/96")
"""IPv4 addresses as IPv6 writes them; a caller's is taken as IPv4."""


class Conditions(NamedTuple):
    """All of them hold at once. ``allowed``: the networks, anywhere when empty; ``denied`` goes before it.

    ``subjects``: distinguished names of client certificates, to the letter; when empty none is asked for.
    """

    allowed: tuple[Network, ...] = ()
    denied: tuple[Network, ...] = ()
    subjects: frozenset[str] = frozenset()

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> "Conditions":
        """From a bundle's ``{"allow": […], "deny": […], "subjects": […]}``, each of which may be left out.

        Raises
        ------
        ValueError
            An address is no network.
        """
        return cls(
            tuple(map(network_of, raw.get("allow", ()))),
            tuple(map(network_of, raw.get("deny", ()))),
            frozenset(raw.get("subjects", ())),
        )

    def broken(self, address: str, subject: str) -> str | None:
        """The refusal of a call that does not meet them; what is no address is nowhere."""
        if self.allowed or self.denied:
            caller = _address(address)
            if caller is None or any(caller in network for network in self.denied):
                return "address_not_allowed"
            if self.allowed and not any(caller in network for network in self.allowed):
                return "address_not_allowed"
        if self.subjects and subject not in self.subjects:
            return "certificate_not_allowed"
        return None


NONE = Conditions()


def network_of(text: str) -> Network:
    """A network. That of IPv4 addresses as IPv6 carries them is theirs, since callers are seen so.

    Raises
    ------
    ValueError
        It is none.
    """
    network = ip_network(text)
    if isinstance(network, IPv4Network) or network.prefixlen < CARRIED:
        return network
    carried = network.network_address.ipv4_mapped
    return IPv4Network((carried, network.prefixlen - CARRIED)) if carried else network


def network(text: str) -> Network:
    """A network as people write it, in CIDR notation; a single address is a network of one.

    Raises
    ------
    ValueError
        It is none, or not what was meant; the text is what to say behind it.
    """
    try:
        meant = ip_network(text, strict=False)
    except ValueError:
        raise ValueError("is no network; give for example 203.0.113.0/24, 2001:db8::/48 or one address") from None
    if "%" in text:
        raise ValueError("names an interface; give the network without it")
    if isinstance(meant, IPv6Network) and meant.subnet_of(MAPPED):
        raise ValueError("is an IPv4 network in disguise; give it as IPv4")
    if "/" in text and ip_address(text.partition("/")[0]) != meant.network_address:
        raise ValueError(f"has bits set behind its prefix; the network is {meant}")
    return meant


def subject(text: str) -> str:
    """A subject of client certificates as people write it; raises as ``network``."""
    if not text.strip() or not text.isprintable():
        raise ValueError("is no subject; give a certificate's distinguished name, for example CN=partner,O=Acme,C=DE")
    if len(text) > LONGEST_SUBJECT:
        raise ValueError(f"is too long for a subject, which has {LONGEST_SUBJECT} characters at most")
    return text


@lru_cache(maxsize=1024)
def block_of(address: str) -> str | None:
    """What counts as one caller: an IPv4 address, or the /64 that an IPv6 customer has; None for no address."""
    caller = _address(address)
    if isinstance(caller, IPv6Address):
        return str(ip_network((int(caller) >> 64 << 64, 64)))
    return None if caller is None else str(caller)


@lru_cache(maxsize=1024)
def _address(text: str) -> IPv4Address | IPv6Address | None:
    """IPv4 where IPv6 only carries it."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
