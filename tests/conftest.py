"""Which tests run: plain ``pytest`` leaves out what needs Node, MiniStack or documents, and names it."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from hypothesis import settings
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants
from moto import mock_aws

from tests.dynamodb_server import DynamoServer
from tests.fakes.aws_services import FakeAws

pytest_plugins = ["tests.chromium", "tests.deployment"]

LEFT_OUT = {
    "synth": "synthesizes the stacks with Node: make test-synth",
    "ministack": "runs against MiniStack: make test-e2e",
    "samples": "reads OpenAPI documents of a folder: make test-samples",
    "browser": "opens the portal's pages in Chromium: make test-browser",
}
NAMED = ("synth", "ministack", "browser")
"""Markers that whole files have, or that stand in the file of whatever has them."""

settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("thorough", max_examples=2_000, deadline=None, print_blob=True)
settings.load_profile("steady")  # --hypothesis-profile=thorough: other examples each time, and twenty times as many
REGION = "eu-central-1"
_counts: pytest.StashKey[Counter[str]] = pytest.StashKey()


def pytest_sessionstart() -> None:
    """Steady examples are the same in every run: without this they hang on which modules were imported before."""
    if settings.get_current_profile_name() == "steady":
        assert callable(providers._get_local_constants), "Hypothesis collects constants elsewhere now"
        providers._get_local_constants = Constants


@pytest.fixture(scope="session")
def aws() -> boto3.Session:
    """One for the whole run: reading its descriptions of AWS's services takes longer than most tests."""
    return boto3.Session("test", "test", region_name=REGION)


@pytest.fixture(scope="module")
def dynamodb(aws: boto3.Session) -> Iterator[Any]:
    """A client of moto's DynamoDB, which starts empty; other clients that are made meanwhile are moto's too."""
    with mock_aws(), patch("boto3.DEFAULT_SESSION", aws):
        yield aws.client("dynamodb")


@pytest.fixture(scope="module")
def dynamodb_server(dynamodb: Any) -> Iterator[DynamoServer]:
    """The same DynamoDB behind a socket, for the client of the request path."""
    server = DynamoServer(dynamodb)
    yield server
    server.close()


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAws]:
    """Secrets Manager and KMS, where the process's own variables lead to."""
    fake = FakeAws()
    for name, value in fake.environment.items():
        monkeypatch.setenv(name, value)
    yield fake
    fake.close()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Where one marker is asked for, files that do not name it are left unread: importing all of them takes longer than
    some of these runs, and each process does it."""
    asked = re.fullmatch(r"(\w+)( and not \w+)*", config.getoption("-m"))
    if asked is None or asked[1] not in NAMED or not re.fullmatch(r"test_\w+\.py", collection_path.name):
        return None
    return None if _names(collection_path, asked[1]) else True


@cache
def _names(file: Path, marker: str) -> bool:
    return f"pytest.mark.{marker}" in file.read_text(encoding="utf-8")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    counts = config.stash[_counts] = Counter[str]()
    if config.getoption("-m"):
        return
    kept, left_out = [], []
    for item in items:
        marker = next((name for name in LEFT_OUT if item.get_closest_marker(name)), None)
        if marker:
            if marker in NAMED and not _names(item.path, marker):
                raise pytest.UsageError(f"{item.path} has to name pytest.mark.{marker}: runs by marker go by that")
            counts[marker] += 1
            left_out.append(item)
        else:
            kept.append(item)
    config.hook.pytest_deselected(items=left_out)
    items[:] = kept


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for marker, count in config.stash.get(_counts, Counter()).items():
        terminalreporter.write_line(f"left out: {count} tests marked {marker}; {LEFT_OUT[marker]}")
