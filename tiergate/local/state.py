"""What a local gateway remembers between two commands: `local.json` in its state folder."""

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tiergate.local.progress import LocalError


@dataclass(frozen=True)
class Person:
    """Somebody who can sign in to the portal; the password is a throw-away secret."""

    mail: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Demo:
    """Seeded partners: a GET on `url` answers 200 with either key. The keys are throw-away secrets.

    `person` owns the partners' organizations; None where there is no portal.
    """

    url: str
    keys: Mapping[str, str] = field(repr=False)
    person: Person | None = None


@dataclass(frozen=True)
class LocalState:
    """The emulator that was started last, and the demo in it; `demo` is None until seeding is done."""

    pid: int
    port: int
    region: str
    stage: str
    demo: Demo | None = None


def load(path: Path) -> LocalState | None:
    """Read the state, None if there is none. Raises `LocalError` for a file that this version cannot read."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    try:
        raw = json.loads(text)
        demo = raw["demo"]
        return LocalState(
            pid=int(raw["pid"]),
            port=int(raw["port"]),
            region=str(raw["region"]),
            stage=str(raw["stage"]),
            demo=_demo(demo) if demo else None,
        )
    except (ValueError, KeyError, TypeError) as fault:
        raise LocalError(
            f"{path} cannot be read ({type(fault).__name__}: {fault}). Remove it; if `pgrep -f ministack_shim` "
            "then still finds a process, end it by its number."
        ) from fault


def _demo(raw: Mapping[str, Any]) -> Demo:
    person = raw.get("person")  # an earlier version knew of none
    return Demo(
        url=str(raw["url"]),
        keys=dict(raw["keys"]),
        person=Person(str(person["mail"]), str(person["password"])) if person else None,
    )


def save(path: Path, state: LocalState) -> None:
    """Write the state with mode 0600, all or nothing: a reader sees the old file or the new one."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # mkstemp's mode is 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(state), file, indent=2)
            file.write("\n")
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def forget(path: Path) -> None:
    path.unlink(missing_ok=True)
