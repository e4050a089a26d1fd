"""What callers of a deprecated or retired API version read: fields on its answers, words and members of refusals.

The fields: ``Deprecation`` (RFC 9745), ``Sunset`` (RFC 8594) and ``Link`` (RFC 8288) with the relations ``deprecation``
(RFC 9745 §3) and ``successor-version`` (RFC 5829 §3.1).
"""

import time
from collections.abc import Iterable, Mapping

from tiergate.domain.lifecycle import Lifecycle
from tiergate.domain.limits import SECOND
from tiergate.domain.messages import Response, without
from tiergate.domain.moments import utc

FIELDS = ("Deprecation", "Sunset", "Link")
"""Those of `fields`, as pages of other origins are to read them."""

NEWER = "Call a newer version instead"
"""What to do where nothing is known of a successor."""


def fields(lifecycle: Lifecycle) -> tuple[tuple[str, str], ...]:
    """The fields that every answer carries."""
    links = []
    if lifecycle.guide:
        links.append(f'<{lifecycle.guide}>; rel="deprecation"; type="text/html"')
    if lifecycle.successor:
        links.append(f'<{lifecycle.successor_address}>; rel="successor-version"')
    return (
        ("deprecation", f"@{lifecycle.deprecated}"),
        ("sunset", http_date(lifecycle.sunset)),
        ("link", ", ".join(links)),
    )


def http_date(seconds: int) -> str:
    """As header fields have it (RFC 9110 §5.6.7)."""
    return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(seconds))


def announced(response: Response, told: Iterable[tuple[str, str]]) -> Response:
    """An answer with a version's `fields`, in place of what its upstream says of the same.

    The upstream's links stay, behind ours: those of several fields are one list (RFC 8288 §3), of which clients take
    the first of a relation, and none that follows a malformed one.
    """
    kept = without(response.headers, "deprecation", "sunset")
    return Response(response.status, [*told, *kept], response.body)


def words(lifecycle: Lifecycle | None, wait: int, now: int) -> dict[str, str]:
    """What refusals name: the ``sunset``'s day, ``until`` when a brownout lasts, and what to do ``instead``.

    ``wait``: what the caller was told of the brownout, in seconds; ``now`` in microseconds. None: nothing is known, as
    in the middle of a deploy.
    """
    if lifecycle is None:
        return {"sunset": "announced before", "until": "later", "instead": NEWER}
    day = time.strftime("%Y-%m-%d", time.gmtime(lifecycle.sunset))
    return {"sunset": day, "until": _until(lifecycle, now // SECOND + wait), "instead": _instead(lifecycle)}


def members(lifecycle: Lifecycle | None) -> Mapping[str, str]:
    """The same for programs: ``sunset`` (RFC 3339), ``successor`` and ``guide``, as far as they are known."""
    if lifecycle is None:
        return {}
    known = {
        "sunset": utc(lifecycle.sunset * SECOND),
        "successor": lifecycle.successor_address,
        "guide": lifecycle.guide,
    }
    return {name: value for name, value in known.items() if value}


def _until(lifecycle: Lifecycle, about: int) -> str:
    """The brownout's end next to a moment: what was told in whole seconds, by another clock, is not it exactly."""
    ends = (end for _, end in lifecycle.brownouts)
    end = min(ends, key=lambda end: abs(end - about), default=None)
    return "later" if end is None else utc(end * SECOND)


def _instead(lifecycle: Lifecycle) -> str:
    if not lifecycle.successor:
        return f"Do as {lifecycle.guide} says" if lifecycle.guide else NEWER
    call = f"Call {lifecycle.successor_address} instead"
    return f"{call}, as {lifecycle.guide} says" if lifecycle.guide else call
