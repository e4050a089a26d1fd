"""The benchmarks' DynamoDB does with a debit what the tests' store does, where the debit's conditions hold."""

import json

from bench.fake_dynamodb import FakeDynamo
from bench.http_server import Request, Server
from tests.fakes.counters import FakeCounters
from tiergate.adapters.counters import DynamoCounters
from tiergate.adapters.dynamodb import DynamoDB
from tiergate.domain.counters import AheadDebit, BucketDebit, Debit, WindowDebit

ENVIRON = {"AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret"}
FIRST = Debit(
    "sub_1",
    5,
    7,
    (WindowDebit("u7", 90), WindowDebit("d1", 90)),
    BucketDebit("t100", 1_000, 500, 9_000, busy=False),
    ahead=AheadDebit("o0.4", 4, 50, ("o1.2",)),
    counts={"shop/v1@7": 1, "rate_exceeded@7": 2},
)
SECOND = FIRST._replace(
    hour=8,
    windows=(WindowDebit("u8", 90), WindowDebit("d1", 90)),
    bucket=BucketDebit("t100", 1_100, 500, 9_000, busy=True),
    drop=("u7", "shop/v1@7"),
    ahead=AheadDebit("o0.5", 4, 50, ("o1.2",)),
    counts={"shop/v1@8": 5},
)


def test_debits_leave_the_items_that_they_leave_in_the_tests_store() -> None:
    server, wanted = Server(FakeDynamo({"usage": ("subscription",)}).answer), FakeCounters()
    server.start()
    try:
        client = DynamoDB(ENVIRON | {"AWS_ENDPOINT_URL": f"http://{server.address}"}, timeout=10)
        counters = DynamoCounters(client, "usage")
        for debit in (FIRST, SECOND):
            reply = counters.debit(debit)
            assert (reply.granted, reply.item) == (True, wanted.debit(debit).item)
    finally:
        server.close()


def test_what_it_does_not_know_it_refuses() -> None:
    answer = FakeDynamo({"usage": ("subscription",)}).answer
    request = Request("POST", "/", {"x-amz-target": "DynamoDB_20120810.Query"}, b"{}")
    assert answer(request).startswith(b"HTTP/1.1 400 ")


def test_of_a_transaction_it_makes_what_is_put_and_takes_conditions_as_met() -> None:
    answer = FakeDynamo({"registry": ("pk",)}).answer
    put = {"Put": {"TableName": "registry", "Item": {"pk": {"S": "KEY#1"}}}}
    check = {"ConditionCheck": {"TableName": "registry", "Key": {"pk": {"S": "OFFER#1"}}}}
    fields = {"x-amz-target": "DynamoDB_20120810.TransactWriteItems"}

    def status(*writes: object) -> bytes:
        return answer(Request("POST", "/", fields, json.dumps({"TransactItems": writes}).encode())).split()[1]

    assert status(put, check) == b"200"
    assert status({"Delete": {"TableName": "registry", "Key": {"pk": {"S": "KEY#1"}}}}) == b"400"
    asked = json.dumps({"TableName": "registry", "Key": {"pk": {"S": "KEY#1"}}}).encode()
    assert b'"KEY#1"' in answer(Request("POST", "/", {"x-amz-target": "DynamoDB_20120810.GetItem"}, asked))
