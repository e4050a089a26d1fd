"""The Lambda authorizer of every route: decides on each call, its result never cached by API Gateway."""

import gc
import os
import time
import traceback
from typing import TYPE_CHECKING, Any

from tiergate.adapters.authorizer_settings import AuthorizerSettings
from tiergate.adapters.circuit import Circuit
from tiergate.adapters.counters import DynamoCounters
from tiergate.adapters.dynamodb import DynamoDB
from tiergate.adapters.http_api import Event, read_call, request_id, simple_response
from tiergate.adapters.metrics import Metrics
from tiergate.adapters.packaged import load_catalogue
from tiergate.adapters.registry_reader import DynamoRegistryReader
from tiergate.adapters.store_report import StoreReport
from tiergate.adapters.telemetry import log
from tiergate.domain.admission import Admission
from tiergate.domain.authorizer import Authorizer, key_lookup
from tiergate.domain.catalogue import BOTH, KEY, TOKEN
from tiergate.domain.decision import FAULT, Decision
from tiergate.domain.lifecycle import SERVED
from tiergate.domain.registry import CachedRegistry

if TYPE_CHECKING:  # loaded where it is needed
    from tiergate.domain.edge import Edge
    from tiergate.domain.tokens import TokenVerifier

SETTINGS = AuthorizerSettings.of(os.environ)
_client = Circuit(DynamoDB(authorities=SETTINGS.authorities, timeout=SETTINGS.store_timeout))
_catalogue = load_catalogue(os.environ)
METRICS = Metrics.of(os.environ, _catalogue)
_report = StoreReport(METRICS)


def _tokens() -> "TokenVerifier | None":
    """What verifies access tokens, loaded now where no call gets on without one."""
    accepted = {api.accepts for api in _catalogue.apis.values() if api.state in SERVED}
    if not SETTINGS.managed or accepted <= {KEY}:
        return None
    from tiergate.adapters.tokens import Tokens  # noqa: PLC0415 - only where there are issuers

    tokens = Tokens.of(_catalogue.issuers, SETTINGS.issuers, report=_report)
    if accepted & {TOKEN, BOTH}:
        tokens.load()
    return tokens


def _edge() -> "Edge | None":
    if not SETTINGS.edge_secret:
        return None
    from tiergate.adapters.edge_keys import edge_of  # noqa: PLC0415 - only where there is an edge

    return edge_of(SETTINGS.edge_secret, authorities=SETTINGS.authorities, report=_report)


_reader, _key_id_of = key_lookup(
    DynamoRegistryReader(_client, SETTINGS.registry_table),
    lambda: time.time_ns() // 1000,
    imported=_catalogue.imported_keys,
)
AUTHORIZER = Authorizer(
    catalogue=_catalogue,
    registry=CachedRegistry(_reader),
    admission=Admission(DynamoCounters(_client, SETTINGS.usage_table)),
    env=SETTINGS.env,
    report=_report,
    tokens=_tokens(),
    edge=_edge(),
    key_id_of=_key_id_of,
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
