"""What the functions write for CloudWatch: once at the start, then nothing for ten seconds; never a secret."""

import json
from collections import Counter
from typing import Any

import pytest

from tests.embedded_metrics import read, values_of
from tests.events import DECISION, authorizer_event, proxy_event
from tests.fakes.upstream import ScriptedUpstream, answers, ok
from tests.functions.conftest import Gateway
from tiergate.adapters.proxy_metrics import ProxyMetrics
from tiergate.domain.decision import ADMITTED, FAULT, Decision
from tiergate.domain.limits import SECOND


def sums(gateway: Gateway) -> Counter[tuple[str, ...]]:
    """What CloudWatch counts by now; of times, how many there are."""
    found: Counter[tuple[str, ...]] = Counter()
    for line in gateway.metrics:
        for name, dimensions, value in values_of(read(line)):
            found[name, *dimensions] += value["Count"] if isinstance(value, dict) else value
    return found


@pytest.fixture(autouse=True)
def stage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGE", "dev")


def test_admitted_requests_write_no_line_until_ten_seconds_are_over(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    partner, authorizer = gateway.partner(), gateway.authorizer()
    event = authorizer_event(key=partner.key.text)
    authorizer.handler(event, None)
    assert len(gateway.metrics) == 1

    for _ in range(9):
        gateway.now += SECOND
        authorizer.handler(event, None)
    assert len(gateway.metrics) == 1
    gateway.now += SECOND
    authorizer.handler(event, None)

    assert len(gateway.metrics) == 2
    assert sums(gateway) == {
        ("Requests", "dev", "shop/v1", "roomy"): 11,
        ("AuthorizerLatency", "dev", "shop/v1", "roomy"): 11,
    }
    assert capsys.readouterr().out == ""


def test_every_request_is_counted_by_plan_and_every_refusal_by_reason(gateway: Gateway) -> None:
    partner, authorizer = gateway.partner(plan="tiny"), gateway.authorizer()
    for key in (partner.key.text, None, "junk", partner.key.text, partner.key.text, partner.key.text):
        authorizer.handler(authorizer_event(key=key), None)
    authorizer.handler({"broken": partner.key.text}, None)
    gateway.now += 10 * SECOND
    authorizer.handler(authorizer_event("/shop/v1/nothing"), None)

    counted = sums(gateway)

    assert counted["Requests", "dev", "shop/v1", "tiny"] == 4
    assert counted["Requests", "dev", "shop/v1", "-"] == 3
    assert counted["Requests", "dev", "-", "-"] == 1
    assert {key[-1]: count for key, count in counted.items() if key[0] == "Refusals" and len(key) == 3} == {
        "credential_missing": 1,
        "credential_malformed": 1,
        "quota_exceeded": 1,
        "operation_not_found": 1,
        FAULT: 1,
    }
    written = "".join(gateway.metrics)
    assert "tg_dev" not in written
    assert partner.key.id not in written
    assert partner.subscription.id not in written


def test_the_proxy_tells_its_own_time_from_the_upstreams_and_counts_failures(gateway: Gateway) -> None:
    with ScriptedUpstream(answers(ok()), answers(b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n")) as upstream:
        proxy = gateway.proxy(upstream.url)
        event = proxy_event(context=DECISION.context())
        for _ in range(4):  # the third and fourth find nobody
            proxy.handler(event, None)
            gateway.now += 4 * SECOND

    counted = sums(gateway)
    assert counted["UpstreamLatency", "dev", "shop/v1", "-"] == 4, "the plan of the event is not deployed"
    assert counted["ProxyLatency", "dev", "shop/v1", "-"] == 4
    assert {key[2:]: count for key, count in counted.items() if key[0] == "UpstreamErrors"} == {
        ("shop/v1", "-"): 3,
        ("5xx",): 1,
        ("upstream_unreachable",): 2,
    }
    assert not any(name in {"Requests", "Refusals"} for name, *_ in counted)


def test_a_refusal_that_the_proxy_renders_was_counted_by_the_authorizer(gateway: Gateway) -> None:
    proxy = gateway.proxy()
    proxy.handler(proxy_event(context=Decision("credential_missing").context()), None)
    assert gateway.metrics == []


def test_a_context_that_no_authorizer_wrote_is_counted_as_a_fault_and_logged(gateway: Gateway, capsys) -> None:
    answer = gateway.proxy().handler(proxy_event(context=None), None)
    assert answer["statusCode"] == 500
    assert '"Reason":"gateway_fault","Refusals":1' in "".join(gateway.metrics)
    assert "cannot be read" in capsys.readouterr().out


@pytest.mark.parametrize("function", ["authorizer", "proxy"])
def test_metrics_that_cannot_be_written_change_no_answer(
    gateway: Gateway, function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(broken: bool) -> Any:
        module = gateway.authorizer() if function == "authorizer" else gateway.proxy()
        if broken:
            monkeypatch.setattr(
                module, "METRICS", ProxyMetrics(stage="dev", apis=[], plans=[], write=_fail, now=_fail, clock=lambda: 0)
            )
        if function == "authorizer":
            return module.handler(authorizer_event(key=None), None)
        return module.handler(proxy_event(context=DECISION.context()), None)

    assert answer(broken=True) == answer(broken=False)


def _fail(*_: object) -> Any:
    raise OSError("no space left")


def test_a_function_without_a_stage_still_decides(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STAGE")
    partner, authorizer = gateway.partner(), gateway.authorizer()
    answer = authorizer.handler(authorizer_event(key=partner.key.text), None)
    assert answer["context"]["reason"] == ADMITTED
    assert json.loads(gateway.metrics[0])["Stage"] == "-"
