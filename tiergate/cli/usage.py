"""``tiergate usage``: how much of its quotas a subscription uses, and what it used in a month or on a day."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from tiergate.adapters.counter_reader import counter_item
from tiergate.adapters.usage_records import UsageRecords
from tiergate.cli.definitions import definitions, limits_of
from tiergate.cli.documents import override_document
from tiergate.cli.options import policies_option, reading
from tiergate.cli.output import emit
from tiergate.cli.parameters import DAY, MONTH, ORGANIZATION, SUBSCRIPTION, now
from tiergate.cli.target import Target
from tiergate.cli.usage_outline import tell_organization_usage, tell_subscription_usage
from tiergate.domain.moments import utc
from tiergate.domain.standing import Standing, points, standings
from tiergate.domain.usage import Record, by_name, by_time


@click.command()
@click.argument("subscription", metavar="[SUB]", type=SUBSCRIPTION, required=False)
@click.option("--org", type=ORGANIZATION, help="In place of SUB: all subscriptions of this organization (its id).")
@click.option("--by", type=click.Choice(["api", "day", "hour"]), help="What to compare. Default: day; hour with --day.")
@click.option("--month", type=MONTH, help="A month in UTC. Default: the current one.")
@click.option("--day", type=DAY, help="A day in UTC, in place of a month.")
@policies_option
@reading
def usage(
    subscription: str | None,
    org: str | None,
    by: str | None,
    month: str | None,
    day: str | None,
    policies: Path,
    stage: str,
    as_json: bool,
) -> None:
    """Show how much of its quotas a subscription uses, and what it used; or what an organization used in a month.

    Quotas are as they stand at this second. Charts and months follow within a minute, and are kept for 13 months.

    \b
    tiergate usage sub_4nlFGTR5dqkL
    tiergate usage sub_4nlFGTR5dqkL --by api --month 2026-11
    tiergate usage sub_4nlFGTR5dqkL --day 2026-11-23 --json
    tiergate usage --org acme --month 2026-11
    """
    at = now()
    if org is not None:
        if subscription or by or day:
            raise click.UsageError("--org goes with --month only; SUB, --by and --day are for one subscription")
        of_organization = organization_usage(Target.find(stage), org, month or utc(at)[:7])
        emit(of_organization) if as_json else tell_organization_usage(of_organization, at)
        return
    if subscription is None:
        raise click.UsageError(
            "name a subscription, or an organization with --org; tiergate subscription list has both"
        )
    by, period = _compared(by, month, day, utc(at)[:10])
    document = subscription_usage(Target.find(stage), subscription, by, period, policies, at)
    emit(document) if as_json else tell_subscription_usage(document, at)


def subscription_usage(target: Target, id_: str, by: str, period: str, policies: Path, at: int) -> dict[str, Any]:
    """What a subscription uses and used, as ``--json`` prints it."""
    application, found = target.registry().subscriptions.get(id_)
    limits = limits_of(definitions(policies, target.stage), found, found.override, at)
    item = counter_item(target.client("dynamodb"), target.output("data", "UsageTable"), id_)
    record = _records(target).record(id_, period)
    return {
        "subscription": id_,
        "application": application.id,
        "organization": application.organization,
        "product": found.product,
        "plan": found.plan,
        "mode": limits.mode,
        "override": override_document(found.override),
        "windows": [_window(each) for each in standings(limits, item, at)],
        "by": by,
        "period": period,
        "units": _units(record, by, period, at),
        "refusals": _greatest_first(by_name(record.refusals)) if record else {},
        "total": record.total if record else 0,
    }


def organization_usage(target: Target, organization: str, month: str) -> dict[str, Any]:
    """What each subscription of an organization used in a month, as ``--json`` prints it; by application."""
    registry, records = target.registry(), _records(target)
    registry.organizations.get(organization)
    found = sorted(registry.subscriptions.list(organization), key=lambda each: (each[0].name, each[0].id, each[1].id))
    rows: list[dict[str, Any]] = []
    for application, subscription in found:
        record = records.record(subscription.id, month)
        rows.append(
            {
                "subscription": subscription.id,
                "application": application.id,
                "application_name": application.name,
                "product": subscription.product,
                "plan": subscription.plan,
                "total": record.total if record else 0,
                "refused": record.refused if record else 0,
            }
        )
    sums = {name: sum(row[name] for row in rows) for name in ("total", "refused")}
    return {"organization": organization, "period": month, "subscriptions": rows, **sums}


def _compared(by: str | None, month: str | None, day: str | None, today: str) -> tuple[str, str]:
    """What to compare, and of which month or day."""
    if month and day:
        raise click.UsageError("--month and --day are two periods; give one of them")
    if by == "day" and day:
        raise click.UsageError("--by day compares the days of a month; give --month in place of --day, or --by hour")
    if by == "hour" and month:
        raise click.UsageError("--by hour compares the hours of a day; give --day in place of --month")
    if day or by == "hour":
        return by or "hour", day or today
    return by or "day", month or today[:7]


def _window(standing: Standing) -> dict[str, Any]:
    start, end = utc(standing.start), utc(standing.end)
    return {"window": standing.window, "limit": standing.limit, "used": standing.used, "start": start, "end": end}


def _units(record: Record | None, by: str, period: str, at: int) -> dict[str, int]:
    """By API version, or by each day or hour of the period that has begun."""
    units = record.units if record else {}
    if by == "api":
        return _greatest_first(by_name(units))
    return points(period, by_time(units), at)


def _greatest_first(numbers: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(numbers.items(), key=lambda each: (-each[1], each[0])))


def _records(target: Target) -> UsageRecords:
    return UsageRecords(target.client("dynamodb"), target.output("data", "UsageRecordsTable"))
