"""The domain imports the standard library and itself, nothing else."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import tiergate.domain

FILES = sorted(Path(tiergate.domain.__file__).parent.glob("**/*.py"))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "."


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_of_the_domain_imports_the_standard_library_only(path: Path):
    for name in imported(path):
        top = name.partition(".")[0]
        assert top in sys.stdlib_module_names or name.startswith("tiergate.domain"), name
