"""CloudFormation asks before a deploy changes anything whether somebody would be stranded. ``docs/gate.md``."""

import os
import time
import traceback
from typing import Any

import boto3
from botocore.config import Config

from lambdas.gate.gate import Gate
from lambdas.gate.message import unjudged
from tiergate.adapters.custom_resource import Event, is_request, refuse, succeed
from tiergate.adapters.gate_book import GateBook
from tiergate.adapters.settings import GateSettings
from tiergate.adapters.telemetry import log

PATIENCE = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})
"""Well within the gate's margin."""

SETTINGS = GateSettings.of(os.environ)
GATE = Gate(
    GateBook(boto3.client("dynamodb", config=PATIENCE), SETTINGS.registry_table),
    target=SETTINGS.target,
    clock=lambda: time.time_ns() // 1000,
    wait=time.sleep,
)


def handler(event: Event, context: Any) -> None:
    """Answers CloudFormation whatever happens: what cannot be judged is refused.

    Raises
    ------
    ValueError
        It is not CloudFormation that asks.
    OSError
        CloudFormation did not take the answer, and takes the silence for a refusal.
    """
    if not is_request(event):
        raise ValueError("only CloudFormation asks the gate; deploy with: cdk deploy --all")
    reason = _judged(event, context)
    if reason:
        refuse(event, reason)
    else:
        succeed(event)


def _judged(event: Event, context: Any) -> str:
    """Nothing is lost by what deletes the gate itself, nor by the end of a deploy that was refused at the first one."""
    if event["RequestType"] == "Delete":
        return ""
    try:
        old = event.get("OldResourceProperties", {}).get("Definitions", "")
        new = event["ResourceProperties"]["Definitions"]
        return GATE.judge(old, new, context.get_remaining_time_in_millis)
    except Exception as error:
        log("ERROR", "a deploy could not be judged", trace=traceback.format_exc())
        return unjudged(error, stack=event["StackId"].split("/")[1], resource=event["LogicalResourceId"])
