"""Scorecards of the API versions that are called, for what is published of them.

What the rules said of a document is kept by all that it hangs on: the document, the rules, and Spectral. So only new
and changed documents cost anything, and where there are none Node is not even started. Waivers are applied each time.
"""

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any

from tiergate.domain.lifecycle import SERVED
from tiergate.governance.engine import ENGINE, MODULES, Engine
from tiergate.governance.findings import Answer, Rule, answer
from tiergate.governance.kept import Kept
from tiergate.governance.scorecard import Scorecard, scorecard
from tiergate.governance.waivers import register
from tiergate.policy.load import Policies
from tiergate.policy.openapi import Document
from tiergate.policy.source import Fault, Faults, found, read

RULESET, WAIVERS = "ruleset.yaml", "waivers.yaml"

INSTALLED = MODULES / ".package-lock.json"
"""What npm says it installed."""


def graded(
    policies: Policies, governance: Path, kept: Path, today: date, report: Callable[[], object] = lambda: None
) -> dict[str, Scorecard]:
    """By API version, of those that are published or deprecated; none where ``governance`` has no ruleset.

    ``kept``: the folder for what the rules said. ``report`` is called when they must be asked, which takes seconds.

    Raises
    ------
    Faults
        The ruleset is none, or cannot be applied to a document.
    NotInstalled
        Node or Spectral is not there.
    """
    documents = {name: policies.documents[name] for name, api in policies.apis.items() if api.value.state in SERVED}
    if not documents or not (governance / RULESET).exists():
        return {}
    cards: dict[str, Scorecard] = {}
    faults: list[Fault] = []
    with _Rules(governance, kept, report) as rules:
        waivers = register(governance / WAIVERS, rules.known(), policies.documents, today)
        for name, document in documents.items():
            try:
                answered = rules.lint(document)
            except Faults as unjudged:
                faults += unjudged.faults
                continue
            faults += answered.faults
            own = [waivers.applied(name, each) for each in answered.findings]
            cards[name] = scorecard(name, own, answered.places)
    if faults:
        raise Faults(faults)
    return cards


class _Rules:
    """The rules of a folder, whose engine starts with the first document that it must be asked about."""

    def __init__(self, governance: Path, kept: Path, report: Callable[[], object]) -> None:
        self._governance, self._kept, self._report = governance, Kept(kept), report
        self._engine: Engine | None = None
        self._version = _version(governance)

    def __enter__(self) -> "_Rules":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._kept.trim()
        if self._engine is not None:
            self._engine.__exit__(kind, error, at)

    def known(self) -> Mapping[str, Rule]:
        """Those that are switched on."""
        told = self._told(self._version)
        if told is None:
            return self._running().rules
        return {name: Rule(**rule) for name, rule in told.items()}

    def lint(self, document: Document) -> Answer:
        """See `Engine.lint`."""
        key = f"{self._version} {self._place(document)} {json.dumps(document.source.data)}"
        told = self._told(key)
        if told is None:
            told = self._running().told(document)
            if self._version and not told["failed"]:
                self._kept.keep(key, told)
        return answer(document, told)

    def _told(self, key: str) -> Any:
        return self._kept.get(key) if self._version else None

    def _running(self) -> Engine:
        if self._engine is None:
            self._report()
            self._engine = Engine(self._governance / RULESET)
            if self._version:
                self._kept.keep(self._version, {name: asdict(rule) for name, rule in self._engine.rules.items()})
        return self._engine

    def _place(self, document: Document) -> str:
        """As a ruleset's overrides name it."""
        return os.path.relpath(document.source.file, self._governance)


def _version(governance: Path) -> str:
    """Of the rules and of what applies them; empty where that cannot be told: there nothing is kept."""
    files = sorted(file for file in governance.rglob("*") if file.is_file() and file.name != WAIVERS)
    if not INSTALLED.exists() or any(
        _leads_out(file, governance) for file in files if file.suffix in {".yaml", ".yml", ".json"}
    ):
        return ""
    parts = [(os.path.relpath(file, governance), file) for file in files]
    parts += [(file.name, file) for file in (ENGINE, INSTALLED)]
    digests = [(name, hashlib.sha256(file.read_bytes()).hexdigest()) for name, file in parts]
    return hashlib.sha256(json.dumps(digests).encode()).hexdigest()


def _leads_out(file: Path, governance: Path) -> bool:
    """Whether a ruleset reads what lies outside the rules' folder, or cannot be read itself."""
    try:
        data = read(file).data
    except Faults:
        return True
    extended = found(data, ("extends",))
    names = [found(data, ("functionsDir",)), *(extended if isinstance(extended, list) else [extended])]
    named = (str(each[0]) if isinstance(each, list) and each else str(each) for each in names)
    return not all((file.parent / name).resolve().is_relative_to(governance.resolve()) for name in named)
