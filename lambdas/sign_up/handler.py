"""Cognito asks before it takes a person in: who may sign up, and how often anybody may."""

import os
from datetime import UTC, datetime
from functools import partial
from typing import Any

import boto3
from botocore.config import Config

from lambdas.sign_up.rules import Rules
from tiergate.adapters.allowances import Allowances
from tiergate.adapters.settings import SignUpSettings

PATIENCE = Config(connect_timeout=1, read_timeout=1, retries={"mode": "standard", "total_max_attempts": 2})
"""Well within the five seconds that Cognito waits."""

SETTINGS = SignUpSettings.of(os.environ)
RULES = Rules(
    Allowances(boto3.client("dynamodb", config=PATIENCE), SETTINGS.registry_table, partial(datetime.now, UTC)),
    SETTINGS.domains,
)


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """The event as it came: the person may sign up, and has to prove the mail address to Cognito.

    Raises
    ------
    Refused
        Not, or not now; Cognito shows the text.
    """
    if event["triggerSource"] == "PreSignUp_SignUp":
        RULES.check(str(event["request"]["userAttributes"].get("email", "")))
    return event
