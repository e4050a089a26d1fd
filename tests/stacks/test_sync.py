"""The Sync stack: what wakes the function, what it may do, and what becomes of what it cannot do."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from lambdas.usage_plan_sync.sync import LONGEST_CALL
from tests.fakes.registry import create_registry_table
from tests.stacks.mixed import REST_APIS
from tiergate.adapters.catalogue import PublishedCatalogue
from tiergate.adapters.registry import Registry
from tiergate.adapters.registry.table import RegistryTable
from tiergate.domain.catalogue import Product

pytestmark = pytest.mark.synth

STREAM = {"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"}
TAG = "tiergate:stage"

Of = Callable[[str, str], tuple[str, Mapping[str, Any]]]


@pytest.fixture(scope="session")
def mixed(template) -> dict[str, Any]:
    """That of a deployment with REST APIs."""
    return template("mixed", "Sync")


@pytest.fixture(scope="session")
def plain(template) -> dict[str, Any]:
    """That of a deployment without any."""
    return template("plain", "Sync")


@pytest.fixture(scope="session")
def one(of_type) -> Callable[..., tuple[str, dict[str, Any]]]:
    """``one(template, type, "Queue")``: the logical id and properties of the one whose id begins so."""

    def find(template: Mapping[str, Any], kind: str, begins: str = "") -> tuple[str, dict[str, Any]]:
        (found,) = (each for each in of_type(template, kind).items() if each[0].startswith(begins))
        return found[0], found[1].get("Properties", {})

    return find


def mapping(template: Mapping[str, Any], of_type: Any, source: str) -> dict[str, Any]:
    """The one event source mapping whose source is named so."""
    (found,) = (
        each["Properties"]
        for each in of_type(template, "AWS::Lambda::EventSourceMapping").values()
        if source in json.dumps(each["Properties"]["EventSourceArn"])
    )
    return dict(found)


def statements(one: Any, template: Mapping[str, Any], function: str = "Sync") -> list[dict[str, Any]]:
    _, policy = one(template, "AWS::IAM::Policy", function)
    return [each | {"Action": _listed(each["Action"])} for each in policy["PolicyDocument"]["Statement"]]


def _listed(actions: Any) -> list[str]:
    return [actions] if isinstance(actions, str) else actions


def text(value: Any) -> str:
    """A resource as it reads, with what CloudFormation fills in by its name."""
    if isinstance(value, str):
        return value
    if "Fn::Join" in value:
        return "".join(text(each) for each in value["Fn::Join"][1])
    (named,) = value.values()
    return f"<{named if isinstance(named, str) else '.'.join(named)}>"


# What wakes it


def test_it_follows_changes_of_applications_alone(mixed, of_type):
    stream = mapping(mixed, of_type, "Stream")
    (pattern,) = (json.loads(each["Pattern"]) for each in stream["FilterCriteria"]["Filters"])
    assert pattern == {"dynamodb": {"Keys": {"pk": {"S": [{"prefix": "APP#app_"}]}}}}
    assert stream["StartingPosition"] == "TRIM_HORIZON"
    assert (stream["BatchSize"], stream["MaximumBatchingWindowInSeconds"]) == (100, 2)


@pytest.fixture
def written(dynamodb: Any) -> Iterator[list[str]]:
    """Partition keys of all that registry and function write."""
    create_registry_table(dynamodb)
    products = {"retail": Product("retail", frozenset({"shop/v1"}), frozenset({"free"}))}
    Registry(dynamodb, "registry", env="dev", actor="t", products=products).onboard(
        name="Acme", product="retail", plan="free"
    )
    yield [item["pk"]["S"] for item in dynamodb.scan(TableName="registry")["Items"]]
    dynamodb.delete_table(TableName="registry")


def test_changes_of_applications_wake_it_and_its_own_writes_do_not(mixed, of_type, dynamodb: Any, written: list[str]):
    (pattern,) = mapping(mixed, of_type, "Stream")["FilterCriteria"]["Filters"]
    ((rule),) = json.loads(pattern["Pattern"])["dynamodb"]["Keys"]["pk"]["S"]
    wakes = {key.partition("#")[0] for key in written if key.startswith(rule["prefix"])}
    assert wakes == {"APP"}
    before = dynamodb.scan(TableName="registry")["Items"]
    RegistryTable(dynamodb, "registry", actor="sync", clock=lambda: datetime.now(UTC)).note("sync", {"failed": 1})
    document = {
        "platform": {"name": "P"},
        "products": {"a": {}},
        "plans": {"b": {}},
        "apis": {},
        "rest_apis": {"c": {}},
    }
    PublishedCatalogue(dynamodb, "registry").publish(document, 0)
    own = [item["pk"]["S"] for item in dynamodb.scan(TableName="registry")["Items"] if item not in before]
    assert set(own) == {"CATALOGUE", "PLATFORM"}
    assert not any(key.startswith(rule["prefix"]) for key in own)


def test_an_application_that_fails_neither_blocks_the_stream_for_ever_nor_is_forgotten(mixed, of_type, one):
    stream = mapping(mixed, of_type, "Stream")
    letters, _ = one(mixed, "AWS::SQS::Queue", "DeadLetterQueue")
    assert stream["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert stream["BisectBatchOnFunctionError"] is True
    assert 0 < stream["MaximumRetryAttempts"] <= 100
    assert 0 < stream["MaximumRecordAgeInSeconds"] <= 6 * 3600
    assert stream["DestinationConfig"] == {"OnFailure": {"Destination": {"Fn::GetAtt": [letters, "Arn"]}}}


def test_messages_are_its_own_until_it_must_be_done_and_crashes_end_as_dead_letters(mixed, of_type, one):
    letters, kept = one(mixed, "AWS::SQS::Queue", "DeadLetterQueue")
    queue, properties = one(mixed, "AWS::SQS::Queue", "Queue")
    _, function = one(mixed, "AWS::Lambda::Function", "Sync")
    messages = mapping(mixed, of_type, queue)
    assert messages["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert messages["ScalingConfig"] == {"MaximumConcurrency": 2}
    assert properties["VisibilityTimeout"] >= 6 * function["Timeout"]
    assert properties["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": [letters, "Arn"]}
    assert properties["RedrivePolicy"]["maxReceiveCount"] >= 3
    assert kept["MessageRetentionPeriod"] == properties["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_both_queues_are_encrypted_and_take_tls_alone(mixed, of_type):
    for queue in of_type(mixed, "AWS::SQS::Queue").values():
        assert queue["Properties"]["SqsManagedSseEnabled"] is True
    policies = of_type(mixed, "AWS::SQS::QueuePolicy").values()
    denials = [
        each["Condition"]
        for policy in policies
        for each in policy["Properties"]["PolicyDocument"]["Statement"]
        if each["Effect"] == "Deny"
    ]
    assert denials == [{"Bool": {"aws:SecureTransport": "false"}}] * 2


def test_it_runs_every_day_by_way_of_the_queue(mixed, one):
    queue, _ = one(mixed, "AWS::SQS::Queue", "Queue")
    rule, properties = one(mixed, "AWS::Events::Rule")
    assert properties["ScheduleExpression"] == "cron(40 4 * * ? *)"
    (target,) = properties["Targets"]
    assert (target["Arn"], json.loads(target["Input"])) == (
        {"Fn::GetAtt": [queue, "Arn"]},
        {"full": {"trigger": "schedule"}},
    )
    _, policy = one(mixed, "AWS::SQS::QueuePolicy", "QueuePolicy")
    (allowed,) = (each for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Allow")
    assert allowed["Principal"] == {"Service": "events.amazonaws.com"}
    assert allowed["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": [rule, "Arn"]}}}


def test_a_deploy_that_changes_what_it_works_by_asks_for_a_run(mixed, plain, one, template):
    function, _ = one(mixed, "AWS::Lambda::Function", "Sync")
    resources = {
        name: one(each, "AWS::CloudFormation::CustomResource")[1] for name, each in {"m": mixed, "p": plain}.items()
    }
    assert resources["m"]["ServiceToken"] == {"Fn::GetAtt": [function, "Arn"]}
    assert int(resources["m"]["ServiceTimeout"]) <= 300
    assert resources["m"]["Digest"] != resources["p"]["Digest"]
    assert (
        one(template("staging", "Sync"), "AWS::CloudFormation::CustomResource")[1]["Digest"]
        == (one(template("dev", "Sync"), "AWS::CloudFormation::CustomResource")[1]["Digest"])
    ), "two stages of one set of policies"


def test_it_is_asked_when_it_may_do_what_it_is_asked_and_the_gateway_is_deployed(mixed, of_type, synthesized):
    (resource,) = of_type(mixed, "AWS::CloudFormation::CustomResource").values()
    (policy,) = (name for name in of_type(mixed, "AWS::IAM::Policy") if name.startswith("Sync"))
    assert policy in resource["DependsOn"]
    manifest = json.loads((synthesized("mixed") / "manifest.json").read_text())
    assert {"Gateway", "Data", "Gate"} <= {
        each.removesuffix(".assets") for each in manifest["artifacts"]["Sync"]["dependencies"]
    }


# What it may do


def test_it_reads_the_registry_and_writes_the_catalogue_and_the_platforms_trail_alone(mixed, one):
    granted = [each for each in statements(one, mixed) if "Registry" in json.dumps(each["Resource"])]
    writing = [each for each in granted if {*each["Action"]} & {"dynamodb:PutItem", "dynamodb:DeleteItem"}]
    (only,) = writing
    assert only["Action"] == ["dynamodb:PutItem", "dynamodb:DeleteItem"]
    assert only["Condition"] == {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["CATALOGUE", "PLATFORM"]}}
    others = {action for each in granted if each is not only for action in each["Action"]}
    assert others == {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", *STREAM}


def test_it_makes_native_plans_and_keys_with_the_stages_tag_and_changes_none_without_it(mixed, one):
    found: dict[tuple[str, str], Any] = {}
    for each in statements(one, mixed):
        for action in each["Action"]:
            if action.startswith("apigateway:"):
                found[action.partition(":")[2], text(each["Resource"]).partition("Region>::")[2]] = each.get(
                    "Condition"
                )
    tags = [TAG, *(f"tiergate:{name}" for name in ("plan", "subscription", "application", "root"))]
    asked = {
        "StringEquals": {f"aws:RequestTag/{TAG}": "prod"},
        "ForAllValues:StringEquals": {"aws:TagKeys": tags},
    }
    there = {"StringEquals": {f"aws:ResourceTag/{TAG}": "prod"}}
    encoded = "/tags/arn%3A<AWS::Partition>%3Aapigateway%3A<AWS::Region>%3A%3A%2F"
    expected: dict[tuple[str, str], Any] = {("POST", "/usageplans/*"): there, ("GET", "/usageplans/*"): None}
    for kind in ("usageplans", "apikeys"):
        expected |= {("GET", f"/{kind}"): None, ("POST", f"/{kind}"): asked}
        expected |= {(verb, f"/{kind}/*"): there for verb in ("PATCH", "DELETE")}
        expected["PUT", f"{encoded}{kind}%2F*"] = asked
    assert found == expected


def test_it_may_do_nothing_else(mixed, one):
    queue, _ = one(mixed, "AWS::SQS::Queue", "Queue")
    letters, _ = one(mixed, "AWS::SQS::Queue", "DeadLetterQueue")
    key, _ = one(mixed, "AWS::KMS::Key")
    logs, _ = one(mixed, "AWS::Logs::LogGroup", "Sync")
    rest = {
        text(each["Resource"]): {*each["Action"]}
        for each in statements(one, mixed)
        if "Registry" not in json.dumps(each["Resource"]) and not each["Action"][0].startswith("apigateway:")
    }
    assert rest == {
        f"<{logs}.Arn>": {"logs:CreateLogStream", "logs:PutLogEvents"},
        f"<{queue}.Arn>": {"sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"},
        f"<{letters}.Arn>": {"sqs:SendMessage"},
        f"<{key}.Arn>": {"kms:GenerateMac"},
    }


def test_without_rest_apis_there_is_no_key_no_stream_and_no_authorizer_of_theirs(plain, one, of_type):
    kinds = {each["Type"] for each in plain["Resources"].values()}
    assert "AWS::KMS::Key" not in kinds
    assert len(of_type(plain, "AWS::Lambda::EventSourceMapping")) == len(of_type(plain, "AWS::Lambda::Function")) == 1
    actions = {action for each in statements(one, plain) for action in each["Action"]}
    assert not actions & {"kms:GenerateMac", *STREAM}
    assert "apigateway:DELETE" in actions, "what there was before goes"


def test_the_key_makes_macs_and_outlives_a_production_stack(mixed, of_type, template):
    (key,) = of_type(mixed, "AWS::KMS::Key").values()
    assert (key["Properties"]["KeySpec"], key["Properties"]["KeyUsage"]) == ("HMAC_256", "GENERATE_VERIFY_MAC")
    assert key["DeletionPolicy"] == "Retain"
    (local,) = of_type(template("local", "Sync"), "AWS::KMS::Key").values()
    assert local["DeletionPolicy"] == "Delete"


def test_it_is_told_its_queues_and_named_to_the_command_line(mixed, plain, one):
    queue, _ = one(mixed, "AWS::SQS::Queue", "Queue")
    letters, _ = one(mixed, "AWS::SQS::Queue", "DeadLetterQueue")
    function, properties = one(mixed, "AWS::Lambda::Function", "Sync")
    variables = properties["Environment"]["Variables"]
    assert (variables["QUEUE"], variables["DEAD_LETTERS"]) == ({"Ref": queue}, {"Ref": letters})
    assert variables["STAGE"] == "prod"
    assert "MAC_KEY" in variables
    assert "MAC_KEY" not in one(plain, "AWS::Lambda::Function", "Sync")[1]["Environment"]["Variables"]
    assert properties["Timeout"] == LONGEST_CALL <= 900, "a message can wait for as long"
    assert "ReservedConcurrentExecutions" not in properties
    assert mixed["Outputs"]["SyncFunction"]["Value"] == {"Ref": function}
    assert mixed["Outputs"]["DeadLetters"]["Value"] == {"Ref": letters}


def test_rest_apis_have_their_authorizer_here(mixed):
    assert "RestAuthorizerArn" in mixed["Outputs"]
    assert all(id_ in json.dumps(mixed) for id_ in REST_APIS.values())


# Who hears of it


def test_what_fails_is_late_or_given_up_has_an_alarm(template, of_type, stage: str):
    alarms = {
        each["Properties"]["AlarmName"].removeprefix(f"tiergate-{stage}-sync-"): each["Properties"]
        for each in of_type(template(stage, "Observability"), "AWS::CloudWatch::Alarm").values()
        if "-sync-" in each["Properties"]["AlarmName"]
    }
    watched = {name: (each["Namespace"], each["MetricName"], each["Statistic"]) for name, each in alarms.items()}
    assert watched == {
        "given-up": ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum"),
        "failed": ("Tiergate", "SyncFailed", "Sum"),
        "errors": ("AWS/Lambda", "Errors", "Sum"),
        "late": ("AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum"),
    }
    assert (alarms["given-up"]["Threshold"], alarms["given-up"]["DatapointsToAlarm"]) == (1, 1)
    assert alarms["failed"]["Dimensions"] == [{"Name": "Stage", "Value": stage}]
    assert alarms["late"]["Threshold"] == 3600
