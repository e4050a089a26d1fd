"""``tiergate lifecycle``: how far each API version is in its life, who still calls it, and what is due next."""

import json
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import click
from botocore.config import Config

from tiergate.adapters.consumers import Consumers, Unreadable
from tiergate.adapters.notice_book import NoticeBook
from tiergate.adapters.registry.table import RegistryTable
from tiergate.adapters.usage_records import RecordUnreadable, UsageRecords
from tiergate.cli.definitions import definitions
from tiergate.cli.lifecycle_outline import next_step, tell_notices, tell_version, tell_versions
from tiergate.cli.options import policies_option, reading
from tiergate.cli.output import emit, printable
from tiergate.cli.parameters import now
from tiergate.cli.target import NotDeployed, Target
from tiergate.domain.catalogue import ApiVersion, Catalogue
from tiergate.domain.consumers import Consumer
from tiergate.domain.lifecycle import DRAFT
from tiergate.domain.limits import SECOND
from tiergate.domain.moments import utc
from tiergate.domain.notices import Told
from tiergate.policy.files import ENVIRONMENTS
from tiergate.policy.schema import nearest

WORKERS = 8
"""Organizations whose use is read at once."""

PATIENCE = Config(read_timeout=330, retries={"total_max_attempts": 1})
"""The function has 300 seconds, and a second call would run it beside itself."""

MOST_RUNS = 100


class Found(NamedTuple):
    """A consumer, and what it was told last of that API version."""

    consumer: Consumer
    told: Told | None


class Lifecycle(click.Group):
    """``report`` is what runs where no command is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or args[0] not in {*self.commands, *ctx.help_option_names}:
            args = ["report", *args]
        return super().parse_args(ctx, args)


@click.group(cls=Lifecycle)
def lifecycle() -> None:
    """Say how far each API version is in its life, who still calls it, and what is due next.

    Takes the options of: tiergate lifecycle report --help

    \b
    tiergate lifecycle                               all versions
    tiergate lifecycle bank/v1                       who called this one in the last 30 days?
    tiergate lifecycle bank/v1 --stage prod --json
    tiergate lifecycle notify --stage prod           tell them now; it is done daily anyway
    """


@lifecycle.command()
@click.argument("name", metavar="[API/VERSION]", required=False)
@click.option("--env", type=click.Choice(ENVIRONMENTS), help="Read the policies of this one. Default: the stage's.")
@policies_option
@reading
def report(name: str | None, env: str | None, policies: Path, stage: str, as_json: bool) -> None:
    """Show all API versions, or one with those who called it in the last 30 days.

    What the files say is shown without a deployment too; who calls is then unknown.

    \b
    tiergate lifecycle report                        or tiergate lifecycle, for short
    tiergate lifecycle report bank/v1 --stage prod
    """
    at, catalogue = now(), definitions(policies, env or stage)
    if name is not None and name not in catalogue.apis:
        raise click.UsageError(f'there is no "{name}"{nearest(name, catalogue.apis)}')
    wanted = [name] if name else sorted(catalogue.apis)
    called = [each for each in wanted if catalogue.apis[each].state != DRAFT]
    found, unknown = _use(stage, catalogue, called, at)
    versions = [version_document(catalogue.apis[each], found, at) for each in wanted]
    if as_json:
        emit(versions[0] if name else versions)
    elif name:
        tell_version(versions[0], at)
    else:
        tell_versions(versions, at)
    if unknown:
        click.echo(f"who calls is unknown: {unknown}", err=True)


@lifecycle.command()
@reading
def notify(stage: str, as_json: bool) -> None:
    """Tell the consumers of deprecated API versions now, as the deployed function does every day.

    An event goes out for each that called in the last 30 days and was not told yet of this sunset.

    \b
    tiergate lifecycle notify --stage prod
    """
    target = Target.find(stage)
    client = target.client("lambda", PATIENCE)
    function = target.output("usage", "NoticesFunction")
    notices: list[dict[str, Any]] = []
    told = unreadable = 0
    for _ in range(MOST_RUNS):
        answer = _run(client, function, target.stage)
        notices += answer["notices"]
        told, unreadable = told + answer["told"], unreadable + answer["unreadable"]
        if not answer["left_over"]:
            break
    document = {"told": told, "unreadable": unreadable, "left_over": answer["left_over"], "notices": notices}
    emit(document) if as_json else tell_notices(document)


def _run(client: Any, function: str, stage: str) -> Any:
    answer = client.invoke(FunctionName=function, Payload=b"{}")
    found = json.loads(answer["Payload"].read())
    if answer.get("FunctionError"):
        told = printable(str(found.get("errorMessage", "it ended without a word")))
        raise click.ClickException(f"the notices function of {stage} failed: {told}")
    return found


def _use(stage: str, catalogue: Catalogue, apis: Collection[str], at: int) -> tuple[list[Found] | None, str]:
    """Who called which; or None, and why it is not known."""
    try:
        target = Target.find(stage)
        tables = target.output("data", "RegistryTable"), target.output("data", "UsageRecordsTable")
    except NotDeployed as error:
        return None, str(error)
    client = target.client("dynamodb")
    registry = RegistryTable(client, tables[0], actor="", clock=partial(datetime.now, UTC))
    reader = Consumers(registry, UsageRecords(client, tables[1]), catalogue.products)
    book = NoticeBook(client, tables[1])
    unreadable: list[Unreadable] = []
    found: list[Found] = []
    organizations = reader.organizations() if apis else []
    with ThreadPoolExecutor(WORKERS) as pool:
        read = pool.map(
            lambda each: [*_with_notices(reader.of(each, apis, at, unreadable.append), book, unreadable.append)],
            organizations,
        )
        with click.progressbar(
            read, length=len(organizations), label="Use", file=sys.stderr, hidden=not sys.stderr.isatty()
        ) as visits:
            for visit in visits:
                found += visit
    for record in unreadable:
        click.echo(f"note: {record}, and is left out", err=True)
    return found, ""


def _with_notices(
    consumers: Iterable[Consumer], book: NoticeBook, unreadable: Callable[[Unreadable], object]
) -> Iterator[Found]:
    for consumer in consumers:
        try:
            yield Found(consumer, book.told(consumer.subscription, consumer.api))
        except RecordUnreadable as error:
            unreadable(error)
            yield Found(consumer, None)


def version_document(api: ApiVersion, found: list[Found] | None, at: int) -> dict[str, Any]:
    """As ``--json`` prints it."""
    theirs = None if found is None or api.state == DRAFT else [each for each in found if each.consumer.api == api.name]
    document: dict[str, Any] = {"api": api.name, "state": api.state}
    if (life := api.lifecycle) is not None:
        document |= {
            "deprecated": utc(life.deprecated * SECOND),
            "sunset": utc(life.sunset * SECOND),
            "gone": utc(life.gone * SECOND),
            "successor": life.successor_address,
            "guide": life.guide,
            "brownouts": [{"start": utc(start * SECOND), "end": utc(end * SECOND)} for start, end in life.brownouts],
        }
    count = None if theirs is None else len(theirs)
    return document | {
        "next": next_step(api, count, at),
        "consumers": None if theirs is None else [*map(_consumer, sorted(theirs, key=_most_first))],
    }


def _most_first(found: Found) -> tuple[int, str]:
    return -found.consumer.units, found.consumer.subscription


def _consumer(found: Found) -> Mapping[str, Any]:
    consumer, told = found
    return {
        "organization": consumer.organization,
        "application": consumer.application,
        "subscription": consumer.subscription,
        "product": consumer.product,
        "plan": consumer.plan,
        "units": consumer.units,
        "days": consumer.days,
        "last_day": consumer.last_day,
        "noticed": utc(told.at) if told else None,
        "noticed_sunset": utc(told.sunset * SECOND) if told else None,
    }
