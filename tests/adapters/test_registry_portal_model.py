"""Whatever people change from the portal, one after the other or at once, is what a simple model says."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import product
from typing import Any, NamedTuple

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from tests.adapters.conftest import PRODUCTS, Clock
from tests.fakes.hostile import examples
from tests.fakes.registry import Interleaved, create_registry_table
from tiergate.adapters.registry import Registry, RegistryError
from tiergate.domain.members import Person, Role, invitation_id
from tiergate.domain.upgrades import APPROVED, DECLINED, WAITING, WITHDRAWN

ORGANIZATIONS = ("one", "two")
PEOPLE = ("ann", "bob")


def mail_of(person: str) -> str:
    return f"{person}@x.example"


@dataclass
class State:
    """``people`` and ``invited``: roles by organization and person. ``plans``: of the subscription of an organization's
    application, None where it has none; no entry where the application is deleted. ``requests``: what an application
    asked for last: the plan it had, the plan it asks for, and the request's state.
    """

    people: dict[tuple[str, str], Role] = field(default_factory=lambda: dict.fromkeys(FOUNDED, Role.OWNER))
    invited: dict[tuple[str, str], Role] = field(default_factory=dict)
    plans: dict[str, str | None] = field(default_factory=lambda: dict.fromkeys(ORGANIZATIONS, "free"))
    requests: dict[str, tuple[str | None, str, str]] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)

    def keeps_an_owner(self, organization: str, without: str) -> bool:
        owners = {who for (where, who), role in self.people.items() if where == organization and role is Role.OWNER}
        return owners != {without}


FOUNDED = [(organization, "ann") for organization in ORGANIZATIONS]


class Change(NamedTuple):
    """``verb``: a key of ``CHANGES``; each uses those of the others that it needs."""

    verb: str
    organization: str
    person: str
    role: Role
    plan: str


def invite(state: State, change: Change) -> bool:
    where = change.organization, change.person
    if change.organization in state.deleted or where in state.people:
        return False
    state.invited[where] = change.role
    return True


def accept(state: State, change: Change) -> bool:
    where = change.organization, change.person
    if where not in state.invited or state.people.get((change.organization, "ann")) is not Role.OWNER:
        return False
    state.people[where] = state.invited.pop(where)
    return True


def uninvite(state: State, change: Change) -> bool:
    return state.invited.pop((change.organization, change.person), None) is not None


def set_role(state: State, change: Change) -> bool:
    where = change.organization, change.person
    if state.people.get(where, change.role) is change.role or not state.keeps_an_owner(*where):
        return False
    state.people[where] = change.role
    return True


def leave(state: State, change: Change) -> bool:
    where = change.organization, change.person
    if where not in state.people or not state.keeps_an_owner(*where):
        return False
    del state.people[where]
    return True


def ask(state: State, change: Change) -> bool:
    current = state.plans.get(change.organization, change.plan)
    if current == change.plan or state.requests.get(change.organization, ("", "", ""))[2] == WAITING:
        return False
    state.requests[change.organization] = (current, change.plan, WAITING)
    return True


def decided(as_: str) -> Callable[[State, Change], bool]:
    def decide(state: State, change: Change) -> bool:
        current, plan, asked = state.requests.get(change.organization, (None, "", ""))
        unsubscribed = current is not None and state.plans.get(change.organization) is None
        another = as_ != WITHDRAWN and change.plan != plan
        if asked != WAITING or another or (as_ == APPROVED and unsubscribed):
            return False
        state.requests[change.organization] = (current, plan, as_)
        if as_ == APPROVED:
            state.plans[change.organization] = plan
        return True

    return decide


def set_plan(state: State, change: Change) -> bool:
    if state.plans.get(change.organization) in {None, change.plan}:
        return False
    state.plans[change.organization] = change.plan
    return True


def unsubscribe(state: State, change: Change) -> bool:
    if state.plans.get(change.organization) is None:
        return False
    state.plans[change.organization] = None
    return True


def delete_application(state: State, change: Change) -> bool:
    state.requests.pop(change.organization, None)
    return state.plans.pop(change.organization, "gone") != "gone"


def delete_organization(state: State, change: Change) -> bool:
    id_ = change.organization
    if id_ in state.plans or id_ in state.deleted:
        return False
    state.deleted.add(id_)
    state.people, state.invited = (
        {where: role for where, role in each.items() if where[0] != id_} for each in (state.people, state.invited)
    )
    return True


CHANGES: dict[str, Callable[[State, Change], bool]] = {
    "invite": invite,
    "accept": accept,
    "decline": uninvite,
    "withdraw": uninvite,
    "set role": set_role,
    "leave": leave,
    "ask": ask,
    "approve": decided(APPROVED),
    "refuse": decided(DECLINED),
    "take back": decided(WITHDRAWN),
    "set plan": set_plan,
    "unsubscribe": unsubscribe,
    "delete application": delete_application,
    "delete organization": delete_organization,
}
EVERY = [Change(*each) for each in product(CHANGES, ORGANIZATIONS, PEOPLE, Role, ["free", "large"])]
LASTING = [each for each in EVERY if not each.verb.startswith("delete")]
SEVERAL = st.lists(st.sampled_from(LASTING), min_size=8, max_size=8)


class PortalMachine(RuleBasedStateMachine):
    """Two organizations that ann founds, each with an application; she makes all changes, for others too."""

    def __init__(self, client: Any) -> None:
        super().__init__()
        create_registry_table(client)
        self.client, self.clock = Interleaved(client), Clock()
        self.registry = Registry(
            self.client, "registry", env="dev", actor="portal:ann", products=PRODUCTS, clock=self.clock
        )
        self.state = State()
        self.entries = dict.fromkeys(ORGANIZATIONS, 3)
        self.applications: dict[str, str] = {}
        self.subscriptions: dict[str, str] = {}
        for id_ in ORGANIZATIONS:
            self.registry.organizations.create(id_, founder=Person("ann", mail_of("ann")))
            self.applications[id_] = self.registry.applications.create(id_, "App").id
            self.subscriptions[id_] = self.registry.subscriptions.create(self.applications[id_], "retail", "free").id

    def teardown(self) -> None:
        try:
            self.lists_hold_all_there_is_and_nothing_else()
            self.plans_and_requests_are_what_was_decided()
            for id_, count in self.entries.items():
                assert len(list(self.registry.audit(id_))) == count
        finally:
            self.client.delete_table(TableName="registry")

    def possible(self, drawn: list[Change]) -> Change:
        """The first that would go through now, if there is one."""
        return next((each for each in drawn if CHANGES[each.verb](deepcopy(self.state), each)), drawn[0])

    @rule(change=st.sampled_from(EVERY))
    def any_at_all(self, change: Change) -> None:
        """It goes through where the model says so, and leaves no trace otherwise."""
        self.follow(change, self.made(change), certain=True)

    @rule(drawn=SEVERAL)
    def one(self, drawn: list[Change]) -> None:
        change = self.possible(drawn)
        self.follow(change, self.made(change), certain=True)

    @rule(drawn=SEVERAL, others=SEVERAL)
    def two_at_once(self, drawn: list[Change], others: list[Change]) -> None:
        """Between the reading and the writing of a change another one is made: what comes of both is what comes of them
        one after the other, or of the other one alone."""
        change, faster = self.possible(drawn), self.possible(others)
        done: list[bool] = []
        self.client.meanwhile = lambda: done.append(self.made(faster))
        made = self.made(change)
        self.client.meanwhile = None
        if done:
            self.follow(faster, done[0], certain=True)
            self.follow(change, made, certain=False)
        else:
            self.follow(change, made, certain=True)

    def follow(self, change: Change, made: bool, *, certain: bool) -> None:
        """Have the model do what was done. ``certain``: nobody else was there who could have been faster."""
        after = deepcopy(self.state)
        possible = CHANGES[change.verb](after, change)
        assert possible or not made
        assert made or not possible or not certain
        if made:
            self.state = after

    def made(self, change: Change) -> bool:
        """Make a change; False where it is refused, or nothing is changed by it."""
        self.clock.forward(seconds=1)
        try:
            made = self.attempt(change)
        except RegistryError:
            return False
        if made is not False:
            self.entries[change.organization] += 1
        return made is not False

    def attempt(self, change: Change) -> Any:
        registry, (verb, id_, person, role, plan) = self.registry, change
        application, subscription = self.applications[id_], self.subscriptions[id_]
        attempts: dict[str, Callable[[], Any]] = {
            "invite": lambda: registry.invitations.invite(id_, mail_of(person), role),
            "accept": lambda: registry.invitations.accept(id_, Person(person, mail_of(person))),
            "decline": lambda: registry.invitations.decline(id_, mail_of(person)),
            "withdraw": lambda: registry.invitations.withdraw(id_, invitation_id(mail_of(person))),
            "set role": lambda: registry.members.set_role(id_, person, role),
            "leave": lambda: registry.members.remove(id_, person),
            "ask": lambda: registry.upgrades.ask(application, "retail", plan),
            "approve": lambda: registry.upgrades.approve(application, "retail", plan),
            "refuse": lambda: registry.upgrades.decline(application, "retail", plan, reason="no"),
            "take back": lambda: registry.upgrades.withdraw(application, "retail"),
            "set plan": lambda: registry.subscriptions.set_plan(subscription, plan),
            "unsubscribe": lambda: registry.subscriptions.delete(subscription),
            "delete application": lambda: registry.applications.delete(application),
            "delete organization": lambda: registry.organizations.delete(id_),
        }
        return attempts[verb]()

    def lists_hold_all_there_is_and_nothing_else(self) -> None:
        there = [id_ for id_ in ORGANIZATIONS if id_ not in self.state.deleted]
        for list_, expected in (
            (self.registry.members.list, self.state.people),
            (self.registry.invitations.list, self.state.invited),
        ):
            found = [each.value for id_ in there for each in list_(id_)]
            assert {(each.organization, each.mail.partition("@")[0]): each.role for each in found} == expected
        for person in PEOPLE:
            mine = {(each.id, person): member.role for each, member in self.registry.members.of(person)}
            asked = {(each.id, person): made.role for each, made in self.registry.invitations.of(mail_of(person))}
            assert mine == {where: role for where, role in self.state.people.items() if where[1] == person}
            assert asked == {where: role for where, role in self.state.invited.items() if where[1] == person}

    def plans_and_requests_are_what_was_decided(self) -> None:
        for id_ in self.state.plans:
            found = self.registry.applications.get(self.applications[id_]).subscriptions
            assert (found["retail"].plan if found else None) == self.state.plans[id_]
        there = [id_ for id_ in ORGANIZATIONS if id_ not in self.state.deleted]
        organizations = [self.registry.organizations.get(id_) for id_ in there]
        requests = [each for found in organizations for each in self.registry.upgrades.of_organization(found)]
        told = {each.organization: (each.current or None, each.to, each.state) for each in requests}
        assert told == self.state.requests
        waiting = {each.organization for each in self.registry.upgrades.waiting()}
        assert waiting == {id_ for id_, (_, _, asked) in told.items() if asked == WAITING}


def test_whatever_people_change_at_once_or_one_after_the_other_is_what_the_model_says(dynamodb: Any) -> None:
    few = settings(examples(8), stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(lambda: PortalMachine(dynamodb), settings=few)
