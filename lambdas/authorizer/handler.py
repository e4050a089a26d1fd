"""The Lambda authorizer of every route: decides on each call, its result never cached by API Gateway."""

import gc
import os
import time
import traceback
from typing import Any

from tiergate.adapters.circuit import Circuit
from tiergate.adapters.counters import DynamoCounters
from tiergate.adapters.dynamodb import DynamoDB
from tiergate.adapters.http_api import Event, read_call, request_id, simple_response
from tiergate.adapters.metrics import Metrics
from tiergate.adapters.registry_reader import DynamoRegistryReader
from tiergate.adapters.settings import AuthorizerSettings, load_catalogue
from tiergate.adapters.store_report import StoreReport
from tiergate.adapters.telemetry import log
from tiergate.domain.admission import Admission
from tiergate.domain.authorizer import Authorizer
from tiergate.domain.decision import Decision
from tiergate.domain.refusals import FAULT
from tiergate.domain.registry import CachedRegistry

SETTINGS = AuthorizerSettings.of(os.environ)
_client = Circuit(DynamoDB(authorities=SETTINGS.authorities, timeout=SETTINGS.store_timeout))
_catalogue = load_catalogue(os.environ)
METRICS = Metrics.of(os.environ, _catalogue)
AUTHORIZER = Authorizer(
    catalogue=_catalogue,
    registry=CachedRegistry(DynamoRegistryReader(_client, SETTINGS.registry_table)),
    admission=Admission(DynamoCounters(_client, SETTINGS.usage_table)),
    env=SETTINGS.env,
    report=StoreReport(METRICS),
)
gc.freeze()  # what is here now lives as long as the instance, so that collections need not look at it


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
