"""A valid policy folder of the tests' own, to build upon."""

import shutil
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of ``valid/`` named ``policies`` in the working directory, so that faults begin with ``policies/``."""
    shutil.copytree(HERE / "valid", tmp_path / "policies")
    monkeypatch.chdir(tmp_path)
    return Path("policies")
