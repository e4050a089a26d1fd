"""Every OpenAPI document of ``TIERGATE_SAMPLES`` is judged, by bounded work, and graded; the grades are printed."""

import os
from pathlib import Path

import pytest

from tests.governance.conftest import RULESET
from tiergate.governance.engine import Engine
from tiergate.governance.lint import lint
from tiergate.governance.waivers import Register
from tiergate.policy.openapi import Document, operations
from tiergate.policy.source import read

SAMPLES = os.environ.get("TIERGATE_SAMPLES", "")
SUFFIXES = {".yaml", ".yml", ".json"}
DOCUMENTS = sorted(path for path in Path(SAMPLES).resolve().glob("*") if SAMPLES and path.suffix in SUFFIXES)

pytestmark = [
    pytest.mark.samples,
    pytest.mark.skipif(not SAMPLES, reason="TIERGATE_SAMPLES names no folder of OpenAPI documents"),
]


def test_every_document_is_graded(capsys: pytest.CaptureFixture[str]) -> None:
    """The engine itself gives up on a document after 30 s and at 1 GB."""
    assert DOCUMENTS, f"{SAMPLES} holds no OpenAPI document"
    sources = {path.name: read(path, path.name) for path in DOCUMENTS}
    documents = {name: Document(source, operations(source)) for name, source in sources.items()}
    with Engine(RULESET) as engine:
        result = lint(documents, engine, Register())
    assert result.faults == ()
    assert [card.name for card in result.scorecards] == list(documents)
    for finding in result.findings:
        assert 1 <= finding.line <= sources[finding.file].text.count("\n") + 1
        assert finding.place > 0
    with capsys.disabled():
        print()
        for card in result.scorecards:
            print(f"{card.grade} {card.points:3}  {card.name}")
    assert all(0 <= card.points <= 100 for card in result.scorecards)
