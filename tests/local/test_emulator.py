"""MiniStack's process, with a made-up MiniStack in it."""

import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tiergate.local import emulator
from tiergate.local.emulator import Emulator
from tiergate.local.place import Place, open_log
from tiergate.local.processes import Process
from tiergate.local.progress import LocalError

Start = Callable[..., Emulator]
Members = Callable[[int], list[Process]]


def test_a_taken_port_is_named_with_the_way_to_another() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(LocalError, match=rf"Port {port} is in use .*make up PORT="):
            emulator.choose_port(port)


def test_the_asked_port_is_taken_when_it_is_free() -> None:
    port = emulator.choose_port(None)
    assert emulator.choose_port(port) == port


def test_nothing_of_the_callers_aws_setup_reaches_the_functions(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "AWS_ENDPOINT_URL",
        "AWS_PROFILE",
        "AWS_ACCESS_KEY_ID",
        "CDK_DEFAULT_ACCOUNT",
        "HTTP_PROXY",
        "PYTHONPATH",
    ):
        monkeypatch.setenv(name, "the caller's")
    environment = emulator.environment(place, port=4600)
    assert "the caller's" not in environment.values()
    assert environment["BIND_HOST"] == "127.0.0.1"
    assert environment["IOT_MTLS_ENABLED"] == "0"
    assert environment["GATEWAY_PORT"] == "4600"
    assert "AWS_ENDPOINT_URL" not in environment


def test_the_shim_shortens_ministacks_wait_and_hides_its_own_arguments(start: Start, place: Place) -> None:
    start()
    assert place.ministack_log.read_text().startswith("waits (0.003, 0.001, 0.25) argv ['ministack']")


def test_stopping_ends_the_functions_processes_too(start: Start, place: Place, members: Members) -> None:
    machine = start()
    assert len(members(machine.pid)) == 2
    assert emulator.stop(place, machine) is True
    assert members(machine.pid) == []
    assert not place.scratch.exists()
    assert emulator.stop(place, machine) is False


def test_a_killed_ministack_is_noticed_and_its_orphans_are_ended(start: Start, place: Place, members: Members) -> None:
    machine = start()
    os.kill(machine.pid, signal.SIGKILL)
    while machine.runs():
        time.sleep(0.01)
    assert len(members(machine.pid)) == 1
    emulator.stop(place, machine)
    assert members(machine.pid) == []


def test_a_stranger_with_the_remembered_number_is_not_ours(place: Place) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True) as stranger:
        machine = Emulator(pid=stranger.pid, port=4600)
        assert not machine.runs()
        assert emulator.stop(place, machine) is False
        assert stranger.poll() is None
        stranger.communicate(b"\n")


def test_another_ministack_with_the_remembered_number_is_not_ours(start: Start) -> None:
    machine = start()
    assert machine.runs()
    assert not Emulator(pid=machine.pid, port=machine.port + 1).runs()


def test_a_ministack_that_dies_is_reported_at_once_with_its_last_words(place: Place, tmp_path: Path) -> None:
    (tmp_path / "ministack").mkdir()
    (tmp_path / "ministack" / "__init__.py").write_text("raise RuntimeError('no room on this disk')")
    machine = emulator.spawn(place, port=emulator.choose_port(None), settings={"PYTHONPATH": str(tmp_path)})
    started = time.monotonic()
    expected = rf"(?s)ended while starting.*{re.escape(str(place.ministack_log))}.*no room on this disk.*make up"
    with pytest.raises(LocalError, match=expected):
        emulator.wait_until_ready(place, machine)
    assert time.monotonic() - started < 10  # not the minute that a slow start gets


def test_a_ministack_that_never_answers_is_ended(
    place: Place, fake_ministack: dict[str, str], members: Members
) -> None:
    (Path(fake_ministack["PYTHONPATH"]) / "ministack" / "app.py").write_text(
        "import time\n"
        "app = _handle_cognito_get_request = _handle_cognito_body_request = None\n"
        "def main(): time.sleep(600)"
    )
    machine = emulator.spawn(place, port=emulator.choose_port(None), settings=fake_ministack)
    with pytest.raises(LocalError, match="did not answer within 0 s"):
        emulator.wait_until_ready(place, machine, seconds=0.3)
    assert members(machine.pid) == []


def test_a_tethered_ministack_ends_when_its_starter_is_killed(start: Start, members: Members) -> None:
    machine = start(tethered=True)
    tether = emulator._started[machine.pid].stdin  # what the kernel closes when the starter dies
    assert tether
    tether.close()
    deadline = time.monotonic() + 10
    while members(machine.pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_log_of_the_run_before_is_kept(start: Start, place: Place) -> None:
    emulator.stop(place, start())
    start()
    assert place.ministack_log.with_suffix(".previous.log").exists()


def test_the_access_log_of_the_run_before_is_not_continued(start: Start, place: Place) -> None:
    emulator.stop(place, start())
    place.access_log.write_text("of the run before")
    start()
    assert place.access_log.read_text() == ""


def test_logs_are_their_owners_alone_also_those_that_were_open_to_all(start: Start, place: Place) -> None:
    emulator.stop(place, start())
    place.ministack_log.chmod(0o644)
    place.access_log.chmod(0o644)
    place.deploy_log.write_text("of an older version")
    place.deploy_log.chmod(0o644)
    start()
    open_log(place.deploy_log).close()
    previous = place.ministack_log.with_suffix(".previous.log")
    for log in (place.ministack_log, previous, place.deploy_log, place.access_log):
        assert stat.S_IMODE(log.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [(".tiergate", 0o755, 0o700), ("shared", 0o755, 0o755), ("new", None, 0o700)],
)
def test_only_a_state_folder_of_our_own_is_closed_to_others(
    place: Place, tmp_path: Path, name: str, before: int | None, after: int
) -> None:
    folder = tmp_path / name
    if before is not None:
        folder.mkdir()
        folder.chmod(before)
    replace(place, state=folder).prepare()
    assert stat.S_IMODE(folder.stat().st_mode) == after
