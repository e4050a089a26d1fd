"""Batches of the access log as CloudWatch Logs hands them to a function."""

import gzip
import json
from base64 import b64encode
from collections.abc import Iterable
from typing import Any

from stacks.access_log import FIELDS


def line(at: int, subscription: str, **known: str) -> str:
    """One of an admitted call, ``at`` milliseconds, as a gateway writes it."""
    call = {
        **{"time": str(at), "request_id": f"r{at}", "method": "GET", "path": "/bank/v1/accounts", "api": "bank/v1"},
        **{"operation": "listAccounts", "status": "200", "decision": "allow", "reason": "admitted"},
        **{"subscription": subscription, "credential": "key"},
    }
    return json.dumps(dict.fromkeys(FIELDS, "-") | call | known)


def handed_on(*messages: str, kind: str = "DATA_MESSAGE", ids: Iterable[str] | None = None) -> dict[str, Any]:
    """The event of a call; a line's id is its place unless ``ids`` are given."""
    names = [*ids] if ids is not None else [str(index) for index in range(len(messages))]
    batch = {
        "messageType": kind,
        "owner": "123456789012",
        "logGroup": "access",
        "logStream": "one",
        "subscriptionFilters": ["AccessLog"],
        "logEvents": [
            {"id": id_, "timestamp": 1, "message": message} for id_, message in zip(names, messages, strict=True)
        ],
    }
    return {"awslogs": {"data": b64encode(gzip.compress(json.dumps(batch).encode())).decode()}}
