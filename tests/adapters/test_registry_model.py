"""Whatever is changed in whatever order, what is stored is what a simple model of the registry says."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule, run_state_machine_as_test

from tests.adapters.conftest import ISSUERS, PRODUCTS, Clock
from tests.fakes.hostile import examples
from tests.fakes.registry import create_registry_table
from tiergate.adapters.registry import Registry, RegistryError
from tiergate.adapters.registry_reader import DynamoRegistryReader

SUSPEND = st.booleans()
CLIENTS = st.sampled_from(["a", "b", "c"])


@dataclass
class App:
    organization: str
    suspended: bool = False
    plans: dict[str, str] = field(default_factory=dict)
    subscriptions: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    clients: dict[str, str] = field(default_factory=dict)


class RegistryMachine(RuleBasedStateMachine):
    """``suspended``: organizations and whether they are; ``apps`` by id; ``entries``: changes made."""

    organizations = Bundle("organizations")
    applications = Bundle("applications")
    keys = Bundle("keys")

    def __init__(self, client: Any) -> None:
        super().__init__()
        create_registry_table(client)
        self.client, self.clock = client, Clock()
        self.registry = Registry(
            client, "registry", env="dev", actor="ann", products=PRODUCTS, issuers=ISSUERS, clock=self.clock
        )
        self.reader = DynamoRegistryReader(client, "registry")
        self.suspended: dict[str, bool] = {}
        self.deleted: set[str] = set()
        self.apps: dict[str, App] = {}
        self.entries: dict[str, int] = {}

    def teardown(self) -> None:
        try:
            self.lists_hold_all_there_is_and_nothing_else()
            self.every_change_has_one_audit_entry()
        finally:
            self.client.delete_table(TableName="registry")

    def changed(self, organization: str, change: Callable[[], Any], *, expected: bool = True) -> Any:
        """Make a change that must go through when ``expected``, and leave no trace otherwise."""
        self.clock.forward(seconds=1)
        try:
            made = change()
        except RegistryError:
            assert not expected
            return None
        assert expected or made is False
        self.entries[organization] = self.entries.get(organization, 0) + expected
        return made

    @rule(target=organizations, name=st.sampled_from(["One", "Two", "Three", "Four", "Five"]))
    def create_organization(self, name: str) -> str:
        id_ = name.lower()
        new = id_ not in self.suspended.keys() | self.deleted
        self.changed(id_, lambda: self.registry.organizations.create(name), expected=new)
        if new:
            self.suspended[id_] = False
        return id_

    @rule(id_=organizations, suspend=SUSPEND)
    def set_organization(self, id_: str, suspend: bool) -> None:
        verb = self.registry.organizations.suspend if suspend else self.registry.organizations.restore
        self.changed(id_, lambda: verb(id_), expected=self.suspended.get(id_, suspend) is not suspend)
        if id_ in self.suspended:
            self.suspended[id_] = suspend

    @rule(id_=organizations)
    def delete_organization(self, id_: str) -> None:
        empty = id_ in self.suspended and all(app.organization != id_ for app in self.apps.values())
        self.changed(id_, lambda: self.registry.organizations.delete(id_), expected=empty)
        if empty:
            del self.suspended[id_]
            self.deleted.add(id_)

    @rule(target=applications, organization=organizations)
    def create_application(self, organization: str) -> str:
        known = organization in self.suspended
        made = self.changed(
            organization, lambda: self.registry.applications.create(organization, "App"), expected=known
        )
        if made is None:
            return "app_none"
        self.apps[made.id] = App(organization)
        return str(made.id)

    @rule(id_=applications, suspend=SUSPEND)
    def set_application(self, id_: str, suspend: bool) -> None:
        app = self.apps.get(id_, App("nobody", suspend))
        verb = self.registry.applications.suspend if suspend else self.registry.applications.restore
        self.changed(app.organization, lambda: verb(id_), expected=app.suspended is not suspend)
        app.suspended = suspend

    @rule(id_=applications)
    def delete_application(self, id_: str) -> None:
        app = self.apps.pop(id_, None)
        organization = app.organization if app else "nobody"
        self.changed(organization, lambda: self.registry.applications.delete(id_), expected=app is not None)

    @rule(id_=applications, product=st.sampled_from(["retail", "cards"]))
    def subscribe(self, id_: str, product: str) -> None:
        """Both products have cards/v1: an application can have one of them."""
        app = self.apps.get(id_)
        organization, free = (app.organization, not app.plans) if app else ("nobody", False)
        made = self.changed(
            organization, lambda: self.registry.subscriptions.create(id_, product, "free"), expected=free
        )
        if app and made is not None:
            app.plans[product], app.subscriptions[product] = "free", made.id

    @rule(id_=applications, plan=st.sampled_from(["free", "large"]))
    def set_plan(self, id_: str, plan: str) -> None:
        app = self.apps.get(id_)
        if app and "retail" in app.plans:
            subscription, other = app.subscriptions["retail"], app.plans["retail"] != plan
            self.changed(
                app.organization, lambda: self.registry.subscriptions.set_plan(subscription, plan), expected=other
            )
            app.plans["retail"] = plan

    @rule(target=keys, id_=applications)
    def create_key(self, id_: str) -> str:
        app = self.apps.get(id_)
        organization = app.organization if app else "nobody"
        made = self.changed(organization, lambda: self.registry.keys.create(id_), expected=app is not None)
        if app is None:
            return "none"
        app.keys[made.key.id] = "active"
        return str(made.key.id)

    def owner(self, key: str) -> App | None:
        return next((app for app in self.apps.values() if key in app.keys), None)

    @rule(key=keys, verb=st.sampled_from(["suspend", "restore", "revoke"]))
    def set_key(self, key: str, verb: str) -> None:
        app = self.owner(key)
        organization, state = (app.organization, app.keys[key]) if app else ("nobody", "revoked")
        wanted = {"suspend": "suspended", "restore": "active", "revoke": "revoked"}[verb]
        possible = state not in {wanted, "revoked"}
        self.changed(organization, lambda: getattr(self.registry.keys, verb)(key), expected=possible)
        if app and possible:
            app.keys[key] = wanted

    @rule(target=keys, key=keys)
    def rotate_key(self, key: str) -> str:
        app = self.owner(key)
        organization, possible = (app.organization, app.keys[key] == "active") if app else ("nobody", False)
        made = self.changed(organization, lambda: self.registry.keys.rotate(key, grace=0), expected=possible)
        if app is None or made is None:
            return "none"
        app.keys |= {key: "revoked", made.key.id: "active"}
        return str(made.key.id)

    @rule(key=consumes(keys))
    def delete_key(self, key: str) -> None:
        app = self.owner(key)
        organization = app.organization if app else "nobody"
        self.changed(organization, lambda: self.registry.keys.delete(key), expected=app is not None)
        if app:
            del app.keys[key]

    def client_owner(self, ref: str) -> App | None:
        return next((app for app in self.apps.values() if ref in app.clients), None)

    @rule(id_=applications, client=CLIENTS)
    def link_client(self, id_: str, client: str) -> None:
        """Of one application at a time; once deleted it can be another's."""
        app, ref = self.apps.get(id_), f"entra#{client}"
        organization, free = (app.organization, self.client_owner(ref) is None) if app else ("nobody", False)
        self.changed(organization, lambda: self.registry.clients.link(id_, "entra", client), expected=free)
        if app and free:
            app.clients[ref] = "active"

    @rule(client=CLIENTS, verb=st.sampled_from(["suspend", "restore", "revoke"]))
    def set_client(self, client: str, verb: str) -> None:
        ref = f"entra#{client}"
        app = self.client_owner(ref)
        organization, state = (app.organization, app.clients[ref]) if app else ("nobody", "revoked")
        wanted = {"suspend": "suspended", "restore": "active", "revoke": "revoked"}[verb]
        possible = state not in {wanted, "revoked"}
        self.changed(organization, lambda: getattr(self.registry.clients, verb)(ref), expected=possible)
        if app and possible:
            app.clients[ref] = wanted

    @rule(client=CLIENTS, successor=CLIENTS)
    def rotate_client(self, client: str, successor: str) -> None:
        ref, new = f"entra#{client}", f"entra#{successor}"
        app = self.client_owner(ref)
        active = app is not None and app.clients[ref] == "active"
        organization, possible = (app.organization, active and self.client_owner(new) is None) if app else ("", False)
        self.changed(
            organization,
            lambda: self.registry.clients.rotate(ref, grace=0, successor=successor),
            expected=possible,
        )
        if app and possible:
            app.clients |= {ref: "revoked", new: "active"}

    @rule(client=CLIENTS)
    def delete_client(self, client: str) -> None:
        ref = f"entra#{client}"
        app = self.client_owner(ref)
        organization = app.organization if app else "nobody"
        self.changed(organization, lambda: self.registry.clients.delete(ref), expected=app is not None)
        if app:
            del app.clients[ref]

    @invariant()
    def the_authorizer_reads_what_the_model_says(self) -> None:
        for id_, app in self.apps.items():
            read = self.reader.application(id_)
            assert read is not None
            state = "suspended" if self.suspended[app.organization] else "active"
            assert (read.organization_state, read.state == "suspended") == (state, app.suspended)
            assert {product: each.plan for product, each in read.subscriptions.items()} == app.plans
            assert {product: each.id for product, each in read.subscriptions.items()} == app.subscriptions

    def lists_hold_all_there_is_and_nothing_else(self) -> None:
        assert {each.id for each in self.registry.organizations.list()} == set(self.suspended)
        for id_ in self.suspended:
            owned = {app for app, each in self.apps.items() if each.organization == id_}
            assert self.registry.organizations.get(id_).applications == owned
        keys = {id_: state for app in self.apps.values() for id_, state in app.keys.items()}
        assert {each.id: each.state for _, each in self.registry.keys.list()} == keys
        clients = {ref: state for app in self.apps.values() for ref, state in app.clients.items()}
        assert {f"{each.issuer}#{each.id}": each.state for _, each in self.registry.clients.list()} == clients
        for ref, state in clients.items():
            read = self.reader.client(ref)
            assert read is not None
            assert read.state == state

    def every_change_has_one_audit_entry(self) -> None:
        for organization, count in self.entries.items():
            if count:
                assert len(list(self.registry.audit(organization))) == count


def test_any_changes_in_any_order_leave_what_the_model_says(dynamodb: Any) -> None:
    few = settings(examples(10), stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(lambda: RegistryMachine(dynamodb), settings=few)
