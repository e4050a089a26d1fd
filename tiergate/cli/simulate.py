"""``tiergate simulate``: what the working tree's policies would have decided on recorded calls."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from tiergate.adapters.access_logs import recorded
from tiergate.cli.base import policies_at
from tiergate.cli.options import json_option, policies_option
from tiergate.cli.output import emit
from tiergate.cli.parameters import Parsed, duration, now
from tiergate.cli.progress import progress
from tiergate.cli.running import RunningUnknown, running
from tiergate.cli.simulate_outline import Compared, simulation_document, tell_simulation
from tiergate.cli.target import LOCAL, STAGES, Target, environment_of
from tiergate.domain.decision import API_KEY, BEARER
from tiergate.domain.registry import Credential
from tiergate.policy.bundle import compiled
from tiergate.policy.check import checked
from tiergate.policy.files import ENVIRONMENTS
from tiergate.policy.source import Faults
from tiergate.replay.judge import People
from tiergate.replay.replay import Terms, processes, replay, replay_files
from tiergate.replay.sources import LogUnreadable, Numbered, Report, Stream, files, from_stream
from tiergate.replay.tally import Tally

STANDARD_INPUT = Path("-")
PATIENCE = 60_000_000
"""Microseconds for which the last lines may be on their way to CloudWatch Logs: calls of less ago are left out."""

SKEW = 300_000_000
"""Microseconds that this clock may be behind the one that a log was written by."""

LINES_A_STEP = 20_000
"""Between two looks of the bar for standard input."""

WANTED = (
    "expected one JSON object a line with time, method, path, decision and the other fields that docs/access-log.md has"
)
Bundle = Mapping[str, Any]


@click.command()
@click.option(
    "--log",
    "logs",
    type=click.Path(path_type=Path),
    multiple=True,
    help="A file of the access log (.gz too), a folder of them, or - for standard input; may be repeated.",
)
@click.option("--last", type=Parsed("duration", duration), help="The calls of so long: of --log, else of the stage.")
@click.option("--base", help="Policies to compare with: a git revision or a folder. Default: what runs at --stage.")
@click.option(
    "--stage",
    type=click.Choice(STAGES),
    envvar="TIERGATE_STAGE",
    help="The deployment that the calls went to: its registry is read, and with --last its log. Default with --last: "
    "local.",
)
@policies_option
@click.option("--env", type=click.Choice(ENVIRONMENTS), help="The environment's policies. Default: the stage's.")
@click.option(
    "--tolerate",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Calls of one consumer that may be refused without failing.",
)
@click.option(
    "--processes", "count", type=click.IntRange(1, 64), help="Default: one a core where a log is large; never more."
)
@click.option("--all", "everybody", is_flag=True, help="List every consumer, not those alone with most calls.")
@json_option
def simulate(
    logs: tuple[Path, ...],
    last: int | None,
    base: str | None,
    stage: str | None,
    policies: Path,
    env: str | None,
    tolerate: int,
    count: int | None,
    everybody: bool,
    as_json: bool,
) -> None:
    """Replay recorded calls against the policies: who would be refused that was admitted, and the other way round.

    With a base, a call counts only where the base would have decided as it was recorded. Exit code 1: a consumer would
    be refused.

    \b
    tiergate simulate --last 7d --stage prod
    tiergate simulate --log .tiergate/access.log --base origin/main
    tiergate simulate --log exported/ --base origin/main --stage prod --tolerate 10 --json
    zcat november.gz | tiergate simulate --log - --base v1.4
    """
    if not logs and last is None:
        raise click.UsageError(
            "name a log with --log FILE, or the calls of a deployment with --last, such as --last 7d"
        )
    if STANDARD_INPUT in logs and len(logs) > 1:
        raise click.UsageError("--log - goes with no other --log: lines of several are put in order by their time")
    stage = stage or (None if logs else LOCAL)
    environment = env or (environment_of(stage) if stage else "")
    bundle = compiled(checked(policies, environment))
    target = Target.find(stage) if stage else None
    compared, against = _base(base, policies, environment, target)
    since = 0 if last is None else now() - last
    terms = Terms(bundle, against, None if target is None else _people(target), since, now() + SKEW)
    try:
        tally = _replayed(logs, target, terms, count)
    except LogUnreadable as fault:
        raise click.ClickException(str(fault)) from None
    document = simulation_document(tally, Compared(compared, stage or ""), bundle, tolerate)
    if as_json:
        emit(document)
    else:
        tell_simulation(document, everybody=everybody)
    if document["fails"]:
        raise SystemExit(1)


def _base(base: str | None, policies: Path, environment: str, target: Target | None) -> tuple[str, Bundle | None]:
    """What the policies are compared with: how it is called, and its bundle."""
    if base is None:
        return ("", None) if target is None else (f"what runs at {target.stage}", _running(target))
    with policies_at(base, policies) as folder:
        if not folder.is_dir():
            raise click.ClickException(f"{base} has no folder {policies}; name policies to compare with: --base FOLDER")
        try:
            return base, compiled(checked(folder, environment))
        except Faults as faults:
            first = faults.faults[0]
            raise click.ClickException(
                f"the policies of {base} have {len(faults.faults)} faults by today's rules, the first is: {first}\n"
                "Name a base without faults, or leave --base out and name --stage: what runs there is compared then"
            ) from None


def _running(target: Target) -> Bundle:
    try:
        return running(target)
    except RunningUnknown as error:
        raise click.ClickException(f"what runs cannot be compared with: {error}\nName a base: --base REV") from None


def _people(target: Target) -> People:
    """The whole registry, as far as it decides on calls."""
    registry = target.registry()
    applications = {each.id: each for each in registry.applications.list()}
    credentials: dict[tuple[str, str], Credential] = {
        (API_KEY, credential.id): credential for _, credential in registry.keys.list()
    }
    shared: set[str] = set()
    for _, client in registry.clients.list():
        if (BEARER, client.id) in credentials:
            shared.add(client.id)
        credentials[BEARER, client.id] = client
    for id_ in shared:  # of two issuers: the log does not say of which
        del credentials[BEARER, id_]
    return People(applications, credentials)


def _replayed(logs: tuple[Path, ...], target: Target | None, terms: Terms, count: int | None) -> Tally:
    if logs == (STANDARD_INPUT,):
        return _ours(_from_stream(sys.stdin.buffer, terms), ["-"])
    if not logs and target is not None and target.stage != LOCAL:
        return _from_cloudwatch(target, terms)
    found = files(logs or [Path(target.access_log if target else "")])
    size = sum(path.stat().st_size for path in found)
    with progress("Replaying", size) as report:
        tally = replay_files(found, terms, processes(size, count), report)
    return _ours(tally, map(str, found)) if logs else tally


def _from_stream(stream: Stream, terms: Terms) -> Tally:
    """Of a stream nobody knows how long it is: lines are counted."""
    with click.progressbar(
        from_stream("-", stream),
        label="Replaying",
        show_pos=True,
        file=sys.stderr,
        update_min_steps=LINES_A_STEP,
        hidden=not sys.stderr.isatty(),
    ) as lines:
        return replay(lines, terms)


def _from_cloudwatch(target: Target, terms: Terms) -> Tally:
    since, until = terms.since // 1000, (now() - PATIENCE) // 1000
    events = recorded(target.client("logs"), target.access_log, since, until)
    with progress("Reading the log group", max(until - since, 0)) as report:
        return replay(_told(events, target.access_log, since, report), terms)


def _told(events: Iterable[tuple[int, str]], group: str, since: int, report: Report) -> Iterator[Numbered]:
    """Lines of a log group; ``report`` hears how much of the time is behind them."""
    at = since
    for number, (time, message) in enumerate(events, 1):
        if time > at:
            report(time - at)
            at = time
        yield Numbered(group, number, message.encode(errors="surrogatepass"))


def _ours(tally: Tally, names: Iterable[str]) -> Tally:
    """Raises ``LogUnreadable``: a file has no line of the access log."""
    for name in names:
        if not tally.lines[name]:
            first = next((each for each in tally.skips if each.file == name), None)
            why = f" (line {first.number}: {first.why})" if first else ""
            raise LogUnreadable(f"{name}: no line of the access log in it{why}; {WANTED}")
    return tally
