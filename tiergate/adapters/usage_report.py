"""How applications use what they are subscribed to, as partners see it: one document for a chart and its meters."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from typing import Any, NamedTuple

from tiergate.adapters.batch_reads import items
from tiergate.adapters.call_records import CALLS, CallRecords, DayCalls, calls_of
from tiergate.adapters.counter_reader import counter_items
from tiergate.adapters.usage_records import kept_of, sort_key
from tiergate.adapters.wire import to_wire
from tiergate.domain.catalogue import Plan
from tiergate.domain.counters import NEWEST_HOUR
from tiergate.domain.forecast import Forecast, forecast
from tiergate.domain.limits import SECOND, Limits
from tiergate.domain.moments import utc
from tiergate.domain.registry import Application, Subscription, effective
from tiergate.domain.standing import Standing, is_day, points, standings
from tiergate.domain.usage import Image, Record, by_name, by_time, days, fold, merged, month_of

BY_API, BY_KEY, BY_STATUS, BY_APPLICATION = "api", "key", "status", "application"
NOTE = "Counted from the access log, which follows a call within a few minutes; every call, also those refused."

WORKERS = 8
"""Subscriptions whose calls are read at once."""

MOST_FAILURES = 100

PHRASES = {str(status.value): status.phrase for status in HTTPStatus}

Series = dict[str, Counter[int]]
"""By name, how many in each hour of a day or on each day of a month."""


class Metered(NamedTuple):
    """A subscription, its counters as they are now, and its records by period, with what the counters know of today."""

    application: Application
    subscription: Subscription
    counters: Mapping[str, int]
    records: Mapping[str, Record]


class UsageReport:
    """Of one deployment. ``dynamodb``: boto3's client. ``titles``: what to call API versions, by name.

    Every method reads a hundred items a request, and calls by key or status with one Query a subscription. All raise
    ``RecordUnreadable`` where something else is stored than what is written there.
    """

    def __init__(
        self,
        dynamodb: Any,
        *,
        usage_table: str,
        records_table: str,
        plans: Mapping[str, Plan],
        clock: Callable[[], datetime],
        titles: Mapping[str, str] = {},
    ) -> None:
        self._client = dynamodb
        self._usage_table = usage_table
        self._records_table = records_table
        self._calls = CallRecords(dynamodb, records_table)
        self._plans = plans
        self._clock = clock
        self._titles = titles

    def usage(self, applications: Sequence[Application], by: str, period: str) -> dict[str, Any]:
        """What their subscriptions may use and used in a ``period``: a day (2026-11-23) by hour, a month by day.

        By API version or application they are units admitted, to the second; by key or status calls, by the log.

        Raises
        ------
        ValueError
            ``by`` or ``period`` is none.
        """
        _check(by, period)
        now = self._now()
        held = self._held(applications, {period, utc(now)[:7]}, now)
        recorded = [each.records[period] for each in held if period in each.records]
        series = self._by_log(held, by, period) if by in (BY_KEY, BY_STATUS) else _by_record(held, by, period)
        refusals = Counter[str]()
        for record in recorded:
            refusals.update(by_name(record.refusals))
        labels = {**self._titles, **{each.id: each.name for each in applications}}
        shown = [_series(name, _label(name, by, labels), used, period, now) for name, used in series.items()]
        return {
            "by": by,
            "period": period,
            **({"note": NOTE} if by in (BY_KEY, BY_STATUS) else {}),
            "subscriptions": [self._subscription(each, now) for each in held],
            "series": sorted(shown, key=lambda each: (-each["total"], each["name"])),
            "refusals": [{"reason": reason, "total": total} for reason, total in _greatest_first(refusals)],
            "total": sum(each["total"] for each in shown),
            "refused": refusals.total(),
            "until": utc(now),
        }

    def refusals(self, application: Application, limit: int = MOST_FAILURES) -> list[dict[str, Any]]:
        """The newest calls that were refused or failed, newest first; at most 100 are kept of a day."""
        read = self._each(application.subscriptions.values(), lambda each: self._calls.failures(each.id, limit))
        newest = sorted((each for some in read for each in some), key=lambda each: (-each.at, each.request_id))
        return [
            {
                "time": utc(each.at * 1000),
                **{name: getattr(each, name) for name in ("request_id", "method", "status", "reason")},
                **{name: getattr(each, name) or None for name in ("operation", "api", "credential")},
            }
            for each in newest[:limit]
        ]

    def last_used(self, application: Application) -> dict[str, str]:
        """When each of its credentials called last, by id; those that never did, or not for 13 months, are left out."""
        last = self._calls.last_used([each.id for each in application.subscriptions.values()])
        return {credential: utc(at * 1000) for credential, at in last.items()}

    def callers(self, applications: Sequence[Application], days: int = 7) -> dict[str, dict[str, int]]:
        """Units admitted in the last ``days`` of UTC, today's among them: by API version and by application's id."""
        now = self._now()
        today = date.fromisoformat(utc(now)[:10])
        shown = {(today - timedelta(days=each)).isoformat() for each in range(days)}
        months = {day[:7] for day in shown}
        found: dict[str, Counter[str]] = {}
        for each in self._held(applications, months, now):
            for month in months & each.records.keys():
                for api, used in each.records[month].units.items():
                    calls = sum(units for day, units in used.items() if f"{month}-{day:02}" in shown)
                    if calls:
                        found.setdefault(api, Counter())[each.application.id] += calls
        return {api: dict(calls) for api, calls in found.items()}

    def _now(self) -> int:
        return int(self._clock().timestamp() * SECOND)

    def _held(self, applications: Iterable[Application], periods: Iterable[str], now: int) -> list[Metered]:
        pairs = [(each, subscription) for each in applications for subscription in each.subscriptions.values()]
        pairs.sort(key=lambda each: (each[0].name, each[0].id, each[1].product))
        ids, today = [subscription.id for _, subscription in pairs], utc(now)[:10]
        counters = counter_items(self._client, self._usage_table, ids)
        keys = [
            to_wire({"subscription": id_, "period": sort_key(period)}) for id_ in ids for period in {*periods, today}
        ]
        records: dict[str, dict[str, Record]] = {}
        for item in items(self._client, self._records_table, keys):
            record = kept_of(item).record
            records.setdefault(item["subscription"]["S"], {})[record.period] = record
        held = []
        for application, subscription in pairs:
            item = counters.get(subscription.id, {})
            known = _brought_up(records.get(subscription.id, {}), subscription.id, item, today)
            held.append(Metered(application, subscription, item, known))
        return held

    def _by_log(self, held: Sequence[Metered], by: str, period: str) -> Series:
        series: Series = {}
        for day in self._logged([each.subscription.id for each in held], period):
            for name, hours in (day.keys if by == BY_KEY else day.statuses).items():
                used = series.setdefault(name, Counter())
                if is_day(period):
                    used.update(hours)
                else:
                    used[int(day.day[8:])] += sum(hours.values())
        return series

    def _logged(self, ids: Sequence[str], period: str) -> Iterator[DayCalls]:
        if is_day(period):
            keys = [to_wire({"subscription": each, "period": CALLS + period}) for each in ids]
            yield from map(calls_of, items(self._client, self._records_table, keys))
            return
        first, last = f"{period}-01", f"{period}-31"
        for some in self._each(ids, lambda each: [*self._calls.days(each, first, last)]):
            yield from some

    def _each(self, of: Iterable[Any], read: Callable[[Any], list[Any]]) -> list[list[Any]]:
        with ThreadPoolExecutor(WORKERS) as pool:
            return [*pool.map(read, of)]

    def _subscription(self, held: Metered, now: int) -> dict[str, Any]:
        subscription = held.subscription
        plan = self._plans.get(subscription.plan)
        limits = effective(plan.limits, subscription.override, now) if plan else Limits(None, ())
        windows = [*standings(limits, held.counters, now)]
        rate = limits.rate
        return {
            "id": subscription.id,
            "application": held.application.id,
            "product": subscription.product,
            "plan": subscription.plan,
            "windows": [_window(each) for each in windows],
            "forecast": _forecast(forecast(windows, now, began=_began(held.records.get(utc(now)[:7])))),
            "rate": {"per_second": rate.per_second, "burst": rate.burst} if rate else None,
        }


def _check(by: str, period: str) -> None:
    if by not in (BY_API, BY_KEY, BY_STATUS, BY_APPLICATION):
        raise ValueError(f'usage is compared by api, key, status or application, not by "{by}"')
    if len(period) not in (len("2026-11"), len("2026-11-23")):
        raise ValueError("a period is a month (2026-11) or a day (2026-11-23)")
    date.fromisoformat(period if is_day(period) else f"{period}-01")


def _brought_up(
    records: Mapping[str, Record], subscription: str, counters: Mapping[str, int], today: str
) -> dict[str, Record]:
    """The records with what the counters show of today beside them: records follow in some 20 seconds."""
    known = {**records}
    live = [
        each
        for each in days(fold([Image(subscription, 0, counters.get(NEWEST_HOUR, 0), counters)]))
        if each.period == today
    ]
    for each in live:
        known[today] = merged(known.get(today, Record(today, {}, {})), each)
        month = month_of(known[today])
        known[month.period] = merged(known.get(month.period, Record(month.period, {}, {})), month)
    return known


def _by_record(held: Iterable[Metered], by: str, period: str) -> Series:
    series: Series = {}
    for each in held:
        record = each.records.get(period)
        if record is None:
            continue
        parts = record.units if by == BY_API else {each.application.id: by_time(record.units)}
        for name, used in parts.items():
            series.setdefault(name, Counter()).update(used)
    return series


def _series(name: str, label: str, used: Mapping[int, int], period: str, now: int) -> dict[str, Any]:
    shown = points(period, used, now)
    return {
        "name": name,
        "label": label,
        "total": sum(used.values()),
        "points": [{"time": time, "value": value} for time, value in shown.items()],
    }


def _label(name: str, by: str, labels: Mapping[str, str]) -> str:
    if by == BY_STATUS:
        return f"{name} {PHRASES.get(name, '')}".strip()
    return labels.get(name) or name


def _window(standing: Standing) -> dict[str, Any]:
    return {
        "window": standing.window,
        "limit": standing.limit,
        "used": standing.used,
        "resets": utc(standing.end),
    }


def _forecast(found: Forecast | None) -> dict[str, Any] | None:
    return {**found._asdict(), "by": utc(found.by)} if found else None


def _began(month: Record | None) -> int:
    """When the first day of a month that had calls began, in microseconds; 0 where none had."""
    first = min([*by_time(month.units), *by_time(month.refusals)], default=0) if month else 0
    if not month or not first:
        return 0
    return int(datetime.fromisoformat(f"{month.period}-{first:02}").replace(tzinfo=UTC).timestamp()) * SECOND


def _greatest_first(numbers: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(numbers.items(), key=lambda each: (-each[1], each[0]))
