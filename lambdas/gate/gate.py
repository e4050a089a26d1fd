"""Passes or refuses one deploy: marks what it withdraws as closing, then reads who has it."""

import traceback
from collections.abc import Callable
from functools import partial

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.gate.message import TooLate, refused
from tiergate.adapters.gate_book import Deploy, GateBook
from tiergate.adapters.telemetry import log
from tiergate.domain.gate import Definitions, Holder, digest, judged, losses, strange

PAUSES = (1, 2, 4, 8, 15, 30)
"""Seconds before each further attempt while the store is in trouble, or the function's role is too new for it."""

MARGIN = 60_000
"""Milliseconds before the function's end that one call of the store and the answer have."""

Milliseconds = Callable[[], int]
Attempt = Callable[[Milliseconds], str]


class Gate:
    """``target``: the command line's ``--stage``. ``clock`` in microseconds; ``wait`` takes seconds."""

    def __init__(
        self, book: GateBook, *, target: str, clock: Callable[[], int], wait: Callable[[float], object]
    ) -> None:
        self._book = book
        self._target = target
        self._clock = clock
        self._wait = wait
        self._begun: Deploy | None = None

    def judge(self, old: str, new: str, time_left: Milliseconds) -> str:
        """Why the new definitions may not be deployed; empty where they may.

        ``old`` is empty where none are known. Where nothing goes, it passes without the store.

        Raises
        ------
        TooLate
            The time was over first.
        RecordMalformed
            Who is subscribed cannot be read.
        BotoCoreError, ClientError
            Nor could the store be asked.
        """
        deploy = Deploy(digest(new), digest(old))
        before, coming = Definitions.of(old) if old else None, Definitions.of(new)
        if before and not losses(before, coming, self._clock()) and self._passes_unread(deploy, before, coming):
            return ""
        known, self._begun = self._begun, deploy
        try:
            return self._patiently(partial(self._judge, deploy, before, coming), time_left)
        except (BotoCoreError, ClientError):
            if known != deploy.rollback:
                raise
            log("ERROR", "a rollback passes unread", trace=traceback.format_exc())
            return ""

    def _passes_unread(self, deploy: Deploy, before: Definitions, new: Definitions) -> bool:
        """Whether nothing goes of what really stood. What the store does not say by now is as nothing."""
        try:
            if _astray(deploy, self._book.refused()):
                return False
            self._pass(before, new)
        except (BotoCoreError, ClientError):
            log("ERROR", "offers may be left closing until the next deploy", trace=traceback.format_exc())
        return True

    def _judge(self, deploy: Deploy, before: Definitions | None, new: Definitions, time_left: Milliseconds) -> str:
        last = self._book.refused()
        if last == deploy.rollback:
            self._book.reopen(new.offers)
            return ""
        if _astray(deploy, last):
            before = None
        self._book.refuse(deploy)
        dropped = before.offers - new.offers if before else frozenset()
        self._book.close(dropped)
        holders = self._holders(time_left)
        found = losses(before, new, self._clock()) if before else strange(new, holders)
        if refusals := judged(found, holders):
            self._book.reopen(dropped)
            return refused(refusals, self._target)
        self._pass(before, new)
        return ""

    def _holders(self, time_left: Milliseconds) -> list[Holder]:
        found: list[Holder] = []
        for page in self._book.holders():
            found += page
            if time_left() < MARGIN:
                raise TooLate
        return found

    def _pass(self, before: Definitions | None, new: Definitions) -> None:
        """What is on offer is not closing, whatever was left of a deploy that broke off."""
        added = new.offers - before.offers if before else frozenset()
        self._book.passed()
        self._book.reopen(added | new.offers & {*self._book.closing()})

    def _patiently(self, attempt: Attempt, time_left: Milliseconds) -> str:
        """All of it again while the store is in trouble: it ends the same however often it was begun."""
        for pause in PAUSES:
            try:
                return attempt(time_left)
            except (BotoCoreError, ClientError) as error:
                if time_left() < MARGIN + pause * 1000:
                    raise
                log("WARNING", "the store is in trouble, to be asked again", cause=type(error).__name__)
            self._wait(pause)
        return attempt(time_left)


def _astray(deploy: Deploy, last: Deploy | None) -> bool:
    """Whether it follows definitions that were refused and are still there, so that nobody knows what really stands."""
    return last is not None and last.coming == deploy.standing and last != deploy.rollback
