"""Another checkout's authorizer is measured as that one deploys it."""

import sys
from pathlib import Path

import pytest

from bench import BenchError
from bench.checkout import staged_by

ASSETS = """\
RUNTIME = (2, 7)

def stage(function, out, bundle):
    package = out / function
    package.mkdir()
    (package / "handler.py").write_text("'''Documented.'''")
    (package / "compiled.txt").write_text(f"its own way, for {RUNTIME}, with {bundle}")
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """One that stages in a way of its own."""
    modules = {"stacks/assets.py": ASSETS, "bench/gateway.py": "def bundle_of(policies, upstream): return upstream"}
    for name, text in modules.items():
        file = tmp_path / "before" / name
        file.parent.mkdir(parents=True)
        (file.parent / "__init__.py").touch()
        file.write_text(text)
    return tmp_path / "before"


def test_another_checkout_compiles_in_its_own_way_for_the_python_that_measures(checkout: Path, tmp_path: Path) -> None:
    package = staged_by(checkout, tmp_path / "out", "http://127.0.0.1:9")
    told = f"its own way, for {sys.version_info[:2]}, with http://127.0.0.1:9"
    assert (package / "compiled.txt").read_text() == told
    assert {path.name for path in package.rglob("*")} == {"handler.py", "compiled.txt"}


def test_a_checkout_that_cannot_stage_is_told_with_its_last_words(checkout: Path, tmp_path: Path) -> None:
    (checkout / "stacks/assets.py").write_text("raise SystemExit('no such policy')")
    with pytest.raises(BenchError, match=r"before stages no authorizer for --against; .*\n*no such policy"):
        staged_by(checkout, tmp_path / "out", "http://127.0.0.1:9")
