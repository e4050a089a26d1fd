"""Ending a process group: all of ours, none of anybody else's."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tiergate.local import processes

STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(600)"
)


@pytest.fixture
def stubborn() -> Iterator[subprocess.Popen[bytes]]:
    """A group leader that ignores SIGTERM."""
    command = [sys.executable, "-c", STUBBORN]
    process = subprocess.Popen(command, start_new_session=True, stdout=subprocess.PIPE)  # noqa: S603  # our own words
    assert process.stdout
    process.stdout.readline()
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_process_that_ignores_sigterm_is_killed_after_the_grace(stubborn: subprocess.Popen[bytes]) -> None:
    assert processes.end_group(stubborn.pid, ours=lambda _: True, grace=0.1) == 1
    assert stubborn.wait() == -9
    assert processes.find(stubborn.pid) is None


def test_a_stranger_in_a_reused_group_is_spared(stubborn: subprocess.Popen[bytes]) -> None:
    assert processes.end_group(stubborn.pid, ours=lambda process: "ministack" in process.command, grace=0) == 0
    assert stubborn.poll() is None


def test_a_zombie_does_not_count_as_running() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""], start_new_session=True, stdout=subprocess.PIPE)
    assert process.stdout
    process.stdout.read()  # its end: from here on it is a zombie until we collect it
    assert processes.end_group(process.pid, ours=lambda _: True, grace=5) in {0, 1}
    assert processes.find(process.pid) is None
    process.stdout.close()
    process.wait()


def test_ps_output_of_macos_is_read_with_commands_that_hold_spaces() -> None:
    listing = "  501   501 Ss   /usr/bin/python shim.py --port 4600\n  502   501 Z    (python)\n 9 9 S \n"
    assert list(processes.from_ps_listing(listing)) == [
        processes.Process(pid=501, group=501, command="/usr/bin/python shim.py --port 4600"),
        processes.Process(pid=9, group=9, command=""),
    ]
