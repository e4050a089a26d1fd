"""Use of quotas, of months and days, as people read it at a terminal."""

import math
import shutil
import sys
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import click

from tiergate.cli.chart import Bar, Gauge, bars, gauges, writable
from tiergate.cli.outline import override_terms
from tiergate.cli.output import labelled, printable, table
from tiergate.domain.limits import LEASED, OFF, SECOND
from tiergate.domain.moments import utc
from tiergate.domain.usage import KEPT_MONTHS, expires

WIDEST = 100
"""Columns of a chart, however wide the terminal is."""

UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}

Document = Mapping[str, Any]


def tell_subscription_usage(document: Document, at: int) -> None:
    """What it is, its quotas now, its units by time or API version, and its refusals."""
    labelled(
        [
            *((name, document[name]) for name in ("subscription", "application", "organization", "product")),
            ("plan", f"{document['plan']} ({document['mode']})"),
            ("override", override_terms(document["override"])),
        ]
    )
    click.echo(f"\nQuotas at {utc(at)}")
    _tell_windows(document, at)
    by, period, total, refusals = (document[name] for name in ("by", "period", "total", "refusals"))
    click.echo(f"\nUnits of {period} (UTC) by {'API' if by == 'api' else by}: {total:,}")
    if total:
        _draw({_label(key, by): units for key, units in document["units"].items()}, share=by == "api")
    else:
        click.echo(f"no calls let through in {period}" if refusals else _no_calls(period, at))
    if refusals:
        click.echo(f"\nCalls refused, by reason: {sum(refusals.values()):,}")
        _draw({printable(reason): calls for reason, calls in refusals.items()}, share=True)


def tell_organization_usage(document: Document, at: int) -> None:
    """A line for each subscription."""
    period, rows = document["period"], document["subscriptions"]
    click.echo(f"Units of {document['organization']}, {period} (UTC): {document['total']:,}\n")
    if not rows:
        click.echo(
            "It has no subscriptions; make one: tiergate subscription create --app APP --product PRODUCT --plan PLAN"
        )
        return
    texts = ("application", "application_name", "subscription", "product", "plan")
    table(
        ["APPLICATION", "NAME", "SUBSCRIPTION", "PRODUCT", "PLAN", "UNITS", "REFUSED"],
        [[*(row[name] for name in texts), f"{row['total']:,}", f"{row['refused']:,}"] for row in rows],
        numbers=2,
    )
    if not document["total"] and not document["refused"]:
        click.echo(f"\n{_no_calls(period, at)}")


def lasting(time: int) -> str:
    """Microseconds in the two greatest units that they have, rounded up to seconds: ``12m 4s``."""
    left = math.ceil(time / SECOND)
    parts: list[str] = []
    for unit, seconds in UNITS.items():
        count, left = divmod(left, seconds)
        if count or parts:
            parts.append(f"{count}{unit}")
    return " ".join(parts[:2]) or "0s"


def _tell_windows(document: Document, at: int) -> None:
    if not document["windows"]:
        click.echo(f"none: calls of {document['plan']} are limited by no quota")
        return
    drawn = [
        Gauge(each["window"], each["used"], each["limit"], f"resets in {lasting(_micros(each['end']) - at)}")
        for each in document["windows"]
    ]
    for line in gauges(drawn, _width(), plain=_plain()):
        click.echo(line)
    if document["mode"] == LEASED:
        click.echo("Units that instances hold ahead of calls are counted as used.")
    if document["mode"] == OFF:
        click.echo("Counted, not limited: no call is refused for them. What instances have not written yet is missing.")


def _draw(numbers: Mapping[str, int], *, share: bool) -> None:
    for line in bars([Bar(*each) for each in numbers.items()], _width(), plain=_plain(), share=share):
        click.echo(line)


def _label(key: str, by: str) -> str:
    """``Mon 23`` of a day, ``14:00`` of an hour."""
    if by == "api":
        return printable(key)
    return key[11:16] if by == "hour" else f"{date.fromisoformat(key):%a} {key[8:]}"


def _no_calls(period: str, at: int) -> str:
    if utc(at).startswith(period):
        return f"no calls in {period} yet; use appears here within a minute"
    if expires(period) <= at:
        return f"no records of {period}; they are kept for {KEPT_MONTHS} months"
    return f"no calls in {period}"


def _micros(time: str) -> int:
    return int(datetime.fromisoformat(time).timestamp()) * SECOND


def _width() -> int:
    return min(shutil.get_terminal_size().columns, WIDEST)


def _plain() -> bool:
    return not writable(sys.stdout.encoding or "ascii")
