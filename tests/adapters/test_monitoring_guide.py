"""The figures of ``docs/monitoring.md`` are those of metrics that are really written."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from tests.embedded_metrics import values_of
from tiergate.adapters.metrics import UNKNOWN
from tiergate.adapters.proxy_metrics import SERVER_ERROR, ProxyMetrics
from tiergate.adapters.upstream_proofs import UNPROVEN
from tiergate.domain.decision import ADMITTED, Decision
from tiergate.domain.failures import UpstreamFailure
from tiergate.domain.messages import Response
from tiergate.domain.metrics import SIGN_UP_FAILED, SYNC, USAGE_UNREADABLE
from tiergate.domain.refusals import REFUSALS
from tiergate.domain.store import FAILURES

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
WORDS = " ".join(GUIDE.split())
RULES = ("grace", "open")

RAISED = re.compile(r"UpstreamFailure\((?:\"(\w+)\"|(UNPROVEN)),")
UPSTREAM_CODES = {
    UNPROVEN if proof else code
    for path in (ROOT / "tiergate").rglob("*.py")
    for code, proof in RAISED.findall(path.read_text(encoding="utf-8"))
}
PRICE = 0.30
"""Dollars a metric and month."""


def written(apis: int, plans: int) -> set[tuple[str, ...]]:
    """Each metric that so many APIs and plans can have, when everything happens that can: its name, its dimensions."""
    api_names, plan_names = (
        [f"{kind}{number}" for number in range(count)] for kind, count in (("a", apis), ("p", plans))
    )
    lines: list[str] = []
    time = iter(range(10**18, 2 * 10**18, 1_000))
    metrics = ProxyMetrics(
        stage="prod", apis=api_names, plans=plan_names, write=lines.append, now=lambda: 10**18, clock=lambda: next(time)
    )
    for api in (*api_names, UNKNOWN):
        for plan in (*plan_names, UNKNOWN) if api != UNKNOWN else (UNKNOWN,):
            for code in REFUSALS:
                metrics.decided(Decision(code, api=api, plan=plan), 0)
            for rule in RULES:
                metrics.decided(Decision(ADMITTED, api=api, plan=plan, fallback=rule), 0)
            if plan != UNKNOWN:
                forward(metrics, Decision(ADMITTED, api=api, plan=plan))
    for reason in FAILURES:
        metrics.store_failed(reason)
    metrics._write_batch()
    return {(name, *dimensions) for line in lines for name, dimensions, _ in values_of(json.loads(line))} | {
        (USAGE_UNREADABLE, "prod"),
        (SIGN_UP_FAILED, "prod"),
        *((f"Sync{name}", "prod") for name in SYNC),
    }


def forward(metrics: ProxyMetrics, decision: Decision) -> None:
    """Calls that an upstream answers with an error of its own, and calls that it does not, in every way."""
    with metrics.passage(decision) as passage:
        passage.timed(Response, 503, [], b"")
    for code in UPSTREAM_CODES:
        with pytest.raises(UpstreamFailure), metrics.passage(decision):
            raise UpstreamFailure(code)


def test_every_code_of_an_upstreams_failure_is_a_refusal():
    assert UNPROVEN in UPSTREAM_CODES
    assert set(REFUSALS) >= UPSTREAM_CODES
    assert len(UPSTREAM_CODES) >= 4


def test_the_guides_metrics_are_those_that_are_written():
    told = re.search(r"^\| metric \| unit .+?\n\n", GUIDE, re.MULTILINE | re.DOTALL)
    assert told
    rows = [line.split(" | ") for line in told[0].splitlines()[2:] if line]
    stated = {(row[0].strip("|` "), dimensions.count(",") + 1) for row in rows for dimensions in row[2].split("; and ")}
    assert {(name, len(dimensions)) for name, *dimensions in written(1, 1)} == stated


def test_the_guides_formula_counts_them_by_reason():
    by_reason = Counter(name for name, *dimensions in written(1, 1) if len(dimensions) == 2)
    stated = (
        f"+ {by_reason['Refusals']} reasons for refusals ([refusals.md](refusals.md)) "
        f"+ {by_reason['UpstreamErrors']} reasons for upstream errors "
        f"+ {by_reason['StoreFailures']} ways in which DynamoDB, an issuer or the edge fails "
        f"+ {by_reason['Fallbacks']} rules that let calls through + 1 for use that cannot be read "
        f"+ 1 for sign-ups that fail + {len(SYNC)} of the sync metrics"
    )
    assert stated in WORDS
    assert by_reason["UpstreamErrors"] == len({SERVER_ERROR, *UPSTREAM_CODES})


def test_the_guide_names_every_way_in_which_what_is_asked_fails():
    (stated,) = re.findall(r"- The reasons of `StoreFailures` are (.+?)\. Those of `Fallbacks` are (.+?):", WORDS)
    assert [set(re.findall(r"`(\w+)`", each)) for each in stated] == [set(FAILURES), set(RULES)]


@pytest.mark.parametrize(("apis", "plans"), [(1, 3), (10, 3), (50, 5)])
def test_the_guides_numbers_of_metrics_and_dollars_are_those_of_what_is_written(apis: int, plans: int):
    count = len(written(apis, plans))
    assert f"| {apis} × {plans} | {count:,} | ${count * PRICE:.0f} |" in GUIDE
