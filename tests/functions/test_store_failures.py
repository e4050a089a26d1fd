"""The authorizer while DynamoDB fails it: who gets in by which rule, what it costs, and what is told of it."""

import json
from collections import Counter
from collections.abc import Iterator
from functools import partial
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tests.embedded_metrics import read, values_of
from tests.events import authorizer_event
from tests.fakes.failing_dynamodb import FAULTS, FailingDynamo, dated, throttled, unreachable_after_the_write
from tests.functions.conftest import Gateway
from tiergate.adapters.circuit import Circuit
from tiergate.adapters.dynamodb import DynamoDB
from tiergate.adapters.registry import Onboarded
from tiergate.adapters.store_report import StoreReport
from tiergate.domain.decision import ADMITTED
from tiergate.domain.limits import SECOND
from tiergate.policy.bundle import serialized

REASONS = pytest.mark.parametrize("reason", list(FAULTS))
CLOCKED = Circuit, DynamoDB, StoreReport


class Authorizer:
    """A function on a failing DynamoDB, all of whose clocks are the gateway's; its partner, and what it tells."""

    def __init__(self, gateway: Gateway, store: FailingDynamo, output: pytest.CaptureFixture[str]) -> None:
        self.gateway, self.store, self._output = gateway, store, output
        self.partner = gateway.partner()
        with gateway.monkeypatch.context() as starting:
            for made in CLOCKED:
                clocked = partial(made, clock=lambda: gateway.now / SECOND)
                starting.setattr(f"{made.__module__}.{made.__name__}", clocked)
            self.module: ModuleType = gateway.authorizer(endpoint=store.url)

    def call(self, *, method: str = "GET", partner: Onboarded | None = None) -> dict[str, Any]:
        """The decision's context."""
        key = (partner or self.partner).key.text
        context: dict[str, Any] = self.module.handler(authorizer_event(method=method, key=key), None)["context"]
        return context

    def outcomes(self, calls: int) -> list[tuple[str, str]]:
        """Reason and fallback of so many calls."""
        found = [self.call() for _ in range(calls)]
        return [(context["reason"], context.get("fallback", "")) for context in found]

    def fail(self, reason: str, *operations: str) -> None:
        self.store.calls.clear()
        self.store.faults = dict.fromkeys(operations, FAULTS[reason])

    def off(self, seconds: float) -> None:
        """Have every answer tell a time so many seconds from the instance's."""
        self.store.faults = dict.fromkeys(("GetItem", "UpdateItem"), dated(self.gateway.now / SECOND + seconds))

    def heal(self) -> None:
        self.store.faults = {}

    def wait(self, seconds: float) -> None:
        self.gateway.now += int(seconds * SECOND)

    def counted(self, metric: str) -> dict[str, int]:
        """A metric's sums by reason, the last batch included."""
        self.wait(10)
        self.module.handler(authorizer_event(key=None), None)
        sums: Counter[str] = Counter()
        for line in self.gateway.metrics:
            for name, dimensions, value in values_of(read(line)):
                if name == metric and len(dimensions) == 2:
                    sums[dimensions[1]] += value
        return dict(sums)

    def logged(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._output.readouterr().out.splitlines()]


@pytest.fixture
def store(dynamodb: Any, gateway: Gateway, request: pytest.FixtureRequest) -> Iterator[FailingDynamo]:
    """One from which no answer is to come is not waited for as long as one that may be busy."""
    if "slow" in getattr(request.node, "callspec", SimpleNamespace(params={})).params.values():
        gateway.monkeypatch.setenv("STORE_TIMEOUT", "0.2")
    server = FailingDynamo(dynamodb)
    yield server
    server.close()


@pytest.fixture
def authorizer(gateway: Gateway, store: FailingDynamo, capsys: pytest.CaptureFixture[str]) -> Authorizer:
    """Its partner's plan is closed, with 25 seconds of grace, as plans are by default."""
    return Authorizer(gateway, store, capsys)


@pytest.fixture
def open_authorizer(gateway: Gateway, store: FailingDynamo, capsys: pytest.CaptureFixture[str]) -> Authorizer:
    """Its partner's plan lets three units pass unchecked."""
    bundle = json.loads(gateway.bundle.read_text())
    bundle["plans"]["roomy"]["failure"] = {"open_units": 3, "grace": 25}
    gateway.bundle.write_text(serialized(bundle))
    return Authorizer(gateway, store, capsys)


@REASONS
def test_closed_a_known_key_is_refused_while_its_limits_cannot_be_checked(authorizer: Authorizer, reason: str) -> None:
    assert authorizer.call()["reason"] == ADMITTED
    authorizer.fail(reason, "UpdateItem")

    context = authorizer.call()

    assert (context["decision"], context["reason"], context["wait"]) == ("deny", "admission_unavailable", "1")
    assert "fallback" not in context
    assert context["subscription"] == authorizer.partner.subscription.id
    assert authorizer.gateway.units(authorizer.partner) == 1
    (line,) = authorizer.logged()
    assert (line["level"], line["message"], line["reason"], line["failures"]) == ("WARNING", "store failed", reason, 1)
    assert authorizer.counted("StoreFailures") == {reason: 1}
    assert authorizer.counted("Refusals")["admission_unavailable"] == 1
    assert authorizer.counted("Fallbacks") == {}


@REASONS
def test_open_a_known_key_passes_unchecked_up_to_the_bound_and_no_further(
    open_authorizer: Authorizer, reason: str
) -> None:
    assert open_authorizer.outcomes(1) == [(ADMITTED, "")]
    open_authorizer.fail(reason, "UpdateItem")

    found = open_authorizer.outcomes(5)

    assert found == [(ADMITTED, "open")] * 3 + [("admission_unavailable", "")] * 2
    assert open_authorizer.gateway.units(open_authorizer.partner) == 1
    (line,) = open_authorizer.logged()
    assert (line["reason"], line["failures"]) == (reason, 1)
    assert open_authorizer.counted("StoreFailures") == {reason: 5}
    assert open_authorizer.counted("Fallbacks") == {"open": 3}
    assert open_authorizer.counted("Refusals")["admission_unavailable"] == 2


def test_open_counts_units_not_calls_and_anew_in_each_hour_and_for_each_subscription(
    open_authorizer: Authorizer,
) -> None:
    other = open_authorizer.gateway.partner(name="Other")
    open_authorizer.call()
    open_authorizer.call(partner=other)
    open_authorizer.fail("throttled", "UpdateItem")

    def passes(*methods: str, partner: Onboarded | None = None) -> list[bool]:
        return [open_authorizer.call(method=each, partner=partner)["decision"] == "allow" for each in methods]

    assert passes("POST", "POST", "GET", "GET") == [True, False, True, False]  # POST costs 2
    assert passes("GET", "GET", "GET", "GET", partner=other) == [True, True, True, False]
    open_authorizer.store.faults.clear()
    open_authorizer.wait(3600)
    open_authorizer.call()
    open_authorizer.fail("throttled", "UpdateItem")
    assert passes("GET", "GET", "GET", "GET") == [True, True, True, False]


def test_an_unchecked_call_is_told_no_limits(open_authorizer: Authorizer) -> None:
    assert "ratelimit" in open_authorizer.call()
    open_authorizer.fail("throttled", "UpdateItem")
    assert not {"ratelimit", "ratelimit_policy"} & set(open_authorizer.call())


@REASONS
def test_an_unknown_key_is_refused_under_every_rule(open_authorizer: Authorizer, reason: str) -> None:
    open_authorizer.fail(reason, "GetItem")

    context = open_authorizer.call()

    assert (context["decision"], context["reason"], context["wait"]) == ("deny", "admission_unavailable", "1")
    assert not {"credential", "subscription", "fallback"} & set(context)
    assert [line["reason"] for line in open_authorizer.logged()] == [reason]
    assert open_authorizer.counted("StoreFailures") == {reason: 1}


@pytest.mark.parametrize("reason", [reason for reason in FAULTS if reason not in {"slow", "unreachable"}])
def test_within_the_grace_a_known_key_goes_on_from_memory_and_is_debited(authorizer: Authorizer, reason: str) -> None:
    authorizer.call()
    authorizer.fail(reason, "GetItem")
    authorizer.wait(30 + 24.9)

    context = authorizer.call()

    assert (context["decision"], context["fallback"]) == ("allow", "grace")
    assert "ratelimit" in context
    assert authorizer.gateway.units(authorizer.partner) == 2
    assert authorizer.counted("StoreFailures") == {reason: 2}, "the credential and the application"
    assert authorizer.counted("Fallbacks") == {"grace": 1}


@REASONS
def test_after_the_grace_a_known_key_is_refused(authorizer: Authorizer, reason: str) -> None:
    authorizer.call()
    authorizer.fail(reason, "GetItem")
    authorizer.wait(30 + 25.1)

    assert authorizer.outcomes(1) == [("admission_unavailable", "")]
    assert authorizer.gateway.units(authorizer.partner) == 1
    assert authorizer.counted("Fallbacks") == {}


@REASONS
def test_open_and_within_the_grace_a_known_key_passes_while_nothing_works(
    open_authorizer: Authorizer, reason: str
) -> None:
    open_authorizer.call()
    open_authorizer.fail(reason, "GetItem", "UpdateItem")
    open_authorizer.wait(31)

    assert open_authorizer.outcomes(4) == [(ADMITTED, "open")] * 3 + [("admission_unavailable", "grace")]
    open_authorizer.wait(25)
    assert open_authorizer.outcomes(1) == [("admission_unavailable", "")]


def test_what_was_revoked_meanwhile_is_refused_once_the_registry_can_be_read(authorizer: Authorizer) -> None:
    authorizer.call()
    authorizer.gateway.registry.keys.revoke(authorizer.partner.key.id)
    authorizer.fail("throttled", "GetItem")
    authorizer.wait(31)
    assert authorizer.outcomes(1) == [(ADMITTED, "grace")]

    authorizer.heal()

    assert authorizer.outcomes(1) == [("credential_revoked", "")]


@pytest.mark.parametrize("reason", ["slow", "unreachable"])
def test_an_outage_is_waited_for_twice_and_then_about_once_a_second(authorizer: Authorizer, reason: str) -> None:
    authorizer.call()
    authorizer.fail(reason, "UpdateItem")

    assert authorizer.outcomes(50) == [("admission_unavailable", "")] * 50
    assert authorizer.store.calls == ["UpdateItem"] * 2
    for _ in range(3):
        authorizer.wait(1)
        authorizer.outcomes(10)
    assert authorizer.store.calls == ["UpdateItem"] * 5

    authorizer.heal()
    authorizer.wait(1)
    assert authorizer.outcomes(3) == [(ADMITTED, "")] * 3


@pytest.mark.parametrize("reason", ["slow", "unreachable"])
def test_one_call_waits_in_vain_twice_at_most(open_authorizer: Authorizer, reason: str) -> None:
    """Four waits would be more than a function has: two reads, and a write that is tried twice."""
    open_authorizer.call()
    open_authorizer.fail(reason, "GetItem", "UpdateItem")
    open_authorizer.wait(31)

    assert open_authorizer.outcomes(1) == [(ADMITTED, "open")]
    asked = Counter(open_authorizer.store.calls)
    assert "UpdateItem" not in asked
    assert asked["GetItem"] <= (2 if reason == "slow" else 3)  # a read whose kept connection broke is sent once more


def test_one_partners_counter_that_cannot_be_reached_is_no_other_partners_trouble(authorizer: Authorizer) -> None:
    other = authorizer.gateway.partner(name="Other")
    authorizer.outcomes(1)
    authorizer.store.only = authorizer.partner.subscription.id
    authorizer.fail("unreachable", "UpdateItem")

    for _ in range(3):
        assert authorizer.outcomes(2) == [("admission_unavailable", "")] * 2
        assert authorizer.call(partner=other)["reason"] == ADMITTED
    assert authorizer.store.calls.count("UpdateItem") == 2 + 3, "it is asked for again, or the other's is not"


@pytest.mark.parametrize("off", [-120, 120])
def test_with_a_clock_two_minutes_off_nobody_is_let_in_by_a_guess(authorizer: Authorizer, off: int) -> None:
    authorizer.off(off)

    assert authorizer.outcomes(2) == [("admission_unavailable", "")] * 2
    assert "UpdateItem" not in authorizer.store.calls, "its reads told how far off it is"
    (line,) = authorizer.logged()
    assert (line["reason"], "120 s off" in line["cause"]) == ("skew", True)
    assert authorizer.counted("StoreFailures") == {"skew": 2}


@pytest.mark.parametrize("off", [-2, 2])
def test_a_clock_two_seconds_off_decides_as_usual(authorizer: Authorizer, off: int) -> None:
    authorizer.off(off)
    assert authorizer.outcomes(2) == [(ADMITTED, "")] * 2
    assert authorizer.gateway.units(authorizer.partner) == 2


def test_open_a_skewed_instance_lets_no_more_than_its_bound_pass(open_authorizer: Authorizer) -> None:
    open_authorizer.off(-120)
    assert open_authorizer.outcomes(4) == [(ADMITTED, "open")] * 3 + [("admission_unavailable", "")]
    assert open_authorizer.counted("Fallbacks") == {"open": 3}


def test_a_write_whose_reply_is_lost_admits_nobody_and_costs_the_units_of_two_tries(authorizer: Authorizer) -> None:
    authorizer.call()
    authorizer.store.faults = {"UpdateItem": unreachable_after_the_write}
    assert authorizer.outcomes(1) == [("admission_unavailable", "")]
    assert authorizer.gateway.units(authorizer.partner) == 1 + 2


@pytest.mark.parametrize("mode", ["managed", "direct"])
def test_both_modes_refuse_and_only_the_proxy_is_asked_to_explain(
    gateway: Gateway, store: FailingDynamo, mode: str
) -> None:
    store.faults = {"GetItem": throttled}
    event = authorizer_event(key=gateway.partner().key.text)

    answer = gateway.authorizer(mode, endpoint=store.url).handler(event, None)

    assert answer["isAuthorized"] is (mode == "managed")
    assert answer["context"]["decision"] == "deny"


@pytest.mark.parametrize("operation", ["GetItem", "UpdateItem"])
@REASONS
def test_nothing_that_was_asked_is_in_the_log(authorizer: Authorizer, reason: str, operation: str) -> None:
    if operation == "UpdateItem":
        authorizer.call()
    authorizer.fail(reason, operation)
    authorizer.call()

    written = json.dumps(authorizer.logged())

    assert "store failed" in written
    partner = authorizer.partner
    for told in (partner.key.text, partner.key.id, partner.application, partner.subscription.id, "about KEY#private"):
        assert told not in written
