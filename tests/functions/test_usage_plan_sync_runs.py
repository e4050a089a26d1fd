"""Full runs of the sync function: by the queue, by hand and after a deploy, and with the real mirror."""

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from bench.http_server import Request, Server, response
from lambdas.usage_plan_sync.sync import ATTEMPTS, LONGEST_CALL, MOST_APART
from tests.fakes.aws_services import FakeAws
from tests.fakes.registry import create_registry_table
from tests.functions.conftest import Gateway
from tests.functions.rest import NATIVE_KEY, ROOT
from tests.functions.syncing import (
    LETTERS,
    NO_TIME,
    QUEUE,
    Function,
    changed,
    deployed,
    failed,
    messages,
    metrics,
    stream,
)
from tiergate.adapters.mirror import MARGIN, Outcome
from tiergate.domain.native_keys import native_value

SCHEDULED = {"full": {"trigger": "schedule"}}


@pytest.fixture
def sync(gateway: Gateway, tmp_path: Path) -> Function:
    return deployed(gateway, tmp_path)


# Full runs


def test_a_full_run_publishes_the_catalogue_and_is_told_once(sync: Function, capsys) -> None:
    sync.mirror.runs = [Outcome(created=1, updated=2, deleted=3, unchanged=4, differences=("hourly",))]
    sync.full()
    assert metrics(capsys) == [
        {"Created": 1, "Updated": 2, "Deleted": 3, "Unchanged": 4, "Repaired": 6, "Failed": 0},
    ]
    (entry,) = sync.trail()
    assert entry.after["catalogue"] == {"created": 2, "updated": 0, "deleted": 0, "unchanged": 0}
    assert (entry.after["trigger"], entry.after["differences"]) == ("schedule", ["hourly"])
    sync.full()
    assert sync.trail()[0].after["catalogue"] == {"created": 0, "updated": 0, "deleted": 0, "unchanged": 2}
    assert (sync.queues.bodies(QUEUE), sync.queues.bodies(LETTERS)) == ([], [])


@pytest.mark.parametrize(("trigger", "repaired"), [("deploy", 0), ("schedule", 1)])
def test_only_what_was_to_be_in_step_already_is_repaired(sync: Function, capsys, trigger: str, repaired: int) -> None:
    sync.mirror.runs = [Outcome(updated=1)]
    sync.full(trigger=trigger)
    assert [each["Repaired"] for each in metrics(capsys)] == [repaired]


def test_a_run_that_is_not_through_goes_on_with_its_counts_and_is_told_at_its_end(sync: Function, capsys) -> None:
    sync.mirror.runs = [
        Outcome(created=3, unchanged=10, complete=False),
        Outcome(created=2, updated=1, unchanged=13, complete=False),
        Outcome(deleted=1, unchanged=16),
    ]
    event: Any = messages(SCHEDULED)
    for _ in range(3):
        assert (sync.trail(), sync.stuck(event)) == ([], [])
        event = messages(*sync.queues.bodies(QUEUE)[-1:])
    (entry,) = sync.trail()
    assert [entry.after[name] for name in ("created", "updated", "deleted", "unchanged")] == [5, 1, 1, 10]
    assert len(metrics(capsys)) == 1
    assert sync.mirror.runs == []


def test_a_run_that_gets_no_further_is_tried_again_later_instead_of_at_once(sync: Function) -> None:
    sync.mirror.runs = [Outcome(unchanged=3, complete=False)]
    sync.full()
    (left,) = sync.queues.sent[QUEUE]
    assert (json.loads(left["MessageBody"])["full"]["attempt"], left["DelaySeconds"]) == (2, 30)
    assert sync.trail()[0].after["failures"] == ["the full run: it got no further in part 1"]


def test_applications_that_failed_in_a_full_run_are_tried_again_one_by_one(sync: Function) -> None:
    sync.mirror.runs = [Outcome(failed=(failed("app_2"), failed("app_1"), failed("app_2")))]
    sync.full()
    assert sync.queues.bodies(QUEUE) == [{"application": f"app_{number}", "attempt": 2} for number in (1, 2)]
    assert [each["DelaySeconds"] for each in sync.queues.sent[QUEUE]] == [30, 30]


@pytest.mark.parametrize(
    "failures",
    [(failed(what="usage plan retail/tiny"),), tuple(failed(f"app_{number}") for number in range(MOST_APART + 1))],
)
def test_usage_plans_and_many_applications_are_tried_again_by_another_full_run(sync: Function, failures: Any) -> None:
    sync.mirror.runs = [Outcome(failed=failures)]
    sync.full(attempt=2)
    (left,) = sync.queues.bodies(QUEUE)
    assert (left["full"]["trigger"], left["full"]["attempt"], left["full"]["created"]) == ("schedule", 3, 0)


def test_a_full_run_that_fails_every_time_is_given_up_in_the_end(sync: Function) -> None:
    sync.mirror.runs = [Outcome(failed=(failed(what="the account's usage plans"),))] * ATTEMPTS
    message: Any = SCHEDULED
    for _ in range(ATTEMPTS):
        assert sync.stuck(messages(message)) == []
        message = sync.queues.bodies(QUEUE)[-1]
    assert len(sync.queues.sent[QUEUE]) == ATTEMPTS - 1
    (reason,) = sync.queues.reasons(LETTERS)
    assert reason == "the account's usage plans: no"
    assert len(sync.trail()) == ATTEMPTS


def test_what_no_run_can_mend_is_given_up_one_by_one_as_far_as_people_can_read_it(sync: Function) -> None:
    many = tuple(failed(f"app_{number}", again=False, reason="no stage") for number in range(MOST_APART + 7))
    sync.mirror.runs = [Outcome(failed=(failed(what="usage plan x", again=False), *many))]
    sync.full()
    assert len(sync.queues.sent[LETTERS]) == MOST_APART + 1
    first, *_, last = sync.queues.sent[LETTERS]
    assert json.loads(first["MessageBody"]) == {"full": {"trigger": "schedule"}}
    assert last["MessageAttributes"]["reason"]["StringValue"].startswith("8 more: application app_49: no stage; ")
    (entry,) = sync.trail()
    assert (entry.after["failed"], len(entry.after["failures"])) == (MOST_APART + 8, 51)


def test_a_catalogue_that_cannot_be_published_keeps_no_keys_from_being_brought_in_step(sync: Function) -> None:
    def refuse() -> Mapping[str, int]:
        raise ClientError({"Error": {"Code": "ProvisionedThroughputExceededException", "Message": "no"}}, "Query")

    sync.module.SYNC._runs._publish = refuse
    sync.mirror.runs = [Outcome(created=1)]
    sync.full()
    (entry,) = sync.trail()
    assert (entry.after["created"], entry.after["failed"], "catalogue" in entry.after) == (1, 1, False)
    assert sync.queues.bodies(QUEUE)[0]["full"]["attempt"] == 2


def test_a_full_run_that_cannot_be_left_for_later_comes_again(sync: Function) -> None:
    sync.queues.down = {QUEUE}
    sync.mirror.runs = [Outcome(created=1, complete=False)]
    assert sync.stuck(messages(SCHEDULED)) == ["m0"]
    assert sync.stuck(messages(SCHEDULED), NO_TIME) == ["m0"]


def test_a_full_run_that_there_is_no_time_for_is_left_for_the_next_call(sync: Function) -> None:
    assert sync.stuck(messages(SCHEDULED), NO_TIME) == []
    assert (sync.mirror.dry, [each["full"]["trigger"] for each in sync.queues.bodies(QUEUE)]) == ([], ["schedule"])
    assert sync.queues.sent[QUEUE][0]["DelaySeconds"] == 0


def test_applications_go_before_a_full_run_of_the_same_batch(sync: Function) -> None:
    order: list[str] = []
    sync.mirror.application = lambda id_, **_: order.append(id_) or Outcome()  # type: ignore[method-assign,func-returns-value]
    sync.mirror.run = lambda **_: order.append("all") or Outcome()  # type: ignore[method-assign,func-returns-value]
    assert sync.stuck(messages(SCHEDULED, {"application": "app_1"})) == []
    assert order == ["app_1", "all"]


def test_a_run_without_an_audit_entry_is_told_in_the_log(sync: Function, capsys) -> None:
    sync.gateway.client.delete_table(TableName="registry")
    sync.module.SYNC._runs._publish = dict
    sync.mirror.runs = [Outcome(created=3)]
    sync.full()
    (line,) = (json.loads(each) for each in capsys.readouterr().out.splitlines() if "without its audit" in each)
    assert (line["level"], line["trigger"], line["created"]) == ("ERROR", "schedule", 3)
    create_registry_table(sync.gateway.client)


# By hand


def test_a_dry_run_by_hand_changes_and_tells_nothing(sync: Function, capsys) -> None:
    sync.mirror.runs = [Outcome(planned=("make a key",), unchanged=2)]
    answer = sync({"hand": {"dry_run": True}})
    assert (answer["planned"], answer["unchanged"], answer["complete"]) == (["make a key"], 2, True)
    assert (sync.mirror.dry, sync.trail(), metrics(capsys)) == ([True], [], [])
    assert "Item" not in sync.gateway.client.get_item(
        TableName="registry", Key={"pk": {"S": "CATALOGUE"}, "sk": {"S": "PLATFORM"}}
    )


def test_each_part_of_a_run_by_hand_is_told_by_itself(sync: Function) -> None:
    """So a part whose answer nobody waited for is in the trail."""
    sync.mirror.runs = [
        Outcome(created=3, complete=False),
        Outcome(created=1, unchanged=3, failed=(failed("app_1", reason="no"),)),
    ]
    first, last = (sync({"hand": {"dry_run": False}}) for _ in range(2))
    assert (first["complete"], first["created"]) == (False, 3)
    assert (last["complete"], last["created"], last["unchanged"]) == (True, 1, 3)
    assert last["failed"] == [{"what": "application app_1", "application": "app_1", "reason": "no", "again": True}]
    told = [(entry.after["trigger"], entry.after["repaired"], entry.after["failed"]) for entry in sync.trail()]
    assert sorted(told) == [("hand", 1, 1), ("hand", 3, 0)]
    assert (sync.queues.bodies(QUEUE), sync.queues.bodies(LETTERS)) == ([], []), "who asked for it is told"


def test_the_trail_has_no_counts_of_who_asks_for_a_run(sync: Function) -> None:
    sync({"hand": {"run": {"created": 1_000_000, "deleted": -5}}})
    assert (sync.trail()[0].after["created"], sync.trail()[0].after["deleted"]) == (0, 0)


def test_an_answer_by_hand_is_bounded(sync: Function) -> None:
    sync.mirror.runs = [Outcome(planned=tuple(f"make key {number}" for number in range(2500)))]
    answer = sync({"hand": {"dry_run": True}})
    assert (len(answer["planned"]), answer["left_out"]) == (2000, 500)


# After a deploy


@pytest.fixture
def cloudformation() -> Iterator[tuple[list[Any], Callable[[str], dict[str, Any]]]]:
    """What it was answered, and ``request("Create")``."""
    answers: list[Any] = []

    def take(request: Request) -> bytes:
        answers.append(json.loads(request.body))
        return response(b"")

    server = Server(take)
    server.start()

    def request(kind: str) -> dict[str, Any]:
        return {
            "RequestType": kind,
            "ResponseURL": f"http://{server.address}/answer",
            "StackId": "arn:stack",
            "RequestId": "1",
            "LogicalResourceId": "Deployed",
            "ResourceProperties": {"Digest": "d"},
        }

    yield answers, request
    server.close()


@pytest.mark.parametrize(("kind", "asked"), [("Create", 2), ("Update", 2), ("Delete", 0)])
def test_a_deploy_asks_for_runs_and_does_not_wait_for_it(sync: Function, cloudformation, kind: str, asked: int) -> None:
    answers, request = cloudformation
    assert sync(request(kind)) is None
    assert [each["full"]["trigger"] for each in sync.queues.bodies(QUEUE)] == ["deploy"] * asked
    assert (sync.mirror.asked, sync.mirror.dry) == ([], [])
    assert [each["Status"] for each in answers] == ["SUCCESS"]


def test_a_deploy_does_not_fail_by_a_queue_that_takes_nothing(sync: Function, cloudformation, capsys) -> None:
    answers, request = cloudformation
    sync.queues.down = {QUEUE}
    sync(request("Update"))
    assert [each["Status"] for each in answers] == ["SUCCESS"]
    assert "no run after this deploy, the daily one makes up for it" in capsys.readouterr().out


def test_what_a_deploy_asks_for_is_a_run_that_the_queue_can_do(sync: Function, cloudformation) -> None:
    sync(cloudformation[1]("Create"))
    assert sync.stuck(messages(*sync.queues.bodies(QUEUE))) == []
    assert (sync.mirror.dry, [entry.after["trigger"] for entry in sync.trail()]) == ([False] * 2, ["deploy"] * 2)


def test_a_second_run_has_the_last_word_after_instances_of_the_code_before_a_deploy(
    sync: Function, cloudformation
) -> None:
    """One of them may be at work for as long as a call may take, and undo what the first run did."""
    sync(cloudformation[1]("Update"))
    assert [each["DelaySeconds"] for each in sync.queues.sent[QUEUE]] == [0, LONGEST_CALL]


# With the real mirror


def test_a_platform_without_rest_apis_asks_api_gateway_for_next_to_nothing_and_kms_for_nothing(sync: Function) -> None:
    sync.mirror_by(sync.real)
    sync.gateway.partner()
    sync.full()
    assert len(sync.natives.calls) <= 2
    assert sync.trail()[0].after["failed"] == 0


@pytest.fixture
def mirrored(gateway: Gateway, sync: Function, services: FakeAws) -> Function:
    """The function with the real mirror; product ``retail`` sells a REST API."""
    bundle = json.loads(gateway.bundle.read_text())
    bundle["rest_apis"] = {"legacy": {"id": "a1b2c3d4e5", "stage": "prod"}}
    bundle["products"]["retail"]["rest_apis"] = ["legacy"]
    gateway.bundle.write_text(json.dumps(bundle))
    services.answers["GenerateMac"] = {"KeyId": NATIVE_KEY, "Mac": base64.b64encode(ROOT).decode()}
    gateway.monkeypatch.setenv("MAC_KEY", NATIVE_KEY)
    function = Function(gateway, "a1b2c3d4e5:prod")
    function.mirror_by(function.real)
    return function


def test_values_are_those_that_the_rest_authorizer_names(mirrored: Function, services: FakeAws) -> None:
    partners = [mirrored.gateway.partner(name=name) for name in ("Acme", "Other")]
    for each in partners:
        assert mirrored.stuck(stream(changed(each.application))) == []
    values = {key["tags"]["tiergate:subscription"]: key["value"] for key in mirrored.natives.keys.values()}
    assert values == {each.subscription.id: native_value(ROOT, each.subscription.id) for each in partners}
    assert services.calls == [("GenerateMac", NATIVE_KEY)]


def test_without_kms_nothing_is_made_and_it_is_tried_again(mirrored: Function, services: FakeAws) -> None:
    services.down = True
    assert mirrored.stuck(stream(changed(mirrored.gateway.partner().application))) == []
    assert mirrored.natives.writes() == []
    assert mirrored.queues.bodies(QUEUE)[0]["attempt"] == 2
    assert "KMS gives no root of native keys: unreachable" in mirrored.trail()[0].after["failures"][0]


def test_api_gateway_is_asked_by_a_client_that_slows_down_by_itself(sync: Function) -> None:
    config = sync.configs["apigateway"]
    assert config.retries == {"mode": "adaptive", "total_max_attempts": 6}
    waits = sum(min(2**attempt, 20) for attempt in range(config.retries["total_max_attempts"] - 1))
    answers = config.retries["total_max_attempts"] * config.read_timeout
    assert (waits + answers) * 1000 <= MARGIN, "a call that is begun in time is over in time"


def test_a_subscription_has_a_native_key_after_its_change_and_none_after_its_end(mirrored: Function) -> None:
    registry = mirrored.gateway.registry
    partner = mirrored.gateway.partner()
    for _ in range(2):
        assert mirrored.stuck(stream(changed(partner.application))) == []
        (key,) = mirrored.natives.keys.values()
        assert (key["tags"]["tiergate:subscription"], key["enabled"]) == (partner.subscription.id, True)
    registry.subscriptions.delete(partner.subscription.id)
    assert mirrored.stuck(stream(changed(partner.application, old="x", new="y"))) == []
    assert mirrored.natives.keys == {}
    assert (mirrored.queues.bodies(QUEUE), mirrored.queues.bodies(LETTERS)) == ([], [])
    assert [each.after["failed"] for each in mirrored.trail()] == [0, 0]


def test_no_value_of_a_native_key_and_no_root_is_told_anywhere(mirrored: Function, capsys) -> None:
    """Not even where API Gateway repeats it."""
    partner = mirrored.gateway.partner()

    def repeat(name: str, request: dict[str, Any], call: Callable[[], Any]) -> Any:
        if name == "create_api_key":
            values.append(request["value"])
            fault = {"Error": {"Code": "BadRequestException", "Message": f"{request['value']} is not good"}}
            raise ClientError(fault, "CreateApiKey")  # type: ignore[arg-type]
        return call()

    values: list[str] = []
    mirrored.natives.around = repeat
    mirrored(stream(changed(partner.application)))
    mirrored.full()
    told = capsys.readouterr().out + json.dumps([each.after for each in mirrored.trail()])
    told += json.dumps([mirrored.queues.sent[QUEUE], mirrored.queues.sent[LETTERS]])
    assert "is not good" in told
    assert values
    assert not any(value in told for value in values)
