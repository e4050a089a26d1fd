"""An authorizer as it is usually written: Powertools' Logger, a read for the key, a conditional write for the quota.

It is meant to be good code of its kind: clients at module scope, one log line a request, a hashed key, and the
cheaper of boto3's two interfaces (the resource's ``Table`` costs more CPU than the client).
"""

import hashlib
import os
from datetime import UTC, datetime
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

KEYS, USAGE = os.environ["KEYS_TABLE"], os.environ["USAGE_TABLE"]
DENY = {"isAuthorized": False}

logger = Logger(service="authorizer")
dynamodb = boto3.client("dynamodb")


@logger.inject_lambda_context
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    key = event["headers"].get("x-api-key", "")
    key_hash = hashlib.sha256(key.encode()).hexdigest()
    item = dynamodb.get_item(TableName=KEYS, Key={"key_hash": {"S": key_hash}}).get("Item")
    if item is None or item["state"]["S"] != "active":
        logger.warning("denied", extra={"reason": "unknown key"})
        return DENY
    consumer, plan = item["consumer"]["S"], item["plan"]["S"]
    try:
        answer = dynamodb.update_item(
            TableName=USAGE,
            Key={"consumer": {"S": consumer}, "hour": {"S": datetime.now(UTC).strftime("%Y-%m-%dT%H")}},
            UpdateExpression="ADD #used :one",
            ConditionExpression="attribute_not_exists(#used) OR #used < :limit",
            ExpressionAttributeNames={"#used": "used"},
            ExpressionAttributeValues={":one": {"N": "1"}, ":limit": {"N": item["limit"]["N"]}},
            ReturnValues="ALL_NEW",
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        logger.warning("denied", extra={"reason": "quota exceeded", "consumer": consumer})
        return DENY
    used = answer["Attributes"]["used"]["N"]
    logger.info("allowed", extra={"consumer": consumer, "plan": plan, "used": used})
    return {"isAuthorized": True, "context": {"consumer": consumer, "plan": plan, "used": used}}
