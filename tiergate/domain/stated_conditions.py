"""Conditions on where calls come from, as people state them."""

import re
from collections.abc import Collection
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_address, ip_network

from tiergate.domain.conditions import Network

MOST_NETWORKS, MOST_SUBJECTS = 50, 20
"""Of one list of conditions."""

EVERYWHERE: tuple[Network, ...] = (IPv4Network("0.0.0.0/0"), IPv6Network("::/0"))

LONGEST_SUBJECT = 1000
"""Characters of a certificate's subject."""

PART = (
    r"(?:[A-Za-z][A-Za-z0-9-]*|[0-9]+(?:\.[0-9]+)+)="
    r'(?! )(?:"(?:\\[ -~]|[ !#-\[\]-~])*"|\\[ -~]|[ !#-+\--\[\]-~])+(?<![^\\] )'
)
"""One part of a distinguished name, such as ``O=Acme`` (RFC 2253), in printable ASCII."""

SUBJECT = re.compile(f"{PART}(?:,{PART})*")

MAPPED = IPv6Network("::ffff:0:0/96")
"""IPv4 addresses as IPv6 writes them; a caller's is taken as IPv4."""


def parsed_network(text: str) -> Network:
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
    address, _, length = text.partition("/")
    if length and not length.isdigit():
        raise ValueError(f"has a mask where the length of its prefix belongs; write {meant}")
    if ip_address(address) != meant.network_address:
        raise ValueError(f"has bits set behind its prefix; the network is {meant}")
    return meant


def checked_subject(text: str) -> str:
    """A subject of client certificates, as they are compared with it; raises as ``parsed_network``."""
    if len(text) > LONGEST_SUBJECT:
        raise ValueError(f"is too long for a subject, which has {LONGEST_SUBJECT} characters at most")
    if not SUBJECT.fullmatch(text):
        if SUBJECT.fullmatch(text.strip()):
            raise ValueError("has spaces at its ends; remove them")
        raise ValueError(
            "is no subject; give it as openssl x509 -noout -subject -nameopt RFC2253 prints it, without spaces between "
            "its parts: CN=partner,O=Acme,C=DE"
        )
    return text


def nobody(allowed: Collection[Network], denied: Collection[Network]) -> bool:
    """Whether those that are denied leave nothing of those that are allowed, which are all where none is named."""
    joined: set[Network] = {
        *collapse_addresses(each for each in denied if isinstance(each, IPv4Network)),
        *collapse_addresses(each for each in denied if isinstance(each, IPv6Network)),
    }
    return all(
        any(each.supernet(new_prefix=length) in joined for length in range(each.prefixlen + 1))
        for each in allowed or EVERYWHERE
    )
