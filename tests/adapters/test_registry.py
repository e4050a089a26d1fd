"""The registry: onboarding, listing and revoking, each change with its audit entry."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from boto3.dynamodb.types import TypeDeserializer
from moto import mock_aws

from tests.deployment import Deployment
from tiergate.adapters.registry import Registry, RegistryError, slug
from tiergate.adapters.registry_reader import DynamoRegistryReader
from tiergate.domain.keys import key_id_of, proves

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
KEYS = ("pk", "sk", "owner")


@pytest.fixture
def client() -> Iterator[Any]:
    with mock_aws():
        dynamodb = boto3.client(
            "dynamodb", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
        )
        dynamodb.create_table(
            TableName="registry",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in KEYS],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "by_owner",
                    "KeySchema": [
                        {"AttributeName": "owner", "KeyType": "HASH"},
                        {"AttributeName": "pk", "KeyType": "RANGE"},
                    ],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        yield dynamodb


@pytest.fixture
def registry(client: Any) -> Registry:
    return Registry(client, "registry", env="dev", actor="ann", clock=lambda: NOON)


def stored(client: Any) -> list[dict[str, Any]]:
    deserialize = TypeDeserializer().deserialize
    items = client.scan(TableName="registry")["Items"]
    return [{name: deserialize(value) for name, value in item.items()} for item in items]


def audit(client: Any) -> list[dict[str, Any]]:
    return sorted((item for item in stored(client) if item["sk"].startswith("AUDIT#")), key=lambda item: item["sk"])


def test_onboarding_makes_all_that_the_authorizer_reads(client, registry):
    made = registry.onboard(name="Acme GmbH", product="retail", plan="free")
    reader = DynamoRegistryReader(client, "registry")
    assert key_id_of(made.key.text, "dev") == made.key.id
    credential = reader.credential(made.key.id)
    assert credential is not None
    assert proves(made.key.text, credential.fingerprint)
    assert (credential.application, credential.state) == (made.application, "active")
    application = reader.application(made.application)
    assert application is not None
    assert (application.organization, application.name) == ("acme-gmbh", "Acme GmbH")
    assert application.subscriptions == {"retail": made.subscription}
    assert made.subscription.plan == "free"


def test_onboarding_leaves_one_audit_entry_and_no_secret(client, registry):
    made = registry.onboard(name="Acme", product="retail", plan="free")
    (entry,) = audit(client)
    assert (entry["who"], entry["what"], entry["sk"][:30]) == ("ann", "onboard", "AUDIT#2026-11-23T12:00:00.000Z")
    assert entry["after"]["credential"] == made.key.id
    assert made.key.text not in str(stored(client))


def test_a_taken_name_changes_nothing(client, registry):
    registry.onboard(name="Acme", product="retail", plan="free")
    before = stored(client)
    with pytest.raises(RegistryError, match='organization "acme" exists'):
        registry.onboard(name="ACME!", product="retail", plan="free")
    assert stored(client) == before


def test_a_revoked_key_stays_listed_and_its_audit_says_why(client, registry):
    made = registry.onboard(name="Acme", product="retail", plan="free")
    assert registry.revoke(made.key.id, reason="lost laptop")
    ((organization, credential),) = registry.credentials("acme")
    assert (organization, credential.id, credential.state) == ("acme", made.key.id, "revoked")
    entry = next(entry for entry in audit(client) if entry["what"] == "key revoke")
    assert (entry["before"]["state"], entry["after"]["state"], entry["reason"]) == ("active", "revoked", "lost laptop")


def test_revoking_again_changes_nothing(client, registry):
    made = registry.onboard(name="Acme", product="retail", plan="free")
    registry.revoke(made.key.id)
    before = stored(client)
    assert registry.revoke(made.key.id) is False
    assert stored(client) == before


def test_keys_are_listed_of_all_organizations_or_of_one(registry):
    ids = {registry.onboard(name=name, product="retail", plan="free").key.id for name in ("One", "Two", "Three")}
    assert {credential.id for _, credential in registry.credentials()} == ids
    assert [organization for organization, _ in registry.credentials("two")] == ["two"]


def test_what_does_not_exist_is_said(registry):
    with pytest.raises(RegistryError, match='there is no organization "nobody"'):
        list(registry.credentials("nobody"))
    with pytest.raises(RegistryError, match='there is no key "x"'):
        registry.revoke("x")


@pytest.mark.parametrize(
    ("name", "made"), [("Acme & Söhne", "acme-sohne"), ("  A--b  ", "a-b"), ("x" * 60, "x" * 40), ("7 Bank", "7-bank")]
)
def test_an_organizations_id_is_read_from_its_name(name, made):
    assert slug(name) == made


def test_a_name_that_gives_no_id_is_refused():
    with pytest.raises(RegistryError, match="use at least one letter"):
        slug("日本")


@pytest.mark.ministack
def test_of_many_who_take_one_name_at_once_one_gets_it_whole(deployment: Deployment):
    def take(_: int) -> str:
        try:
            return deployment.registry.onboard(name="Race", product="test", plan="roomy").key.id
        except RegistryError:
            return ""

    with ThreadPoolExecutor(8) as pool:
        won = [key for key in pool.map(take, range(8)) if key]
    assert len(won) == 1
    assert [credential.id for _, credential in deployment.registry.credentials("race")] == won


@pytest.mark.ministack
def test_two_who_revoke_at_once_leave_one_audit_entry(deployment: Deployment):
    made = deployment.partner()

    def revoke(_: int) -> str:
        try:
            return str(deployment.registry.revoke(made.key.id))
        except RegistryError as error:
            return str(error)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(revoke, range(8)))
    assert answers.count("True") == 1
    assert all(answer in {"True", "False"} or "try again" in answer for answer in answers)
