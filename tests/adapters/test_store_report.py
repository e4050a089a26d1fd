"""The report of store failures: all of them counted, one line a reason in ten seconds, none of it secret."""

import json

import pytest

from tests.embedded_metrics import read
from tiergate.adapters.metrics import Metrics
from tiergate.adapters.store_report import StoreReport
from tiergate.domain.decision import Decision
from tiergate.domain.registry import RecordMalformed
from tiergate.domain.store import FAILURES, EdgeUnavailable, StoreUnavailable
from tiergate.domain.tokens import IssuerUnavailable


class Instance:
    def __init__(self, output: pytest.CaptureFixture[str]) -> None:
        self.now = 50.0
        self._output = output
        self._written: list[str] = []
        self.metrics = Metrics(stage="dev", apis=[], plans=[], write=self._written.append)
        self.report = StoreReport(self.metrics, clock=lambda: self.now)

    def lines(self) -> list[dict[str, object]]:
        """Those since the last look, without their time."""
        lines = [json.loads(line) for line in self._output.readouterr().out.splitlines()]
        return [{name: value for name, value in line.items() if name != "time"} for line in lines]

    def counted(self) -> dict[str, int]:
        self.metrics.decided(Decision("admission_unavailable"), self.metrics.clock())
        documents = [read(line) for line in self._written]
        return {each["Reason"]: each["StoreFailures"] for each in documents if "StoreFailures" in each}


@pytest.fixture
def instance(capsys: pytest.CaptureFixture[str]) -> Instance:
    return Instance(capsys)


def test_a_failure_is_logged_at_once_with_its_cause(instance: Instance) -> None:
    instance.report(StoreUnavailable("slow", "no answer in 0.3 s"))
    assert instance.lines() == [
        {
            "level": "WARNING",
            "message": "store failed",
            "reason": "slow",
            "cause": "slow: no answer in 0.3 s",
            "failures": 1,
        }
    ]


def test_an_outage_has_one_line_in_ten_seconds_that_tells_how_many_failures_it_stands_for(instance: Instance) -> None:
    for _ in range(501):
        instance.report(StoreUnavailable("slow"))
        instance.now += 0.0199
    assert [line["failures"] for line in instance.lines()] == [1]

    instance.now += 0.04
    instance.report(StoreUnavailable("slow"))
    instance.report(StoreUnavailable("slow"))
    assert [line["failures"] for line in instance.lines()] == [501]

    instance.now += 3600
    instance.report(StoreUnavailable("slow"))
    assert [line["failures"] for line in instance.lines()] == [2]


def test_no_reason_hides_another(instance: Instance) -> None:
    for _ in range(2):
        for reason in FAILURES:
            instance.report(StoreUnavailable(reason))
    assert [line["reason"] for line in instance.lines()] == list(FAILURES)


def test_every_failure_is_counted_whether_it_is_logged_or_not(instance: Instance) -> None:
    for reason in (*FAILURES, "slow", "slow"):
        instance.report(StoreUnavailable(reason))
    assert instance.counted() == dict.fromkeys(FAILURES, 1) | {"slow": 3}


def test_an_issuer_that_fails_is_logged_and_counted_as_a_store_is_and_hides_no_other(instance: Instance) -> None:
    for name in ("partners", "partners", "acme"):
        instance.report(IssuerUnavailable(name, "no answer in 2 s"))
    line = {"level": "WARNING", "message": "issuer failed", "reason": "issuer"}
    assert instance.lines() == [
        line | {"cause": "issuer partners: no answer in 2 s", "failures": 1},
        line | {"cause": "issuer acme: no answer in 2 s", "failures": 1},
    ]
    instance.now += 10
    instance.report(IssuerUnavailable("partners", "no answer in 2 s"))
    assert [line["failures"] for line in instance.lines()] == [2]
    assert instance.counted() == {"issuer": 4}


def test_an_edge_that_fails_is_told_from_a_store(instance: Instance) -> None:
    instance.report(StoreUnavailable("slow"))
    instance.report(EdgeUnavailable("slow: no answer in 2 s"))
    assert [(line["message"], line["reason"], line["cause"]) for line in instance.lines()] == [
        ("store failed", "slow", "slow"),
        ("edge failed", "edge", "slow: no answer in 2 s"),
    ]
    assert instance.counted() == {"slow": 1, "edge": 1}


def test_a_reason_that_nobody_knows_makes_no_metric_of_its_own(instance: Instance) -> None:
    instance.report(StoreUnavailable("x" * 5000))
    assert instance.counted() == {"-": 1}


def test_a_record_that_cannot_be_read_is_an_error_but_no_failure_of_the_store(instance: Instance) -> None:
    instance.report(RecordMalformed("the registry's record APP#app_1 cannot be read"))
    instance.report(RecordMalformed("the registry's record APP#app_1 cannot be read"))
    (line,) = instance.lines()
    assert (line["level"], line["message"], "APP#app_1" in str(line["cause"])) == ("ERROR", "record malformed", True)
    assert instance.counted() == {}
