"""A replay: the lines of a log through policies, in one process or several."""

import multiprocessing
import os
import signal
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

from tiergate.domain.access_log import LATEST, UNJUDGED, NotOurs, read
from tiergate.domain.catalogue import Catalogue
from tiergate.replay.judge import Judge, People
from tiergate.replay.routes import Routes
from tiergate.replay.sources import LogUnreadable, Numbered, Report, from_files
from tiergate.replay.tally import Skipped, Tally

WORTH_IT = 32 << 20
"""Bytes of logs from which on a second process is worth its start."""

TOLD_EVERY = 4 << 20
"""Bytes between two reports of a process."""


@dataclass(frozen=True, slots=True)
class Terms:
    """``bundle``: the compiled policies; ``base``: those to compare with, or None. Microseconds: calls before ``since``
    are passed over, and ``until`` is yet to come."""

    bundle: Mapping[str, Any]
    base: Mapping[str, Any] | None = None
    people: People | None = None
    since: int = 0
    until: int = LATEST * 1000


def processes(size: int, asked: int | None = None) -> int:
    """How many are good for so many bytes of logs: no more than there are cores, as each of them reads all."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(asked or (cores if size >= WORTH_IT else 1), cores)


def replay(lines: Iterable[Numbered], terms: Terms) -> Tally:
    """What came of lines.

    Raises
    ------
    LogUnreadable
        Where the lines come from says so.
    """
    now, base = Catalogue.of(terms.bundle), None if terms.base is None else Catalogue.of(terms.base)
    routes, people = Routes(now, base), terms.people or People()
    judge, before = Judge(now, base, people), None if base is None else Judge(base, base, people)
    tally = Tally()
    for file, number, raw in lines:
        try:
            line = read(raw)
            if line.now >= terms.until:
                raise NotOurs("its time is yet to come")
        except NotOurs as fault:
            tally.skip(Skipped(file, number, str(fault)))
            continue
        tally.lines[file] += 1
        if line.now < terms.since:
            tally.earlier += 1
            continue
        tally.span(line.now)
        if line.stage == UNJUDGED:
            tally.unjudged += 1
            if line.status == "404" and line.method != "OPTIONS" and routes.of(line)[0].operation is not None:
                tally.undecided["unrouted"] += 1
            continue
        way, earlier = routes.of(line)
        was = None if before is None else before.answer(line, earlier, earlier)
        tally.count(line, judge.answer(line, way, earlier), was, way)
    return tally


def replay_files(paths: Sequence[Path], terms: Terms, count: int, report: Report) -> Tally:
    """The same of files, in so many processes, each of which reads all and judges its share.

    ``report`` hears of the bytes that were read by one of them on average.

    Raises
    ------
    LogUnreadable
        A file cannot be read, or a process ended before it was done.
    """
    if count == 1:
        return replay(from_files(paths, report), terms)
    context = multiprocessing.get_context("spawn")
    running: dict[Connection, SpawnProcess] = {}
    try:
        for share in range(count):
            ours, theirs = context.Pipe(duplex=False)
            process = context.Process(target=_work, args=(theirs, paths, terms, share, count), daemon=True)
            process.start()
            theirs.close()
            running[ours] = process
        return _gathered(running, report)
    finally:
        for process in running.values():
            process.terminate()
            process.join()


def _gathered(running: Mapping[Connection, SpawnProcess], report: Report) -> Tally:
    tally, left, told = Tally(), set(running), 0
    while left:
        for connection in [each for each in wait(list(left)) if isinstance(each, Connection)]:
            try:
                heard = connection.recv()
            except EOFError:
                raise LogUnreadable("a process ended before it was done; is there enough memory?") from None
            if isinstance(heard, int):
                told += heard
                report(told // len(running))
                told %= len(running)
                continue
            if isinstance(heard, LogUnreadable):
                raise heard
            tally.add(heard)
            left.discard(connection)
    return tally


def _work(connection: Connection, paths: Sequence[Path], terms: Terms, share: int, shares: int) -> None:
    """One share; sends numbers of bytes, and in the end what came of it. Ctrl-C is the parent's."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    untold = 0

    def report(read: int) -> None:
        nonlocal untold
        untold += read
        if untold >= TOLD_EVERY:
            connection.send(untold)
            untold = 0

    try:
        tally = replay(from_files(paths, report, (share, shares)), terms)
        connection.send(untold)
        connection.send(tally)
    except LogUnreadable as fault:
        connection.send(fault)
    except BrokenPipeError:  # the parent is gone
        pass
