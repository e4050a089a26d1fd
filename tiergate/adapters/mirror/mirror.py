"""Native usage plans and API keys in step with the registry: one application, or all."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from tiergate.adapters.mirror.applications import Applications
from tiergate.adapters.mirror.gateway import Gateway
from tiergate.adapters.mirror.outcome import Failure, Outcome
from tiergate.adapters.mirror.work import MARGIN, Work
from tiergate.adapters.registry.table import RegistryTable
from tiergate.domain.catalogue import Catalogue
from tiergate.domain.native import Desired, UsagePlan, Wanted
from tiergate.domain.native_changes import LivePlan, Natives
from tiergate.domain.registry import RecordMalformed
from tiergate.domain.rest_apis import RestApis

Step = Callable[[], Outcome]

TimeLeft = Callable[[], int]
"""In milliseconds."""


class Mirror:
    """``apigateway``: boto3's client, made with ``client_config``. ``root``: the stage's root secret, asked for where a
    key is wanted. ``clock``: in microseconds.

    Everything is tried however much fails: what kept one thing from being done is among the outcome's failures, and
    nothing is raised. Where the time does not last, the outcome is not complete, and the next one goes on.
    """

    def __init__(
        self,
        apigateway: Any,
        registry: RegistryTable,
        *,
        catalogue: Catalogue,
        rest_apis: RestApis,
        stage: str,
        root: Callable[[], bytes],
        clock: Callable[[], int],
    ) -> None:
        self._gateway = Gateway(apigateway, stage)
        self._applications = Applications(registry)
        self._desired = Desired(catalogue, rest_apis)
        self._root = root
        self._clock = clock

    def application(self, id_: str, *, time_left: TimeLeft) -> Outcome:
        """Bring the keys of one application in step, also of one that is gone, in a handful of calls.

        Its keys are found by its id, so that nobody has to know which subscriptions it had. Usage plans are made where
        it needs them and are not there; what is wrong with others is left to ``run``.
        """
        if not self._desired:
            return Outcome()
        try:
            natives = self._gateway.of_application(id_)
            wanted = self._wanted(id_)
            if not wanted.keys and not natives.keys(id_):
                return Outcome()
            return self._work(natives, time_left).application(id_)
        except Exception as error:
            return Outcome.of_fault(f"application {id_}", error, id_)

    def run(self, *, dry: bool = False, time_left: TimeLeft) -> Outcome:
        """Bring everything in step. ``dry``: nothing is written, and what would be is told."""
        done = Outcome(differences=self._desired.differences())
        try:
            for step in self._steps(self._gateway.everything(), time_left, dry=dry):
                if time_left() < MARGIN:
                    return done._replace(complete=False)
                done += step()
        except Exception as error:
            return done + Outcome.of_fault("the account's usage plans and API keys", error)
        return done

    def _steps(self, natives: Natives, time_left: TimeLeft, *, dry: bool) -> Iterator[Step]:
        """Usage plans that are offered or there, then applications, which make those of their own limits, then usage
        plans that nobody needs."""
        ids, unread = self._applications.ids() if self._desired else (set(), [])
        yield from (partial(_broken, "organizations", "", each) for each in unread)
        found = dict(self._applications.every(ids | natives.applications()))
        broken = {id_: each for id_, each in found.items() if isinstance(each, RecordMalformed)}
        now = self._clock()
        wanted = {
            id_: self._desired.wanted(each, now) for id_, each in found.items() if not isinstance(each, RecordMalformed)
        }
        gone = natives.applications() - found.keys()
        wanted |= {id_: Wanted({}, {}) for id_ in gone}
        plans = offered = self._desired.offered()
        for each in wanted.values():
            plans = plans | each.plans
        if not plans and not natives.plans and not natives.applications():
            return
        work = self._work(natives, time_left, dry=dry)
        yield partial(work.stages, plans)
        own = {tag for tag in plans.keys() - offered.keys() if natives.plan(tag) is None}
        for tag in sorted(plans.keys() - own):
            yield partial(work.plan, plans[tag])
        for tag in sorted(own if dry else ()):
            yield partial(work.plan, plans[tag])
        for id_ in sorted(wanted, key=lambda id_: (not _has_strays(natives, id_, wanted[id_]), id_)):
            if work.unchanged(id_, wanted[id_]):
                yield partial(Outcome, unchanged=len(wanted[id_].keys))
            else:
                yield partial(work.application, id_)
        for id_, error in sorted(broken.items()):
            yield partial(_broken, f"application {id_}", id_, error)
        yield from (partial(work.remove_plan, live) for live in _strays(natives, plans))

    def _wanted(self, id_: str) -> Wanted:
        found = self._applications.get(id_)
        return self._desired.wanted(found, self._clock()) if found else Wanted({}, {})

    def _work(self, natives: Natives, time_left: TimeLeft, *, dry: bool = False) -> Work:
        return Work(
            self._gateway,
            natives,
            self._root() if self._desired else b"",
            wanted=self._wanted,
            entries=self._desired.entries,
            time_left=time_left,
            dry=dry,
        )


def _has_strays(natives: Natives, id_: str, wanted: Wanted) -> bool:
    return any(key.subscription not in wanted.keys for key in natives.keys(id_))


def _strays(natives: Natives, wanted: Mapping[str, UsagePlan]) -> Iterator[LivePlan]:
    """Usage plans that are not wanted, or are there twice."""
    plans = sorted(natives.plans.values())
    return (live for live in plans if live.tag not in wanted or natives.plan(live.tag) != live)


def _broken(what: str, application: str, error: RecordMalformed) -> Outcome:
    reason = f"{error}; compare it with the table's other records of its kind"
    return Outcome(failed=(Failure(what, application, reason, again=False),))
