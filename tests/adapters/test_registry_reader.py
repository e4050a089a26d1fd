"""The authorizer's reads: records as they are written, records of an older shape, and records that are broken."""

from ipaddress import ip_network

import pytest

from tests.fakes.dynamodb_answers import answer, client_of
from tests.fakes.upstream import ScriptedUpstream, answers
from tiergate.adapters.registry import RegistryError
from tiergate.adapters.registry.items import application_item, credential_item
from tiergate.adapters.registry_reader import DynamoRegistryReader, application_of, credential_of
from tiergate.adapters.wire import to_wire
from tiergate.domain.conditions import Conditions
from tiergate.domain.limits import LARGEST
from tiergate.domain.registry import Application, Credential, Override, RecordMalformed
from tiergate.domain.store import StoreUnavailable

TEXT, WRONG = {"S": "x"}, {"BOOL": True}


def test_a_record_without_what_came_later_is_read(registry, acme, table, reader):
    entry = {"M": {"id": TEXT, "plan": {"S": "free"}, "state": {"S": "active"}}}
    table.change(f"APP#{acme.application}", subscriptions={"M": {"retail": entry}}, created=None, credentials=None)
    subscription = reader.application(acme.application).subscriptions["retail"]
    assert (subscription.created, subscription.override) == ("", None)
    assert reader.credential(acme.key.id).scopes is None


def test_what_is_not_there_is_none(registry, reader):
    assert reader.credential("nobody") is None
    assert reader.application("nobody") is None


@pytest.mark.parametrize(
    "broken",
    [
        {"fingerprint": None},
        {"state": WRONG},
        {"application": {"N": "7"}},
        {"expires": TEXT},
        {"expires": {"N": "1.5"}},
        {"addresses": TEXT},
        {"addresses": {"L": [{"S": "10.0.0.1/8"}]}},
        {"addresses": {"L": [{"S": "nowhere"}]}},
        {"addresses": {"L": [{"N": "1"}]}},
        {"scopes": {"SS": ["read"]}},
        {"scopes": {"L": [WRONG]}},
    ],
)
def test_a_broken_credential_is_named_and_nothing_of_it_told(registry, acme, table, reader, broken):
    table.change(f"KEY#{acme.key.id}", **broken)
    with pytest.raises(RecordMalformed) as raised:
        reader.credential(acme.key.id)
    assert str(raised.value) == f"the registry's record KEY#{acme.key.id} cannot be read"
    for attempt in (lambda: registry.keys.get(acme.key.id), lambda: list(registry.keys.list())):
        with pytest.raises(RegistryError, match=f"the registry's record KEY#{acme.key.id} cannot be read"):
            attempt()


@pytest.mark.parametrize(
    "override",
    [
        {"N": "1"},
        {"M": {}},
        {"M": {"limits": {"M": {}}}},
        {"M": {"limits": {"M": {"hour": TEXT}}}},
        {"M": {"limits": {"M": {"hour": {"N": "0"}}}}},
        {"M": {"limits": {"M": {"rate": {"N": "0"}}}}},
        {"M": {"limits": {"M": {"week": {"N": "9"}}}}},
        {"M": {"limits": {"M": {"hour": {"N": "9"}}}, "until": TEXT}},
    ],
)
def test_a_broken_override_is_no_reason_to_fall_back_on_the_plan(registry, acme, table, reader, override):
    entry = {"M": {"id": TEXT, "plan": {"S": "free"}, "state": {"S": "active"}, "override": override}}
    table.change(f"APP#{acme.application}", subscriptions={"M": {"retail": entry}})
    with pytest.raises(RecordMalformed, match=f"the registry's record APP#{acme.application} cannot be read"):
        reader.application(acme.application)


@pytest.mark.parametrize("broken", [{"subscriptions": None}, {"subscriptions": TEXT}, {"organization_state": None}])
def test_a_broken_application_is_named(registry, acme, table, reader, broken):
    table.change(f"APP#{acme.application}", **broken)
    with pytest.raises(RecordMalformed):
        reader.application(acme.application)
    with pytest.raises(RegistryError, match="cannot be read"):
        registry.applications.get(acme.application)


def test_subscriptions_are_read_in_the_same_order_everywhere(registry, acme, table, reader):
    """Which of two that cover one API counts a call must not depend on the instance."""
    entries = {name: {"M": {"id": TEXT, "plan": TEXT, "state": TEXT}} for name in ("zebra", "ant", "mole")}
    table.change(f"APP#{acme.application}", subscriptions={"M": entries})
    assert list(reader.application(acme.application).subscriptions) == ["ant", "mole", "zebra"]


def test_whole_numbers_of_an_override_are_exact(registry, acme, reader):
    registry.subscriptions.override(acme.subscription.id, {"hour": LARGEST, "rate": 0.1}, until=None)
    override = reader.application(acme.application).subscriptions["retail"].override
    assert override == Override({"hour": LARGEST, "rate": 0.1})


@pytest.mark.parametrize("found", [[], "text", 7, {}, {"pk": {"S": "KEY#other"}}, {"pk": "KEY#mine"}])
def test_a_record_that_was_not_asked_for_is_no_answer(found):
    """Least of all is it nobody's key: that would be remembered."""
    with ScriptedUpstream(answers(answer({"Item": found}))) as server, pytest.raises(StoreUnavailable, match="garbage"):
        DynamoRegistryReader(client_of(server), "registry").credential("mine")


def test_conditions_are_read_as_they_are_written():
    office = Conditions((ip_network("203.0.113.0/24"),), (ip_network("203.0.113.66"),), frozenset({"CN=a,O=Acme"}))
    application = Application("app_1", "acme", {}, "Bank", created="2026-11-23T12:00:00.000Z", conditions=office)
    client = Credential("abc", "app_1", "", created=application.created, conditions=office, issuer="entra")
    assert application_of(to_wire(application_item(application))) == application
    assert credential_of(to_wire(credential_item(client))) == client
