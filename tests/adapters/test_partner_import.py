"""Partners of another gateway: brought once, however often and wherever a run ends."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.fakes.registry import create_registry_table
from tiergate.adapters.partner_import import Imported, PartnerImport
from tiergate.adapters.registry import Registry
from tiergate.domain.catalogue import Product
from tiergate.domain.imported_keys import id_of
from tiergate.domain.keys import fingerprint
from tiergate.domain.registry import MOST_APPLICATIONS
from tiergate.domain.rest_account import Partner

PRODUCTS = {
    "orders": Product("orders", frozenset({"orders/v1"}), frozenset({"gold", "free"})),
    "stock": Product("stock", frozenset({"stock/v1"}), frozenset({"gold"})),
}


def partner(number: int, *offers: tuple[str, str], organization: str = "Acme GmbH", active: bool = True) -> Partner:
    offers = offers or (("orders", "gold"),)
    name, hashed = f"App {number}", fingerprint(f"value-of-the-native-key-{number}")
    return Partner(f"key{number}", organization, name, name, hashed, active, offers)


PARTNERS = (
    partner(1, ("orders", "gold"), ("stock", "gold")),
    partner(2, active=False),
    partner(3, organization="株式会社 (1a2b3c4d)"),
)


class Breaking:
    """A DynamoDB client whose call number ``at`` fails: before it takes effect, or ``after`` it did."""

    def __init__(self, client: Any, at: int, *, after: bool) -> None:
        self._client = client
        self._left = at
        self._after = after
        self.broke = False

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        return self._counted(found) if name in {"get_item", "batch_get_item", "transact_write_items"} else found

    def _counted(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(**request: Any) -> Any:
            self._left -= 1
            if self._left == 0 and not self._after:
                self.broke = True
                raise ConnectionError("the run ended here")
            answer = call(**request)
            if self._left == 0:
                self.broke = True
                raise ConnectionError("the run ended here")
            return answer

        return counted


@pytest.fixture
def table(dynamodb: Any) -> Iterator[Any]:
    create_registry_table(dynamodb)
    yield dynamodb
    dynamodb.delete_table(TableName="registry")


def registry(client: Any) -> Registry:
    return Registry(client, "registry", env="dev", actor="test", products=PRODUCTS)


def bring(client: Any, *partners: Partner, dry: bool = False) -> list[Imported]:
    engine = PartnerImport(registry(client), reason="migrated from REST API a1b2c3d4e5", dry=dry)
    return [engine.bring(each) for each in partners]


def state(client: Any) -> Any:
    """All that partners have, without ids that are random and times."""
    there = registry(client)
    return sorted(
        (
            application.organization,
            application.name,
            sorted((each.product, each.plan, each.state) for each in application.subscriptions.values()),
            sorted((key.id, key.fingerprint, key.state, key.name) for _, key in there.keys.list(None, application.id)),
        )
        for application in there.applications.list()
    )


def test_a_partner_has_organization_application_key_and_subscriptions(table: Any) -> None:
    (outcome,) = bring(table, PARTNERS[0])
    assert [step.kind for step in outcome.steps] == [
        "organization",
        "application",
        "key",
        "subscription",
        "subscription",
    ]
    key = id_of(PARTNERS[0].fingerprint)
    assert state(table) == [
        (
            "acme-gmbh",
            "App 1",
            [("orders", "gold", "active"), ("stock", "gold", "active")],
            [(key, PARTNERS[0].fingerprint, "active", "App 1")],
        )
    ]


def test_a_disabled_key_is_suspended_before_it_could_open_anything(table: Any) -> None:
    (outcome,) = bring(table, PARTNERS[1])
    kinds = [step.kind for step in outcome.steps]
    assert kinds.index("suspension") < kinds.index("subscription")
    assert state(table)[0][3][0][2] == "suspended"


def test_bringing_them_again_makes_nothing(table: Any) -> None:
    bring(table, *PARTNERS)
    before = state(table)
    assert [outcome.steps for outcome in bring(table, *PARTNERS)] == [(), (), ()]
    assert state(table) == before


def test_a_dry_run_says_what_a_run_makes_and_makes_nothing(table: Any) -> None:
    told = bring(table, *PARTNERS, dry=True)
    assert state(table) == []
    assert [*registry(table).organizations.list()] == []
    assert told == bring(table, *PARTNERS)


@pytest.mark.parametrize("after", [False, True])
def test_a_run_that_ends_at_any_call_and_is_repeated_comes_to_the_same(dynamodb: Any, after: bool) -> None:
    two = (partner(1), partner(2, ("orders", "gold"), ("stock", "gold"), active=False))
    create_registry_table(dynamodb)
    bring(dynamodb, *two)
    wanted = state(dynamodb)
    dynamodb.delete_table(TableName="registry")
    at, broke = 0, True
    while broke:
        at += 1
        create_registry_table(dynamodb)
        client = Breaking(dynamodb, at, after=after)
        with suppress(ConnectionError):
            bring(client, *two)
        left = [(key[2], bool(application[2])) for application in state(dynamodb) for key in application[3]]
        assert sum(each == ("active", True) for each in left) <= 1, "the disabled key opens something"
        assert [outcome.failure for outcome in bring(dynamodb, *two)] == ["", ""]
        assert state(dynamodb) == wanted
        broke = client.broke
        dynamodb.delete_table(TableName="registry")
    assert at > 15


def test_what_was_changed_since_stays_and_is_told(table: Any) -> None:
    bring(table, *PARTNERS)
    there = registry(table)
    there.keys.suspend(id_of(PARTNERS[0].fingerprint))
    application = next(each for each in there.applications.list() if each.name == "App 1")
    there.subscriptions.set_plan(application.subscriptions["orders"].id, "free")
    before = state(table)
    outcome = bring(table, PARTNERS[0])[0]
    assert outcome.steps == ()
    assert [("suspended" in note, "has the plan free by now" in note) for note in outcome.notes] == [
        (True, False),
        (False, True),
    ]
    assert state(table) == before


def test_a_key_is_found_again_although_its_application_was_renamed_by_another_key(table: Any) -> None:
    bring(table, PARTNERS[0])
    again = PARTNERS[0]._replace(application="App 1 (key1)")
    assert bring(table, again)[0].steps == ()


def test_an_organization_of_another_name_and_the_same_id_is_taken_and_told(table: Any) -> None:
    registry(table).organizations.create("ACME gmbh")
    first, second = bring(table, PARTNERS[0], PARTNERS[1])
    assert first.notes == ('organization "acme-gmbh" is there as "ACME gmbh", and is taken for "Acme GmbH"',)
    assert (second.notes, first.steps[0].kind) == ((), "application")


def test_one_that_cannot_be_made_fails_alone(table: Any) -> None:
    wrong = partner(9, ("gone", "gold"))
    (told,) = bring(table, wrong, dry=True)
    outcomes = bring(table, wrong, PARTNERS[1])
    assert told == outcomes[0], "the dry run tells it too"
    assert 'there is no product "gone"' in outcomes[0].failure
    assert outcomes[1].failure == ""


def test_a_refusal_of_the_store_fails_one_partner_and_not_the_rest(table: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = PartnerImport(registry(table), reason="", dry=False)
    error = ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow down"}}, "GetItem")
    with monkeypatch.context() as patched:
        patched.setattr(table, "get_item", lambda **_: (_ for _ in ()).throw(error))
        assert "ThrottlingException" in engine.bring(PARTNERS[0]).failure
    assert engine.bring(PARTNERS[0]).failure == ""


def test_more_keys_than_an_organization_has_applications_are_told_in_the_dry_run_too(table: Any) -> None:
    many = [partner(number) for number in range(MOST_APPLICATIONS + 2)]
    outcomes = bring(table, *many, dry=True)
    failed = [outcome.failure for outcome in outcomes if outcome.failure]
    assert len(failed) == 2
    assert "more than 50 applications" in failed[0]


def test_every_change_says_where_it_comes_from(table: Any) -> None:
    bring(table, PARTNERS[0])
    bring(table, PARTNERS[0]._replace(active=False))
    reasons = {entry.what: entry.reason for entry in registry(table).audit("acme-gmbh")}
    assert reasons["key adopt"] == "migrated from REST API a1b2c3d4e5"
    assert reasons["key suspend"] == "disabled where it came from; migrated from REST API a1b2c3d4e5"


def test_a_deleted_organization_fails_in_the_dry_run_too_and_what_cannot_be_read_is_not_taken_for_missing(
    table: Any,
) -> None:
    there = registry(table)
    there.organizations.create("Acme GmbH")
    there.organizations.delete("acme-gmbh")
    told = [bring(table, PARTNERS[0], dry=dry)[0] for dry in (True, False)]
    assert [(each.steps, "was deleted here" in each.failure) for each in told] == [((), True), ((), True)]
    table.put_item(TableName="registry", Item={"pk": {"S": "ORG#acme-gmbh"}, "sk": {"S": "-"}, "version": {"N": "1"}})
    told = [bring(table, PARTNERS[0], dry=dry)[0] for dry in (True, False)]
    assert [each.steps for each in told] == [(), ()]
    assert all(each.failure for each in told)


def test_only_what_was_made_is_counted(table: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    error = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "TransactWriteItems")
    monkeypatch.setattr(table, "transact_write_items", lambda **_: (_ for _ in ()).throw(error))
    (outcome,) = bring(table, PARTNERS[0])
    assert (outcome.steps, "AccessDenied" in outcome.failure) == ((), True)


def test_a_key_that_is_disabled_is_never_active_here(table: Any) -> None:
    bring(table, PARTNERS[1])
    entries = {entry.what: entry for entry in registry(table).audit("acme-gmbh")}
    assert entries["key adopt"].after["state"] == "suspended"
    assert "key suspend" not in entries


def test_what_was_deleted_here_stays_so_until_it_is_asked_for(table: Any) -> None:
    bring(table, *PARTNERS)
    there = registry(table)
    there.keys.delete(id_of(PARTNERS[1].fingerprint), reason="leaked")
    first = next(each for each in there.applications.list() if each.name == "App 1")
    there.subscriptions.delete(first.subscriptions["orders"].id, reason="unpaid")
    third = next(each for each in there.applications.list() if each.name == "App 3")
    there.applications.delete(third.id)
    before = state(table)
    for dry in (True, False):
        told = bring(table, *PARTNERS, dry=dry)
        assert [(each.steps, len(each.notes), each.failure) for each in told] == [((), 1, "")] * 3
        assert all("deleted here, and stays so; --again brings it back" in each.notes[0] for each in told)
    assert state(table) == before
    again = PartnerImport(there, reason="", dry=False, again=True)
    assert [len(again.bring(each).steps) for each in PARTNERS] == [1, 2, 3]


def test_a_key_never_joins_an_application_that_has_another_key(table: Any) -> None:
    bring(table, PARTNERS[0])
    new = partner(9)._replace(application="App 1")
    told = [bring(table, new, dry=dry)[0] for dry in (True, False)]
    assert told[0] == told[1]
    beginning = id_of(new.fingerprint)[:8]
    assert f'application "App 1" has another key; this one has "App 1 ({beginning})" to itself' in told[0].notes
    assert [application[1] for application in state(table)] == ["App 1", f"App 1 ({beginning})"]
    assert bring(table, new)[0].steps == ()


def test_an_application_that_was_there_suspended_stays_so_and_is_told(table: Any) -> None:
    there = registry(table)
    there.organizations.create("Acme GmbH")
    made = there.applications.create("acme-gmbh", "App 1")
    there.applications.suspend(made.id)
    (outcome,) = bring(table, PARTNERS[0])
    assert 'application "App 1" was there already: it is suspended, and stays so' in outcome.notes
    assert there.applications.get(made.id).state == "suspended"


def test_a_name_that_the_registry_refuses_fails_in_the_dry_run_too(table: Any) -> None:
    ours = "acmecustomer_0123456789abcdef0123456789abcdef"
    named = PARTNERS[0]._replace(application=ours, name=ours)
    told = [bring(table, named, dry=dry)[0].failure for dry in (True, False)]
    assert told[0] == told[1]
    assert "holds a key" in told[0]


def test_another_key_with_the_same_beginning_of_its_hash_is_refused(table: Any) -> None:
    bring(table, PARTNERS[0])
    alike = PARTNERS[0]._replace(fingerprint=PARTNERS[0].fingerprint[:24] + "0" * 40)
    assert "is another one with the same beginning" in bring(table, alike)[0].failure
