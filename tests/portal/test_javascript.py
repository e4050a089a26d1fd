"""The tests of the portal's modules that need no browser, run by Node."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TESTS = sorted((ROOT / "portal" / "tests").glob("*.test.js"))


def node() -> str:
    """Node as `make` installs it, else the machine's."""
    own = Path(sys.executable).with_name("node")
    found = str(own) if own.exists() else shutil.which("node")
    assert found, "Node is not installed: make setup"
    return found


@pytest.mark.parametrize("file", TESTS, ids=lambda file: file.stem)
def test_modules_keep_what_their_tests_say(file: Path) -> None:
    command = [node(), "--test", "--test-reporter=tap", str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603  # our own
    assert done.returncode == 0, done.stdout + done.stderr


def test_there_are_tests_of_modules() -> None:
    assert len(TESTS) > 5
