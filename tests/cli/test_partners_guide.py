"""``docs/partners.md`` shows commands and messages that are there."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.cli.conftest import Made, Run
from tests.fakes.user_pool import TOKEN_URL, FakeUserPool
from tiergate.cli.main import main
from tiergate.domain.keys import PATTERN

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "partners.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\$ tiergate (.*?)(?: < /dev/null)?$", GUIDE, re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_guide_is_there_with_its_options(command: str) -> None:
    result = CliRunner().invoke(main, [*shlex.split(command), "--help"])
    assert (result.exit_code, result.stderr) == (0, "")
    assert f"Usage: main {' '.join(command.split()[:2])} " in result.stdout or command.startswith(("audit ", "usage "))


def test_the_guide_names_every_limit_that_an_override_can_have(run: Run, registry: Any) -> None:
    told = run("subscription", "override", "sub_4nlFGTR5dqkL", "--limit", "x=1").stderr
    known = re.search(r"known: (.*)", told)
    assert known is not None
    for name in known[1].split(", "):
        assert f"`{name}`" in GUIDE or f"`{name}` a second" in GUIDE


def test_the_guide_shows_an_audit_entry_and_an_override_as_they_are_printed(
    run: Run, made: Made, application: str, subscription: str
) -> None:
    key = made("key", "create", "--app", application)["id"]
    made("key", "revoke", key, "--reason", "found in a public repository")
    _, entry = GUIDE.split("key revoke  by local:root\n")
    shown = "\n".join(entry.splitlines()[:4]).replace("eVFxoyyWnjmf", key)
    assert shown in run("audit", "acme").stdout
    told = run("subscription", "override", subscription, "--limit", "hour=9000", "--limit", "rate=100").stdout
    assert told.replace(subscription, "sub_XQEeY2NLPfMH").startswith("sub_XQEeY2NLPfMH has hour=9000, rate=100 until ")
    assert "sub_XQEeY2NLPfMH has hour=9000, rate=100 until " in GUIDE


def test_the_guide_shows_what_making_and_linking_a_client_prints(
    run: Run, user_pool: FakeUserPool, application: str
) -> None:
    for command in [each for each in COMMANDS if each.startswith("client create ")]:
        shown = GUIDE.split(f"$ tiergate {command}\n")[1].split("\n\n$")[0].split("\n```")[0]
        printed = run(*shlex.split(command.replace("app_wZbvpPtEokEj", application))).stdout
        for id_, client in user_pool.clients.items():
            printed = printed.replace(id_, "5k1t0q7mvd2h8s3c9x4n6b0zra").replace(client["ClientSecret"], "Wm0…")
        assert re.sub(r"https://\S+/oauth2/token", TOKEN_URL, shown) == printed.rstrip("\n")


def test_the_guide_shows_what_restricting_prints(
    run: Run, made: Made, user_pool: FakeUserPool, application: str
) -> None:
    key = made("key", "create", "--app", application)["id"]
    client = made("client", "create", "--app", application, "--ip-deny", "192.0.2.1")["id"]
    ids = {"app_wZbvpPtEokEj": application, "eVFxoyyWnjmf": key, "5k1t0q7mvd2h8s3c9x4n6b0zra": client}
    shown = [each for each in COMMANDS if each.split()[1] == "restrict"]
    assert {each.split()[0] for each in shown} == {"app", "key", "client"}
    for command in shown:
        told = command.split()[2]
        printed = run(*shlex.split(command.replace(told, ids[told]))).stdout.replace(ids[told], told)
        assert f"$ tiergate {command}\n{printed}" in GUIDE


def test_the_guide_holds_no_whole_key() -> None:
    assert PATTERN.search(GUIDE) is None


def test_the_expression_for_secret_scanners_is_the_one_that_keys_are_read_with() -> None:
    security = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    assert f"`{re.sub('[()]', '', PATTERN.pattern)}`" in security
