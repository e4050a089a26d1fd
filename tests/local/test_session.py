"""From nothing to seeded and back, over a made-up MiniStack and CDK CLI."""

import os
import signal
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from tiergate.local import aws, session, state
from tiergate.local.place import Place
from tiergate.local.processes import Process
from tiergate.local.progress import LocalError
from tiergate.local.session import Running
from tiergate.local.state import Demo

Up = Callable[..., Running]
Members = Callable[[int], list[Process]]
LOGGING_CDK = (
    "import sys, pathlib\n"
    "with open('{log}', 'a') as log: log.write(next(a for a in sys.argv if a in ('bootstrap', 'deploy')) + ' ')"
)


class World:
    """What CloudFormation would say."""

    bootstrapped = False


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    monkeypatch.setattr(aws, "is_bootstrapped", lambda _endpoint: world.bootstrapped)
    monkeypatch.setattr(aws, "stack_outputs", lambda stage, **_: {f"tiergate-{stage}-gateway": {"ApiId": "a"}})
    return world


@pytest.fixture
def up(place: Place, world: World, fake_ministack: dict[str, str]) -> Iterator[Up]:
    place.cdk.write_text(LOGGING_CDK.format(log=place.root / "calls"))
    yield partial(session.up, place, settings=fake_ministack)
    session.down(place)


def calls(place: Place) -> list[str]:
    return (place.root / "calls").read_text().split()


def seeding(_running: Running) -> Demo:
    return Demo(url="http://demo", keys={"free": "f"})


def test_up_bootstraps_deploys_seeds_and_remembers(up: Up, place: Place) -> None:
    running = up(seed=seeding)
    assert calls(place) == ["bootstrap", "deploy"]
    assert running.outputs == {"tiergate-dev-gateway": {"ApiId": "a"}}
    assert running.api_url("a") == f"{running.endpoint}/_aws/execute-api/a"
    assert session.status(place) == running
    assert running.demo == Demo(url="http://demo", keys={"free": "f"})


def test_a_second_up_takes_the_same_ministack_and_gives_the_seed_its_earlier_demo(
    up: Up, place: Place, world: World
) -> None:
    first = up(seed=seeding)
    world.bootstrapped = True
    earlier: list[Demo | None] = []
    second = up(seed=lambda running: earlier.append(running.demo) or seeding(running))
    assert calls(place) == ["bootstrap", "deploy", "deploy"]
    assert second == first
    assert earlier == [first.demo]


def test_up_after_a_kill_starts_afresh_without_the_lost_demo(up: Up, place: Place) -> None:
    up(seed=seeding)
    remembered = state.load(place.state_file)
    assert remembered
    os.kill(remembered.pid, signal.SIGKILL)
    reported: list[str] = []
    running = up(report=reported.append)
    assert "is gone" in reported[0]
    assert running.demo is None
    assert calls(place) == ["bootstrap", "deploy", "bootstrap", "deploy"]


def test_down_leaves_no_process_and_status_then_has_nothing(up: Up, place: Place, members: Members) -> None:
    up()
    remembered = state.load(place.state_file)
    assert remembered
    assert session.down(place) is True
    assert members(remembered.pid) == []
    assert session.status(place) is None
    assert session.down(place) is False


def test_down_where_nothing_was_ever_started_writes_nothing(place: Place) -> None:
    assert session.down(place) is False
    assert not place.state.exists()


def test_a_failed_deploy_leaves_ministack_for_inspection_and_says_so(up: Up, place: Place) -> None:
    place.cdk.write_text("raise SystemExit('❌ refused')")
    with pytest.raises(LocalError, match=r"(?s)refused.*MiniStack still runs at http://127.0.0.1:\d+.*make down"):
        up()
    assert session.status(place) is not None


def test_a_failed_seed_is_named(up: Up) -> None:
    def broken(_running: Running) -> Demo:
        raise KeyError("no table")

    with pytest.raises(LocalError, match=r"(?s)demo could not be seeded: KeyError.*no table.*still runs"):
        up(seed=broken)


def test_another_port_than_the_running_ones_is_refused_with_the_way(up: Up) -> None:
    up()
    with pytest.raises(LocalError, match=r"already runs on port \d+\. To move it: make down, then make up PORT=1234"):
        up(port=1234)


def test_two_commands_at_once_in_one_place_are_refused(up: Up, place: Place) -> None:
    with place.exclusively(), pytest.raises(LocalError, match="Another `make up` or `make down` is at work"):
        up()


def test_every_missing_tool_is_named_at_once(place: Place) -> None:
    place.cdk.unlink()
    (place.root / "app.py").unlink()
    with pytest.raises(LocalError, match=r"the CDK CLI .*the CDK app .*make setup"):
        session.up(place)
