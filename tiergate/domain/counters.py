"""The counter item of a subscription, and one conditional write to it.

One item holds every window, the bucket and what was used, so that one write decides on all limits at once:

===================  =================================================================================================
``w``                the newest hour seen; never goes back, so an ended window cannot be written again
``u<n>``             units debited in hour ``n``; ``d<n>`` in day ``n``; ``m<n>`` in month ``n``
``t<n>``             GCRA theoretical arrival time, microseconds, of the bucket whose unit takes ``n`` microseconds
``o<c>.<n>``         units bought ahead in epoch ``n`` of class ``c`` (``domain/leases.py``)
``<api>@<n>``        units admitted for an API version in hour ``n``; the name has a ``/``
``<reason>@<n>``     calls refused for a reason in hour ``n``; the name has none
``ttl``              Unix seconds from which on DynamoDB may remove the item; only what is counted by address has one
===================  =================================================================================================

Updates of one item serialize and each is conditional, so admitted ≤ debited ≤ limit whatever races, crashes or is
retried. A bucket is idle (its time < now) or busy; expressions have no max(), so a write names which of the two it
takes it for, and a refusal's old item says whether that guess or a limit was the reason.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple, Protocol

from tiergate.domain.limits import SECOND, Rate

PREFIX = {"hour": "u", "day": "d", "month": "m"}
"""Attribute prefix of each window's counter."""

BUCKET = "t"
"""Attribute prefix of each rate's bucket."""

AHEAD = "o"
"""Attribute prefix of what was bought ahead."""

BY_SUBSCRIPTION = "sub_"
"""How the id of a subscription begins, which is the name of what is counted for it."""

BY_ADDRESS = "address#"
"""How the name of what is counted begins where it is no subscription, but an address that calls without a credential:
``address#<api>/<version>#<address>``."""

BY_TRY = "try_"
"""How the ids of an application and a subscription begin that nobody owns: those of a key to try things out."""

NOBODYS = (BY_ADDRESS, BY_TRY)
"""What is counted under such names is nobody's use, and not kept longer than it counts."""

EXPIRES = "ttl"
"""Attribute of when an item is no longer kept."""

NEWEST_HOUR = "w"
"""Attribute of the newest hour that a write had."""

MOST_SKEW = 2 * SECOND
"""Further than this from the store's clock, or behind its newest hour, an instance refuses to guess."""


class WindowDebit(NamedTuple):
    """Add the debit's units to ``attribute``, which may hold ``most`` before that."""

    attribute: str
    most: int


class BucketDebit(NamedTuple):
    """Move ``attribute`` on by ``step`` (busy: from between ``now`` and ``ceiling``; idle: from ``now``)."""

    attribute: str
    now: int
    step: int
    ceiling: int
    busy: bool


class AheadDebit(NamedTuple):
    """Add ``units`` to ``attribute``, which may hold ``most`` before that, if none of ``absent`` is there."""

    attribute: str
    units: int
    most: int
    absent: tuple[str, ...]


class Debit(NamedTuple):
    """One conditional write: all of it or nothing. ``units`` go to every window; ``counts`` are added as they are."""

    subscription: str
    units: int
    hour: int
    windows: tuple[WindowDebit, ...]
    bucket: BucketDebit | None
    drop: tuple[str, ...] = ()
    """What ended, to be removed with it."""
    idle: tuple[str, ...] = ()
    """Buckets to be removed with it, on condition that each is gone or less than ``idle_before``."""
    idle_before: int = 0
    ahead: AheadDebit | None = None
    counts: Mapping[str, int] = {}
    expires: int = 0
    """Unix seconds from which on the item need not be kept; 0 where it always is."""


class Reply(NamedTuple):
    """Whether a debit was made, and the counter item: after it, or as it stood when it was refused.

    ``took``: microseconds.
    """

    granted: bool
    item: Mapping[str, int]
    took: int = 0


class CounterStore(Protocol):
    """Where counter items live."""

    def debit(self, debit: Debit) -> Reply:
        """Apply a debit if its conditions hold.

        Raises
        ------
        StoreUnavailable
            No answer. Never retried by the store itself: a debit is not idempotent.
        """
        ...


def counter(window: str, number: int) -> str:
    """The attribute that counts a window."""
    return f"{PREFIX[window]}{number}"


def bucket(rate: Rate) -> str:
    """The attribute of a rate's bucket: rates whose units take equally long share one."""
    return f"{BUCKET}{rate.interval}"


def is_bucket(name: str) -> bool:
    return name[0] == BUCKET and name[1:].isdecimal()


def count(name: str, hour: int) -> str:
    """The attribute that counts an API version's units, or a reason's refusals, in an hour."""
    return f"{name}@{hour}"


def counts(item: Mapping[str, int]) -> Iterator[tuple[str, int, int]]:
    """What an item counts: (API version or reason, hour, how many)."""
    for attribute, number in item.items():
        name, at, hour = attribute.partition("@")
        if at and hour.isdecimal():
            yield name, int(hour), number
