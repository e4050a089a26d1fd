"""A run: all organizations, as far as its time goes, and where the next one goes on."""

import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from lambdas.notices.notices import Notices
from tiergate.adapters.consumers import Unreadable
from tiergate.adapters.notice_book import Cursor
from tiergate.adapters.telemetry import log

WORKERS = 8
"""Organizations at once."""

MARGIN = 30_000
"""Milliseconds before the function's end from which on no organization is begun."""

MOST_AGAIN = 1000
"""Organizations that failed and that the next run begins with; it meets others in their order."""


class Visit(NamedTuple):
    """What came of one organization; ``told`` is None where there was no time for it."""

    told: list[dict[str, Any]] | None
    failed: bool = False
    unreadable: int = 0


class Run(NamedTuple):
    """What came of all; ``cursor`` is for the next one."""

    told: list[dict[str, Any]]
    failed: int
    unreadable: int
    left_over: int
    cursor: Cursor

    @classmethod
    def of(
        cls, notices: Notices, organizations: Sequence[str], cursor: Cursor, now: int, time_left: Callable[[], int]
    ) -> "Run":
        """Of all ``organizations``, in order. ``now`` in microseconds; ``time_left`` for the function, in
        milliseconds."""
        again = [each for each in organizations if each in cursor.again]
        behind = [each for each in organizations if each > cursor.after and each not in cursor.again]
        named = [*again, *behind]
        with ThreadPoolExecutor(WORKERS) as pool:
            visits = [*pool.map(lambda each: _visit(notices, each, now, time_left), named)]
        left_over = [name for name, visit in zip(named, visits, strict=True) if visit.told is None]
        failed = [name for name, visit in zip(named, visits, strict=True) if visit.failed]
        return cls(
            told=[notice for visit in visits for notice in visit.told or ()],
            failed=len(failed),
            unreadable=sum(visit.unreadable for visit in visits),
            left_over=len(left_over),
            cursor=Cursor(
                _before(left_over, behind, cursor.after),
                tuple([*failed, *(name for name in left_over if name in cursor.again)][:MOST_AGAIN]),
            ),
        )


def _before(left_over: Sequence[str], behind: Sequence[str], after: str) -> str:
    """Behind which organization those come that are left over; empty where none is."""
    for index, name in enumerate(behind):
        if name in left_over:
            return behind[index - 1] if index else after
    return ""


def _visit(notices: Notices, organization: str, now: int, time_left: Callable[[], int]) -> Visit:
    """Raises nothing: one organization keeps no other from being told."""
    if time_left() <= MARGIN:
        return Visit(None)
    told: list[dict[str, Any]] = []
    unreadable: list[Unreadable] = []
    failed = False
    try:
        for notice in notices.tell(organization, now, unreadable.append):
            told.append(notice)
    except Exception:
        log("ERROR", "notices not told, to be tried again", organization=organization, trace=traceback.format_exc())
        failed = True
    for error in unreadable:
        log("ERROR", "usage unreadable", organization=organization, cause=error)
    return Visit(told, failed, len(unreadable))
