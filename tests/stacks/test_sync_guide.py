"""Numbers that ``docs/sync.md`` states are those of the template."""

from typing import Any

import pytest

from tests.stacks.conftest import ROOT

pytestmark = pytest.mark.synth

SYNC = " ".join((ROOT / "docs/sync.md").read_text().split())
WORDS = {1: "one", 2: "two", 3: "three", 4: "four"}
HOURS = {3600: "an hour"}


@pytest.fixture(scope="module")
def of(template: Any, of_type: Any) -> Any:
    """``of("AWS::SQS::Queue", "Queue")``: the properties of the one whose logical id begins so."""

    def find(kind: str, begins: str) -> dict[str, Any]:
        (found,) = (each for name, each in of_type(template("mixed", "Sync"), kind).items() if name.startswith(begins))
        return dict(found["Properties"])

    return find


def test_how_long_the_sync_has_and_when_it_runs(of: Any) -> None:
    assert f"The time of a call, {of('AWS::Lambda::Function', 'Sync')['Timeout']} s, does not last" in SYNC
    minute, hour, *_ = of("AWS::Events::Rule", "")["ScheduleExpression"].removeprefix("cron(").split()
    assert f"every day at {int(hour):02}:{minute} UTC" in SYNC


def test_how_long_the_sync_keeps_what_it_could_not_do(of: Any) -> None:
    letters, queue = (of("AWS::SQS::Queue", name) for name in ("DeadLetterQueue", "Queue"))
    assert f"keeps them for {letters['MessageRetentionPeriod'] // 86_400} days" in SYNC
    assert f"received {WORDS[queue['RedrivePolicy']['maxReceiveCount']]} times and the function ended" in SYNC
    stream = of("AWS::Lambda::EventSourceMapping", "Stream")
    assert f"brings those records again, for {HOURS[stream['MaximumRecordAgeInSeconds']]}, then" in SYNC
    assert stream["MaximumRetryAttempts"] >= 20, "so that it is the hour that ends it"
    messages = of("AWS::Lambda::EventSourceMapping", "Messages")
    assert f"{WORDS[messages['ScalingConfig']['MaximumConcurrency']]} instances at most take messages" in SYNC
