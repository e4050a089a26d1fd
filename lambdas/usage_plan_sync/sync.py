"""What becomes of each thing that wakes the function: done, left for later, or given up with the reason."""

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from lambdas.usage_plan_sync.events import Message, MessageUnreadable, Record, changed, message_of
from lambdas.usage_plan_sync.report import Reports, told
from lambdas.usage_plan_sync.run import DEPLOY, HAND, QUEUE, STREAM, Run, Runs
from tiergate.adapters.mirror import MARGIN, Failure, Mirror, Outcome
from tiergate.adapters.telemetry import log
from tiergate.adapters.work_queue import WorkQueue

LONGEST_CALL = 300
"""Seconds after which no instance of the code before a deploy is at work any more."""

ATTEMPTS = 6
"""Of an application, or of a full run, the first one included, until it is given up."""

FIRST_DELAY = 30
"""Seconds before the second attempt; twice as long before each next one."""

MOST_PARTS = 100
"""Calls of the function that one full run takes at most."""

MOST_APART = 50
"""Applications of a full run that are tried again one by one; more of them by another full run. Also letters of one."""

FULL = "the full run"

TimeLeft = Callable[[], int]
"""For the function, in milliseconds."""


class Sync:
    """Everything may come twice, or in another order: each application is brought to what the registry says now."""

    def __init__(self, *, mirror: Mirror, runs: Runs, queue: WorkQueue, reports: Reports) -> None:
        self._mirror = mirror
        self._runs = runs
        self._queue = queue
        self._reports = reports

    def deployed(self) -> None:
        """Ask for a full run. Raises nothing: a deploy does not fail by it, and the daily run makes up for it."""
        try:
            for delay in (0, LONGEST_CALL):
                self._queue.put({"full": Run(DEPLOY).document()}, delay=delay)
        except Exception as error:
            log("ERROR", "no run after this deploy, the daily one makes up for it", cause=error)

    def by_hand(self, time_left: TimeLeft, *, dry: bool) -> tuple[Run, Outcome]:
        """One part of a full run, told by itself; whoever asks for it goes on as long as each changes anything."""
        if dry:
            return Run(HAND), self._runs.dry(time_left)
        run, outcome = self._runs.part(Run(HAND), time_left)
        self._reports.full(run, outcome)
        return run, outcome

    def stream(self, records: Sequence[Record], time_left: TimeLeft) -> list[str]:
        """The sequence numbers of applications that could neither be brought in step nor be left for later."""
        total, stuck = Outcome(), []
        for application, first in changed(records).items():
            outcome, kept = self._application(Message(first, "", application), time_left)
            total += outcome
            stuck += [] if kept else [first]
        self._reports.applications(STREAM, total)
        return stuck

    def messages(self, records: Sequence[Record], time_left: TimeLeft) -> list[str]:
        """The ids of messages that are to come again; full runs go last, as they take what time there is."""
        found, stuck = self._read(records)
        total = Outcome()
        for same in _by_application(found):
            outcome, kept = self._application(same[0], time_left)
            total += outcome
            stuck += [] if kept else [each.id for each in same]
        self._reports.applications(QUEUE, total)
        full = [(each.id, each.full) for each in found if each.full is not None]
        return stuck + [id_ for id_, run in full if not self._full(run, time_left)]

    def _read(self, records: Sequence[Record]) -> tuple[list[Message], list[str]]:
        found, stuck = [], []
        for record in records:
            try:
                found.append(message_of(record))
            except MessageUnreadable as error:
                if not self._kept(self._queue.give_up, record["body"], str(error)):
                    stuck.append(record["messageId"])
        return found, stuck

    def _application(self, message: Message, time_left: TimeLeft) -> tuple[Outcome, bool]:
        """What became of one, and whether nothing of it is lost."""
        asked = {"application": message.application, "attempt": message.attempt}
        if time_left() < MARGIN:
            return Outcome(), self._kept(self._queue.put, asked)
        outcome = self._mirror.application(message.application, time_left=time_left)
        if not outcome.complete:
            what = f"application {message.application}"
            outcome += Outcome(failed=(Failure(what, message.application, "its time did not last", again=True),))
        if not outcome.failed:
            return outcome, True
        return outcome, self._kept(self._leave, message.attempt, asked, outcome.failed)

    def _leave(self, attempt: int, asked: dict[str, Any], failed: Collection[Failure]) -> None:
        """For the next attempt, or for people."""
        if any(each.again for each in failed) and attempt < ATTEMPTS:
            self._queue.put(asked | {"attempt": attempt + 1}, delay=_delay(attempt))
        else:
            self._queue.give_up(_text(asked), _reasons(failed))

    def _full(self, run: Run, time_left: TimeLeft) -> bool:
        """Whether nothing of it is lost. A run that is not through goes on with another message."""
        if time_left() < MARGIN:
            return self._kept(self._queue.put, {"full": run.document()})
        before = run.changed
        run, outcome = self._runs.part(run, time_left)
        if not outcome.complete and run.changed > before and run.parts < MOST_PARTS:
            return self._kept(self._queue.put, {"full": run.document()})
        if not outcome.complete:
            outcome += Outcome(failed=(Failure(FULL, "", f"it got no further in part {run.parts}", again=True),))
        kept = self._kept(self._leave_all, run, outcome.failed)
        if kept:
            self._reports.full(run, outcome)
        return kept

    def _leave_all(self, run: Run, failed: Collection[Failure]) -> None:
        """Few applications are tried again each by itself; all else that trying may mend, by another full run."""
        again = [each for each in failed if each.again]
        apart = {each.application for each in again}
        if "" in apart or len(apart) > MOST_APART:
            if run.attempt < ATTEMPTS:
                self._queue.put({"full": run.again().document()}, delay=_delay(run.attempt))
            else:
                self._queue.give_up(_text({"full": run.document()}), _reasons(failed))
            return
        for application in sorted(apart):
            self._queue.put({"application": application, "attempt": 2}, delay=_delay(1))
        given_up = [each for each in failed if not each.again]
        for each in given_up[:MOST_APART]:
            asked = {"application": each.application} if each.application else {"full": {"trigger": run.trigger}}
            self._queue.give_up(_text(asked), told(each))
        if len(given_up) > MOST_APART:
            rest = given_up[MOST_APART:]
            self._queue.give_up(_text({"full": {"trigger": run.trigger}}), f"{len(rest)} more: {_reasons(rest)}")

    def _kept(self, leave: Callable[..., None], *what: object) -> bool:
        """Whether the queue took it."""
        try:
            leave(*what)
        except Exception as error:
            log("ERROR", "the queue does not take what is left for later", cause=error)
            return False
        return True


def _by_application(messages: Iterable[Message]) -> list[list[Message]]:
    found: dict[str, list[Message]] = {}
    for each in messages:
        if each.full is None:
            found.setdefault(each.application, []).append(each)
    return [*found.values()]


def _text(asked: dict[str, Any]) -> str:
    return json.dumps(asked)


def _delay(attempt: int) -> int:
    """Seconds before the attempt after this one, the first of which is 1."""
    return FIRST_DELAY << (attempt - 1)


def _reasons(failed: Collection[Failure]) -> str:
    return "; ".join(dict.fromkeys(map(told, failed)))
