"""``tiergate check`` and ``tiergate api add`` as people and scripts meet them."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tiergate.cli.main import main

VALID = Path(__file__).parents[1] / "policies" / "valid"
DOCUMENT = "openapi: 3.1.0\ninfo: {title: Museum, version: '1'}\npaths:\n  /a:\n    get: {}\n    put: {}\n"
ADD = ("api", "add", "museum", "--openapi", "museum.yaml", "--upstream", "https://museum.example")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Valid policies and a document to add, in the working directory."""
    shutil.copytree(VALID, tmp_path / "policies")
    (tmp_path / "museum.yaml").write_text(DOCUMENT, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return Path("policies")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_check_says_what_it_looked_at() -> None:
    result = run("check")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "policies: no faults in 1 api, 3 operations, 1 product, 2 plans, 0 issuers\n"


def test_check_gives_scripts_one_json_document() -> None:
    result = run("check", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {
        "faults": [],
        "apis": 1,
        "operations": 3,
        "products": 1,
        "plans": 2,
        "issuers": 0,
    }


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_check_tells_all_faults_and_exits_with_1(folder: Path, options: tuple[str, ...]) -> None:
    (folder / "platform.yaml").write_text("name: Shop\nsuport: x\n", encoding="utf-8")
    (folder / "plans/large.yaml").write_text("title: Large\nlimits: {quota: {week: 5}}\n", encoding="utf-8")
    result = run("check", *options)
    assert result.exit_code == 1
    if options:
        listed = [(fault["file"], fault["line"]) for fault in json.loads(result.stdout)["faults"]]
        assert listed == [
            ("policies/plans/large.yaml", 2),
            ("policies/platform.yaml", 1),
            ("policies/platform.yaml", 2),
        ]
    assert result.stderr == (
        'policies/plans/large.yaml:2: limits.quota: unknown key "week"; known: day, hour, month\n'
        'policies/platform.yaml:1: missing key "support"\n'
        'policies/platform.yaml:2: unknown key "suport"; did you mean "support"?\n'
        "3 faults\n"
    )


def test_what_a_terminal_would_obey_is_escaped_for_scripts_too(folder: Path) -> None:
    text = "name: Shop\nsupport: x\nq\x9b31m\u202e: 1\n"
    (folder / "platform.yaml").write_text(text, encoding="utf-8")
    result = run("check", "--json")
    assert all(each.isprintable() or each == "\n" for each in result.stdout)
    json.loads(result.stdout)


def test_one_fault_is_one_fault(folder: Path) -> None:
    (folder / "platform.yaml").unlink()
    result = run("check")
    assert result.stderr == "policies/platform.yaml:1: missing; write it with name: and support:\n1 fault\n"


def test_check_looks_where_it_is_told(folder: Path) -> None:
    folder.rename("elsewhere")
    assert run("check").exit_code == 1
    assert run("check", "--policies", "elsewhere").stdout.startswith("elsewhere: no faults in ")


def test_api_add_says_what_it_wrote_and_what_comes_next() -> None:
    result = run(*ADD)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        "policies/apis/museum/v1: 2 operations at /museum/v1\n"
        "Next: list museum/v1 under apis: in a file of policies/products, so that it can be called.\n"
        "Then deploy: make up (local), or cdk deploy --all\n"
    )
    assert json.loads(run("check", "--json").stdout)["operations"] == 5


def test_api_add_lists_the_api_in_a_product(folder: Path) -> None:
    result = run(*ADD, "--version", "v2", "--owner", "Anna", "--product", "shop", "--json")
    assert json.loads(result.stdout) == {"folder": "policies/apis/museum/v2", "operations": 2, "product": "shop"}
    assert "  - museum/v2\n" in (folder / "products/shop.yaml").read_text(encoding="utf-8")
    assert 'owner: "Anna"\n' in (folder / "apis/museum/v2/api.yaml").read_text(encoding="utf-8")
    assert run("check").exit_code == 0


def test_api_add_tells_every_fault_of_a_document_and_writes_nothing(folder: Path) -> None:
    Path("museum.yaml").write_text(DOCUMENT.replace("/a:", "a:").replace("title: Museum, ", ""), encoding="utf-8")
    result = run(*ADD, "--product", "shop")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "museum.yaml:2: info.title: must be text; found nothing\n"
        "museum.yaml:4: a: a path begins with a slash\n"
        "2 faults\n"
    )
    assert not (folder / "apis/museum").exists()
    assert "museum" not in (folder / "products/shop.yaml").read_text(encoding="utf-8")


def test_api_add_refuses_a_version_that_exists() -> None:
    assert run(*ADD).exit_code == 0
    result = run(*ADD)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "policies/apis/museum/v1 exists; choose another --version, or remove it first\n"


@pytest.mark.parametrize("missing", ["--openapi", "--upstream"])
def test_api_add_names_the_option_that_is_missing(missing: str) -> None:
    at = ADD.index(missing)
    result = run(*ADD[:at], *ADD[at + 2 :])
    assert result.exit_code == 2
    assert f"Missing option '{missing}'" in result.stderr
