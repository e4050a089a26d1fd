"""Where lines come from: files as they are found, and every line once, whatever is in it."""

import gzip
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiergate.domain.access_log import LONGEST
from tiergate.replay.sources import LogUnreadable, files, from_files, from_stream, share_of


def line(time: int, application: str = "app_1", address: str = "-") -> bytes:
    return json.dumps({"time": str(time), "application": application, "address": address}).encode()


def silent(_: int) -> None:
    pass


@pytest.mark.parametrize("end", [b"", b"\n", b"\n\n"])
def test_every_line_comes_with_its_number(end: bytes) -> None:
    found = from_stream("log", io.BytesIO(b"a\n\n  \nb" + end), block=3)
    assert [(each.number, each.raw) for each in found] == [(1, b"a"), (4, b"b")]


def test_an_enormous_line_comes_cut_off_and_the_next_one_whole() -> None:
    first, second = from_stream("log", io.BytesIO(b"x" * (5 * LONGEST) + b"\nb\n"), block=LONGEST // 3)
    assert LONGEST < len(first.raw) < 3 * LONGEST
    assert (second.number, second.raw) == (2, b"b")


@given(st.lists(st.binary(max_size=20).filter(lambda each: b"\n" not in each), max_size=30), st.integers(1, 40))
def test_shares_have_each_line_once_between_them(lines: list[bytes], block: int) -> None:
    text = b"\n".join(lines)
    whole = list(from_stream("log", io.BytesIO(text), block))
    parts = [each for share in range(3) for each in from_stream("log", io.BytesIO(text), block, (share, 3))]
    assert sorted(parts) == sorted(whole)


def test_all_lines_of_an_application_are_one_shares_and_without_one_those_of_an_address() -> None:
    assert len({share_of(line(time, "app_7"), 64) for time in range(50)}) == 1
    assert len({share_of(line(time, "-", "192.0.2.0"), 64) for time in range(50)}) == 1
    assert len({share_of(line(0, f"app_{number}"), 2) for number in range(50)}) == 2
    assert len({share_of(line(0, "-", f"192.0.{number}.0"), 2) for number in range(50)}) == 2


@pytest.mark.parametrize("hostile", [b"", b'"application"', b'"application":', b'"application": "x', b"\x00"])
def test_what_has_no_owner_is_one_shares_too(hostile: bytes) -> None:
    assert 0 <= share_of(hostile, 3) < 3


def test_packed_files_are_read_by_what_is_in_them(tmp_path: Path) -> None:
    (tmp_path / "packed").write_bytes(gzip.compress(b"a\n") + gzip.compress(b"b\n"))
    assert [each.raw for each in from_files([tmp_path / "packed"], silent)] == [b"a", b"b"]


def test_lines_of_several_files_come_by_their_time(tmp_path: Path) -> None:
    texts = [[line(1), b"not ours", line(5)], [line(0), line(3), line(2), line(7)]]
    paths = [tmp_path / "b", tmp_path / "a"]
    for path, text in zip(paths, texts, strict=True):
        path.write_bytes(b"\n".join(text))
    found = [(each.file[-1], each.number) for each in from_files(paths, silent)]
    assert found == [("a", 1), ("b", 1), ("b", 2), ("a", 2), ("a", 3), ("b", 3), ("a", 4)]


@pytest.mark.parametrize("packed", [False, True])
def test_all_bytes_of_a_file_are_reported(tmp_path: Path, packed: bool) -> None:
    text = b"a\n" * 2_000_000
    path = tmp_path / "log"
    path.write_bytes(gzip.compress(text) if packed else text)
    told: list[int] = []
    assert sum(1 for _ in from_files([path], told.append)) == 2_000_000
    assert sum(told) == path.stat().st_size


@pytest.mark.parametrize(
    "broken", [gzip.compress(b"a\n" * 99, mtime=0)[:-9], b"\x1f\x8bjunk", b"\x1f\x8b\x08\x00" + b"\xff" * 40]
)
def test_a_broken_packed_file_is_named(tmp_path: Path, broken: bytes) -> None:
    path = tmp_path / "log.gz"
    path.write_bytes(broken)
    with pytest.raises(LogUnreadable, match=r"log\.gz: "):
        list(from_files([path], silent))


def test_a_folder_stands_for_its_files_at_any_depth_but_hidden_ones(tmp_path: Path) -> None:
    for name in ("b/2.gz", "a.log", ".hidden", ".git/x"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    found = files([tmp_path, tmp_path / "a.log"])
    assert [path.name for path in found] == ["a.log", "2.gz"]


def test_what_is_not_there_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(LogUnreadable, match="no such file; name a file of the access log, or - for standard input"):
        files([tmp_path / "gone"])
    with pytest.raises(LogUnreadable, match="the folder has no files"):
        files([tmp_path])
