"""``tiergate key import``: the key is read where nobody sees it, never shown, and only its hash is kept."""

from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Made, Run
from tiergate.domain.imported_keys import id_of
from tiergate.domain.keys import derived, fingerprint, key_id_of

THEIRS = "Zx81kQ0aVb93LmNtR5yWc2Ge7Hj4Pd6F"
HASH = fingerprint(THEIRS)
ID = id_of(HASH)


@pytest.fixture
def taken(registry: Any) -> None:
    """The policies let keys of other makes in."""
    with Path("policies/platform.yaml").open("a") as file:
        file.write("imported_keys: true\n")


@pytest.fixture
def imported(run: Run, application: str) -> str:
    """The id of a key of another make."""
    assert run("key", "import", "--app", application, "--sha256", HASH).exit_code == 0
    return ID


def stored(registry: Any) -> str:
    return str(registry.scan(TableName="registry")["Items"])


@pytest.mark.usefixtures("taken")
@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_key_from_standard_input_is_known_by_its_id_and_nothing_shows_or_keeps_it(
    run: Run, made: Made, application: str, registry: Any, end: str
) -> None:
    result = run("key", "import", "--app", application, "--stdin", "--name", "old", input=THEIRS + end)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [f"key    {ID}", "state  active", "name   old"]
    assert made("key", "show", ID)["application"] == application
    assert THEIRS not in result.output + stored(registry)


@pytest.mark.usefixtures("taken")
def test_at_a_terminal_it_is_asked_for_and_not_shown(
    run: Run, application: str, registry: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tiergate.cli.key_import.at_terminal", lambda: True)
    result = run("key", "import", "--app", application, input=THEIRS + "\n")
    assert (result.exit_code, result.stdout.splitlines()[0]) == (0, f"key    {ID}")
    assert THEIRS not in result.output + stored(registry)


@pytest.mark.usefixtures("taken")
@pytest.mark.parametrize("text", [HASH, HASH.upper()])
def test_a_hash_from_elsewhere_will_do(run: Run, made: Made, application: str, text: str) -> None:
    result = run("key", "import", "--app", application, "--sha256", text)
    assert (result.exit_code, result.stdout.splitlines()[0]) == (0, f"key    {ID}")
    assert made("key", "import", "--app", application, "--sha256", HASH)["id"] == ID
    assert len(made("key", "list")) == 1


def test_that_the_policies_do_not_take_it_is_told(run: Run, application: str) -> None:
    result = run("key", "import", "--app", application, "--sha256", HASH)
    assert result.exit_code == 0
    assert "do not say imported_keys: true in platform.yaml" in result.stderr


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "nothing came on standard input; pipe the key in"),
        ("\n", "nothing came on standard input; pipe the key in"),
        ("short", "a key has 16 to 256 characters; found 5"),
        ("x" * 1000, "a key has 16 to 256 characters"),
        ("a key of several words", "and no spaces"),
        (f"{THEIRS}\n{THEIRS}", "see that nothing else was copied with it"),
        (derived("dev", b"of ours").text, "keys that begin with tg_ are made here"),
    ],
)
def test_what_can_be_no_key_is_refused_and_not_repeated(run: Run, application: str, text: str, fault: str) -> None:
    result = run("key", "import", "--app", application, "--stdin", input=text)
    assert (result.exit_code, result.stdout) == (1, "")
    assert fault in result.stderr
    assert len(text) < 16 or text[:16] not in result.stderr


@pytest.mark.parametrize("option", ["--name", "--reason"])
def test_a_name_or_a_reason_that_holds_the_key_is_not_kept(
    run: Run, application: str, registry: Any, option: str
) -> None:
    arguments = ("key", "import", "--app", application, "--stdin", option, f"was {THEIRS}")
    result = run(*arguments, input=THEIRS)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "holds the key" in result.stderr
    assert THEIRS not in result.stderr + stored(registry)


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ((THEIRS,), "a key is never given on the command line"),
        (("--sha256", THEIRS), "a SHA-256 has 64 digits"),
        (("--sha256", HASH, "--stdin"), "leave out --stdin"),
        ((), "pipe it in with --stdin"),
    ],
)
def test_how_to_give_it_is_told_and_what_was_typed_is_not_repeated(
    run: Run, application: str, arguments: tuple[str, ...], fault: str
) -> None:
    result = run("key", "import", "--app", application, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert fault in " ".join(result.stderr.split())
    assert THEIRS not in result.stderr


def test_another_applications_key_is_refused_with_what_to_do(run: Run, made: Made, imported: str) -> None:
    other = made("app", "create", "Else", "--org", "acme")["id"]
    result = run("key", "import", "--app", other, "--sha256", HASH)
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"tiergate key create --app {other}" in result.stderr
    assert made("key", "show", imported)["application"] != other


def test_every_command_for_keys_takes_its_id(run: Run, made: Made, imported: str) -> None:
    assert made("key", "suspend", imported)["state"] == "suspended"
    assert made("key", "restore", imported)["state"] == "active"
    assert made("key", "restrict", imported, "--ip-allow", "203.0.113.0/24")["changed"]
    rotated = made("key", "rotate", imported)
    assert key_id_of(rotated["secret"], "dev") == rotated["id"]
    assert rotated["replaces"]["id"] == imported
    assert imported in run("org", "show", "acme").stdout
    assert made("key", "revoke", imported)["state"] == "revoked"
    assert made("key", "delete", imported, "--yes")["deleted"]


@pytest.mark.parametrize("text", [ID.upper(), ID[:-1], THEIRS, HASH])
def test_what_is_no_id_is_told_how_ids_look_and_not_repeated(run: Run, text: str) -> None:
    result = run("key", "show", text)
    assert result.exit_code == 2
    assert "an imported one's 24 digits of 0-9 and a-f" in " ".join(result.stderr.split())
    assert text not in result.stderr


@pytest.mark.parametrize(("given", "told"), [(b"\xff\xfe" + b"x" * 20, "is no text"), (b"", "nothing came")])
def test_what_comes_on_standard_input_and_is_no_key_is_told(
    run: Run, application: str, given: bytes, told: str
) -> None:
    result = run("key", "import", "--app", application, "--stdin", input=given)
    assert (result.exit_code, told in result.stderr) == (1, True)


@pytest.mark.parametrize("option", ["--name", "--reason"])
def test_a_name_that_holds_the_key_of_a_hash_is_not_kept(
    run: Run, registry: Any, application: str, option: str
) -> None:
    result = run("key", "import", "--app", application, "--sha256", HASH, option, f"our {THEIRS}")
    assert (result.exit_code, "holds the key" in result.stderr) == (1, True)
    assert THEIRS not in result.output + stored(registry)
