"""Pages of lists: how many, and from where on. A cursor says after which item of which list the next page begins."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from lambdas.portal_api.refusals import Refused

T = TypeVar("T")
MOST, USUAL, LONGEST_CURSOR = 100, 50, 1024


class Window(NamedTuple):
    """At most ``limit`` items after the one that ``after`` names, in list ``of``."""

    limit: int
    after: str
    of: str

    @classmethod
    def read(cls, query: Mapping[str, str], of: str) -> "Window":
        """From a query. ``of``: the list, as a cursor of another is refused.

        Raises
        ------
        Refused
            ``limit_invalid`` or ``cursor_invalid``.
        """
        return cls(limit_of(query), _after(query.get("cursor", ""), of), of)

    def cursor(self, last: str) -> str:
        """What leads to the items after ``last``; it is no secret, and forging one shows nothing more."""
        return base64.urlsafe_b64encode(json.dumps([self.of, last]).encode()).decode().rstrip("=")

    def page(
        self, items: Sequence[T], key: Callable[[T], str], view: Callable[[T], Any], *, newest_first: bool = False
    ) -> dict[str, Any]:
        """The page of a whole list. ``key``: sorts it, and is each item's own."""
        ordered = sorted(items, key=key, reverse=newest_first)
        if self.after:
            ordered = [each for each in ordered if (key(each) < self.after if newest_first else key(each) > self.after)]
        shown = ordered[: self.limit]
        more = len(ordered) > self.limit
        return {"items": [view(each) for each in shown], "next": self.cursor(key(shown[-1])) if more else None}


def limit_of(query: Mapping[str, str]) -> int:
    """Raises ``Refused``: it is no number of 1 to ``MOST``."""
    text = query.get("limit", str(USUAL))
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(MOST)) and 1 <= int(text) <= MOST):
        raise Refused("limit_invalid", most=MOST)
    return int(text)


def _after(cursor: str, of: str) -> str:
    if not cursor:
        return ""
    try:
        if len(cursor) > LONGEST_CURSOR:
            raise ValueError("too long")
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        named, last = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, TypeError, RecursionError, binascii.Error):
        raise Refused("cursor_invalid") from None
    if named != of or not isinstance(last, str) or not last:
        raise Refused("cursor_invalid")
    return last
