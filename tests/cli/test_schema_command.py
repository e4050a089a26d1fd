"""``tiergate schema`` as people and scripts meet it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tiergate.cli.main import main
from tiergate.editor.schemas import schemas


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("policies").mkdir()
    return Path("policies/schemas")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["schema", *arguments])


def test_schemas_are_written_once_and_again_where_they_are_stale(folder: Path) -> None:
    count = len(schemas())
    assert run().stdout == f"policies/schemas: {count} schemas written, the others are as they should be\n"
    assert {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()} == schemas()
    (folder / "plan.json").write_text("{}", encoding="utf-8")
    assert json.loads(run("--json").stdout) == {"folder": "policies/schemas", "written": ["plan.json"]}
    assert run("--check").exit_code == 0


def test_a_check_names_what_is_stale_and_writes_nothing(folder: Path) -> None:
    run()
    (folder / "plan.json").write_text("{}", encoding="utf-8")
    (folder / "api.json").unlink()
    result = run("--check")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines() == [
        f"policies/schemas/{name}: not what the policies are checked by; write it with: tiergate schema"
        for name in ("api.json", "plan.json")
    ]
    assert not (folder / "api.json").exists()


def test_policies_that_are_not_there_get_no_schemas() -> None:
    result = run("--policies", "policy")
    assert result.exit_code == 2
    assert "policy: no such folder; name the policies' one" in result.stderr
    assert not Path("policy").exists()
