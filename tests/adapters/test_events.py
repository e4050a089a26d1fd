"""Threshold events: what they say, and what becomes of those that the bus refuses."""

import json
import re
from pathlib import Path

import pytest

from tests.fakes.event_bus import FakeEventBus
from tiergate.adapters.events import EventRefused, Events
from tiergate.domain.thresholds import Reached
from tiergate.domain.usage import Record

OWNER = Record("2026-11-23", {}, {}, "acme", "app_1", "retail", "free")
THIS_HOUR = Reached("hour", 498_757, 80, 450, 361)


@pytest.fixture
def bus() -> FakeEventBus:
    return FakeEventBus()


@pytest.fixture
def events(bus: FakeEventBus) -> Events:
    return Events(bus, stage="prod")


def test_an_event_says_whose_window_reached_what(events: Events, bus: FakeEventBus):
    events.threshold("sub_1", OWNER, THIS_HOUR)
    (entry,) = bus.entries
    assert (entry["Source"], entry["DetailType"]) == ("tiergate", "Quota threshold reached")
    assert "EventBusName" not in entry
    assert bus.accepted == [
        {
            "id": "sub_1/hour/2026-11-24T13:00:00Z/80",
            "stage": "prod",
            "organization": "acme",
            "application": "app_1",
            "subscription": "sub_1",
            "product": "retail",
            "plan": "free",
            "window": "hour",
            "start": "2026-11-24T13:00:00Z",
            "end": "2026-11-24T14:00:00Z",
            "threshold": 80,
            "limit": 450,
            "used": 361,
        }
    ]


def test_the_same_threshold_has_the_same_id_and_others_have_others(events: Events, bus: FakeEventBus):
    told = [THIS_HOUR, THIS_HOUR._replace(used=400), THIS_HOUR._replace(threshold=100), THIS_HOUR._replace(number=1)]
    for each in told:
        events.threshold("sub_1", OWNER, each)
    first, again, *others = [detail["id"] for detail in bus.accepted]
    assert first == again
    assert len({first, *others}) == 3


def test_an_entry_that_fails_is_put_once_more(events: Events, bus: FakeEventBus):
    bus.refusals = ["ThrottlingException"]
    events.threshold("sub_1", OWNER, THIS_HOUR)
    assert len(bus.accepted) == 1


def test_an_entry_that_fails_again_is_said_with_the_services_own_words(events: Events, bus: FakeEventBus):
    bus.refusals = ["InternalFailure", "ThrottlingException"]
    with pytest.raises(EventRefused, match=r"^ThrottlingException: not now$"):
        events.threshold("sub_1", OWNER, THIS_HOUR)
    assert bus.accepted == []


def test_the_guide_shows_an_event_as_it_is_put(events: Events, bus: FakeEventBus):
    guide = (Path(__file__).parents[2] / "docs/usage.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"^```json\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL)
    shown = json.loads(text)
    events.threshold("sub_Qm2…", OWNER, THIS_HOUR)
    (entry,), (detail,) = bus.entries, bus.accepted
    assert (shown["source"], shown["detail-type"]) == (entry["Source"], entry["DetailType"])
    assert list(shown["detail"]) == list(detail)
    assert shown["detail"]["id"].split("/")[::3] == detail["id"].split("/")[::3]
