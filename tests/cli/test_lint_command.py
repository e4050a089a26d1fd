"""``tiergate lint`` as people and scripts meet it."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tiergate.cli.main import main
from tiergate.governance import engine

ROOT = Path(__file__).parents[2]
GOOD = ROOT / "tests" / "governance" / "good.yaml"
ENDED = "state: retired\ndeprecation: {date: 2026-01-01, sunset: 2026-06-30, guide: 'https://shop.example/why'}\n"
WAIVER = """\
waivers:
  - rule: operation-id
    api: orders/v1
    owner: anna@shop.example
    reason: Named with the next version.
    expires: 2999-12-31
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Valid policies with the rules, and one document that breaks none of them."""
    shutil.copytree(ROOT / "tests" / "policies" / "valid", tmp_path / "policies")
    shutil.copytree(ROOT / "policies" / "governance", tmp_path / "policies" / "governance")
    shutil.copy(GOOD, tmp_path / "policies" / "apis" / "orders" / "v1" / "openapi.yaml")
    monkeypatch.chdir(tmp_path)
    return Path("policies")


def document(folder: Path) -> Path:
    return folder / "apis" / "orders" / "v1" / "openapi.yaml"


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["lint", *arguments])


@pytest.mark.synth
def test_a_good_document_gets_an_a() -> None:
    result = run()
    assert (result.exit_code, result.stdout, result.stderr) == (0, "orders/v1  A 100\n", "")


@pytest.mark.synth
def test_findings_are_grouped_by_severity_and_errors_fail(folder: Path) -> None:
    change(document(folder), "      operationId: placeOrder\n      summary: Place an order\n", "")
    result = run("orders/v1")
    assert (result.exit_code, result.stderr) == (1, "")
    assert result.stdout == (
        "1 error\n"
        "policies/apis/orders/v1/openapi.yaml:45: operation-id: POST /orders has no operationId; give it one: a verb "
        "and a noun, such as listAccounts\n"
        "\n"
        "1 warning\n"
        "policies/apis/orders/v1/openapi.yaml:45: operation-summary: POST /orders has no summary; say in a few words "
        "what it does, such as: List accounts\n"
        "\n"
        "orders/v1  B 88\n"
        "  operation-id        −9  1 of 3 places\n"
        "  operation-summary   −3  1 of 3 places\n"
    )


@pytest.mark.synth
@pytest.mark.parametrize(("fail_on", "code"), [("error", 0), ("warning", 1)])
def test_warnings_fail_where_that_is_asked_for(fail_on: str, code: int, folder: Path) -> None:
    change(document(folder), "      summary: Place an order\n", "")
    assert run("--fail-on", fail_on).exit_code == code


@pytest.mark.synth
def test_a_waived_finding_is_shown_and_neither_fails_nor_costs(folder: Path) -> None:
    change(document(folder), "      operationId: placeOrder\n", "")
    (folder / "governance" / "waivers.yaml").write_text(WAIVER, encoding="utf-8")
    result = run("--fail-on", "warning")
    assert result.exit_code == 0
    assert " (waived until 2999-12-31 by anna@shop.example: Named with the next version.)\n" in result.stdout
    assert result.stdout.endswith("orders/v1  A 100  (1 finding waived)\n")


@pytest.mark.synth
def test_a_needless_waiver_is_a_warning_and_an_expired_one_a_fault(folder: Path) -> None:
    file = folder / "governance" / "waivers.yaml"
    file.write_text(WAIVER, encoding="utf-8")
    assert run().stdout == (
        "1 needless waiver\n"
        "policies/governance/waivers.yaml:2: waivers.0: nothing breaks operation-id there; remove it\n"
        "\n"
        "orders/v1  A 100\n"
    )
    assert [run("--fail-on", each).exit_code for each in ("error", "warning")] == [0, 1]
    file.write_text(WAIVER.replace("2999", "2020"), encoding="utf-8")
    result = run()
    assert result.exit_code == 1
    assert result.stderr == (
        "policies/governance/waivers.yaml:6: waivers.0.expires: expired on 2020-12-31; anna@shop.example has to mend "
        "what breaks operation-id, or to give a new date with the reason for it\n1 fault\n"
    )


@pytest.mark.synth
def test_a_document_that_cannot_be_read_is_told_as_check_tells_it(folder: Path) -> None:
    change(document(folder), "  /orders:", "  orders:")
    result = run()
    told = "policies/apis/orders/v1/openapi.yaml:15: orders: a path begins with a slash\n1 fault\n"
    assert (result.exit_code, result.stderr) == (1, told)


@pytest.mark.synth
def test_a_document_outside_the_policies_is_judged_by_its_file(tmp_path: Path) -> None:
    shutil.copy(GOOD, tmp_path / "shop.yaml")
    assert run("shop.yaml").stdout == "shop.yaml  A 100\n"
    result = run("missing.yaml")
    assert (result.exit_code, result.stderr) == (
        1,
        "missing.yaml:1: cannot be read: No such file or directory\n1 fault\n",
    )


def test_files_and_versions_are_not_judged_together() -> None:
    result = run("shop.yaml", "orders/v1")
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (
        2,
        "Error: name files, or API versions of the policies, but not both",
    )


@pytest.mark.synth
@pytest.mark.parametrize("more", ["", "isolated: soon\n"], ids=["valid", "with a fault"])
def test_a_retired_version_is_left_out_whatever_else_its_file_says(folder: Path, more: str) -> None:
    change(document(folder), "      operationId: placeOrder\n", "")
    change(folder / "apis/orders/v1/api.yaml", "state: published", f"{ENDED}{more}")
    result = run()
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")


@pytest.mark.synth
def test_scripts_get_one_json_document(folder: Path) -> None:
    change(document(folder), "      operationId: placeOrder\n", "")
    result = run("--json")
    found = json.loads(result.stdout)
    assert result.exit_code == 1
    assert found.keys() == {"scorecards", "findings", "faults", "unused_waivers"}
    assert [card["grade"] for card in found["scorecards"]] == ["A"]
    (finding,) = found["findings"]
    assert (finding["rule"], finding["line"], finding["operation"]) == ("operation-id", 45, "POST /orders")
    assert finding["path"] == "/paths/~1orders/post"


@pytest.mark.synth
def test_an_unknown_api_is_told_with_the_nearest() -> None:
    result = run("order/v1")
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == (
        'Error: Invalid value for API/VERSION: there is no "order/v1" with a document that can be read; did you mean '
        '"orders/v1"?; a document outside the policies is named by its file, such as museum.yaml'
    )


def test_without_node_modules_the_command_to_run_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(engine, "MODULES", tmp_path)
    result = run()
    assert (result.exit_code, result.stdout) == (1, "")
    assert (
        result.stderr == f"Error: Spectral (in {tmp_path}) is not installed, which the rules run on; run: make setup\n"
    )
