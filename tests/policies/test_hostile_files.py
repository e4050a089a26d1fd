"""Files that are no documents, too large, or made to cost their reader dear: one plain fault, soon and cheaply."""

import difflib
import os
import resource
import shutil
import socket
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pytest

from tiergate.policy.add import add_api
from tiergate.policy.check import checked
from tiergate.policy.schema import nearest
from tiergate.policy.source import Faults, parse, read


def fault(text: str) -> str:
    with pytest.raises(Faults) as found:
        parse(text, "f")
    return str(found.value)


def unread(path: Path) -> str:
    with pytest.raises(Faults) as found:
        read(path, "f")
    return str(found.value)


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.fixture
def little_memory() -> Iterator[None]:
    """Of which 100 MB more are too much."""
    limits = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + 100_000_000, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, limits)


def test_a_pipe_is_told_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert unread(tmp_path / "pipe") == "f:1: cannot be read: it is a pipe; save what it holds to a file"


def test_a_pipe_among_the_policies_does_not_stop_the_check(folder: Path) -> None:
    os.mkfifo(folder / "plans/slow.yaml")
    (folder / "apis/orders/v1/openapi.yaml").unlink()
    os.mkfifo(folder / "apis/orders/v1/openapi.yaml")
    with pytest.raises(Faults) as found:
        checked(folder)
    told = "cannot be read: it is a pipe; save what it holds to a file"
    assert str(found.value).splitlines() == [
        f"policies/apis/orders/v1/openapi.yaml:1: {told}",
        f"policies/plans/slow.yaml:1: {told}",
    ]


def test_a_device_is_told_and_not_read(little_memory: None) -> None:
    assert unread(Path("/dev/zero")) == "f:1: cannot be read: it is a device; save what it holds to a file"


def test_a_socket_is_told(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        assert unread(tmp_path / "socket") == "f:1: cannot be read: it is a socket; save what it holds to a file"


def test_a_folder_is_told(tmp_path: Path) -> None:
    assert unread(tmp_path) == "f:1: cannot be read: Is a directory"


def test_a_name_that_no_file_can_have_is_told() -> None:
    assert unread(Path("a\0b")) == "f:1: cannot be read: embedded null byte"


def test_a_link_is_read_where_it_leads_to_a_file(tmp_path: Path) -> None:
    written(tmp_path / "a.yaml", b"a: 1")
    (tmp_path / "link").symlink_to("a.yaml")
    (tmp_path / "circle").symlink_to("circle")
    (tmp_path / "device").symlink_to("/dev/zero")
    assert read(tmp_path / "link").data == {"a": 1}
    assert unread(tmp_path / "circle") == "f:1: cannot be read: Too many levels of symbolic links"
    assert unread(tmp_path / "device") == "f:1: cannot be read: it is a device; save what it holds to a file"


def test_a_link_that_leads_out_of_the_policies_is_not_followed(folder: Path, tmp_path: Path) -> None:
    """What faults quote of a file would otherwise be that of any file of the machine."""
    private = written(tmp_path / "private.yaml", b"hunter2: hunter3\n")
    outside = tmp_path / "outside"
    (folder / "apis/orders/v1").rename(outside)
    for link in ("plans/basic.yaml", "platform.yaml", "apis/orders/v2/openapi.yaml", "apis/orders/v2/api.yaml"):
        (folder / link).parent.mkdir(exist_ok=True)
        (folder / link).unlink(missing_ok=True)
        (folder / link).symlink_to(private)
    (folder / "apis/orders/v1").symlink_to(outside)
    with pytest.raises(Faults) as found:
        checked(folder)
    told = "a link that leads out of the policies, which is not followed; save a copy of the file in its place"
    assert "hunter" not in str(found.value)
    assert [line for line in str(found.value).splitlines() if line.endswith(told)] == [
        f"policies/apis/orders/v1/api.yaml:1: {told}",
        f"policies/apis/orders/v1/openapi.yaml:1: {told}",
        f"policies/apis/orders/v2/api.yaml:1: {told}",
        f"policies/apis/orders/v2/openapi.yaml:1: {told}",
        f"policies/plans/basic.yaml:1: {told}",
        f"policies/platform.yaml:1: {told}",
    ]


def test_links_within_the_policies_and_to_them_are_followed(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder / "apis/orders/v1", folder / "apis/orders/v2")
    (folder / "apis/orders/v2/openapi.yaml").unlink()
    (folder / "apis/orders/v2/openapi.yaml").symlink_to("../v1/openapi.yaml")
    (tmp_path / "linked").symlink_to(folder.resolve())
    assert sorted(checked(tmp_path / "linked").apis) == ["orders/v1", "orders/v2"]


def test_a_file_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path, little_memory: None) -> None:
    with (tmp_path / "large").open("wb") as file:
        file.truncate(20_000_000_000)  # holes take no room
    assert unread(tmp_path / "large") == (
        "f:1: too large: 20,000,000,000 bytes, and 16,000,000 are the most that is read; split it into several, or "
        "leave out what repeats itself"
    )


def test_a_file_that_says_less_than_it_holds_is_read_to_the_bound_and_no_further() -> None:
    status = Path("/proc/self/status")
    assert status.stat().st_size == 0
    with pytest.raises(Faults) as found:
        read(status, "f", largest=100)
    assert str(found.value).startswith("f:1: too large: 101 bytes, and 100 are the most that is read; ")


def test_a_file_of_the_largest_size_is_read(tmp_path: Path) -> None:
    text = "a: " + "x" * 15_999_997
    assert len(read(written(tmp_path / "f", text.encode())).data["a"]) == 15_999_997
    assert unread(written(tmp_path / "f", f"{text}x".encode())).startswith("f:1: too large: 16,000,001 bytes, and ")


def test_a_policy_file_is_smaller_than_a_document(folder: Path) -> None:
    with (folder / "plans/basic.yaml").open("a", encoding="utf-8") as file:
        file.writelines(f"key{number}: 1\n" for number in range(50_000))
    with pytest.raises(Faults) as found:
        checked(folder)
    (told,) = str(found.value).splitlines()
    assert told.startswith("policies/plans/basic.yaml:1: too large: ")
    assert told.endswith(
        " bytes, and 250,000 are the most that is read; split it into several, or leave out what repeats itself"
    )


@pytest.mark.parametrize(
    ("file", "old", "line", "first"),
    [
        (
            "apis/orders/v1/api.yaml",
            "isolated: false\n",
            "key{}: 1\n",
            'apis/orders/v1/api.yaml:9: unknown key "key0"; known: ',
        ),
        (
            "products/shop.yaml",
            "apis:\n",
            "  - orders/v9{}\n",
            'products/shop.yaml:3: apis: there is no "orders/v90"; did you mean "orders/v1"?',
        ),
        (
            "apis/orders/v1/api.yaml",
            "operations:\n",
            "  plceOrder{}: {{}}\n",
            'apis/orders/v1/api.yaml:7: operations: the document has no "plceOrder0"; did you mean "placeOrder"?',
        ),
        (
            "environments/prod.yaml",
            "apis:\n",
            "  orders/v9{}: {{}}\n",
            'environments/prod.yaml:2: apis: there is no "orders/v90"; did you mean "orders/v1"?',
        ),
        (
            "products/shop.yaml",
            "apis:\n",
            "  - orders/v1\n",
            'products/shop.yaml:4: apis: "orders/v1" is listed twice',
        ),
    ],
    ids=["keys", "references", "operations", "environment", "repeated"],
)
def test_of_a_policy_file_that_is_all_wrong_the_first_faults_are_told(
    file: str, old: str, line: str, first: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looking for the nearest known name takes longest: few of a list are looked for."""
    looked: list[str] = []

    def close(word: str, known: list[str], **options: Any) -> list[str]:
        looked.append(word)
        return get_close_matches(word, known, **options)

    monkeypatch.setattr(difflib, "get_close_matches", close)
    (folder / "environments").mkdir()
    (folder / "environments/prod.yaml").write_text("apis:\n  orders/v1: {}\n", encoding="utf-8")
    with (folder / "apis/orders/v1/api.yaml").open("a", encoding="utf-8") as api:
        api.write("isolated: false\n")
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    many = "".join(line.format(number) for number in range(10_000))
    (folder / file).write_text(text.replace(old, old + many, 1), encoding="utf-8")
    with pytest.raises(Faults) as found:
        checked(folder)
    assert len(found.value.faults) == 1000
    assert str(found.value).splitlines()[0].startswith(f"policies/{first}")
    assert len(looked) <= (2000 if "unknown key" in first else 20)


def test_a_hint_names_the_first_of_very_many_known_names() -> None:
    known = [f"{number:02}" for number in range(40)]
    assert nearest("zebra", known) == f"; known: {', '.join(known[:30])} and 10 more"


def test_nothing_is_added_of_a_document_that_is_too_large(folder: Path, tmp_path: Path) -> None:
    with (tmp_path / "large.yaml").open("wb") as file:
        file.truncate(20_000_000)
    with pytest.raises(Faults, match="too large: 20,000,000 bytes"):
        add_api(folder, "large", document=tmp_path / "large.yaml", upstream="https://x.example")
    assert not (folder / "apis/large").exists()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_other_encodings_of_unicode_are_told_with_the_mend(tmp_path: Path, encoding: str) -> None:
    data = "openapi: 3.0.3\n".encode(encoding)
    assert unread(written(tmp_path / "f", data)) == ("f:1: not UTF-8 text but UTF-16 or UTF-32; save the file as UTF-8")


def test_what_is_not_utf_8_is_told_with_its_line(tmp_path: Path) -> None:
    told = "not UTF-8 text; save the file as UTF-8"
    assert unread(written(tmp_path / "f", b"a: 1\nb: \xe4\n")) == f"f:2: {told}"
    assert unread(written(tmp_path / "f", b"\x1f\x8b\x08\x01")) == f"f:1: {told}"


@pytest.mark.parametrize(
    "text", ["<!DOCTYPE html>\n<html>", "\n <html lang=en>", "<?xml version='1.0'?>", "<!-- saved -->"]
)
def test_a_page_that_was_saved_in_place_of_the_document_is_told(tmp_path: Path, text: str) -> None:
    assert unread(written(tmp_path / "f", text.encode())) == (
        "f:1: a page of HTML or XML, neither YAML nor JSON; save the document itself, not a page that shows it"
    )


@pytest.mark.parametrize(("character", "name"), [("\0", "0000"), ("\x1b", "001B"), ("\x07", "0007"), ("\x80", "0080")])
def test_control_characters_are_told_with_their_line(character: str, name: str) -> None:
    assert fault(f"a: 1\nb: x{character}\n") == f"f:2: not YAML: it holds the control character U+{name}; remove it"
    if character < " ":
        assert fault(f'{{"a": 1,\n"b": "x{character}"}}') == "f:2: not JSON: Invalid control character at"
    assert parse('{"a": "\\u0000\\u001b"}', "f").data == {"a": "\0\x1b"}
