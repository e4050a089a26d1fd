"""``docs/export.md``: its example is a file, its fields are the format's, its permissions are what the commands ask."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.fakes.archive import RESTORED, create_tables, delete_tables, exported, restore, restoring
from tiergate.adapters.archive import KINDS, PARTS, Tables
from tiergate.adapters.archive.lines import LONGEST
from tiergate.adapters.archive.restore import HEADER
from tiergate.cli.main import main

GUIDE = (Path(__file__).parents[2] / "docs" / "export.md").read_text(encoding="utf-8")
EXAMPLE = GUIDE.split("```jsonl\n")[1].split("```")[0].encode().splitlines(keepends=True)
COMMANDS = re.findall(r"^\$ tiergate (.*?)(?: \| .*)?$", GUIDE, re.MULTILINE)


@pytest.fixture
def empty(dynamodb: Any) -> Iterator[Tables]:
    yield create_tables(dynamodb, RESTORED)
    delete_tables(dynamodb, RESTORED)


def row(kind: str) -> str:
    found = re.search(rf"^\| `{kind}` \| (.*) \|$", GUIDE, re.MULTILINE)
    assert found is not None
    return found[1]


def test_the_example_is_a_file_that_comes_back_the_same(empty: Tables) -> None:
    header = restoring(EXAMPLE, empty).check()
    assert header.stage == "prod"
    restore(EXAMPLE, empty)
    assert exported(empty)[1:][:-1] == EXAMPLE[1:-1]
    assert {json.loads(line)["kind"] for line in EXAMPLE} == {"export", *KINDS, "end"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_of_a_kind_is_named(kind: str) -> None:
    named = row(kind) + (row("key") if kind == "client" else "")
    assert [name for name in KINDS[kind].fields if f"`{name}`" not in named] == []


def test_the_first_and_the_last_line_are_told_whole() -> None:
    assert [name for name in (*HEADER, *PARTS) if f"`{name}`" not in row("export")] == []
    assert [name for name in ("records", "sha256") if f"`{name}`" not in row("end")] == []
    assert f"at most {LONGEST // 1_000_000} MB" in GUIDE


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_guide_is_there_with_its_options(command: str) -> None:
    words = [word if word != "backup.jsonl" else __file__ for word in shlex.split(command)]
    result = CliRunner().invoke(main, [*words, "--help"])
    assert (result.exit_code, result.stderr) == (0, "")


def test_no_more_is_asked_of_dynamodb_than_the_guide_permits(dynamodb: Any, empty: Tables) -> None:
    """The audit entry of a restore is read with ``Query`` and written with ``PutItem``."""
    calls = set[str]()

    def seen(model: Any, **_: Any) -> None:
        calls.add(model.name)

    dynamodb.meta.events.register("before-call.dynamodb", seen)
    try:
        restore(EXAMPLE, empty)
        exported(empty)
    finally:
        dynamodb.meta.events.unregister("before-call.dynamodb", seen)
    written = {"TransactWriteItems": "PutItem"}
    permitted = set(re.findall(r"`dynamodb:(\w+)`", GUIDE))
    assert {written.get(call, call) for call in calls} <= permitted
    assert permitted == {"Scan", "GetItem", "PutItem", "Query"}
