"""SQS's client as far as messages are sent."""

import json
from collections import defaultdict
from typing import Any

from botocore.exceptions import ClientError


class FakeQueues:
    """``sent``: what was sent, by the queue's URL. ``down``: URLs of queues that take nothing."""

    def __init__(self) -> None:
        self.sent: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.down: set[str] = set()

    def send_message(self, **request: Any) -> dict[str, str]:
        if request["QueueUrl"] in self.down:
            raise ClientError({"Error": {"Code": "ServiceUnavailable", "Message": "not now"}}, "SendMessage")
        assert 0 <= request.get("DelaySeconds", 0) <= 900
        for attribute in request.get("MessageAttributes", {}).values():
            assert attribute["StringValue"].isprintable()
        self.sent[request["QueueUrl"]].append(request)
        return {"MessageId": str(len(self.sent[request["QueueUrl"]]))}

    def bodies(self, queue: str) -> list[Any]:
        return [json.loads(each["MessageBody"]) for each in self.sent[queue]]

    def reasons(self, queue: str) -> list[str]:
        return [each["MessageAttributes"]["reason"]["StringValue"] for each in self.sent[queue]]
