"""`local.json`: private, whole, and readable or complained about."""

import json
import stat
from pathlib import Path

import pytest

from tiergate.local import state
from tiergate.local.progress import LocalError
from tiergate.local.state import Demo, LocalState, Person

STATE = LocalState(
    pid=1,
    port=4600,
    region="us-east-1",
    stage="dev",
    demo=Demo("http://x/accounts", {"free": "tg_secret"}, Person("demo@partner.example", "pass_secret")),
)


@pytest.mark.parametrize("kept", [STATE, LocalState(pid=1, port=2, region="r", stage="s")])
def test_what_was_saved_is_loaded(tmp_path: Path, kept: LocalState) -> None:
    state.save(tmp_path / "local.json", kept)
    assert state.load(tmp_path / "local.json") == kept


def test_only_the_owner_reads_it_even_where_it_replaces_an_open_file(tmp_path: Path) -> None:
    path = tmp_path / "local.json"
    path.write_text("{}")
    path.chmod(0o644)
    state.save(path, STATE)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["local.json"]


def test_a_failed_save_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "local.json"
    state.save(path, STATE)
    with pytest.raises(TypeError):
        state.save(path, LocalState(pid=1, port=2, region="r", stage="s", demo=Demo(url="u", keys={"free": object()})))  # type: ignore[dict-item]
    assert state.load(path) == STATE
    assert [file.name for file in tmp_path.iterdir()] == ["local.json"]


def test_a_missing_file_is_no_state(tmp_path: Path) -> None:
    assert state.load(tmp_path / "local.json") is None


@pytest.mark.parametrize(
    "text", ["", "[]", '{"pid": 1}', '{"pid": "x", "port": 1, "region": "", "stage": "", "demo": null}']
)
def test_an_unreadable_file_is_named_with_the_mend(tmp_path: Path, text: str) -> None:
    path = tmp_path / "local.json"
    path.write_text(text)
    with pytest.raises(LocalError, match=rf"{path} cannot be read .*Remove it"):
        state.load(path)


def test_a_state_of_before_there_was_a_portal_is_read(tmp_path: Path) -> None:
    path = tmp_path / "local.json"
    state.save(path, STATE)
    kept = json.loads(path.read_text())
    del kept["demo"]["person"]
    path.write_text(json.dumps(kept))
    loaded = state.load(path)
    assert loaded is not None
    assert loaded.demo == Demo("http://x/accounts", {"free": "tg_secret"})


def test_a_printed_state_shows_no_key_and_no_password() -> None:
    assert "_secret" not in repr(STATE)
