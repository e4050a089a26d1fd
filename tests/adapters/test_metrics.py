"""What is gathered and written: valid lines, exact sums, and nothing that a caller could blow up."""

import json
import random
from collections import Counter
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.embedded_metrics import read, values_of
from tiergate.adapters.metrics import MOST_VALUES, UNKNOWN, Latencies
from tiergate.adapters.proxy_metrics import ProxyMetrics
from tiergate.domain.decision import ADMITTED, FAULT, Decision
from tiergate.domain.failures import RequestRefused, UpstreamFailure
from tiergate.domain.messages import Response
from tiergate.domain.refusals import REFUSALS

SECOND = 10**9
NOON = 1_773_316_830 * SECOND


class Instance:
    """One instance's metrics with hands on its clocks, and what it wrote."""

    def __init__(self) -> None:
        self.now, self.ticks = NOON, 5
        self.lines: list[str] = []
        self.metrics = ProxyMetrics(
            stage="dev",
            apis=["shop/v1", "bank/v2"],
            plans=["free", "gold"],
            write=self.write,
            now=lambda: self.now,
            clock=lambda: self.ticks,
        )

    def write(self, line: str) -> None:
        self.lines.append(line)

    def decide(
        self, reason: str = ADMITTED, *, ms: float = 1, api: str = "shop/v1", plan: str = "free", fallback: str = ""
    ) -> None:
        started = self.metrics.clock()
        self.ticks += int(ms * 1e6)
        self.metrics.decided(Decision(reason, api=api, plan=plan, fallback=fallback), started)

    def forward(
        self, outcome: int | Exception = 200, *, before: float = 1, upstream: float = 20, after: float = 2
    ) -> None:
        def send() -> Response:
            self.ticks += int(upstream * 1e6)
            if isinstance(outcome, Exception):
                raise outcome
            return Response(outcome, [], b"")

        with self.metrics.passage(Decision(ADMITTED, api="shop/v1", plan="free")) as passage:
            self.ticks += int(before * 1e6)
            passage.timed(send)
            self.ticks += int(after * 1e6)

    def wait(self, seconds: float) -> None:
        self.now += int(seconds * SECOND)

    def sums(self) -> Counter[tuple[str, ...]]:
        """By metric name and dimensions: a count's sum, a distribution's number of values."""
        found: Counter[tuple[str, ...]] = Counter()
        for line in self.lines:
            for name, dimensions, value in values_of(read(line)):
                found[name, *dimensions] += value["Count"] if isinstance(value, dict) else value
        return found


@pytest.fixture
def instance() -> Instance:
    return Instance()


def test_a_request_after_a_quiet_time_is_written_at_once(instance: Instance) -> None:
    instance.decide(ms=1.5)

    (line,) = instance.lines
    assert json.loads(line) == {
        "_aws": {
            "Timestamp": NOON // 10**6,
            "CloudWatchMetrics": [
                {
                    "Namespace": "Tiergate",
                    "Dimensions": [["Stage", "Api", "Plan"]],
                    "Metrics": [
                        {"Name": "Requests", "Unit": "Count"},
                        {"Name": "AuthorizerLatency", "Unit": "Milliseconds"},
                    ],
                }
            ],
        },
        "Stage": "dev",
        "Api": "shop/v1",
        "Plan": "free",
        "Requests": 1,
        "AuthorizerLatency": {"Values": [1.5], "Counts": [1], "Min": 1.5, "Max": 1.5, "Count": 1, "Sum": 1.5},
    }


def test_admitted_requests_write_nothing_between_two_batches(instance: Instance) -> None:
    instance.decide()
    instance.lines.clear()
    for _ in range(500):
        instance.wait(0.0199)
        instance.decide()
    assert instance.lines == []

    instance.wait(0.05)
    instance.decide()

    (line,) = instance.lines
    assert read(line)["Requests"] == 501
    assert read(line)["_aws"]["Timestamp"] == (NOON + int(0.0199 * SECOND)) // 10**6


def test_refusals_are_counted_by_api_and_plan_and_by_reason(instance: Instance) -> None:
    for reason in (ADMITTED, "quota_exceeded", "quota_exceeded", "credential_revoked"):
        instance.decide(reason)
    instance.decide("credential_missing", plan="")
    instance.wait(10)
    instance.decide()

    assert instance.sums() == {
        ("Requests", "dev", "shop/v1", "free"): 5,
        ("Requests", "dev", "shop/v1", UNKNOWN): 1,
        ("Refusals", "dev", "shop/v1", "free"): 3,
        ("Refusals", "dev", "shop/v1", UNKNOWN): 1,
        ("Refusals", "dev", "quota_exceeded"): 2,
        ("Refusals", "dev", "credential_revoked"): 1,
        ("Refusals", "dev", "credential_missing"): 1,
        ("AuthorizerLatency", "dev", "shop/v1", "free"): 5,
        ("AuthorizerLatency", "dev", "shop/v1", UNKNOWN): 1,
    }
    told = [read(line).get("refusal_reasons") for line in instance.lines]
    assert {"quota_exceeded": 2, "credential_revoked": 1} in told


def test_the_proxys_time_is_what_it_adds_to_the_upstreams(instance: Instance) -> None:
    instance.forward(before=1, upstream=20, after=2)

    (line,) = instance.lines
    assert read(line)["UpstreamLatency"]["Values"] == [20]
    assert read(line)["ProxyLatency"]["Values"] == [3]
    assert "Requests" not in read(line)


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [(500, "5xx"), (503, "5xx"), (UpstreamFailure("upstream_timeout", "secret-host"), "upstream_timeout")],
)
def test_an_upstreams_failure_is_counted_with_the_time_it_took(
    instance: Instance, outcome: int | Exception, reason: str
) -> None:
    with suppress(UpstreamFailure):
        instance.forward(outcome, upstream=27_000)

    assert instance.sums() == {
        ("ProxyLatency", "dev", "shop/v1", "free"): 1,
        ("UpstreamLatency", "dev", "shop/v1", "free"): 1,
        ("UpstreamErrors", "dev", "shop/v1", "free"): 1,
        ("UpstreamErrors", "dev", reason): 1,
    }
    assert read(instance.lines[0])["UpstreamLatency"]["Sum"] == 27_000
    assert "secret-host" not in "".join(instance.lines)


@pytest.mark.parametrize("status", [200, 304, 404, 429, 499])
def test_an_upstreams_own_refusal_is_no_error_of_its(instance: Instance, status: int) -> None:
    instance.forward(status)
    assert {name for name, *_ in instance.sums()} == {"ProxyLatency", "UpstreamLatency"}


def test_a_fault_of_the_proxy_is_a_refusal_by_fault_counted_once(instance: Instance) -> None:
    decision = Decision(ADMITTED, api="shop/v1", plan="free")
    with pytest.raises(ValueError, match="not of the route"), instance.metrics.passage(decision):
        raise ValueError("not of the route")
    instance.metrics.faulted(decision)
    assert instance.sums() == {("Refusals", "dev", "shop/v1", "free"): 1, ("Refusals", "dev", FAULT): 1}


def test_a_request_that_the_proxy_will_not_send_is_a_refusal_by_its_code(instance: Instance) -> None:
    passage = instance.metrics.passage(Decision(ADMITTED, api="shop/v1", plan="free"))
    with pytest.raises(RequestRefused), passage:
        raise RequestRefused("request_too_large")
    assert instance.sums() == {
        ("Refusals", "dev", "shop/v1", "free"): 1,
        ("Refusals", "dev", "request_too_large"): 1,
    }


def test_calls_let_through_by_a_failure_rule_are_counted_by_the_rule(instance: Instance) -> None:
    for fallback in ("grace", "open", "open", ""):
        instance.decide(fallback=fallback)
    instance.decide("quota_exceeded", fallback="grace")
    instance.wait(10)
    instance.decide()

    counted = instance.sums()
    assert {key[1:]: count for key, count in counted.items() if key[0] == "Fallbacks"} == {
        ("dev", "grace"): 1,
        ("dev", "open"): 2,
    }
    assert counted["Requests", "dev", "shop/v1", "free"] == 6


def test_failures_of_the_store_are_written_with_the_call_that_met_them(instance: Instance) -> None:
    instance.metrics.store_failed("slow")
    instance.metrics.store_failed("refused")
    assert instance.lines == []
    instance.decide("admission_unavailable")

    assert {key: count for key, count in instance.sums().items() if key[0] == "StoreFailures"} == {
        ("StoreFailures", "dev", "slow"): 1,
        ("StoreFailures", "dev", "refused"): 1,
    }
    instance.wait(10)
    instance.decide()
    assert instance.sums()["StoreFailures", "dev", "slow"] == 1, "counted twice"


@pytest.mark.parametrize("gap", [60, 3600, -30])
def test_a_failure_after_a_long_sleep_has_its_own_time(instance: Instance, gap: float) -> None:
    instance.decide()
    instance.wait(1)
    instance.decide()
    instance.wait(gap)
    instance.metrics.store_failed("slow")
    instance.decide("admission_unavailable")

    (failed,) = (read(line) for line in instance.lines if "StoreFailures" in line)
    assert failed["_aws"]["Timestamp"] == NOON // 10**6 + 1000 + gap * 1000


HOSTILE = ["", " ", "shop/v9", "SHOP/v1", "x" * 5000, '{"a": "b"}', "a\nb", "\ud800", "free", "ключ", "tg_dev_secret"]


def test_no_caller_can_make_a_metric(instance: Instance) -> None:
    for text in HOSTILE:
        instance.decide(FAULT, api=text, plan=text if text != "free" else "shop/v1")
        with (
            pytest.raises(UpstreamFailure),
            instance.metrics.passage(Decision(ADMITTED, api=text, plan="nothing")) as passage,
        ):
            passage.timed(_fail, UpstreamFailure(text))
        instance.wait(30)

    assert {dimensions for line in instance.lines for _, dimensions, _ in values_of(read(line))} == {
        ("dev", UNKNOWN, UNKNOWN),
        ("dev", FAULT),
    }
    assert "tg_dev" not in "".join(instance.lines)


def _fail(error: Exception) -> Response:
    raise error


@pytest.mark.parametrize("gap", [60, 3600, 86_400, -30, -3600])
def test_what_a_frozen_instance_had_gathered_keeps_its_own_time(instance: Instance, gap: float) -> None:
    instance.decide()
    instance.wait(1)
    instance.decide("quota_exceeded")
    instance.lines.clear()

    instance.wait(gap)
    instance.decide()

    times = {read(line)["_aws"]["Timestamp"]: set(read(line)) for line in instance.lines}
    assert set(times) == {NOON // 10**6 + 1000, NOON // 10**6 + 1000 + gap * 1000}
    assert instance.sums()["Requests", "dev", "shop/v1", "free"] == 2


reasons = st.sampled_from([ADMITTED, *REFUSALS])
names = st.sampled_from(["shop/v1", "bank/v2", "unknown/v1"])
plans = st.sampled_from(["free", "gold", "", "other"])
times = st.floats(0, 40_000)


@given(st.lists(st.tuples(reasons, names, plans, times, st.floats(-5, 90)), max_size=60))
@settings(deadline=None)
def test_nothing_is_lost_or_counted_twice_but_what_the_last_batch_left(requests: list[Any]) -> None:
    instance, model = Instance(), Counter[tuple[str, ...]]()
    total_ms = 0.0
    for reason, api, plan, ms, pause in requests:
        instance.decide(reason, api=api, plan=plan, ms=ms)
        instance.wait(pause)
        key = (api if api != "unknown/v1" else UNKNOWN, plan if plan in {"free", "gold"} else UNKNOWN)
        model["Requests", "dev", *key] += 1
        model["AuthorizerLatency", "dev", *key] += 1
        if reason != ADMITTED:
            model["Refusals", "dev", *key] += 1
            model["Refusals", "dev", reason] += 1
        total_ms += ms
    instance.wait(3600)
    instance.decide(ms=0)  # what was left comes with the next request
    for name in ("Requests", "AuthorizerLatency"):
        model[name, "dev", "shop/v1", "free"] += 1

    assert instance.sums() == model
    written = sum(
        value["Sum"] for line in instance.lines for _, _, value in values_of(read(line)) if isinstance(value, dict)
    )
    assert written == pytest.approx(total_ms, rel=1e-6, abs=1e-3 * (len(requests) + 1))


def test_a_distribution_has_at_most_100_values_and_its_percentiles_hold_to_a_sixth() -> None:
    chance = random.Random(7)  # noqa: S311 - the same numbers each time
    latencies = Latencies()
    taken = sorted(int(10 ** chance.uniform(2, 11)) for _ in range(50_000))
    for ns in taken:
        latencies.add(ns)

    document = latencies.document()

    assert len(document["Values"]) == len(document["Counts"]) <= MOST_VALUES
    assert document["Count"] == sum(document["Counts"]) == 50_000
    assert document["Sum"] == pytest.approx(sum(taken) / 1e6)
    spread = [value for value, count in zip(document["Values"], document["Counts"], strict=True) for _ in range(count)]
    for percentile in (30, 50, 70, 90):  # between 10 µs and 30 s
        exact = taken[len(taken) * percentile // 100] / 1e6
        assert 5 / 6 <= spread[len(spread) * percentile // 100] / exact <= 6 / 5


@pytest.mark.parametrize("broken", ["write", "now"])
def test_metrics_that_fail_reach_no_caller_and_are_told_once(
    instance: Instance, broken: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise OSError("no space left")

    setattr(instance.metrics, f"_{broken}", fail)
    for _ in range(3):
        instance.metrics.store_failed("slow")
        instance.decide()
        instance.forward()
        instance.wait(10)

    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["message"] == "metrics failed"


def test_metrics_work_again_after_a_failure(instance: Instance, capsys: pytest.CaptureFixture[str]) -> None:
    write = instance.metrics._write
    instance.metrics._write = _fail
    instance.decide()
    instance.metrics._write = write
    instance.wait(10)
    instance.decide()
    assert instance.sums()["Requests", "dev", "shop/v1", "free"] == 1
