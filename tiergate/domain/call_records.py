"""What partners see of the access log: calls by credential and status, the newest that failed, the last of each.

The log has every call once; what is made of a batch of its lines is for people to look at, not for bills.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from tiergate.domain.access_log import LONGEST, NotOurs, from_json
from tiergate.domain.counters import BY_SUBSCRIPTION
from tiergate.domain.limits import SECOND
from tiergate.domain.moments import utc

MOST_KEPT = 100
"""Calls that failed which are kept, the newest ones, of a subscription and day."""

LONGEST_TEXT = 256
"""Characters of a field that are kept."""

LATEST = 4_102_444_800_000
"""Milliseconds: the year 2100, up to which a time is taken for one."""

BUCKET = 600_000
"""Milliseconds of the newest call, by which it is remembered for a while which batches were counted."""

HOUR = 3_600_000
"""Milliseconds."""

UNSET = "-"

FIELDS = (
    *("time", "request_id", "method", "operation", "api"),
    *("status", "decision", "reason", "subscription", "credential"),
)


class Failure(NamedTuple):
    """A call that was refused, or answered with 5xx. ``at``: milliseconds; texts are empty where nothing was known.

    ``reason``: a refusal's code, or ``upstream_failed`` and ``gateway_failed`` for an admitted call.
    """

    at: int
    request_id: str
    method: str
    operation: str
    api: str
    status: int
    reason: str
    credential: str


class Call(NamedTuple):
    """One line of a subscription's. ``failure`` where it is one."""

    at: int
    subscription: str
    credential: str
    status: int
    failure: Failure | None


class Share(NamedTuple):
    """What a batch has of one subscription and hour. ``hour`` since 1970; ``digest`` is the same whenever this comes.

    ``last``: by credential, in milliseconds.
    """

    subscription: str
    hour: int
    newest: int
    digest: str
    keys: Mapping[str, int]
    statuses: Mapping[int, int]
    last: Mapping[str, int]
    failures: Sequence[Failure]

    @property
    def day(self) -> str:
        return utc(self.hour * HOUR * (SECOND // 1000))[:10]

    @property
    def hour_of_day(self) -> int:
        return self.hour % 24

    @property
    def bucket(self) -> int:
        """Number of its ten minutes."""
        return self.newest // BUCKET


def call(line: str) -> Call | None:
    """What a line tells; None of a call that is no subscription's.

    Raises
    ------
    NotOurs
        It is no line of the access log.
    """
    if len(line) > LONGEST:
        raise NotOurs(f"longer than {LONGEST:,} characters")
    found = from_json(line)
    texts = [_text(found, name) for name in FIELDS]
    time, request_id, method, operation, api, status, decision, reason, subscription, credential = texts
    if not subscription.startswith(BY_SUBSCRIPTION):
        return None
    at, code = _number(time, LATEST), _number(status, 599)
    refused = decision == "deny"
    failure = None
    if refused or code >= 500:
        reason = reason if refused else _trouble(decision)
        failure = Failure(at, request_id, method, operation, api, code, reason, credential)
    return Call(at, subscription, credential, code, failure)


def shares(calls: Iterable[tuple[str, Call]]) -> list[Share]:
    """What a batch has of each subscription and hour. Each call comes with the id of its line."""
    grouped: dict[tuple[str, int], list[tuple[str, Call]]] = {}
    for each in calls:
        grouped.setdefault((each[1].subscription, each[1].at // HOUR), []).append(each)
    return [_share(subscription, hour, some) for (subscription, hour), some in grouped.items()]


def newest(failures: Iterable[Failure]) -> list[Failure]:
    """The newest that are kept, each once, newest first; always the same of the same."""
    once = {each.request_id: each for each in failures}
    return sorted(once.values(), key=lambda each: (-each.at, each.request_id))[:MOST_KEPT]


def _share(subscription: str, hour: int, calls: Sequence[tuple[str, Call]]) -> Share:
    ids = sorted(id_ for id_, _ in calls)
    last: dict[str, int] = {}
    for _, each in calls:
        if each.credential:
            last[each.credential] = max(each.at, last.get(each.credential, 0))
    return Share(
        subscription,
        hour,
        max(each.at for _, each in calls),
        sha256("\n".join([str(hour), *ids]).encode()).hexdigest()[:12],
        Counter(each.credential for _, each in calls if each.credential),
        Counter(each.status for _, each in calls),
        last,
        newest(each.failure for _, each in calls if each.failure),
    )


def _text(found: Any, name: str) -> str:
    value = found.get(name) if isinstance(found, Mapping) else None
    if not isinstance(value, str):
        raise NotOurs(f"{name} is no text")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise NotOurs(f"{name} is not Unicode") from None
    return "" if value == UNSET else value[:LONGEST_TEXT]


def _number(text: str, most: int) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(most)) and int(text) <= most):
        raise NotOurs("a field is no number")
    return int(text)


def _trouble(decision: str) -> str:
    return "upstream_failed" if decision == "allow" else "gateway_failed"
