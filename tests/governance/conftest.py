"""One engine for the whole run, and documents out of texts."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tiergate.governance.engine import Engine
from tiergate.policy.openapi import Document, operations
from tiergate.policy.source import parse

HERE = Path(__file__).parent
RULESET = HERE.parents[1] / "policies" / "governance" / "ruleset.yaml"

Read = Callable[[str], Document]


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    with Engine(RULESET) as engine:
        yield engine


@pytest.fixture(scope="session")
def good() -> str:
    """A document that breaks no rule."""
    return (HERE / "good.yaml").read_text(encoding="utf-8")


@pytest.fixture
def read() -> Read:
    def document(text: str) -> Document:
        source = parse(text, "f")
        return Document(source, operations(source))

    return document
