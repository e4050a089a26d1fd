"""The sync function: whatever wakes it, nothing is lost, nothing blocks the rest, and each run is told once."""

import json
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType, SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from bench.http_server import Request, Server, response
from lambdas.usage_plan_sync.sync import ATTEMPTS, MARGIN, MOST_APART
from tests.embedded_metrics import read
from tests.fakes.api_gateway import FakeApiGateway
from tests.fakes.queues import FakeQueues
from tests.fakes.registry import create_registry_table
from tests.functions.conftest import Gateway, fresh
from tiergate.adapters.mirror import Failure, Outcome
from tiergate.adapters.registry import AuditEntry

QUEUE, LETTERS = "https://sqs.example/queue", "https://sqs.example/letters"
PLENTY = SimpleNamespace(get_remaining_time_in_millis=lambda: 300_000)
NO_TIME = SimpleNamespace(get_remaining_time_in_millis=lambda: MARGIN)
PUBLISHED = {
    "platform": {"name": "Test Platform", "support": "https://help.example"},
    "products": {"retail": {"title": "Retail"}},
    "plans": {},
    "apis": {},
    "rest_apis": {},
}
SCHEDULED = {"full": {"trigger": "schedule"}}


class FakeMirror:
    """``outcomes``: what `application` makes of each, by id; errors are raised. ``runs``: of each `run`, in order."""

    def __init__(self) -> None:
        self.outcomes: dict[str, Outcome | Exception] = {}
        self.runs: list[Outcome | Exception] = []
        self.asked: list[str] = []
        self.dry: list[bool] = []

    def application(self, id_: str) -> Outcome:
        self.asked.append(id_)
        return self._of(self.outcomes.get(id_, Outcome(created=1)))

    def run(self, *, dry: bool = False, time_left: Callable[[], int]) -> Outcome:
        assert time_left() > 0
        self.dry.append(dry)
        return self._of(self.runs.pop(0) if self.runs else Outcome())

    @staticmethod
    def _of(outcome: Outcome | Exception) -> Outcome:
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


class Function:
    """The function as it is deployed, with a mirror that does what tests say, and queues that they can look into."""

    def __init__(self, gateway: Gateway, *stages: str) -> None:
        self.gateway = gateway
        self.queues = FakeQueues()
        self.natives = FakeApiGateway(*stages)
        self.mirror = FakeMirror()
        make, fakes = boto3.client, {"sqs": self.queues, "apigateway": self.natives}
        with gateway.monkeypatch.context() as starting:
            starting.setattr(boto3, "client", lambda name, **_: fakes.get(name) or make(name))
            self.module: ModuleType = fresh("lambdas.usage_plan_sync.handler")
        self.real = self.module.SYNC._mirror
        self.mirror_by(self.mirror)

    def mirror_by(self, mirror: Any) -> None:
        self.module.SYNC._mirror = self.module.SYNC._runs._mirror = mirror

    def __call__(self, event: Mapping[str, Any], context: Any = PLENTY) -> Any:
        answer = self.module.handler(event, context)
        json.dumps(answer)
        return answer

    def stuck(self, event: Mapping[str, Any], context: Any = PLENTY) -> list[str]:
        """What is to come again."""
        return [each["itemIdentifier"] for each in self(event, context)["batchItemFailures"]]

    def trail(self) -> list[AuditEntry]:
        return [*self.gateway.registry.platform_audit()]

    def full(self, **run: Any) -> None:
        """A full run that a message of the queue asks for; it must not come again."""
        assert self.stuck(messages({"full": {"trigger": "schedule", **run}})) == []


@pytest.fixture
def sync(gateway: Gateway, tmp_path: Any) -> Function:
    (tmp_path / "catalogue.json").write_text(json.dumps(PUBLISHED))
    environment = {"STAGE": "dev", "QUEUE": QUEUE, "DEAD_LETTERS": LETTERS, "LAMBDA_TASK_ROOT": str(tmp_path)}
    for name, value in environment.items():
        gateway.monkeypatch.setenv(name, value)
    gateway.client.delete_table(TableName="registry")
    create_registry_table(gateway.client)
    return Function(gateway)


def changed(application: str, sequence: str = "1", *, old: Any = None, new: Any = "x") -> dict[str, Any]:
    """A record of the Registry's stream: an application's state was ``old`` and is ``new``, None for not there."""
    images = {name: {"state": {"S": state}} for name, state in (("OldImage", old), ("NewImage", new)) if state}
    return {
        "eventSource": "aws:dynamodb",
        "eventName": "INSERT" if old is None else "REMOVE" if new is None else "MODIFY",
        "dynamodb": {
            "Keys": {"pk": {"S": f"APP#{application}"}, "sk": {"S": "-"}},
            "SequenceNumber": sequence,
            **images,
        },
    }


def stream(*records: dict[str, Any]) -> dict[str, Any]:
    return {"Records": [*records]}


def messages(*bodies: Any) -> dict[str, Any]:
    """A batch of the queue, with ids ``m0``, ``m1``, …; texts go as they are."""
    return {
        "Records": [
            {
                "eventSource": "aws:sqs",
                "messageId": f"m{number}",
                "receiptHandle": "r",
                "body": body if isinstance(body, str) else json.dumps(body),
                "attributes": {"ApproximateReceiveCount": "1"},
            }
            for number, body in enumerate(bodies)
        ]
    }


def failed(application: str = "", *, again: bool = True, what: str = "", reason: str = "no") -> Failure:
    return Failure(what or f"application {application}", application, reason, again)


def metrics(capsys: pytest.CaptureFixture[str]) -> list[dict[str, int]]:
    """The numbers of each line of metrics, by what follows ``Sync``."""
    lines = [line for line in capsys.readouterr().out.splitlines(keepends=True) if "CloudWatchMetrics" in line]
    documents = [read(line) for line in lines]
    assert all(each["Stage"] == "dev" for each in documents)
    return [{name.removeprefix("Sync"): value for name, value in each.items() if "Sync" in name} for each in documents]


# From the stream


def test_each_application_of_a_batch_is_brought_in_step_once(sync: Function) -> None:
    batch = stream(changed("app_1", "1"), changed("app_2", "2"), changed("app_1", "3", old="x", new="y"))
    assert sync.stuck(batch) == []
    assert sync.mirror.asked == ["app_1", "app_2"]


def test_what_changes_no_native_key_costs_no_call(sync: Function) -> None:
    """A key that is made or rotated, and the last use of one, change the application's record too."""
    assert sync.stuck(stream(changed("app_1", old="active", new="active"))) == []
    assert sync.mirror.asked == []
    assert sync.trail() == []


def test_an_application_that_is_gone_is_cleaned_up(sync: Function) -> None:
    sync(stream(changed("app_1", old="active", new=None)))
    assert sync.mirror.asked == ["app_1"]


def test_one_that_fails_is_left_for_later_and_neither_blocks_the_others_nor_its_shard(sync: Function) -> None:
    sync.mirror.outcomes["app_1"] = Outcome(failed=(failed("app_1"),))
    assert sync.stuck(stream(changed("app_1", "1"), changed("app_2", "2"))) == []
    assert sync.mirror.asked == ["app_1", "app_2"]
    (left,) = sync.queues.sent[QUEUE]
    assert (json.loads(left["MessageBody"]), left["DelaySeconds"]) == ({"application": "app_1", "attempt": 1}, 30)


def test_one_that_fails_with_a_surprise_is_left_for_later_too(sync: Function, capsys) -> None:
    sync.mirror.outcomes["app_1"] = KeyError("0123456789abcdef0123456789abcdef")
    assert sync.stuck(stream(changed("app_1"), changed("app_2"))) == []
    assert sync.queues.bodies(QUEUE) == [{"application": "app_1", "attempt": 1}]
    assert "0123456789abcdef" not in capsys.readouterr().out + json.dumps([each.after for each in sync.trail()])


def test_what_trying_cannot_mend_is_given_up_at_once_with_the_reason(sync: Function) -> None:
    sync.mirror.outcomes["app_1"] = Outcome(failed=(failed("app_1", again=False, reason="no stage\nprod"),))
    assert sync.stuck(stream(changed("app_1"))) == []
    assert sync.queues.bodies(QUEUE) == []
    assert sync.queues.bodies(LETTERS) == [{"application": "app_1", "attempt": 1}]
    assert sync.queues.reasons(LETTERS) == ["application app_1: no stage prod"]


def test_where_not_even_the_queue_takes_it_the_stream_brings_it_again(sync: Function) -> None:
    sync.queues.down = {QUEUE}
    sync.mirror.outcomes["app_2"] = Outcome(failed=(failed("app_2"),))
    assert sync.stuck(stream(changed("app_1", "7"), changed("app_2", "8"), changed("app_3", "9"))) == ["8"]


def test_what_there_is_no_time_for_is_left_for_later_without_a_delay(sync: Function) -> None:
    assert sync.stuck(stream(changed("app_1"), changed("app_2")), NO_TIME) == []
    assert sync.mirror.asked == []
    assert [each["DelaySeconds"] for each in sync.queues.sent[QUEUE]] == [0, 0]
    assert sync.trail() == []


def test_a_batch_is_told_once_where_it_changed_or_failed_anything(sync: Function, capsys) -> None:
    sync.mirror.outcomes = {
        "app_1": Outcome(created=1, updated=1),
        "app_2": Outcome(failed=(failed("app_2", reason="too many requests"),)),
        "app_3": Outcome(unchanged=1),
    }
    sync(stream(*(changed(f"app_{number}") for number in (1, 2, 3))))
    numbers = {"Created": 1, "Updated": 1, "Deleted": 0, "Unchanged": 1, "Repaired": 0, "Failed": 1}
    assert metrics(capsys) == [numbers]
    (entry,) = sync.trail()
    assert (entry.who, entry.what) == ("sync", "sync")
    assert entry.after == {
        "trigger": "stream",
        **{name.lower(): number for name, number in numbers.items()},
        "failures": ["application app_2: too many requests"],
    }
    sync.mirror.outcomes["app_1"] = Outcome(unchanged=1)
    sync(stream(changed("app_1")))
    assert (len(sync.trail()), metrics(capsys)) == (1, [])


# From the queue


def test_an_application_is_tried_again_later_and_later_until_it_is_given_up_with_the_reason(sync: Function) -> None:
    sync.mirror.outcomes["app_1"] = Outcome(failed=(failed("app_1", reason="too many requests"),))
    message: Any = {"application": "app_1"}
    delays = []
    while not sync.queues.sent[LETTERS]:
        assert sync.stuck(messages(message)) == []
        if left := sync.queues.sent.pop(QUEUE, None):
            message = json.loads(left[0]["MessageBody"])
            delays.append(left[0]["DelaySeconds"])
    assert delays == [30, 60, 120, 240, 480]
    assert len(sync.mirror.asked) == ATTEMPTS
    assert sync.queues.bodies(LETTERS) == [{"application": "app_1", "attempt": ATTEMPTS}]
    assert sync.queues.reasons(LETTERS) == ["application app_1: too many requests"]


def test_messages_that_fail_hold_no_other_back(sync: Function) -> None:
    sync.mirror.outcomes["app_1"] = Outcome(failed=(failed("app_1"),))
    assert sync.stuck(messages({"application": "app_1"}, {"application": "app_2"}, {"application": "app_2"})) == []
    assert sync.mirror.asked == ["app_1", "app_2"]


def test_where_the_queues_take_nothing_only_what_failed_comes_again(sync: Function) -> None:
    sync.queues.down = {QUEUE, LETTERS}
    sync.mirror.outcomes = {
        "app_1": Outcome(failed=(failed("app_1"),)),
        "app_3": Outcome(failed=(failed("app_3", again=False),)),
    }
    batch = messages(*({"application": f"app_{number}"} for number in (1, 2, 1, 3)), "junk")
    assert sorted(sync.stuck(batch)) == ["m0", "m2", "m3", "m4"]


@pytest.mark.parametrize(
    "body",
    [
        "junk",
        "[]",
        '"full"',
        "{}",
        '{"full": 3}',
        '{"full": {}}',
        '{"full": {"trigger": "schedule", "unknown": 1}}',
        '{"application": "app_1", "attempt": "many"}',
        '{"DDBStreamBatchInfo": {"shardId": "s"}}',
    ],
)
def test_a_message_that_is_none_of_ours_is_given_up_as_it_is(sync: Function, body: str) -> None:
    assert sync.stuck(messages(body, {"application": "app_2"})) == []
    (letter,) = sync.queues.sent[LETTERS]
    assert letter["MessageBody"] == body
    assert sync.mirror.asked == ["app_2"]


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
    assert sync.queues.bodies(QUEUE) == [{"application": f"app_{number}", "attempt": 1} for number in (1, 2)]
    assert all(each["DelaySeconds"] > 0 for each in sync.queues.sent[QUEUE])


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
    sync.mirror.runs = [ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetUsagePlans")] * ATTEMPTS
    message: Any = SCHEDULED
    for _ in range(ATTEMPTS):
        assert sync.stuck(messages(message)) == []
        message = sync.queues.bodies(QUEUE)[-1]
    assert len(sync.queues.sent[QUEUE]) == ATTEMPTS - 1
    (reason,) = sync.queues.reasons(LETTERS)
    assert reason == "the full run: GetUsagePlans: AccessDenied: no"
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
    sync.mirror.application = lambda id_: order.append(id_) or Outcome()  # type: ignore[method-assign,func-returns-value]
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


def test_a_run_by_hand_goes_on_part_by_part_and_is_told_at_its_end(sync: Function) -> None:
    sync.mirror.runs = [
        Outcome(created=3, complete=False),
        Outcome(created=1, unchanged=3, failed=(failed("app_1", reason="no"),)),
    ]
    first = sync({"hand": {"dry_run": False, "run": {}}})
    assert (first["complete"], first["created"], sync.trail()) == (False, 3, [])
    last = sync({"hand": {"dry_run": False, "run": first["run"]}})
    assert (last["complete"], last["created"], last["unchanged"]) == (True, 4, 0)
    assert last["failed"] == [{"what": "application app_1", "application": "app_1", "reason": "no", "again": True}]
    (entry,) = sync.trail()
    assert (entry.after["trigger"], entry.after["repaired"]) == ("hand", 4)
    assert (sync.queues.bodies(QUEUE), sync.queues.bodies(LETTERS)) == ([], []), "who asked for it is told"


def test_a_run_by_hand_that_gets_no_further_is_told_too(sync: Function) -> None:
    sync.mirror.runs = [Outcome(created=3, complete=False), Outcome(unchanged=3, complete=False)]
    first = sync({"hand": {}})
    assert sync.trail() == []
    assert sync({"hand": {"run": first["run"]}})["complete"] is False
    assert sync.trail()[0].after["created"] == 3


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


@pytest.mark.parametrize(("kind", "asked"), [("Create", 1), ("Update", 1), ("Delete", 0)])
def test_a_deploy_asks_for_a_run_and_does_not_wait_for_it(
    sync: Function, cloudformation, kind: str, asked: int
) -> None:
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
    assert metrics(capsys) == [{"Failed": 1}]


def test_what_a_deploy_asks_for_is_a_run_that_the_queue_can_do(sync: Function, cloudformation) -> None:
    sync(cloudformation[1]("Create"))
    assert sync.stuck(messages(*sync.queues.bodies(QUEUE))) == []
    assert (sync.mirror.dry, sync.trail()[0].after["trigger"]) == ([False], "deploy")


# With the real mirror


def test_a_platform_without_rest_apis_asks_api_gateway_for_next_to_nothing_and_kms_for_nothing(sync: Function) -> None:
    sync.mirror_by(sync.real)
    sync.gateway.partner()
    sync.full()
    assert len(sync.natives.calls) <= 2
    assert sync.trail()[0].after["failed"] == 0


@pytest.fixture
def mirrored(gateway: Gateway, sync: Function, mac_key: str) -> Function:
    """The function with the real mirror; product ``retail`` sells a REST API."""
    bundle = json.loads(gateway.bundle.read_text())
    bundle["rest_apis"] = {"legacy": {"id": "a1b2c3d4e5", "stage": "prod"}}
    bundle["products"]["retail"]["rest_apis"] = ["legacy"]
    gateway.bundle.write_text(json.dumps(bundle))
    gateway.monkeypatch.setenv("MAC_KEY", mac_key)
    function = Function(gateway, "a1b2c3d4e5:prod")
    function.mirror_by(function.real)
    return function


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
