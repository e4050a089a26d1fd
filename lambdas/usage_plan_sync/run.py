"""A full run, which may take several calls of the function: what its parts pass on to each other."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from tiergate.adapters.mirror import Mirror, Outcome

DEPLOY, SCHEDULE, HAND, STREAM, QUEUE = "deploy", "schedule", "hand", "stream", "queue"
"""What a run was begun by."""

CATALOGUE = "the catalogue"

MOST = 1_000_000_000
"""Of any count of a run."""

SHOWN = 2000
"""Of each list of an answer, which has 6 MB at most."""


class Run(NamedTuple):
    """``published``: what became of the catalogue's records, empty until it is published.

    ``created``, ``updated``, ``deleted``: by the parts before. ``attempt``: which one of the whole run this is.
    """

    trigger: str
    attempt: int = 1
    parts: int = 0
    created: int = 0
    updated: int = 0
    deleted: int = 0
    published: Mapping[str, int] = {}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Run":
        """From what `document` made. Raises TypeError: that is not it."""
        run = cls(**document)
        numbers = (run.attempt, run.parts, run.created, run.updated, run.deleted, *dict(run.published).values())
        counts = all(type(each) is int and 0 <= each <= MOST for each in numbers)
        if not counts or not run.attempt or run.trigger not in (DEPLOY, SCHEDULE, HAND):
            raise TypeError("this is no full run")
        return run

    def document(self) -> dict[str, Any]:
        return self._asdict() | {"published": dict(self.published)}

    def again(self) -> "Run":
        """The next attempt, from the start."""
        return Run(self.trigger, self.attempt + 1)

    @property
    def changed(self) -> int:
        """What it made, changed and took away so far."""
        return self.created + self.updated + self.deleted

    @property
    def repairs(self) -> bool:
        """Whether what it had to change was to be in step already."""
        return self.trigger in {SCHEDULE, HAND}


class Runs:
    """``publish`` brings the published catalogue in step and tells what became of its records."""

    def __init__(self, mirror: Mirror, publish: Callable[[], Mapping[str, int]]) -> None:
        self._mirror = mirror
        self._publish = publish

    def part(self, run: Run, time_left: Callable[[], int]) -> tuple[Run, Outcome]:
        """Go on as far as the time goes, in milliseconds. The outcome is that of all parts up to here.

        Each part looks at everything anew. So what failed in the one before either failed again or is done; and what
        was made before is among the unchanged of the last one, and counted once.
        """
        published, missed = dict(run.published), Outcome()
        if not published:
            published, missed = self._published()
        now = self._mirror.run(time_left=time_left)
        made = now._replace(
            created=run.created + now.created,
            updated=run.updated + now.updated,
            deleted=run.deleted + now.deleted,
            unchanged=max(0, now.unchanged - run.created - run.updated),
        )
        after = run._replace(
            parts=run.parts + 1,
            created=made.created,
            updated=made.updated,
            deleted=made.deleted,
            published=published,
        )
        return after, made + missed

    def dry(self, time_left: Callable[[], int]) -> Outcome:
        """What would be done, and nothing is."""
        return self._mirror.run(dry=True, time_left=time_left)

    def _published(self) -> tuple[dict[str, int], Outcome]:
        """The catalogue keeps no keys from being brought in step."""
        try:
            return dict(self._publish()), Outcome()
        except Exception as error:
            return {}, Outcome.of_fault(CATALOGUE, error)


def answer(run: Run, outcome: Outcome) -> dict[str, Any]:
    """Of one part by hand, for ``tiergate sync``."""
    return {
        "complete": outcome.complete,
        "created": outcome.created,
        "updated": outcome.updated,
        "deleted": outcome.deleted,
        "unchanged": outcome.unchanged,
        "catalogue": dict(run.published),
        "planned": [*outcome.planned[:SHOWN]],
        "differences": [*outcome.differences[:SHOWN]],
        "failed": [each._asdict() for each in outcome.failed[:SHOWN]],
        "left_out": sum(max(0, len(each) - SHOWN) for each in (outcome.planned, outcome.differences, outcome.failed)),
    }
