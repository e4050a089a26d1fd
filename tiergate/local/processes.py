"""Looking at and ending processes by group, without psutil: /proc on Linux, `ps` elsewhere."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
POLL_SECONDS = 0.02


@dataclass(frozen=True)
class Process:
    """A process that still runs; a zombie, which holds nothing but its number, is not one."""

    pid: int
    group: int
    command: str


def running() -> Iterator[Process]:
    """Every process on this machine that this user may look at."""
    return _from_proc() if (PROC / "self" / "stat").exists() else _from_ps()


def find(pid: int) -> Process | None:
    return next((process for process in running() if process.pid == pid), None)


def end_group(group: int, *, ours: Callable[[Process], bool], grace: float) -> int:
    """End the members of process group `group` that `ours` accepts; return how many there were.

    They get SIGTERM, after `grace` seconds SIGKILL. The check guards against a group number that was reused
    by a stranger. When the call returns, none of them runs.
    """
    seen: set[int] = set()
    deadline = time.monotonic() + grace
    told: dict[int, signal.Signals] = {}
    while members := [process for process in running() if process.group == group and ours(process)]:
        due = signal.SIGTERM if time.monotonic() < deadline else signal.SIGKILL
        for process in members:
            if told.get(process.pid) is not due:
                told[process.pid] = due
                with suppress(ProcessLookupError):
                    os.kill(process.pid, due)
        seen.update(process.pid for process in members)
        time.sleep(POLL_SECONDS)
    return len(seen)


def _from_proc() -> Iterator[Process]:
    for entry in PROC.iterdir():
        if not entry.name.isdigit():
            continue
        try:
            stat = (entry / "stat").read_text(errors="replace")
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            continue  # it ended while we looked
        state, _parent, group = stat.rpartition(")")[2].split()[:3]
        if state not in "ZX":
            yield Process(pid=int(entry.name), group=int(group), command=command)


def _from_ps() -> Iterator[Process]:
    listing = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,pgid=,stat=,command="],  # noqa: S607  # where `ps` is differs by system
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return from_ps_listing(listing)


def from_ps_listing(listing: str) -> Iterator[Process]:
    """Read `ps -o pid=,pgid=,stat=,command=`."""
    for line in listing.splitlines():
        pid, group, state, *command = line.split(maxsplit=3)
        if not state.startswith("Z"):
            yield Process(pid=int(pid), group=int(group), command=" ".join(command))
