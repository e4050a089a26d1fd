"""A valid policy folder of the tests' own, to build upon."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.policies.everything import write_everything
from tiergate.policy.bundle import compiled
from tiergate.policy.check import checked

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Compiled from files in which every key stands somewhere; to be copied, not changed."""
    return compiled(checked(write_everything(tmp_path_factory.mktemp("everything"))))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of ``valid/`` named ``policies`` in the working directory, so that faults begin with ``policies/``."""
    shutil.copytree(HERE / "valid", tmp_path / "policies")
    monkeypatch.chdir(tmp_path)
    return Path("policies")
