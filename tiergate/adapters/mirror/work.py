"""What one run does, step by step."""

import contextlib
from collections.abc import Callable, Iterable
from functools import partial

from botocore.exceptions import ClientError

from tiergate.adapters.mirror.gateway import Gateway
from tiergate.adapters.mirror.outcome import FAULTS, FULL, STALE, Failure, Outcome, code_of
from tiergate.adapters.mirror.words import deleted_words, key_words, made_words, patched_words
from tiergate.domain.native import Key, UsagePlan, Wanted
from tiergate.domain.native_changes import (
    KeyChange,
    LivePlan,
    Natives,
    limit_patches,
    removed_stages,
    stage_patches,
)
from tiergate.domain.native_keys import native_value, value_mark

MOST_ATTEMPTS = 3
"""At one key, while others change the same."""

MOST_ROUNDS = 5
"""At one application, while it is changed in the registry."""

MARGIN = 100_000
"""Milliseconds to be left for another key or usage plan: one call, tried again and again, may take as long."""


class PlanRefused(Exception):
    """A usage plan that a key needs cannot be made."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.reason)
        self.failure = failure

    def of(self, application: str) -> Outcome:
        """What it keeps from being done."""
        reason = f"{self.failure.what}: {self.failure.reason}"
        return Outcome(failed=(Failure(f"application {application}", application, reason, self.failure.again),))


class Work:
    """``natives``: what is there. ``wanted``: what an application needs by the registry of this moment. ``entries``:
    names of the entries of ``rest_apis`` for stages. ``time_left``: in milliseconds. ``dry``: nothing is written, and
    what would be is told."""

    def __init__(
        self,
        gateway: Gateway,
        natives: Natives,
        root: bytes,
        *,
        wanted: Callable[[str], Wanted],
        entries: Callable[[Iterable[str]], list[str]],
        time_left: Callable[[], int],
        dry: bool = False,
    ) -> None:
        self._gateway = gateway
        self._natives = natives
        self._root = root
        self._wanted = wanted
        self._entries = entries
        self._time_left = time_left
        self._dry = dry
        self._refused: dict[str, Failure] = {}
        self._full: dict[str, ClientError] = {}
        self._plans_made = 0

    def application(self, id_: str) -> Outcome:
        """Bring its keys in step, and again where the registry changed meanwhile: no older view has the last word."""
        done = Outcome()
        try:
            wanted = self._wanted(id_)
            for _ in range(MOST_ROUNDS):
                before = self._gateway.writes
                done = _after(done, self._settle(id_, wanted))
                if self._gateway.writes == before or not done.complete:
                    return done
                last, wanted = wanted, self._wanted(id_)
                if wanted == last:
                    return done
                self._natives.refresh(id_, self._gateway.of_application(id_))
        except Exception as error:
            return done + Outcome.of_fault(f"application {id_}", error, id_)
        changing = Failure(f"application {id_}", id_, "it was changed again and again meanwhile", again=True)
        return done + Outcome(failed=(changing,))

    def unchanged(self, id_: str, wanted: Wanted) -> bool:
        """Whether nothing is to be done, by what is known."""
        return not any(self._changes(id_, wanted))

    def stages(self, wanted: dict[str, UsagePlan]) -> Outcome:
        """Take stages out of usage plans, before others gain them."""
        done = Outcome()
        for id_, stages in removed_stages(self._natives, wanted).items():
            done += self._patched(self._natives.plans[id_], stage_patches("remove", stages))
            live = self._natives.plans[id_]
            left = live._replace(stages=live.stages - stages)
            self._natives.take_plans((self._natives.plans | {id_: left}).values())
        return done

    def plan(self, wanted: UsagePlan) -> Outcome:
        """Make a usage plan, or what it is as wanted."""
        live = self._natives.plan(wanted.tag)
        if live is None:
            if self._dry:
                return Outcome(planned=(made_words(wanted),))
            try:
                self._made(wanted)
            except PlanRefused as refused:
                return self._plans() + Outcome(failed=(refused.failure,))
            return self._plans()
        limits = limit_patches(live, wanted, self._gateway.plan_name(wanted.tag))
        gained = wanted.stages - live.stages
        done = self._patched(live, limits) + self._patched(live, stage_patches("add", gained), gained)
        return done._replace(updated=min(1, done.updated)) if limits or gained else Outcome(unchanged=1)

    def remove_plan(self, live: LivePlan) -> Outcome:
        """Delete a usage plan that nobody needs, unless it holds keys: ours leave it by and by, others' are theirs."""
        if self._dry:
            return Outcome(planned=(deleted_words(live),))
        what = f'usage plan "{live.tag}" ({live.id})'
        try:
            held = self._gateway.members(live.id)
            others = sorted(held - self._gateway.key_ids()) if held - self._natives.key_ids() else []
            if others:
                reason = f"it is not needed any more, but holds API keys of others ({', '.join(others)}): take them out"
                return Outcome(failed=(Failure(what, "", reason, again=False),))
            if held:
                return Outcome()
            self._deleted(self._natives.plans.get(live.id, live))
        except FAULTS as error:
            there = live.id in {each.id for each in self._gateway.plans()}
            return Outcome.of_fault(what, error) if there else Outcome()
        return Outcome(deleted=1)

    def _settle(self, id_: str, wanted: Wanted) -> Outcome:
        done = Outcome()
        for change in self._changes(id_, wanted):
            if self._time_left() < MARGIN:
                return done._replace(complete=False)
            if self._dry and change:
                done += Outcome(planned=tuple(key_words(change, self._natives)))
                continue
            try:
                done += self._subscription(change, wanted)
            except PlanRefused as refused:
                done += refused.of(id_)
            except Exception as error:
                done += Outcome.of_fault(f"application {id_}", error, id_)
            done += self._plans()
        return done

    def _plans(self) -> Outcome:
        """Usage plans made since this was asked last."""
        made, self._plans_made = self._plans_made, 0
        return Outcome(created=made)

    def _changes(self, id_: str, wanted: Wanted) -> list[KeyChange]:
        """Those that take a key away go first: it may have the value of one that is to be made."""
        live = {each.subscription for each in self._natives.keys(id_)}
        changes = [self._change(each, id_, wanted) for each in sorted(live | wanted.keys.keys())]
        return sorted(changes, key=lambda change: not change.deleted)

    def _change(self, subscription: str, application: str, wanted: Wanted) -> KeyChange:
        name = self._gateway.key_name(application, subscription)
        mark = value_mark(self._root, subscription)
        return self._natives.change(wanted.keys.get(subscription), subscription, application, name=name, mark=mark)

    def _subscription(self, change: KeyChange, wanted: Wanted, attempts: int = MOST_ATTEMPTS) -> Outcome:
        """One key; again by what is there then, where somebody else was faster."""
        if not change:
            return Outcome(unchanged=1 if change.wanted else 0)
        try:
            self._apply(change, wanted)
        except FAULTS as error:
            if code_of(error) not in STALE or attempts == 1:
                raise
            lost = wanted.keys if code_of(error) == "ConflictException" else ()
            self._natives.refresh(change.application, self._gateway.of_application(change.application, lost=lost))
            return self._subscription(
                self._change(change.subscription, change.application, wanted), wanted, attempts - 1
            )
        return _counted(change)

    def _apply(self, change: KeyChange, wanted: Wanted) -> None:
        into = [self._made(wanted.plans[tag]) for tag in change.into]
        for key in change.deleted:
            self._gateway.delete_key(key)
            self._full.pop("keys", None)
        id_ = change.id
        if change.wanted and not id_:
            id_ = self._bounded("keys", partial(self._made_key, change.wanted))
        elif change.patches:
            self._gateway.patch_key(id_, change.patches)
        for plan in change.out:
            self._gateway.take_out(plan, id_)
        for plan in into:
            self._gateway.put_in(plan, id_)

    def _made_key(self, wanted: Key) -> str:
        value, mark = (make(self._root, wanted.subscription) for make in (native_value, value_mark))
        return self._gateway.make_key(wanted, value=value, mark=mark)

    def _made(self, wanted: UsagePlan) -> str:
        """The id of the usage plan that counts. Two runs may both make one: each looks again, and takes its own away
        where it is not the one that counts."""
        found = self._natives.plan(wanted.tag)
        if found:
            return found.id
        if wanted.tag in self._refused:
            raise PlanRefused(self._refused[wanted.tag])
        try:
            made = self._bounded("plans", partial(self._gateway.make_plan, wanted))
            self._plans_made += 1
            own = LivePlan(made, wanted.tag, self._gateway.plan_name(wanted.tag), wanted.limits, wanted.stages)
            self._natives.take_plans({own, *self._gateway.plans()})
            counts = self._natives.plan(wanted.tag) or own
            if counts.id != made:
                self._plans_made -= 1
                self._withdrawn(own)
        except FAULTS as error:
            self._refused[wanted.tag] = self._failure(wanted, error, wanted.stages)
            raise PlanRefused(self._refused[wanted.tag]) from error
        return counts.id

    def _bounded(self, kind: str, make: Callable[[], str]) -> str:
        """What the account may have no more of is not asked for again, before one of its kind is taken away."""
        if kind in self._full:
            raise self._full[kind]
        try:
            return make()
        except ClientError as error:
            if code_of(error) == FULL:
                self._full[kind] = error
            raise

    def _withdrawn(self, own: LivePlan) -> None:
        """Another run may be at it too; what is left of it goes with the next full run."""
        with contextlib.suppress(*FAULTS):
            self._deleted(own)

    def _deleted(self, live: LivePlan) -> None:
        """API Gateway deletes no usage plan that has stages."""
        if live.stages:
            self._gateway.patch_plan(live.id, stage_patches("remove", live.stages))
        self._gateway.delete_plan(live.id)
        self._full.pop("plans", None)
        self._natives.take_plans(plan for plan in self._natives.plans.values() if plan.id != live.id)

    def _patched(self, live: LivePlan, patches: list[tuple[str, str, str]], stages: Iterable[str] = ()) -> Outcome:
        if not patches:
            return Outcome()
        if self._dry:
            return Outcome(planned=(patched_words(live, patches),))
        try:
            self._gateway.patch_plan(live.id, patches)
        except FAULTS as error:
            return Outcome(failed=(self._failure(live, error, stages),))
        return Outcome(updated=1)

    def _failure(self, plan: UsagePlan | LivePlan, error: Exception, stages: Iterable[str]) -> Failure:
        """Of a usage plan's call: most often a stage is named that is not there."""
        named = self._entries(stages) if code_of(error) in {"NotFoundException", "BadRequestException"} else []
        advice = f"see that rest_apis ({', '.join(named)}) name REST APIs and stages that are there" if named else ""
        return Failure.of(f'usage plan "{plan.tag}"', error, advice=advice)


def _after(done: Outcome, now: Outcome) -> Outcome:
    """Two rounds of one application: what failed or was in step is what the last one says."""
    return done._replace(failed=(), unchanged=0) + now


def _counted(change: KeyChange) -> Outcome:
    made = 1 if change.wanted and not change.id else 0
    touched = 1 if change.id and (change.patches or change.out or change.into) else 0
    return Outcome(created=made, updated=touched, deleted=len(change.deleted))
