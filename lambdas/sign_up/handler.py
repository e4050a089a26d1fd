"""Cognito asks before it takes a person in: who may sign up, and how often anybody may."""

import os
from datetime import UTC, datetime
from functools import partial
from typing import Any

import boto3
from botocore.config import Config

from lambdas.sign_up.rules import Refused, Rules
from tiergate.adapters.allowances import Allowances
from tiergate.adapters.embedded_metrics import count
from tiergate.adapters.settings import SignUpSettings
from tiergate.domain.metrics import SIGN_UP_FAILED

PATIENCE = Config(connect_timeout=1, read_timeout=1, retries={"total_max_attempts": 1})
"""Two counts, each once: 4 of the five seconds that Cognito waits."""

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
        try:
            RULES.check(str(event["request"]["userAttributes"].get("email", "")))
        except Refused:
            raise
        except Exception:
            count(SIGN_UP_FAILED, 1, Stage=SETTINGS.stage)
            raise
    return event
