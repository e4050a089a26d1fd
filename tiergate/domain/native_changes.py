"""What lies between the usage plans and API keys that are there and those that are wanted.

An API key can be in one usage plan a stage only. So a key is taken out of the plans that it does not belong in before
it is put in its own, and a stage is taken out of one plan before another gains it. A crash in between leaves a key or a
stage in too few plans, never in two: the next run sees that and goes on.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from tiergate.domain.native import Key, UsagePlan
from tiergate.domain.native_limits import NativeLimits

Patch = tuple[str, str, str]
"""Operation, path and value of a patch of API Gateway's; no value where it is empty."""


class LivePlan(NamedTuple):
    """A usage plan of ours that is there."""

    id: str
    tag: str
    name: str
    limits: NativeLimits
    stages: frozenset[str]


class LiveKey(NamedTuple):
    """An API key of ours that is there. ``mark``: tells of which subscription and by which root its value is."""

    id: str
    subscription: str
    application: str
    name: str
    enabled: bool
    mark: str


class KeyChange(NamedTuple):
    """What brings a subscription's key in step, in this order. ``id``: of the key that stays, empty where one is to be
    made. ``out`` and ``into``: usage plans, the former by id and the latter by tag."""

    subscription: str
    application: str
    wanted: Key | None
    id: str
    deleted: tuple[str, ...]
    patches: tuple[Patch, ...]
    out: tuple[str, ...]
    into: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.deleted or self.patches or self.out or self.into or (self.wanted and not self.id))


class Natives:
    """Those of ours that are there, kept in step with what is done to them.

    Names of usage plans are not unique: where two runs made one, the one with the least id counts.
    """

    def __init__(
        self, plans: Iterable[LivePlan], keys: Iterable[LiveKey], members: Mapping[str, Collection[str]]
    ) -> None:
        """``members``: ids of the keys in each usage plan, by its id."""
        self.plans: dict[str, LivePlan] = {}
        self._tags: dict[str, str] = {}
        self.take_plans(plans)
        self._keys: defaultdict[str, list[LiveKey]] = defaultdict(list)
        for key in keys:
            self._keys[key.application].append(key)
        self.homes: defaultdict[str, set[str]] = defaultdict(set)
        """Usage plans that a key is in, by its id."""
        for plan, ids in members.items():
            for id_ in ids:
                self.homes[id_].add(plan)

    def take_plans(self, plans: Iterable[LivePlan]) -> None:
        """These are all that there are."""
        self.plans = {plan.id: plan for plan in plans}
        self._tags = {}
        for plan in sorted(self.plans.values(), reverse=True):
            self._tags[plan.tag] = plan.id

    def refresh(self, application: str, found: "Natives") -> None:
        """Take over what was found of one application, and all usage plans."""
        for key in self.keys(application):
            self.homes.pop(key.id, None)
        self._keys[application] = found.keys(application)
        self.homes.update(found.homes)
        self.take_plans(found.plans.values())

    def plan(self, tag: str) -> LivePlan | None:
        """The one that counts."""
        id_ = self._tags.get(tag)
        return self.plans[id_] if id_ else None

    def applications(self) -> set[str]:
        """Ids of those that have keys."""
        return {*self._keys}

    def key_ids(self) -> set[str]:
        return {each.id for keys in self._keys.values() for each in keys}

    def keys(self, application: str) -> list[LiveKey]:
        return self._keys.get(application, [])

    def change(self, wanted: Key | None, subscription: str, application: str, *, name: str, mark: str) -> KeyChange:
        """For one subscription. ``name`` and ``mark``: what its key is to have."""
        found = sorted(each for each in self.keys(application) if each.subscription == subscription)
        kept = next((each for each in found if wanted and each.mark == mark), None)
        deleted = tuple(each.id for each in found if each is not kept)
        if wanted is None or kept is None:
            into = tuple(sorted(wanted.plans)) if wanted else ()
            return KeyChange(subscription, application, wanted, "", deleted, (), (), into)
        ids = {tag: plan.id if (plan := self.plan(tag)) else "" for tag in sorted(wanted.plans)}
        homes = self.homes[kept.id] & self.plans.keys()
        return KeyChange(
            subscription,
            application,
            wanted,
            kept.id,
            deleted,
            tuple(_key_patches(kept, wanted, name)),
            tuple(sorted(homes - {*ids.values()})),
            tuple(tag for tag, id_ in ids.items() if id_ not in homes),
        )


def _key_patches(live: LiveKey, wanted: Key, name: str) -> Iterable[Patch]:
    if live.name != name:
        yield "replace", "/name", name
    if live.enabled != wanted.enabled:
        yield "replace", "/enabled", "true" if wanted.enabled else "false"


def removed_stages(natives: Natives, wanted: Mapping[str, UsagePlan]) -> dict[str, frozenset[str]]:
    """By id of usage plans, the stages to take out of them before any other gains one.

    Those that a plan should not have; and of plans that are not wanted, or are there twice, those that a plan is to
    gain of which they share a key. Their other stages stay until their keys have moved.
    """
    gained: defaultdict[str, set[str]] = defaultdict(set)
    for tag, plan in wanted.items():
        live = natives.plan(tag)
        for stage in plan.stages - (live.stages if live else frozenset()):
            gained[stage].add(live.id if live else "")
    shared: defaultdict[str, set[str]] = defaultdict(set)
    for homes in natives.homes.values():
        for home in homes:
            shared[home] |= homes
    removed: dict[str, frozenset[str]] = {}
    for live in natives.plans.values():
        counts = natives.plan(live.tag) == live
        if counts and live.tag in wanted:
            stages = live.stages - wanted[live.tag].stages
        else:
            stages = frozenset(stage for stage in live.stages if gained[stage] & (shared[live.id] - {live.id}))
        if stages:
            removed[live.id] = stages
    return removed


def limit_patches(live: LivePlan, wanted: UsagePlan, name: str) -> list[Patch]:
    """What gives a usage plan its name and limits."""
    patches: list[Patch] = [("replace", "/name", name)] if live.name != name else []
    have, want = live.limits, wanted.limits
    if (have.rate, have.burst) != (want.rate, want.burst):
        values = {"rateLimit": repr(want.rate).removesuffix(".0"), "burstLimit": str(want.burst)}
        patches += _limit_patches("/throttle", have.rate or have.burst, values, want.burst)
    if (have.quota, have.period) != (want.quota, want.period):
        values = {"limit": str(want.quota), "offset": "0", "period": want.period}
        patches += _limit_patches("/quota", have.quota, values, want.quota)
    return patches


def stage_patches(operation: str, stages: Iterable[str]) -> list[Patch]:
    """What puts stages in a usage plan (``add``) or takes them out (``remove``). Apart from its limits: a stage that is
    not there fails a patch as a whole."""
    return [(operation, "/apiStages", stage) for stage in sorted(stages)]


def _limit_patches(path: str, there: float, values: Mapping[str, str], wanted: int) -> list[Patch]:
    if not wanted:
        return [("remove", path, "")]
    return [("replace" if there else "add", f"{path}/{name}", value) for name, value in values.items()]
