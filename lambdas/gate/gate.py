"""Passes or refuses one deploy: marks what it withdraws as closing, then reads who has it."""

import traceback
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.gate.message import Overtaken, TooLate, refused
from tiergate.adapters.gate_book import Deploy, GateBook
from tiergate.adapters.telemetry import log
from tiergate.domain.gate import Definitions, Holder, digest, judged, losses, not_defined

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

    def judge(self, old: str, new: str, time_left: Milliseconds) -> str:
        """Why the new definitions may not be deployed; empty where they may.

        ``old`` is empty where none are known; what another version of this function stated is as unknown. Where
        nothing goes, it passes without the store.

        Raises
        ------
        TooLate
            The time was over first.
        Overtaken
            The same was asked for, or its rollback, while this was judged.
        RecordMalformed
            Who is subscribed cannot be read.
        ValueError
            The new definitions cannot, and it is no rollback.
        BotoCoreError, ClientError
            Nor could the store be asked.
        """
        before = coming = None
        with suppress(ValueError):
            before = Definitions.of(old)
        with suppress(ValueError):
            coming = Definitions.of(new)
        if before and coming and not losses(before, coming, self._clock()) and self._passes_unread(before, coming):
            return ""
        return self._patiently(partial(self._judge, Deploy(digest(new), digest(old)), before, coming), time_left)

    def _passes_unread(self, before: Definitions, new: Definitions) -> bool:
        """Whether no refusal is remembered, so that what went before is what stands. What the store does not say by
        now is as nothing."""
        try:
            if self._book.refused():
                return False
            self._reopen(before, new)
        except (BotoCoreError, ClientError):
            log("ERROR", "offers may be left closing until the next deploy", trace=traceback.format_exc())
        return True

    def _judge(
        self, deploy: Deploy, before: Definitions | None, new: Definitions | None, time_left: Milliseconds
    ) -> str:
        last = self._book.refused()
        if last == deploy.rollback:
            self._book.refuse(last)  # whoever still judges it finds another record
            self._book.reopen(new.offers if new else ())
            return ""
        if new is None:
            raise ValueError("the new definitions cannot be read")
        if _astray(deploy, last):
            before = None
        record = self._book.refuse(deploy)
        dropped = before.offers - new.offers if before else frozenset()
        self._book.close(dropped)
        holders = self._holders(time_left)
        found = losses(before, new, self._clock()) if before else not_defined(new, holders)
        if refusals := judged(found, holders):
            self._book.reopen(dropped)
            return refused(refusals, self._target)
        self._reopen(before, new)
        if not self._book.passed(record):
            self._book.reopen(dropped)
            raise Overtaken
        return ""

    def _holders(self, time_left: Milliseconds) -> list[Holder]:
        found: list[Holder] = []
        for page in self._book.holders():
            found += page
            if time_left() < MARGIN:
                raise TooLate
        return found

    def _reopen(self, before: Definitions | None, new: Definitions) -> None:
        """What is on offer is not closing, whatever was left of a deploy that broke off."""
        added = new.offers - before.offers if before else frozenset()
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
