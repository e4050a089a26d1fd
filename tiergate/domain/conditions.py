"""Conditions on where a call comes from: network addresses, and the subject of a client certificate."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Any, NamedTuple

from tiergate.domain.addresses import address_of

Network = IPv4Network | IPv6Network

IPV6 = 2**32
"""Where the first IPv6 address is on a line that has all IPv4 addresses before it."""


class _Lists(NamedTuple):
    allowed: tuple[Network, ...] = ()
    denied: tuple[Network, ...] = ()
    subjects: frozenset[str] = frozenset()


class Conditions(_Lists):
    """All of them hold at once. ``allowed``: the networks, anywhere when empty; ``denied`` goes before it.

    ``subjects``: distinguished names of client certificates, to the letter; when empty none is asked for.
    """

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> "Conditions":
        """From a bundle's ``{"allow": […], "deny": […], "subjects": […]}``, each of which may be left out.

        Raises
        ------
        ValueError
            An address is no network.
        """
        return cls(
            tuple(map(ip_network, raw.get("allow", ()))),
            tuple(map(ip_network, raw.get("deny", ()))),
            frozenset(raw.get("subjects", ())),
        )

    def broken(self, address: str, subject: str) -> str | None:
        """The refusal of a call that does not meet them; what is no address is nowhere."""
        if self.allowed or self.denied:
            place = _place(address)
            if place is None or self._denied.hold(place):
                return "address_not_allowed"
            if self.allowed and not self._allowed.hold(place):
                return "address_not_allowed"
        if self.subjects and subject not in self.subjects:
            return "certificate_not_allowed"
        return None

    @cached_property
    def _allowed(self) -> "_Ranges":
        return _Ranges.of(self.allowed)

    @cached_property
    def _denied(self) -> "_Ranges":
        return _Ranges.of(self.denied)


NONE = Conditions()


class _Ranges(NamedTuple):
    """Networks side by side, those within another left out, so that however many they are, few are looked at."""

    firsts: list[int]
    lasts: list[int]

    @classmethod
    def of(cls, networks: Iterable[Network]) -> "_Ranges":
        ranges = cls([], [])
        ends = ((_number(each.network_address), _number(each.broadcast_address)) for each in networks)
        for first, last in sorted(ends):
            if not ranges.lasts or last > ranges.lasts[-1]:
                ranges.firsts.append(first)
                ranges.lasts.append(last)
        return ranges

    def hold(self, place: int) -> bool:
        at = bisect_right(self.firsts, place)
        return at > 0 and place <= self.lasts[at - 1]


@lru_cache(maxsize=1024)
def _place(address: str) -> int | None:
    found = address_of(address)
    return None if found is None else _number(found)


def _number(address: IPv4Address | IPv6Address) -> int:
    return int(address) + (IPV6 if address.version == 6 else 0)
