"""What a replay found, as ``--json`` prints it and as people read it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import click

from tiergate.cli.output import counted, labelled, printable, table
from tiergate.domain.decision import UNKNOWN
from tiergate.domain.limits import LEASED
from tiergate.domain.moments import utc
from tiergate.replay.judge import UNDECIDED
from tiergate.replay.tally import HOUR, Calls, Consumer, Differences, Tally

MOST_LISTED, MOST_CAUSES = 20, 10
"""Rows of a list that people are shown: of consumers, and of causes."""

LEAST_AGREEMENT = 0.9
"""With less, the base is hardly what calls were decided by."""

MOST_UNDECIDED = 0.1
"""With more, what is told is hardly all."""

WIDEST = 60
"""Characters of a cell."""

NOBODY = "(no credential)"

Document = Mapping[str, Any]


class Compared(NamedTuple):
    """``base``: what the policies are compared with; empty for the record alone. ``stage``: whose registry was read."""

    base: str
    stage: str


def simulation_document(tally: Tally, compared: Compared, bundle: Mapping[str, Any], tolerate: int) -> dict[str, Any]:
    """``fails``: whether more calls of a consumer than are tolerated would be refused that were admitted, or nothing
    could be decided."""
    refused = _by_harm((consumer, calls, calls.refused) for consumer, calls in tally.consumers.items())
    admitted = _by_harm((consumer, calls, calls.admitted) for consumer, calls in tally.consumers.items())
    return {
        "first": utc(tally.first) if tally.first else None,
        "last": utc(tally.last) if tally.last else None,
        "base": compared.base or None,
        "registry": compared.stage or None,
        "calls": tally.calls,
        "recorded": {"admitted": tally.recorded[True], "refused": tally.recorded[False]},
        "simulated": {"admitted": tally.now[True], "refused": tally.now[False]},
        "undecided": [
            {"reason": reason, "meaning": UNDECIDED[reason], "calls": calls}
            for reason, calls in tally.undecided.most_common()
        ],
        "agreement": round(tally.agreed / tally.calls, 6) if compared.base and tally.calls else None,
        "not_judged": tally.unjudged,
        "before_the_time": tally.earlier,
        "skipped": {"lines": tally.skipped, "first": [each._asdict() for each in tally.skips]},
        "newly_refused": refused,
        "newly_admitted": admitted,
        "tolerated": tolerate,
        "fails": any(each["calls"] > tolerate for each in refused) or 0 == tally.now.total() < tally.calls,
        "notes": list(_notes(tally, compared, bundle)),
    }


def tell_simulation(document: Document, *, everybody: bool = False) -> None:
    """Whom it would hurt first, then whom it would help, then figures."""
    base, calls = document["base"], document["calls"]
    if not calls:
        click.echo("no calls in the log that were decided on")
        _tell_figures(document)
        return
    span = f"{_minute(document['first'])} to {_minute(document['last'])} UTC"
    click.echo(f"{counted_calls(calls)}, {span}" + (f", compared with {printable(base)}" if base else ""))
    _tell("Would be refused, were admitted", document["newly_refused"], everybody)
    _tell("Would be admitted, were refused", document["newly_admitted"], everybody)
    _tell_figures(document)
    click.echo(f"\n{_verdict(document)}")


def _verdict(document: Document) -> str:
    tolerated, refused = document["tolerated"], document["newly_refused"]
    decided = sum(document["simulated"].values())
    over = sum(each["calls"] > tolerated for each in refused)
    if over:
        return f"FAILS: {counted(over, 'consumer')} would be refused calls that were admitted"
    if not decided:
        return "FAILS: no call could be decided"
    known = "" if decided == document["calls"] else f", of the {counted_calls(decided)} that could be decided"
    hurt = f"more than {tolerated:,} calls that were" if refused else "a call that was"
    return f"passes: nobody would be refused {hurt} admitted{known}"


def counted_calls(count: int) -> str:
    return f"{count:,} call{'' if count == 1 else 's'}"


def _by_harm(each: Iterator[tuple[Consumer, Calls, Differences | None]]) -> list[dict[str, Any]]:
    found = [_consumer(consumer, calls, changed) for consumer, calls, changed in each if changed is not None]
    return sorted(found, key=lambda row: (-row["calls"], -row["share"], row["application"], row["subscription"]))


def _consumer(consumer: Consumer, calls: Calls, changed: Differences) -> dict[str, Any]:
    worst = changed.worst
    causes = sorted(changed.causes.items(), key=lambda each: (-each[1], each[0]))
    return {
        **{name: "" if text == UNKNOWN else printable(text) for name, text in consumer._asdict().items()},
        "calls": changed.calls,
        "of": calls.all,
        "share": round(changed.calls / calls.all, 6),
        "causes": [
            {"reason": printable(cause.reason), "operation": printable(cause.operation), "calls": number}
            for cause, number in causes
        ],
        "worst_hour": {"start": utc(worst.hour * HOUR), "calls": worst.calls, "calls_of_the_day": worst.on_the_day},
    }


def _tell(title: str, rows: list[Document], everybody: bool) -> None:
    if not rows:
        click.echo(f"\n{title}: none")
        return
    shown = rows if everybody else rows[:MOST_LISTED]
    click.echo(f"\n{title}: {counted_calls(sum(row['calls'] for row in rows))} of {counted(len(rows), 'consumer')}")
    table(
        ["ORGANIZATION", "APPLICATION", "SUBSCRIPTION", "WHY", "WORST HOUR (UTC)", "CALLS", "OF ITS CALLS"],
        [_cells(row) for row in shown],
        numbers=2,
    )
    if len(shown) < len(rows):
        click.echo(f"… and {len(rows) - len(shown):,} more; --all lists them")
    click.echo()
    causes = Counter[tuple[str, str]]()
    for row in rows:
        causes.update({(cause["reason"], cause["operation"]): cause["calls"] for cause in row["causes"]})
    most = sorted(causes.items(), key=lambda each: (-each[1], each[0]))
    listed = most if everybody else most[:MOST_CAUSES]
    table(["REASON", "OPERATION", "CALLS"], [[*map(_cut, cause), f"{number:,}"] for cause, number in listed], numbers=1)
    if len(listed) < len(most):
        click.echo(f"… and {len(most) - len(listed):,} more; --all lists them")


def _cells(row: Document) -> list[str]:
    worst = row["worst_hour"]
    return [
        _cut(row["organization"] or ("" if row["application"] else NOBODY)),
        _cut(row["application"]),
        _cut(row["subscription"]),
        _cut(_why(row["causes"])),
        f"{_minute(worst['start'])} ({worst['calls']:,})",
        f"{row['calls']:,}",
        _percent(row["calls"], row["of"]),
    ]


def _cut(text: str) -> str:
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 1]}…"


def _why(causes: list[Document]) -> str:
    """The reason of most calls, and how many others there are."""
    reasons = Counter[str]()
    for cause in causes:
        reasons[cause["reason"]] += cause["calls"]
    (most, _), *others = reasons.most_common()
    return f"{most} +{len(others)}" if others else most


def _tell_figures(document: Document) -> None:
    undecided, skipped = document["undecided"], document["skipped"]
    then, now, calls = document["recorded"], document["simulated"], document["calls"]
    click.echo()
    rows = [
        ("admitted", f"{now['admitted']:,}  (recorded: {then['admitted']:,})"),
        ("refused", f"{now['refused']:,}  (recorded: {then['refused']:,})"),
        *(("undecided", f"{each['calls']:,}  {each['meaning']}") for each in undecided),
        ("not judged", f"{document['not_judged']:,}  answered by API Gateway alone" if document["not_judged"] else ""),
        ("left out", f"{document['before_the_time']:,}  from before" if document["before_the_time"] else ""),
        ("skipped", _skipped(skipped) if skipped["lines"] else ""),
    ]
    if document["agreement"] is not None:
        agreed = round(document["agreement"] * calls)
        rows.append(("agreement", f"{_percent(agreed, calls)} of calls are decided by the base as they were recorded"))
    labelled(rows)
    for note in document["notes"]:
        click.echo(f"note: {note}")


def _skipped(skipped: Document) -> str:
    first = "; ".join(f"{each['file']}:{each['number']} {each['why']}" for each in skipped["first"])
    return f"{skipped['lines']:,}  lines that are none of the access log ({first})"


def _notes(tally: Tally, compared: Compared, bundle: Mapping[str, Any]) -> Iterator[str]:
    if not compared.base:
        yield (
            "compared with the record alone, so a call decided at the edge of a limit shows too; "
            "--base REV compares with the policies of then, and less is undecided"
        )
    elif tally.agreed < LEAST_AGREEMENT * tally.calls:
        yield (
            f"the base decides {_percent(tally.calls - tally.agreed, tally.calls)} of calls otherwise than was "
            "recorded, and what it decides so is not told above: name the policies that ran then"
        )
    undecided = tally.undecided.total() - tally.undecided["unrouted"]
    if undecided > MOST_UNDECIDED * tally.calls:
        yield f"{_percent(undecided, tally.calls)} of calls are undecided, and what becomes of them is not told above"
    if not compared.stage:
        yield "overrides of limits and the scopes of keys are not known; --stage reads them from a registry"
    limits = [plan["limits"] for plan in bundle["plans"].values()]
    if any(each.get("quota") for each in limits):
        yield "quotas are counted from the log's first line on: what was used before it is not known"
    if any(each.get("mode") == LEASED for each in limits):
        yield "plans with mode: leased are judged by their stated limits; what instances hold ahead is not in a log"


def _percent(part: int, whole: int) -> str:
    """Never 100 % of what is not all, and never 0 % of what is there."""
    share = 100 * part / whole
    if 0 < share < 0.1:
        return "<0.1 %"
    return ">99.9 %" if 99.9 < share < 100 else f"{share:.1f} %"


def _minute(time: str) -> str:
    return time[:16].replace("T", " ")
