"""MiniStack as a process: started, waited for, found again, ended with all its children."""

import http.client
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tiergate.local import processes
from tiergate.local.place import Place, open_log
from tiergate.local.progress import LocalError

HOST = "127.0.0.1"
SHIM = Path(__file__).with_name("ministack_shim")
START_SECONDS = 60.0
STOP_GRACE_SECONDS = 5.0
HEALTH_INTERVAL_SECONDS = 0.05
LOG_TAIL_LINES = 15

_KEPT = ("HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "SSL_CERT_FILE", "SYSTEMROOT")

# Processes that this one started, so that their ends are collected and a tether stays open.
_started: dict[int, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True)
class Emulator:
    """A MiniStack that was started; it leads its own process group, so `pid` is the group's number too."""

    pid: int
    port: int

    @property
    def endpoint(self) -> str:
        """AWS_ENDPOINT_URL for whoever talks to it."""
        return f"http://{HOST}:{self.port}"

    def runs(self) -> bool:
        """Whether the process lives and is this MiniStack, not a stranger that got its number."""
        found = processes.find(self.pid)
        return found is not None and self._leads(found)

    def answers(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=2)
        try:
            connection.request("GET", "/_ministack/health")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _leads(self, process: processes.Process) -> bool:
        return SHIM.name in process.command and f"--port {self.port}" in process.command.partition(SHIM.name)[2]


def choose_port(asked: int | None) -> int:
    """A free port on 127.0.0.1: `asked`, or any when None.

    Raises `LocalError` when `asked` is taken; it says how to choose another.
    """
    with socket.socket() as probe:
        probe.settimeout(1)
        if asked is not None and probe.connect_ex((HOST, asked)) == 0:
            raise LocalError(_taken(asked))
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, asked or 0))
        except PermissionError:
            raise LocalError(f"Port {asked} needs root. Choose one above 1023: make up PORT=4600.") from None
        except OSError:
            raise LocalError(_taken(asked)) from None
        port: int = probe.getsockname()[1]
        return port


def _taken(port: int | None) -> str:
    return (
        f"Port {port} is in use by another program. Choose another one (make up PORT=4600), "
        "or give none and a free one is taken (make up)."
    )


def spawn(place: Place, *, port: int, tethered: bool = False, settings: Mapping[str, str] | None = None) -> Emulator:
    """Start MiniStack on `port` and return at once; its output goes to the place's log, its gateway's access log to
    a file that is started anew.

    A `tethered` one ends by itself when the calling process ends, however that ends: meant for tests.
    `settings` are further MiniStack environment variables, such as `AUTH=true`.
    """
    place.prepare()
    if place.ministack_log.exists():
        place.ministack_log.chmod(0o600)
        place.ministack_log.replace(place.ministack_log.with_suffix(".previous.log"))
    open_log(place.access_log).close()
    command = [str(place.ministack_python), str(SHIM), "--port", str(port), "--access-log", str(place.access_log)]
    with open_log(place.ministack_log) as log:
        process = subprocess.Popen(  # noqa: S603  # our own interpreter and arguments, no shell
            [*command, "--tethered"] if tethered else command,
            env=environment(place, port=port) | dict(settings or {}),
            cwd=place.state,
            stdin=subprocess.PIPE if tethered else subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _started[process.pid] = process
    return Emulator(pid=process.pid, port=port)


def environment(place: Place, *, port: int) -> dict[str, str]:
    """All that MiniStack sees, and with it every function: nothing of the caller's AWS set-up, proxies or
    PYTHONPATH. AWS_ENDPOINT_URL is left to MiniStack, which gives functions its own address."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | {
        "PATH": f"{place.scripts}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "TMPDIR": str(place.scratch),
        "TZ": "UTC",
        "PYTHONUNBUFFERED": "1",
        "GATEWAY_PORT": str(port),
        "BIND_HOST": HOST,
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "DOCKER_HOST": f"unix://{place.scratch}/none.sock",  # else it sweeps the user's Docker at start and end
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def wait_until_ready(place: Place, emulator: Emulator, *, seconds: float = START_SECONDS) -> None:
    """Return as soon as MiniStack answers.

    Raises `LocalError` with the log's last lines at once when its process ends, or after `seconds`; nothing
    of it runs then.
    """
    deadline = time.monotonic() + seconds
    while not emulator.answers():
        if _has_ended(emulator):
            fault = "MiniStack ended while starting."
        elif time.monotonic() > deadline:
            fault = f"MiniStack did not answer within {seconds:.0f} s."
        else:
            time.sleep(HEALTH_INTERVAL_SECONDS)
            continue
        stop(place, emulator)
        raise LocalError(
            f"{fault} The last lines of {place.ministack_log}:\n{log_tail(place.ministack_log)}\n"
            "Try `make up` once more; if it stays so, rebuild its environment: rm -r .venv-ministack && make up."
        )


def _has_ended(emulator: Emulator) -> bool:
    process = _started.get(emulator.pid)
    return process.poll() is not None if process else not emulator.runs()


def stop(place: Place, emulator: Emulator, *, grace: float = STOP_GRACE_SECONDS) -> bool:
    """End MiniStack and every function process it started, also those left behind by a killed one.

    Returns whether anything ran. Takes at most about `grace` seconds.
    """
    leads = emulator.runs()  # then the group's number is still ours; without it only what names MiniStack is
    ended = processes.end_group(emulator.pid, ours=lambda process: leads or "ministack" in process.command, grace=grace)
    if process := _started.pop(emulator.pid, None):
        process.wait()
        if process.stdin:
            process.stdin.close()
    shutil.rmtree(place.scratch, ignore_errors=True)
    return ended > 0


def log_tail(path: Path, lines: int = LOG_TAIL_LINES) -> str:
    try:
        content = path.read_text(encoding="utf-8", errors="replace").rstrip().splitlines()
    except FileNotFoundError:
        return "  (no log)"
    return "\n".join(f"  {line}" for line in content[-lines:]) or "  (the log is empty)"
