"""Spectral in a Node process of its own, which reads one document after another.

It gets values and never text, so that lines, aliases and merge keys mean what they mean to ``tiergate check``. It sees
no environment variables; what a document refers to is neither opened nor fetched. A document that takes too long or too
much memory ends the process; the next document starts another.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Timer
from types import TracebackType
from typing import IO, Any

from tiergate.governance.findings import Answer, Rule, answer
from tiergate.policy.openapi import Document
from tiergate.policy.source import Fault, Faults, Key, Source, found, has, mapping, read

ENGINE = Path(__file__).with_name("engine.cjs")
MODULES = Path(__file__).parents[2] / "node_modules"
SECONDS = 30.0
"""The longest that the rules may take for a document."""
MEGABYTES = 1024
"""The most that the rules may keep in memory."""


class NotInstalled(Exception):
    """Node or Spectral is not there; the text says what to do."""


class Engine:
    """The rules of a ruleset, ready to judge documents. To be used in a ``with`` block, which ends the process.

    Raises
    ------
    Faults
        The ruleset is not there, or is no ruleset.
    NotInstalled
        Node or Spectral is not there.
    """

    def __init__(self, ruleset: Path, *, seconds: float = SECONDS, megabytes: int = MEGABYTES) -> None:
        self._ruleset, self.seconds, self._megabytes = ruleset, seconds, megabytes
        self._node = _node()
        self._process: subprocess.Popen[bytes] | None = None
        self.rules: dict[str, Rule] = {}
        self._start()

    def __enter__(self) -> "Engine":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end()

    def lint(self, document: Document) -> Answer:
        """What the rules say of a document.

        Raises
        ------
        Faults
            They could not be applied: too much time or memory, or all of them failed.
        """
        return answer(document, self.told(document))

    def told(self, document: Document) -> Any:
        """The same as values of JSON, which `answer` reads. Raises as `lint`."""
        source = document.source
        if self._process is None:
            self._start()
        try:
            values = json.dumps(source.data, allow_nan=False)
        except ValueError:
            raise Faults([source.fault("holds a number that JSON does not have; write a smaller one")]) from None
        name = json.dumps(str(Path(source.file).absolute()))
        told = self._ask(f'{{"source":{name},"document":{values}}}', source)
        if "broken" in told:
            raise Faults([source.fault(f"the rules failed: {told['broken']}; mend the document, or the ruleset")])
        return told

    def _start(self) -> None:
        ruleset = read(self._ruleset)
        command = [str(self._node), f"--max-old-space-size={self._megabytes}", str(ENGINE)]
        self._process = subprocess.Popen(  # noqa: S603  # our own node and script, no shell
            command,
            env={},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        told = self._ask(json.dumps({"ruleset": str(self._ruleset.absolute())}), ruleset)
        if "faults" in told:
            self._end()
            raise Faults([_ruleset_fault(ruleset, self._ruleset, each) for each in told["faults"]])
        self.rules = {name: Rule(**rule) for name, rule in told["rules"].items()}

    def _ask(self, line: str, source: Source) -> Any:
        process = self._process
        assert process is not None  # noqa: S101  # _start made it
        late: list[bool] = []

        def kill() -> None:
            late.append(True)
            _kill(process)

        timer = Timer(self.seconds, kill)
        timer.start()
        try:
            _pipe(process.stdin).write(line.encode() + b"\n")
            _pipe(process.stdin).flush()
            told = _pipe(process.stdout).readline()
        except BrokenPipeError:
            told = b""
        finally:
            timer.cancel()
        if told:
            return json.loads(told)
        self._end()
        if late:
            message = f"the rules took longer than {self.seconds:g} s; split it, or switch the slow rule off"
        else:
            message = f"the rules took more than {self._megabytes} MB of memory, or Node failed; split the document"
        raise Faults([source.fault(message)])

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            _kill(process)
            process.communicate()


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Node and the launcher that PyPI's package puts before it: they have a process group to themselves."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None  # noqa: S101  # Popen was asked for it
    return pipe


def _node() -> Path:
    """The Node beside this Python, else that of PATH."""
    beside = Path(sys.executable).with_name("node")
    node = beside if beside.exists() else shutil.which("node")
    if node is None or not (MODULES / "@stoplight" / "spectral-core").is_dir():
        missing = "Node" if node is None else f"Spectral (in {MODULES})"
        raise NotInstalled(f"{missing} is not installed, which the rules run on; run: make setup")
    return Path(node)


def _ruleset_fault(ruleset: Source, file: Path, error: dict[str, Any]) -> Fault:
    """A fault where the ruleset, or one that lies in a folder beside it, has the path of the error or what it names."""
    message, path = error["message"], error["path"]
    for source in (ruleset, *(read(each) for each in sorted(file.parent.glob("*/*.yaml")))):
        if path and has(source.data, path):
            return source.fault(message, *path[:2])
        for place, name in () if path else _named(source.data):
            if name in message:
                return source.fault(message, *place)
    return ruleset.fault(message)


def _named(ruleset: Any) -> Iterator[tuple[tuple[Key, ...], str]]:
    """Where a ruleset names files, addresses and rules."""
    extended = found(ruleset, ("extends",))
    for index, name in enumerate(extended if isinstance(extended, list) else ()):
        yield ("extends", index), str(name).removeprefix("./")
    for name in mapping(ruleset, "rules"):
        yield ("rules", name), f'"{name}"'
