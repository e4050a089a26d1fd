"""The usage that the portal API would tell of, from a few numbers of `fake_partner.State`."""

import calendar
from datetime import UTC, datetime, timedelta
from math import sin

from tests.portal.fake_partner import LIMITS, RATES, Json, State, told

LABELS = {
    "api": {"bank/v1": "Demo Bank v1", "stock/v1": "Stock v1"},
    "key": {"8GxW1nR5tY3b": "Production", "4FzT7mQ2sX9a": "Production (replaced)", "Vb6rJ0qLm1Xe": "Staging"},
    "status": {"200": "200 OK", "404": "404 Not Found", "429": "429 Too Many Requests"},
}
SHARES = {"api": (0.656, 0.344), "key": (0.61, 0.34, 0.05), "status": (0.955, 0.03, 0.015)}


def usage(state: State, applications: list[Json], by: str, period: str) -> Json:
    """What `GET …/usage` answers, ``period`` a month or a day."""
    total = sum(sum(state.calls.get(each["id"], {}).values()) for each in applications)
    refused = [refusal for each in applications for refusal in state.refusals.get(each["id"], [])]
    weights = _weights(state, period)
    reasons: dict[str, int] = {}
    for refusal in refused:
        reasons[refusal["reason"]] = reasons.get(refusal["reason"], 0) + 1
    made: Json = {
        "by": by,
        "period": period,
        "subscriptions": [_subscription(state, each, sub) for each in applications for sub in each["subscriptions"]],
        "series": _series(total, by, applications, weights) if total else [],
        "refusals": [{"reason": reason, "total": count} for reason, count in reasons.items()],
        "total": total,
        "refused": len(refused),
        "until": told(state.now),
    }
    return made if by in ("api", "application") else made | {"note": "Counted from the access log."}


def _subscription(state: State, application: Json, subscription: Json) -> Json:
    window, limit = LIMITS[subscription["plan"]]
    used = state.used.get(application["id"], 0)
    resets = (state.now + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)
    elapsed = max(0.1, 1 - (resets - state.now).total_seconds() / 3600)
    projected = round(used / elapsed)
    forecast = {
        "window": window,
        "projected": projected,
        "limit": limit,
        "by": told(state.now + (resets - state.now) / 2),
    }
    per_second, burst = RATES[subscription["plan"]]
    return {
        "id": subscription["id"],
        "application": application["id"],
        "product": subscription["product"],
        "plan": subscription["plan"],
        "windows": [{"window": window, "limit": limit, "used": used, "resets": told(resets)}],
        "forecast": forecast if 20 <= used < limit < projected else None,
        "rate": {"per_second": per_second, "burst": burst},
    }


def _weights(state: State, period: str) -> dict[str, float]:
    """By the time of a point: how busy it was."""
    if len(period) == 10:
        hours = state.now.hour + 1 if period == state.now.strftime("%Y-%m-%d") else 24
        return {f"{period}T{hour:02}": 2 + sin(hour / 3.6 - 2) for hour in range(hours)}
    year, month = int(period[:4]), int(period[5:])
    days = state.now.day if period == state.now.strftime("%Y-%m") else calendar.monthrange(year, month)[1]
    moments = (datetime(year, month, day, tzinfo=UTC) for day in range(1, days + 1))
    return {
        f"{moment:%Y-%m-%d}": (0.5 if moment.weekday() > 4 else 1) + 0.12 * sin(moment.day * 1.7) for moment in moments
    }


def _series(total: int, by: str, applications: list[Json], weights: dict[str, float]) -> list[Json]:
    labels = {each["id"]: each["name"] for each in applications} if by == "application" else LABELS[by]
    shares = SHARES.get(by, (1.0, *[0.0] * len(labels)))
    whole = sum(weights.values())
    return [
        {
            "name": name,
            "label": label,
            "total": round(total * share),
            "points": [{"time": time, "value": round(total * share * each / whole)} for time, each in weights.items()],
        }
        for (name, label), share in zip(labels.items(), shares, strict=False)
    ]
