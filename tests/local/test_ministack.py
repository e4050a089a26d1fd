"""The same promises on the real MiniStack."""

import os
import signal
import time
from pathlib import Path

import pytest

from tiergate.local import aws, emulator, processes
from tiergate.local.emulator import Emulator
from tiergate.local.place import Place

pytestmark = pytest.mark.ministack


def started(place: Place) -> Emulator:
    machine = emulator.spawn(place, port=emulator.choose_port(None), tethered=True)
    emulator.wait_until_ready(place, machine)
    return machine


@pytest.fixture
def places(tmp_path: Path) -> tuple[Place, Place]:
    return Place.of_project(state=tmp_path / "one"), Place.of_project(state=tmp_path / "two")


def test_two_emulators_run_side_by_side_and_each_ends_without_a_trace(places: tuple[Place, Place]) -> None:
    machines = [started(place) for place in places]
    one, two = (aws.client("sqs", endpoint=machine.endpoint) for machine in machines)
    one.create_queue(QueueName="only-here")
    assert len(one.list_queues()["QueueUrls"]) == 1
    assert two.list_queues().get("QueueUrls", []) == []
    for place, machine in zip(places, machines, strict=True):
        assert emulator.stop(place, machine)
        assert not [process for process in processes.running() if process.group == machine.pid]


def test_a_killed_emulator_is_seen_as_gone(places: tuple[Place, Place]) -> None:
    machine = started(places[0])
    assert machine.runs()
    assert machine.answers()
    os.kill(machine.pid, signal.SIGKILL)
    while machine.runs():
        time.sleep(0.01)
    assert not machine.answers()
    emulator.stop(places[0], machine)


def test_a_fresh_emulator_is_not_bootstrapped(places: tuple[Place, Place]) -> None:
    machine = started(places[0])
    assert not aws.is_bootstrapped(machine.endpoint)
    assert aws.stack_outputs("dev", endpoint=machine.endpoint) == {}
    emulator.stop(places[0], machine)
