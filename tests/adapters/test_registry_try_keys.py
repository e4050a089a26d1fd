"""Keys to try things out: good for minutes, tightly limited, in no list and in no file, gone by themselves."""

import pytest

from tests.adapters.conftest import NOON
from tests.fakes.archive import TABLES
from tiergate.adapters.archive import Export, Tables
from tiergate.adapters.archive.kinds import COUNTERS, LEFT_OUT, REGISTRY, kind_of
from tiergate.adapters.gate_book import GateBook
from tiergate.adapters.mirror.applications import Applications
from tiergate.adapters.registry import Invalid, NotOffered, Taken, put
from tiergate.adapters.registry.table import RegistryTable
from tiergate.domain.limits import SECOND

LIMITS = {"rate": 2, "burst": 5, "hour": 60}


@pytest.fixture
def tried(registry):
    return registry.try_keys.create("retail", "free", scopes=["accounts:read"], minutes=15, limits=LIMITS)


def test_it_is_good_for_its_minutes_under_its_own_limits(registry, tried, reader, clock):
    credential = reader.credential(tried.key.id)
    assert credential == tried.credential
    assert credential.expires == clock.micros + 15 * 60 * SECOND
    assert not credential.expired(credential.expires - 1)
    assert credential.expired(credential.expires)
    assert credential.scopes == {"accounts:read"}
    application = reader.application(credential.application)
    (subscription,) = application.subscriptions.values()
    assert (subscription.product, subscription.plan, subscription.override.limits) == ("retail", "free", LIMITS)
    assert (application.organization, application.state, application.organization_state) == ("", "active", "active")
    assert subscription.id.startswith("try_")


def test_the_store_forgets_all_of_it_an_hour_after_its_end(registry, tried, table):
    ends = {each["pk"].partition("#")[0]: each.get("ttl") for each in table.items()}
    hour_after = int(NOON.timestamp()) + 15 * 60 + 3600
    assert ends == {"APP": hour_after, "KEY": hour_after}


def test_nobody_owns_it_and_nothing_lists_it(registry, acme, tried, client, clock):
    registry.upgrades.ask(acme.application, "retail", "large")
    assert [each.id for each in registry.applications.list()] == [acme.application]
    assert [each.id for _, each in registry.keys.list()] == [acme.key.id]
    assert [each.id for _, each in registry.subscriptions.list()] == [acme.subscription.id]
    table = RegistryTable(client, "registry", actor="sync", clock=clock)
    assert Applications(table).ids() == ({acme.application}, [])
    for item in client.scan(TableName="registry")["Items"]:
        assert "owner" not in item or tried.credential.application not in item["owner"]["S"]


def test_no_deploy_waits_for_it(acme, tried, client):
    held = [each.subscription for page in GateBook(client, "registry").holders() for each in page]
    assert held == [acme.subscription.id]


def test_no_export_has_it(registry, acme, tried, client):
    export = Export(Tables(client, **TABLES), parts=["customers", "audit"])
    export.gather()
    text = b"".join(export.lines(stage="dev", environment="dev", region="eu-central-1", now=0)).decode()
    assert (export.unknown, export.unreadable) == ([], [])
    assert acme.key.id in text
    assert tried.key.id not in text
    assert "try_" not in text
    items = [each for each in client.scan(TableName="registry")["Items"] if "ttl" in each]
    assert {kind_of(REGISTRY, each) for each in items} == {LEFT_OUT}
    assert kind_of(COUNTERS, {"subscription": {"S": tried.credential.application}}) == LEFT_OUT


@pytest.mark.parametrize(
    ("terms", "error", "message"),
    [
        ({"plan": "huge"}, NotOffered, "does not offer plan"),
        ({"product": "trade"}, NotOffered, "there is no product"),
        ({"minutes": 0}, Invalid, "1 to 1440 minutes; found 0"),
        ({"minutes": 1441}, Invalid, "1 to 1440 minutes"),
        ({"limits": {"minute": 1}}, Invalid, "minute"),
        ({"scopes": ["a b"]}, Invalid, "is no scope"),
    ],
)
def test_what_cannot_be_made_leaves_nothing_behind(registry, table, terms, error, message):
    given = {"product": "retail", "plan": "free", "scopes": None, "minutes": 15, "limits": LIMITS} | terms
    with pytest.raises(error, match=message):
        registry.try_keys.create(given.pop("product"), given.pop("plan"), **given)
    assert table.items() == []


def test_what_is_written_with_it_is_written_or_none_is_made(registry, table):
    also = [put({"pk": "LIMIT#1", "n": 1}, "the count", "it is used up")]
    registry.try_keys.create("retail", "free", scopes=None, minutes=15, limits=LIMITS, also=also)
    before = table.items()
    with pytest.raises(Taken, match="it is used up"):
        registry.try_keys.create("retail", "free", scopes=None, minutes=15, limits=LIMITS, also=also)
    assert table.items() == before


def test_none_is_made_for_an_offer_that_a_deploy_is_withdrawing(registry, client, table):
    GateBook(client, "registry").close([("retail", "free")])
    with pytest.raises(NotOffered, match="is being withdrawn"):
        registry.try_keys.create("retail", "free", scopes=None, minutes=15, limits=LIMITS)
    assert [each["pk"] for each in table.items()] == ["OFFER#retail/free"]
