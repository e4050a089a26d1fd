"""The Lambda authorizer of every route: decides on each call, its result never cached by API Gateway."""

import os
import time
import traceback
from typing import Any

from tiergate.adapters.counters import DynamoCounters
from tiergate.adapters.dynamodb import request_path_client
from tiergate.adapters.http_api import Event, read_call, request_id, simple_response
from tiergate.adapters.metrics import Metrics
from tiergate.adapters.registry_reader import DynamoRegistryReader
from tiergate.adapters.settings import AuthorizerSettings, load_catalogue
from tiergate.adapters.telemetry import log
from tiergate.domain.admission import ExactAdmission
from tiergate.domain.authorizer import Authorizer
from tiergate.domain.decision import Decision
from tiergate.domain.refusals import FAULT
from tiergate.domain.registry import CachedRegistry

SETTINGS = AuthorizerSettings.of(os.environ)
_client = request_path_client()
_catalogue = load_catalogue(os.environ)
METRICS = Metrics.of(os.environ, _catalogue)
AUTHORIZER = Authorizer(
    catalogue=_catalogue,
    registry=CachedRegistry(DynamoRegistryReader(_client, SETTINGS.registry_table)),
    admission=ExactAdmission(DynamoCounters(_client, SETTINGS.usage_table)),
    env=SETTINGS.env,
    report=lambda error: log("WARNING", "store failed", cause=error),
)


def handler(event: Event, _context: object) -> dict[str, Any]:
    """Answers with a simple response; whatever goes wrong here is a deny."""
    started = METRICS.clock()
    try:
        decision = AUTHORIZER.decide(read_call(event), time.time_ns() // 1000)
    except Exception:
        log("ERROR", "authorizer failed", request_id=request_id(event), trace=traceback.format_exc())
        decision = Decision(FAULT)
    METRICS.decided(decision, started)
    return simple_response(decision, managed=SETTINGS.managed, took=METRICS.clock() - started)
