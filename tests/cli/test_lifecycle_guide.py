"""``docs/lifecycle.md``: its examples are policies that work, and what it shows is what is really sent and printed."""

import json
import re
import shutil
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.event_bus import FakeEventBus
from tiergate.adapters.deprecation_events import DeprecationEvents
from tiergate.cli import lifecycle
from tiergate.cli.lifecycle_outline import tell_version, tell_versions
from tiergate.domain.catalogue import ApiVersion, Catalogue
from tiergate.domain.consumers import Consumer
from tiergate.domain.decision import Decision
from tiergate.domain.deprecation import fields
from tiergate.domain.lifecycle import DEPRECATED, RETIRED, STATES, Lifecycle
from tiergate.domain.limits import SECOND
from tiergate.domain.notices import Told, due
from tiergate.domain.problems import problem
from tiergate.domain.transitions import refused_move
from tiergate.policy.bundle import compiled
from tiergate.policy.check import checked

VALID = Path(__file__).parents[1] / "policies" / "valid"
GUIDE = (Path(__file__).parents[2] / "docs" / "lifecycle.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n# policies/(\S+) · (\w+)\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
EVENT, GONE = (json.loads(text) for text in re.findall(r"^```json\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)[::-1])


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ApiVersion]:
    """The guide's version in each state, compiled from its example beside a published successor."""
    found = {}
    for place, state, text in EXAMPLES:
        folder = tmp_path_factory.mktemp(state) / "policies"
        shutil.copytree(VALID, folder)
        orders = folder / "apis/orders/v1"
        shutil.copytree(orders, folder / "apis/bank/v2")
        shutil.copytree(orders, (folder / place).parent)
        (folder / place).write_text(text)
        found[state] = Catalogue.of(compiled(checked(folder))).apis["bank/v1"]
    return found


@pytest.fixture(scope="module")
def life(versions: dict[str, ApiVersion]) -> Lifecycle:
    found = versions[DEPRECATED].lifecycle
    assert found is not None
    return found


def test_the_examples_are_one_version_in_every_state(versions):
    assert [version.state for version in versions.values()] == list(versions) == list(STATES)


def test_each_example_may_follow_the_one_before_on_its_day_and_not_before(versions):
    order = [None, *versions.values(), None]
    days = ("2026-10-01", "2026-11-01", "2026-12-01", "2027-06-30", "2027-09-28")
    for (old, new), day in zip(pairwise(order), days, strict=True):
        move = [getattr(each, name, None) for name in ("state", "lifecycle") for each in (old, new)]
        assert refused_move(*move, at(day)) is None
        assert bool(refused_move(*move, at(day) - 1)) is (day >= "2027")


def test_the_fields_are_those_of_the_example(life):
    shown = re.search(r"^```\n(deprecation: .*?)\n```$", GUIDE, re.MULTILINE | re.DOTALL)
    assert shown
    assert shown[1].splitlines() == [f"{name}: {value}" for name, value in fields(life)]


def test_the_410_is_the_one_of_the_example(versions):
    retired = versions[RETIRED].lifecycle
    response = problem(Decision("api_retired"), request_id="r", platform="P", support="…", lifecycle=retired)
    body = json.loads(response.body)
    del body["request_id"]
    assert body == GONE


def test_the_event_is_the_one_that_is_put(life):
    bus, now = FakeEventBus(), at("2026-12-01T05:20:00")
    consumer = Consumer("acme", "app_7Hd…", "sub_Qm2…", "open-banking", "free", "bank/v1", {"2026-11-30": 6120})
    notice = due(life._replace(brownouts=life.brownouts[:1]), None, now)
    assert notice
    DeprecationEvents(bus, stage="prod").deprecated(consumer, life._replace(brownouts=life.brownouts[:1]), notice, now)
    (entry,), (detail,) = bus.entries, bus.accepted
    shown: dict[str, Any] = {"source": entry["Source"], "detail-type": entry["DetailType"], "detail": detail}
    assert shown == EVENT
    assert list(EVENT["detail"]) == list(detail)


def test_the_report_is_what_is_printed(versions, capsys: pytest.CaptureFixture[str]):
    now = at("2027-06-06T12:00:00")
    told = [
        Told(at("2027-06-30") // SECOND, 30, at("2027-05-31"), 1),
        Told(at("2027-06-30") // SECOND, 210, at("2026-12-02"), 1),
    ]
    callers = [
        ("acme", "app_yqkTZ1EZGqJr", "sub_4nlFGTR5dqkL", "2027-06-06", 18_204),
        ("globex", "app_7HdW2mP0sLxA", "sub_Qm2c8Yt1RkVe", "2027-05-19", 12),
    ]
    found = [
        lifecycle.Found(Consumer(*who, "open-banking", "free", "bank/v1", {day: units}), mark)
        for (*who, day, units), mark in zip(callers, told, strict=True)
    ]
    bank = versions[DEPRECATED]
    others = [
        lifecycle.Found(Consumer("o", "a", str(n), "p", "f", "bank/v2", {"2027-06-06": 1}), None) for n in range(31)
    ]
    fx = Lifecycle(at("2025-11-01") // SECOND, at("2026-05-31") // SECOND, at("2026-08-29") // SECOND, "fx/v2")
    all_versions = [
        bank,
        bank._replace(name="bank/v2", state="published", lifecycle=None),
        bank._replace(name="bank/v3", state="draft", lifecycle=None),
        bank._replace(name="fx/v1", state="retired", lifecycle=fx),
    ]
    documents = [lifecycle.version_document(each, [*found, *others], now) for each in all_versions]
    tell_versions(documents, now)
    table = capsys.readouterr().out
    tell_version(documents[0], now)
    one = capsys.readouterr().out
    shown = re.search(r"^```\n\$ tiergate lifecycle\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    assert shown
    assert shown[1] == f"{table}\n$ tiergate lifecycle bank/v1\n{one}"
