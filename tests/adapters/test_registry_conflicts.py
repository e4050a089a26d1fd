"""Two at once: who comes second is told so, and nothing of what they meant is done."""

from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tiergate.adapters.gate_book import GateBook
from tiergate.adapters.registry import Conflict, NotOffered, Onboarded, Registry, RegistryError, Taken

CLIENTS = count(1)
CHANGES: dict[str, Any] = {
    "organization": lambda registry, _: registry.organizations.suspend("acme"),
    "application": lambda registry, acme: registry.applications.suspend(acme.application),
    "subscription": lambda registry, acme: registry.subscriptions.set_plan(acme.subscription.id, "large"),
    "override": lambda registry, acme: registry.subscriptions.override(acme.subscription.id, {"hour": 9}, until=None),
    "new subscription": lambda registry, acme: registry.subscriptions.create(acme.application, "loans", "free"),
    "no subscription": lambda registry, acme: registry.subscriptions.delete(acme.subscription.id),
    "new application": lambda registry, _: registry.applications.create("acme", "Other"),
    "no application": lambda registry, acme: registry.applications.delete(acme.application),
    "key": lambda registry, acme: registry.keys.revoke(acme.key.id),
    "new key": lambda registry, acme: registry.keys.create(acme.application),
    "rotated key": lambda registry, acme: registry.keys.rotate(acme.key.id, grace=9),
    "no key": lambda registry, acme: registry.keys.delete(acme.key.id),
    "restricted key": lambda registry, acme: registry.keys.restrict(acme.key.id, denied=["192.0.2.0/24"]),
    "restricted application": lambda registry, acme: registry.applications.restrict(
        acme.application, subjects=["CN=a"]
    ),
    "new client": lambda registry, acme: registry.clients.link(acme.application, "entra", f"c{next(CLIENTS)}"),
}


def state(table: Any) -> list[dict[str, Any]]:
    return sorted(table.items(), key=lambda item: (item["pk"], item["sk"]))


@pytest.mark.parametrize(
    ("change", "meanwhile", "changed"),
    [
        ("new application", "organization", "organization"),
        ("new application", "new application", "organization"),
        ("no application", "organization", "application"),
        ("no application", "new key", "application"),
        ("no application", "key", "key"),
        ("application", "subscription", "application"),
        ("application", "no application", "application"),
        ("subscription", "subscription", "application"),
        ("subscription", "override", "application"),
        ("override", "no subscription", "application"),
        ("new subscription", "new subscription", "application"),
        ("no subscription", "new key", "application"),
        ("key", "key", "key"),
        ("key", "rotated key", "key"),
        ("key", "no key", "key"),
        ("new key", "new key", "application"),
        ("new key", "no application", "application"),
        ("rotated key", "key", "key"),
        ("rotated key", "rotated key", "key"),
        ("no key", "key", "key"),
        ("restricted key", "key", "key"),
        ("rotated key", "restricted key", "key"),
        ("restricted application", "subscription", "application"),
        ("new key", "restricted application", "application"),
        ("new client", "new key", "application"),
        ("new client", "new client", "application"),
        ("no application", "new client", "application"),
    ],
)
def test_who_comes_second_is_told_and_changes_nothing(registry, acme, client, table, change, meanwhile, changed):
    after: list[Any] = []

    def first() -> None:
        CHANGES[meanwhile](registry, acme)
        after.append(state(table))

    client.meanwhile = first
    named = {"organization": "acme", "application": acme.application, "key": acme.key.id}[changed]
    with pytest.raises(Conflict) as refused:
        CHANGES[change](registry, acme)
    assert str(refused.value) == f'{changed} "{named}" was changed by somebody else just now; try again'
    assert [state(table)] == after


@pytest.mark.parametrize(
    "meanwhile", ["application", "subscription", "override", "new key", "new application", "no application"]
)
@pytest.mark.parametrize("verb", ["suspend", "restore"])
def test_an_organizations_state_reaches_all_whatever_else_is_changed_just_then(
    registry, acme, client, reader, meanwhile, verb
):
    other = registry.applications.create("acme", "Other").id
    if verb == "restore":
        registry.organizations.suspend("acme")
    client.meanwhile = lambda: CHANGES[meanwhile](registry, acme)
    assert getattr(registry.organizations, verb)("acme") is True
    state = {"suspend": "suspended", "restore": "active"}[verb]
    applications = registry.organizations.get("acme").applications
    assert other in applications
    assert {reader.application(each).organization_state for each in applications} == {state}


def test_an_organization_that_somebody_else_suspends_just_then_is_suspended_once(registry, acme, client, reader):
    client.meanwhile = lambda: CHANGES["organization"](registry, acme)
    assert registry.organizations.suspend("acme") is False
    assert reader.application(acme.application).organization_state == "suspended"
    assert [entry.what for entry in registry.audit("acme")].count("organization suspend") == 1


def test_who_changes_an_application_while_its_organization_is_suspended_comes_second(registry, acme, client, reader):
    client.meanwhile = lambda: CHANGES["organization"](registry, acme)
    with pytest.raises(Conflict):
        registry.subscriptions.set_plan(acme.subscription.id, "large")
    assert reader.application(acme.application).organization_state == "suspended"


def test_an_application_that_is_changed_all_the_time_does_not_hold_up_its_organization(registry, acme, client, reader):
    def busy() -> None:
        registry.subscriptions.override(acme.subscription.id, {"hour": next(limits)}, until=None)
        client.meanwhile = busy

    limits = count(1)

    client.meanwhile = busy
    assert registry.organizations.suspend("acme") is True
    assert reader.application(acme.application).organization_state == "suspended"


@pytest.mark.parametrize(("others", "through"), [(4, True), (5, False)])
def test_an_organization_is_tried_five_times(registry, acme, client, others, through):
    left = others

    def faster() -> None:
        nonlocal left
        left -= 1
        registry.applications.create("acme", "Another")
        client.meanwhile = faster if left else None

    client.meanwhile = faster
    if through:
        assert registry.organizations.suspend("acme") is True
    else:
        with pytest.raises(Conflict):
            registry.organizations.suspend("acme")
    assert registry.organizations.get("acme").state == ("suspended" if through else "active")


def test_what_concerns_different_records_goes_through_side_by_side(registry, acme, client):
    client.meanwhile = lambda: registry.applications.create("acme", "Other")
    assert registry.keys.revoke(acme.key.id) is True
    assert len(list(registry.applications.list("acme"))) == 2


def test_a_name_that_is_taken_just_now_is_taken_and_no_conflict(registry, client):
    client.meanwhile = lambda: registry.organizations.create("Acme")
    with pytest.raises(Taken, match='organization "acme" exists; choose another name'):
        registry.organizations.create("ACME")


class Cancelling:
    """Every transaction is cancelled for these reasons, in the order of its writes."""

    def __init__(self, client: Any, *codes: str) -> None:
        self._client = client
        self._codes = codes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def transact_write_items(self, **_: Any) -> None:
        response = {
            "Error": {"Code": "TransactionCanceledException", "Message": "cancelled"},
            "CancellationReasons": [{"Code": code} for code in self._codes],
        }
        raise self._client.exceptions.TransactionCanceledException(response, "TransactWriteItems")


def cancelled(client: Any, acme: Onboarded, *codes: str) -> Exception:
    registry = Registry(Cancelling(client, *codes), "registry", env="dev", actor="ann")
    with pytest.raises((RegistryError, ClientError)) as raised:
        registry.keys.create(acme.application)
    return raised.value


def test_two_transactions_that_meet_are_a_conflict(client, acme):
    error = cancelled(client, acme, "None", "TransactionConflict", "None")
    assert isinstance(error, Conflict)
    assert str(error) == f'application "{acme.application}" was changed by somebody else just now; try again'


@pytest.mark.parametrize("codes", [("ThrottlingError", "None", "None"), ("None", "ValidationError", "None"), ()])
def test_trouble_of_the_store_is_no_conflict_and_passes_through(client, acme, codes):
    assert isinstance(cancelled(client, acme, *codes), ClientError)


def test_an_answer_that_the_store_gives_in_parts_is_asked_for_until_it_is_whole(registry, acme, client, monkeypatch):
    """As DynamoDB may do: UnprocessedKeys."""
    other = registry.applications.create("acme", "Other")
    whole = client.batch_get_item

    def one_at_a_time(RequestItems: dict[str, Any]) -> Any:  # noqa: N803 - boto3's name
        (name, asked), *_ = RequestItems.items()
        first, rest = asked["Keys"][:1], asked["Keys"][1:]
        answer = whole(RequestItems={name: asked | {"Keys": first}})
        return answer | {"UnprocessedKeys": {name: asked | {"Keys": rest}} if rest else {}}

    monkeypatch.setattr(client, "batch_get_item", one_at_a_time, raising=False)
    registry.organizations.suspend("acme")
    states = {each.organization_state for each in registry.applications.list("acme")}
    assert (states, len(registry.organizations.get("acme").applications)) == ({"suspended"}, 2)
    assert other.id in registry.organizations.get("acme").applications


@pytest.mark.parametrize("change", ["subscription", "new subscription", "onboarding"])
def test_who_takes_an_offer_that_is_closed_just_then_is_told_and_changes_nothing(registry, acme, client, table, change):
    after: list[Any] = []

    def first() -> None:
        GateBook(client, "registry").close([("retail", "large"), ("loans", "free")])
        after.append(state(table))

    client.meanwhile = first
    onboard = {"onboarding": lambda registry, _: registry.onboard(name="Globex", product="loans", plan="free")}
    with pytest.raises(NotOffered, match="is being withdrawn by a deploy"):
        (CHANGES | onboard)[change](registry, acme)
    assert [state(table)] == after


def test_what_is_closing_is_listed(client):
    book = GateBook(client, "registry")
    book.close([("retail", "large"), ("loans", "free")])
    assert {*book.closing()} == {("retail", "large"), ("loans", "free")}
    book.reopen([("retail", "large"), ("cards", "free")])
    assert [*book.closing()] == [("loans", "free")]


def test_whoever_has_no_command_line_is_told_no_command(registry: Registry, acme: Onboarded) -> None:
    with pytest.raises(RegistryError) as refused:
        registry.subscriptions.create(acme.application, "retail", "large")
    said = f'application "{acme.application}" has subscription {acme.subscription.id} to "retail"'
    assert refused.value.text == said
    assert str(refused.value) == f"{said}; change its plan: tiergate subscription set-plan ID PLAN"
    assert RegistryError("it cannot be").text == str(RegistryError("it cannot be"))
