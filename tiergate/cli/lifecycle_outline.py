"""The lives of API versions as people read them at a terminal."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import click

from tiergate.cli.output import counted, labelled, table
from tiergate.domain.catalogue import ApiVersion
from tiergate.domain.lifecycle import DEPRECATED, DRAFT, RETIRED, Lifecycle
from tiergate.domain.limits import SECOND
from tiergate.domain.notices import DAY
from tiergate.domain.transitions import day, grace_days

Document = Mapping[str, Any]


def next_step(api: ApiVersion, consumers: int | None, at: int) -> str:
    """What is due; empty where nothing is. ``consumers``: how many called lately, None where that is unknown."""
    if api.state == DRAFT:
        return "publish it: state: published"
    if api.lifecycle is None:
        return ""
    if api.state == RETIRED:
        gone = day(api.lifecycle.gone)
        if at < api.lifecycle.gone * SECOND:
            return f"it answers 410 until {gone}"
        return f"its 410s ended on {gone}: remove apis/{api.name}"
    return _retirement(api.lifecycle, consumers, at) if api.state == DEPRECATED else ""


def _retirement(lifecycle: Lifecycle, consumers: int | None, at: int) -> str:
    calling = "" if consumers is None else f", {_calling(consumers)}"
    sunset = lifecycle.sunset * SECOND
    least = grace_days(lifecycle, max(at, sunset))
    how = f" with grace_days: {least} or more" if least else ""
    if at < sunset:
        return f"retire it on {day(lifecycle.sunset)}{how}{calling}"
    passed = f"sunset was {apart(lifecycle.sunset, at)}{calling}"
    return f"{passed}: talk to them, then retire it{how}" if consumers else f"retire it{how}: {passed}"


def _calling(consumers: int) -> str:
    if not consumers:
        return "nobody calls"
    return "1 consumer still calls" if consumers == 1 else f"{consumers} consumers still call"


def apart(seconds: int, at: int) -> str:
    """``in 3 days``, ``today``, ``3 days ago``: whole days between the two in UTC."""
    days = seconds * SECOND // DAY - at // DAY
    if not days:
        return "today"
    return f"in {counted(days, 'day')}" if days > 0 else f"{counted(-days, 'day')} ago"


def tell_versions(versions: Sequence[Document], at: int) -> None:
    """A line for each."""
    table(
        ["api", "state", "deprecated", "sunset", "successor", "consumers", "next"],
        [
            [
                each["api"],
                each["state"],
                each.get("deprecated", "")[:10],
                _sunset(each, at),
                each.get("successor", ""),
                _consumers(each),
                each["next"],
            ]
            for each in versions
        ],
    )


def tell_version(version: Document, at: int) -> None:
    """What is said of it, and a line for each consumer."""
    labelled(
        [
            ("api", version["api"]),
            ("state", version["state"]),
            ("deprecated", version.get("deprecated", "")[:10]),
            ("sunset", _sunset(version, at)),
            ("410 until", version.get("gone", "")[:10]),
            ("successor", version.get("successor", "")),
            ("guide", version.get("guide", "")),
            *(("brownout", f"{each['start']} to {each['end']}") for each in version.get("brownouts", ())),
            ("next", version["next"]),
        ]
    )
    consumers = version["consumers"]
    if consumers is None:
        return
    if not consumers:
        click.echo("\nNobody called it in the last 30 days.")
        return
    click.echo(f"\nCalled in the last 30 days by {counted(len(consumers), 'subscription')}:")
    rows = [
        [
            each["organization"],
            each["application"],
            each["subscription"],
            each["last_day"],
            (each["noticed"] or "")[:10],
            f"{each['units']:,}",
        ]
        for each in consumers
    ]
    table(["organization", "application", "subscription", "last call", "noticed", "units"], rows, numbers=1)


def tell_notices(document: Document) -> None:
    """A line for each notice, and what was not told."""
    if document["notices"]:
        rows = [
            [each["api"], each["organization"], each["application"], each["subscription"], each["notice"]]
            for each in document["notices"]
        ]
        table(["api", "organization", "application", "subscription", "notice"], rows)
    told = counted(document["told"], "notice")
    click.echo(f"{told} sent" if document["told"] else "nobody was to be told: all who call know, or nothing ends")
    if document["unreadable"]:
        click.echo(f"{counted(document['unreadable'], 'record')} could not be read; the function's log names them")
    if document["left_over"]:
        click.echo(f"{counted(document['left_over'], 'organization')} left over; run it again")


def _sunset(version: Document, at: int) -> str:
    if "sunset" not in version:
        return ""
    sunset = int(datetime.fromisoformat(version["sunset"]).timestamp())
    return f"{day(sunset)} ({apart(sunset, at)})"


def _consumers(version: Document) -> str:
    if version["state"] == DRAFT:
        return ""
    return "unknown" if version["consumers"] is None else str(len(version["consumers"]))
