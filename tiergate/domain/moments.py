"""Points in time as people and programs read them."""

import time

from tiergate.domain.limits import SECOND


def utc(moment: int) -> str:
    """Microseconds as ``2027-01-31T12:00:00Z`` (RFC 3339), of which the second's fraction is left out."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment // SECOND))
