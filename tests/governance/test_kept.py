"""What is kept from one run to the next: never wrong, never without bounds, and never in the way."""

import os
from pathlib import Path

import pytest

from tiergate.governance.kept import Kept


def test_what_is_kept_is_there_in_the_next_run(tmp_path: Path) -> None:
    Kept(tmp_path / "a" / "b").keep("key", {"rules": [1, None, "ü"]})
    kept = Kept(tmp_path / "a" / "b")
    assert (kept.get("key"), kept.get("another")) == ({"rules": [1, None, "ü"]}, None)


@pytest.mark.parametrize("damage", [b"", b"{}", b"0" * 64 + b"\n{}", b"\xff\n\xff"])
def test_a_broken_file_counts_as_none_and_is_replaced(tmp_path: Path, damage: bytes) -> None:
    kept = Kept(tmp_path)
    kept.keep("key", {"a": 1})
    (file,) = tmp_path.iterdir()
    file.write_bytes(damage)
    assert kept.get("key") is None
    kept.keep("key", {"a": 2})
    assert kept.get("key") == {"a": 2}
    file.write_bytes(file.read_bytes()[:-1])
    assert kept.get("key") is None


def test_where_nothing_can_be_written_nothing_is_kept_and_nothing_fails(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    kept = Kept(tmp_path / "file" / "folder")
    kept.keep("key", 1)
    kept.trim()
    assert kept.get("key") is None


def test_beyond_the_most_what_was_not_read_for_longest_goes_first(tmp_path: Path) -> None:
    kept = Kept(tmp_path, most=3 * 80)
    for number, key in enumerate("abcd"):
        kept.keep(key, number)
    for age, file in enumerate(sorted(tmp_path.iterdir(), key=lambda each: each.stat().st_mtime_ns)):
        os.utime(file, ns=(age, age))
    assert kept.get("a") == 0
    kept.trim()
    assert [kept.get(key) for key in "abcd"] == [0, None, 2, 3]
