"""The Lambda authorizer of REST APIs that the policies name: who calls, and which native key counts the call."""

import gc
import os
import time
import traceback
from typing import Any

from tiergate.adapters.authorizer_settings import AuthorizerSettings
from tiergate.adapters.aws_clients import kms_client
from tiergate.adapters.circuit import Circuit
from tiergate.adapters.counters import DynamoCounters
from tiergate.adapters.dynamodb import DynamoDB
from tiergate.adapters.http_api import Event, request_id
from tiergate.adapters.metrics import Metrics
from tiergate.adapters.native_root import NativeRoot
from tiergate.adapters.packaged import load_bundle
from tiergate.adapters.registry_reader import DynamoRegistryReader
from tiergate.adapters.rest_api import policy, read_call
from tiergate.adapters.store_report import StoreReport
from tiergate.adapters.telemetry import log
from tiergate.domain.admission import Admission
from tiergate.domain.authorizer import Authorizer, key_lookup
from tiergate.domain.decision import FAULT, RETRY_SECONDS, Decision
from tiergate.domain.native_keys import native_value
from tiergate.domain.registry import CachedRegistry
from tiergate.domain.rest_apis import RestApis
from tiergate.domain.rest_catalogue import WithoutOverrides, rest_catalogue
from tiergate.domain.store import StoreUnavailable

SETTINGS = AuthorizerSettings.of(os.environ)
_bundle = load_bundle(os.environ)
REST_APIS = RestApis.of(_bundle)
CATALOGUE = rest_catalogue(_bundle)
METRICS = Metrics.of(os.environ, CATALOGUE)
ROOT = NativeRoot(kms_client(authorities=SETTINGS.authorities), os.environ["MAC_KEY"])
_client = Circuit(DynamoDB(authorities=SETTINGS.authorities, timeout=SETTINGS.store_timeout))
_report = StoreReport(METRICS)
_reader, _key_id_of = key_lookup(
    DynamoRegistryReader(_client, SETTINGS.registry_table),
    lambda: time.time_ns() // 1000,
    imported=CATALOGUE.imported_keys,
)
AUTHORIZER = Authorizer(
    catalogue=CATALOGUE,
    registry=CachedRegistry(WithoutOverrides(_reader)),
    admission=Admission(DynamoCounters(_client, SETTINGS.usage_table)),
    env=SETTINGS.env,
    report=_report,
    key_id_of=_key_id_of,
)
gc.freeze()  # what is here now lives as long as the instance, so that collections need not look at it


def handler(event: Event, _context: object) -> dict[str, Any]:
    """Answers with a policy; whatever goes wrong here is a deny."""
    started = METRICS.clock()
    try:
        decision, value = _decide(event, time.time_ns() // 1000)
    except Exception:
        log("ERROR", "authorizer failed", request_id=request_id(event), trace=traceback.format_exc())
        decision, value = Decision(FAULT), ""
    METRICS.decided(decision, started)
    return policy(decision, event, value=value, support=CATALOGUE.support)


def _decide(event: Event, now: int) -> tuple[Decision, str]:
    """The decision, and the value of the native key that an allowed call is counted by."""
    decision = AUTHORIZER.decide(read_call(event, REST_APIS), now)
    if not decision.allowed:
        return decision, ""
    try:
        return decision, native_value(ROOT.get(now), decision.subscription)
    except StoreUnavailable as error:
        _report(error)
        return decision._replace(reason="admission_unavailable", wait=RETRY_SECONDS), ""
