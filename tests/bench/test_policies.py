"""The measurement of commands that read many APIs."""

import sys
from pathlib import Path

import pytest

from bench import BenchError, policies


def test_a_command_that_fails_is_told_with_its_words(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match=r": no luck$"):
        policies._sample([sys.executable, "-c", "import sys; sys.exit('no luck')"], tmp_path, tmp_path)


def test_modules_are_compiled_once_as_installed_ones_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    taken = policies._sample([sys.executable, "-c", "import bench.targets"], tmp_path, tmp_path)
    assert taken["seconds"] > 0
    assert [path.name.partition(".")[0] for path in tmp_path.rglob("targets.*.pyc")] == ["targets"]
