"""Fifty instances, each a process, call for one subscription at once: what the promises of the modes are worth."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.deployment import ROOT, Deployment
from tests.e2e.instance import API
from tiergate.domain.keys import random_id
from tiergate.domain.limits import SECOND

pytestmark = pytest.mark.ministack

INSTANCES = 50
KILLED = 10
"""So many more, where some are killed."""

ENDLESS = 1_000_000

FREE = {"quota": {"hour": 450}}
"""The free plan's quota; at its rate it would last for a minute and a half."""

FREE_WITH_RATE = {"rate": {"per_second": 5, "burst": 10}, "quota": {"hour": 25}}
"""The free plan's rate, and a quota that it uses up in seconds."""

ENTERPRISE = {"mode": "leased", "quota": {"hour": 45_000}}
"""The enterprise plan's quota; at its rate it would last for four minutes."""

ENTERPRISE_WITH_RATE = {"mode": "leased", "rate": {"per_second": 2_000, "burst": 4_000}, "quota": {"hour": 2_250}}
"""A twentieth of the quota, at ten times the rate."""


@dataclass(frozen=True)
class Counters:
    """A table like Usage but without a stream: what is hammered here is not to be rolled up for minutes."""

    deployment: Deployment
    table: str = "hammered"

    def create(self) -> None:
        self.deployment.client("dynamodb").create_table(
            TableName=self.table,
            KeySchema=[{"AttributeName": "subscription", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "subscription", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )

    def of(self, subscription: str) -> dict[str, Any]:
        """A counter item, in wire form."""
        key = {"subscription": {"S": subscription}}
        answer = self.deployment.client("dynamodb").get_item(TableName=self.table, Key=key, ConsistentRead=True)
        item: dict[str, Any] = answer["Item"]
        return item


class Instance:
    """One that waits for orders, see ``tests/e2e/instance.py``. ``folder`` is for its records."""

    def __init__(self, counters: "Counters", folder: Path) -> None:
        self._folder = folder
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "tests.e2e.instance", counters.table],
            cwd=ROOT,
            env=counters.deployment.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def order(self, subscription: str, limits: dict[str, Any], calls: int) -> None:
        record = str(self._record(subscription))
        order = {"subscription": subscription, "limits": limits, "calls": calls, "record": record}
        assert self._process.stdin
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()

    def heard(self, subscription: str = "") -> str:
        """The next word that it says of a subscription, or of none; "" where it ended."""
        assert self._process.stdout
        for line in self._process.stdout:
            word, _, of = line.strip().partition(" ")
            if of == subscription:
                return word
        return ""

    def finishes(self, subscription: str) -> bool:
        """Wait until it has carried out its order; False where it ended before."""
        return "done" in iter(lambda: self.heard(subscription), "")

    def kill(self) -> None:
        self._process.kill()

    def end(self) -> None:
        self.kill()
        self._process.communicate()

    def admitted(self, subscription: str) -> list[int]:
        """When it admitted each call, microseconds."""
        return [int(line) for line in self._record(subscription).read_text().splitlines()]

    def _record(self, subscription: str) -> Path:
        return self._folder / f"{subscription}.{self._process.pid}"


@dataclass(frozen=True)
class Story:
    """A new subscription, for which instances call."""

    counters: Counters
    instances: list[Instance]
    subscription: str

    def order(self, limits: dict[str, Any], calls: int = ENDLESS) -> None:
        for instance in self.instances:
            instance.order(self.subscription, limits, calls)

    def carry_out(self, limits: dict[str, Any], calls: int = ENDLESS) -> None:
        """Order it and wait until all have done it."""
        self.order(limits, calls)
        assert all(instance.finishes(self.subscription) for instance in self.instances)

    @property
    def admitted(self) -> list[int]:
        return sorted(at for instance in self.instances for at in instance.admitted(self.subscription))

    @property
    def counter(self) -> dict[str, int]:
        """What the counter item says of its hour: units debited (``u``), and used by the API."""
        item = self.counters.of(self.subscription)
        hour = item["w"]["N"]
        return {"u": int(item[f"u{hour}"]["N"]), API: int(item[f"{API}@{hour}"]["N"])}


@contextmanager
def started(counters: Counters, folder: Path, number: int) -> Iterator[list[Instance]]:
    with ExitStack() as ends:
        instances = []
        for _ in range(number):
            instances.append(Instance(counters, folder))
            ends.callback(instances[-1].end)
        assert all(instance.heard() == "ready" for instance in instances)
        yield instances


@pytest.fixture(scope="module")
def counters(deployment: Deployment) -> Counters:
    counters = Counters(deployment)
    counters.create()
    return counters


@pytest.fixture(scope="module")
def instances(counters: Counters, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Instance]]:
    with started(counters, tmp_path_factory.mktemp("records"), INSTANCES) as instances:
        yield instances


def told(tell: Callable[[], Any]) -> Any:
    """What a story tells; it is told again where an hour ended in its middle."""
    while True:
        hour = time.time() // 3600
        result = tell()
        if time.time() // 3600 == hour:
            return result


@pytest.fixture
def story(counters: Counters, instances: list[Instance]) -> Callable[[], Story]:
    return lambda: Story(counters, instances, f"sub_{random_id()}")


def test_an_exact_quota_is_admitted_to_the_unit_and_counted(story):
    def tell() -> tuple[int, dict[str, int]]:
        one = story()
        one.carry_out(FREE)
        return len(one.admitted), one.counter

    assert told(tell) == (450, {"u": 450, API: 450})


def test_a_rate_holds_over_any_stretch_of_time_and_the_quota_to_the_unit(story):
    def tell() -> list[int]:
        one = story()
        one.carry_out(FREE_WITH_RATE)
        return one.admitted

    times = told(tell)
    assert len(times) == 25
    for first, begin in enumerate(times):
        for last, end in enumerate(times[first:], first):
            assert last - first + 1 <= 10 + 5 * (end - begin) / SECOND


@pytest.mark.parametrize("limits", [ENTERPRISE, ENTERPRISE_WITH_RATE], ids=["without rate", "with rate"])
def test_a_leased_quota_is_admitted_to_the_last_units_never_beyond_and_counted(story, limits):
    """What was used is written with the next write: the limit is raised, and each instance makes one call more."""
    limit = limits["quota"]["hour"]

    def tell() -> tuple[int, int, dict[str, int], dict[str, int]]:
        one = story()
        one.carry_out(limits)
        admitted, counter = len(one.admitted), one.counter
        one.carry_out(limits | {"quota": {"hour": 2 * limit}}, calls=1)
        return admitted, len(one.admitted), counter, one.counter

    admitted, with_one_more, counter, settled = told(tell)
    assert 0.95 * limit <= admitted <= counter["u"] <= limit
    assert counter[API] <= admitted
    assert settled[API] == with_one_more == admitted + INSTANCES


@pytest.mark.parametrize(
    ("limits", "waste"),
    [(FREE, 2), (ENTERPRISE, 45_000 // 50 + 2)],
    ids=["a lost reply and a call not recorded here", "a lease"],
)
def test_an_instance_that_is_killed_wastes_little_and_admits_nothing_beyond(
    counters, instances, tmp_path, limits, waste
):
    limit = limits["quota"]["hour"]

    def tell() -> tuple[int, int, dict[str, int]]:
        with started(counters, tmp_path, KILLED) as doomed:
            one = Story(counters, [*doomed, *instances], f"sub_{random_id()}")
            one.order(limits)
            calling = [instance for instance in doomed if instance.heard(one.subscription) == "admitting"]
            for instance in doomed:
                instance.kill()
            assert all(instance.finishes(one.subscription) for instance in instances)
            died = sum(not instance.finishes(one.subscription) for instance in calling)
            return died, len(one.admitted), one.counter

    died, admitted, counter = told(tell)
    assert died
    assert limit - waste * died <= admitted <= counter["u"] <= limit
