"""What one run does, step by step."""

import contextlib
from collections.abc import Callable, Iterable

from botocore.exceptions import ClientError

from tiergate.adapters.mirror.gateway import Gateway
from tiergate.adapters.mirror.outcome import FAULTS, STALE, Failure, Outcome, code_of, reason_of, worth_again
from tiergate.adapters.mirror.words import deleted_words, key_words, made_words, patched_words
from tiergate.adapters.registry import RegistryError
from tiergate.domain.native import UsagePlan, Wanted
from tiergate.domain.native_changes import (
    KeyChange,
    LivePlan,
    Natives,
    limit_patches,
    removed_stages,
    stage_patches,
)
from tiergate.domain.native_keys import native_value, root_mark

MOST_ATTEMPTS = 3
"""At one key, while others change the same."""

MOST_ROUNDS = 5
"""At one application, while it is changed in the registry."""


CONFLICTS = {
    "CreateApiKey": "where this stays, somebody took its tags off an API key named tiergate/…: delete that one",
    "CreateUsagePlanKey": "where this stays, the API key is in somebody's usage plan with the same stage: take it out",
}
"""What to do, by operation."""


class PlanRefused(Exception):
    """A usage plan that a key needs cannot be made; its cause says why."""

    def __init__(self, plan: UsagePlan) -> None:
        super().__init__(plan.tag)
        self.plan = plan


class Work:
    """``natives``: what is there. ``wanted``: what an application needs by the registry of this moment. ``entries``:
    names of the entries of ``rest_apis`` for stages. ``dry``: nothing is written, and what would be is told."""

    def __init__(
        self,
        gateway: Gateway,
        natives: Natives,
        root: bytes,
        *,
        wanted: Callable[[str], Wanted],
        entries: Callable[[Iterable[str]], list[str]],
        dry: bool = False,
    ) -> None:
        self._gateway = gateway
        self._natives = natives
        self._root = root
        self._mark = root_mark(root)
        self._wanted = wanted
        self._entries = entries
        self._dry = dry
        self._refused: dict[str, Exception] = {}
        self._plans_made = 0

    def application(self, id_: str) -> Outcome:
        """Bring its keys in step, and again where the registry changed meanwhile: no older view has the last word."""
        done = Outcome()
        try:
            wanted = self._wanted(id_)
            for _ in range(MOST_ROUNDS):
                before = self._gateway.writes
                done = _after(done, self._settle(id_, wanted))
                if self._gateway.writes == before:
                    return done
                last, wanted = wanted, self._wanted(id_)
                if wanted == last:
                    return done
                self._natives.refresh(id_, self._gateway.of_application(id_))
        except (*FAULTS, RegistryError) as error:
            return done + _failed(f"application {id_}", error, id_)
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
            except PlanRefused as error:
                return self._plans() + Outcome(failed=(self._plan_failure(error),))
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
            if code_of(error) == "NotFoundException" or live.id not in {each.id for each in self._gateway.plans()}:
                return Outcome()
            return _failed(what, error)
        return Outcome(deleted=1)

    def _settle(self, id_: str, wanted: Wanted) -> Outcome:
        done = Outcome()
        for change in self._changes(id_, wanted):
            if self._dry and change:
                done += Outcome(planned=tuple(key_words(change, self._natives)))
            else:
                done += self._subscription(change, wanted) + self._plans()
        return done

    def _plans(self) -> Outcome:
        """Usage plans made since this was asked last."""
        made, self._plans_made = self._plans_made, 0
        return Outcome(created=made)

    def _changes(self, id_: str, wanted: Wanted) -> list[KeyChange]:
        live = {each.subscription for each in self._natives.keys(id_)}
        return [self._change(each, id_, wanted) for each in sorted(live | wanted.keys.keys())]

    def _change(self, subscription: str, application: str, wanted: Wanted) -> KeyChange:
        name = self._gateway.key_name(application, subscription)
        key = wanted.keys.get(subscription)
        return self._natives.change(key, subscription, application, name=name, mark=self._mark)

    def _subscription(self, change: KeyChange, wanted: Wanted) -> Outcome:
        """One key; again by what is there then, where somebody else was faster."""
        for attempt in range(1, MOST_ATTEMPTS + 1):
            if not change:
                return Outcome(unchanged=1 if change.wanted else 0)
            try:
                self._apply(change, wanted)
            except PlanRefused as error:
                return Outcome(failed=(self._plan_failure(error, change.application),))
            except FAULTS as error:
                if code_of(error) not in STALE or attempt == MOST_ATTEMPTS:
                    return _failed(f"application {change.application}", error, change.application)
                self._look_again(change.application, renamed=code_of(error) == "ConflictException")
                change = self._change(change.subscription, change.application, wanted)
                continue
            return _counted(change)
        return Outcome()

    def _look_again(self, application: str, *, renamed: bool) -> None:
        self._natives.refresh(application, self._gateway.of_application(application, renamed=renamed))

    def _apply(self, change: KeyChange, wanted: Wanted) -> None:
        into = [self._made(wanted.plans[tag]) for tag in change.into]
        for key in change.deleted:
            self._gateway.delete_key(key)
        id_ = change.id
        if change.wanted and not id_:
            value = native_value(self._root, change.subscription)
            id_ = self._gateway.make_key(change.wanted, value=value, mark=self._mark)
        elif change.patches:
            self._gateway.patch_key(id_, change.patches)
        for plan in change.out:
            self._gateway.take_out(plan, id_)
        for plan in into:
            self._gateway.put_in(plan, id_)

    def _made(self, wanted: UsagePlan) -> str:
        """The id of the usage plan that counts. Two runs may both make one: each looks again, and takes its own away
        where it is not the one that counts."""
        found = self._natives.plan(wanted.tag)
        if found:
            return found.id
        if wanted.tag in self._refused:
            raise PlanRefused(wanted) from self._refused[wanted.tag]
        try:
            made = self._gateway.make_plan(wanted)
            self._plans_made += 1
            own = LivePlan(made, wanted.tag, self._gateway.plan_name(wanted.tag), wanted.limits, wanted.stages)
            self._natives.take_plans({own, *self._gateway.plans()})
            counts = self._natives.plan(wanted.tag) or own
            if counts.id != made:
                self._plans_made -= 1
                self._withdrawn(own)
        except FAULTS as error:
            self._refused[wanted.tag] = error
            raise PlanRefused(wanted) from error
        return counts.id

    def _withdrawn(self, own: LivePlan) -> None:
        """Another run may be at it too; what is left of it goes with the next full run."""
        with contextlib.suppress(*FAULTS):
            self._deleted(own)

    def _deleted(self, live: LivePlan) -> None:
        """API Gateway deletes no usage plan that has stages."""
        if live.stages:
            self._gateway.patch_plan(live.id, stage_patches("remove", live.stages))
        self._gateway.delete_plan(live.id)
        self._natives.take_plans(plan for plan in self._natives.plans.values() if plan.id != live.id)

    def _patched(self, live: LivePlan, patches: list[tuple[str, str, str]], stages: Iterable[str] = ()) -> Outcome:
        if not patches:
            return Outcome()
        if self._dry:
            return Outcome(planned=(patched_words(live, patches),))
        try:
            self._gateway.patch_plan(live.id, patches)
        except FAULTS as error:
            failure = Failure(f'usage plan "{live.tag}"', "", self._reason(error, stages), worth_again(error))
            return Outcome(failed=(failure,))
        return Outcome(updated=1)

    def _plan_failure(self, refused: PlanRefused, application: str = "") -> Failure:
        error, plan = refused.__cause__, refused.plan
        if not isinstance(error, FAULTS):
            raise refused
        what = f"application {application}" if application else f'usage plan "{plan.tag}"'
        reason = self._reason(error, plan.stages)
        return Failure(
            what, application, f'usage plan "{plan.tag}": {reason}' if application else reason, worth_again(error)
        )

    def _reason(self, error: Exception, stages: Iterable[str]) -> str:
        """Of a usage plan's call: most often a stage is named that is not there."""
        reason = _reason(error)
        if code_of(error) in {"NotFoundException", "BadRequestException"} and (names := self._entries(stages)):
            return f"{reason}; see that rest_apis ({', '.join(names)}) name REST APIs and stages that are there"
        return reason


def _after(done: Outcome, now: Outcome) -> Outcome:
    """Two rounds of one application: what failed or was in step is what the last one says."""
    return done._replace(failed=(), unchanged=0) + now


def _counted(change: KeyChange) -> Outcome:
    made = 1 if change.wanted and not change.id else 0
    touched = 1 if change.id and (change.patches or change.out or change.into) else 0
    return Outcome(created=made, updated=touched, deleted=len(change.deleted))


def _failed(what: str, error: Exception, application: str = "") -> Outcome:
    reason = str(error) if isinstance(error, RegistryError) else _reason(error)
    again = not isinstance(error, RegistryError) and (worth_again(error) or code_of(error) in STALE)
    return Outcome(failed=(Failure(what, application, reason, again),))


def _reason(error: Exception) -> str:
    if code_of(error) == "LimitExceededException":
        return f"{reason_of(error)}; ask for a higher limit in Service Quotas, or take away what nobody uses"
    if code_of(error) == "ConflictException" and isinstance(error, ClientError):
        advice = CONFLICTS.get(error.operation_name, "")
        return reason_of(error) + (f"; {advice}" if advice else "")
    return reason_of(error)
