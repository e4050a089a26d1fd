"""The life of an API version: draft → published → deprecated → retired."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from tiergate.domain.limits import SECOND

DRAFT, PUBLISHED, DEPRECATED, RETIRED = STATES = ("draft", "published", "deprecated", "retired")
"""In their order: a version moves to the next one only."""

SERVED = frozenset({PUBLISHED, DEPRECATED})
"""States whose calls go through."""


class Lifecycle(NamedTuple):
    """What is said of a version that is deprecated or retired. Times in Unix seconds.

    ``deprecated``: since when; it may lie ahead. ``sunset``: until when it answers at least. ``gone``: from when on a
    retired one is as if it had never been. ``successor``: another version (``bank/v2``) or an address; ``guide``: an
    address; either may be empty. ``brownouts``: when calls are refused on purpose, each from and to, in order.
    """

    deprecated: int
    sunset: int
    gone: int
    successor: str = ""
    guide: str = ""
    brownouts: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> "Lifecycle":
        """From a bundle's ``{"deprecated": …, "sunset": …, "gone": …, "brownouts": [[…, …], …], …}``."""
        brownouts = tuple((start, end) for start, end in raw.get("brownouts", ()))
        return cls(
            raw["deprecated"], raw["sunset"], raw["gone"], raw.get("successor", ""), raw.get("guide", ""), brownouts
        )

    def brownout(self, now: int) -> int:
        """When the brownout of ``now`` ends, both in microseconds; 0 where there is none."""
        for start, end in self.brownouts:
            if start * SECOND <= now < end * SECOND:
                return end * SECOND
        return 0

    def brownouts_after(self, now: int) -> list[tuple[int, int]]:
        """Those that have not ended; ``now`` in microseconds."""
        return [(start, end) for start, end in self.brownouts if now < end * SECOND]

    @property
    def successor_address(self) -> str:
        """Where the successor answers: a path on the same gateway, or an address; empty where there is none."""
        return self.successor if "://" in self.successor or not self.successor else f"/{self.successor}"
