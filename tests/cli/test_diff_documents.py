"""``tiergate diff --base OLD NEW`` of two documents, wherever they are."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tiergate.cli.main import main

ORDERS = Path(__file__).parents[1] / "policies/valid/apis/orders/v1/openapi.yaml"


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A document, in a folder that is neither a repository nor has policies."""
    monkeypatch.chdir(tmp_path)
    file = Path("old.yaml")
    file.write_text(ORDERS.read_text(encoding="utf-8"), encoding="utf-8")
    return file


def diff(*arguments: str) -> Result:
    return CliRunner().invoke(main, ("diff", *arguments))


def test_two_documents_are_compared_without_any_policies(old: Path) -> None:
    text, new = old.read_text(encoding="utf-8"), Path("new.yaml")
    new.write_text(text, encoding="utf-8")
    assert diff("--base", str(old), str(new)).stdout == f"nothing differs from {old}\n"
    read = "  /orders/{order}:\n    get:\n      operationId: getOrder\n"
    assert read in text
    new.write_text(text.replace(read, "  /orders/{order}:\n    put:\n"), encoding="utf-8")
    result = diff("--base", str(old), str(new))
    assert result.exit_code == 1
    assert f"{old}:14 (old document): GET /orders/{{order}}" in result.stdout


def test_a_document_needs_another_document(old: Path) -> None:
    result = diff("--base", "main", str(old))
    assert result.exit_code == 1
    assert "main is no file; two documents are compared with: --base OLD.yaml NEW.yaml" in result.stderr


def test_a_document_alone_says_what_is_missing(old: Path) -> None:
    result = diff("--base", str(old))
    assert result.exit_code == 1
    assert f"{old} is a document; name the one to compare with it too: --base {old} NEW" in result.stderr
