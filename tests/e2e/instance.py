"""One instance that admits calls, as a process of its own: ``python -m tests.e2e.instance TABLE``.

Each line of its input is an order: so many ``calls`` of a ``subscription`` under ``limits``, one after the other, or
fewer where a quota refuses one. It says ``ready`` when it can take orders, ``admitting <subscription>`` when an order's
first call was admitted, and ``done <subscription>`` when an order was carried out. When each call was admitted stands
in the order's ``record``, a file that outlives the process: a line each, microseconds.
"""

import json
import os
import sys
import time
from pathlib import Path

from tiergate.adapters.counters import DynamoCounters
from tiergate.adapters.dynamodb import DynamoDB
from tiergate.domain.admission import Admission
from tiergate.domain.limits import SECOND, Limits

API = "bank/v1"
PATIENCE = 60
"""Seconds: fifty instances on a small machine wait for each other, and a lost reply would waste its units."""


def main(table: str) -> None:
    admission = Admission(DynamoCounters(DynamoDB(timeout=PATIENCE), table))
    say("ready")
    for line in sys.stdin:
        order = json.loads(line)
        with Path(order["record"]).open("ab", buffering=0) as record:
            call(admission, order["subscription"], Limits.of(order["limits"]), order["calls"], record.fileno())
        say("done", order["subscription"])


def call(admission: Admission, subscription: str, limits: Limits, calls: int, record: int) -> None:
    left = calls
    while left:
        now = time.time_ns() // 1000
        verdict = admission.admit(subscription, limits, 1, now, api=API)
        if verdict.granted:
            os.write(record, b"%d\n" % now)
            if left == calls:
                say("admitting", subscription)
            left -= 1
        elif verdict.violated == ("burst",):
            time.sleep(verdict.wait / SECOND)
        else:
            return


def say(*words: str) -> None:
    print(*words, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
