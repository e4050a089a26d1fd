"""``tiergate migrate run partners``: partners with the keys that they have, from an account or from files."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Made, Run
from tests.cli.migration import MOBILE, OFF, POLICIES, SECRETS, WEB, document, sha
from tests.fakes.rest_account import FakeRestAccount
from tiergate.cli import migrate_partners
from tiergate.domain.imported_keys import id_of
from tiergate.policy.bundle import compiled
from tiergate.policy.check import checked


def test_partners_are_a_dry_run_until_they_are_applied(
    run: Run, made: Made, account: FakeRestAccount, migrated: Callable[[], Any]
) -> None:
    told = document(run, "run", "partners")
    assert (told["applied"], told["counts"]["key"], made("org", "list")) == (False, 3, [])
    assert "Nothing was written" in run("migrate", "run", "partners").stdout


def test_partners_keep_their_keys(run: Run, made: Made, account: FakeRestAccount, migrated: Callable[[], Any]) -> None:
    told = document(run, "run", "partners", "--apply")
    assert told["counts"] == {
        "organization": 2,
        "application": 3,
        "key": 3,
        "suspension": 1,
        "subscription": 4,
        "failed": 0,
    }
    keys = {each["id"]: each for each in made("key", "list")}
    assert {id_: key["state"] for id_, key in keys.items()} == {
        id_of(sha(MOBILE)): "active",
        id_of(sha(WEB)): "active",
        id_of(sha(OFF)): "suspended",
    }
    subscriptions = {(each["product"], each["plan"]) for each in made("subscription", "list", "--org", "acme-gmbh")}
    assert subscriptions == {("museum", "gold"), ("stock", "stock-only")}
    entry = made("audit", "acme-gmbh")[0]
    assert entry["reason"] == "migrated from REST API a1b2c3d4e5, f6g7h8i9j0 of eu-west-1"


def test_bringing_them_again_is_nothing_to_do(
    run: Run, made: Made, account: FakeRestAccount, migrated: Callable[[], Any]
) -> None:
    document(run, "run", "partners", "--apply")
    before = made("audit", "acme-gmbh")
    again = run("migrate", "run", "partners", "--apply")
    assert "nothing made; 3 of 3 keys there already; 0 failed" in again.stdout
    assert made("audit", "acme-gmbh") == before


def test_partners_need_policies_that_offer_what_they_had(run: Run, account: FakeRestAccount) -> None:
    off = run("migrate", "run", "partners", "--apply")
    assert (off.exit_code, "lacks imported_keys: true" in off.stderr) == (1, True)
    with (POLICIES / "platform.yaml").open("a") as file:
        file.write("imported_keys: true\n")
    refused = run("migrate", "run", "partners", "--apply")
    assert "the policies lack museum/gold, stock/stock-only" in refused.stderr
    plans = ("--plan", "gold01=shop/basic", "--plan", "stock1=shop/large")
    told = document(run, "run", "partners", *plans)
    assert "is covered by shop basic already" in told["left"][0]["why"]


def test_partners_wait_for_the_deploy(
    run: Run, account: FakeRestAccount, migrated: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed: dict[str, Any] = {"platform": {}, "products": {}}
    monkeypatch.setattr(migrate_partners, "running", lambda _: deployed)
    assert "what runs at local lacks imported_keys" in run("migrate", "run", "partners", "--apply").stderr
    deployed["platform"]["imported_keys"] = True
    told = run("migrate", "run", "partners", "--apply").stderr
    assert "local does not offer museum/gold, stock/stock-only yet; deploy the policies first" in told
    deployed["products"] = compiled(checked(POLICIES))["products"]
    assert run("migrate", "run", "partners", "--apply").exit_code == 0


def test_a_partner_that_cannot_be_made_is_told_and_the_rest_is_made(
    run: Run, made: Made, account: FakeRestAccount, migrated: Callable[[], Any]
) -> None:
    made("org", "create", "Off")
    made("org", "delete", "off", "--yes")
    told = document(run, "run", "partners", code=1)
    result = run("migrate", "run", "partners", "--apply")
    assert result.exit_code == 1
    assert 'koff  not made: organization "off" was deleted here, and its id is not given again' in result.stderr
    assert "1 failed" in result.stdout
    assert told["counts"]["failed"] == 1, "the dry run tells it too"
    assert len(made("key", "list")) == 2


def test_a_file_of_api_gateways_own_format_is_brought_alike(
    run: Run, made: Made, account: FakeRestAccount, migrated: Callable[[], Any]
) -> None:
    Path("keys.csv").write_text(f"Name,key,description,Enabled,usageplanIds\nTablet,{MOBILE},,TRUE,gold01\n")
    told = document(run, "run", "partners", "--csv", "keys.csv", "--apply")
    assert told["partners"][0]["key"] == "line 2"
    assert [each["id"] for each in made("key", "list")] == [id_of(sha(MOBILE))]
    assert made("audit", "tablet")[0]["reason"] == "migrated from keys.csv"


def test_a_file_needs_no_account_where_its_plans_are_named(
    run: Run, account: FakeRestAccount, migrated: Callable[[], Any]
) -> None:
    Path("keys.csv").write_text(f"name,key,usageplanids\nTablet,{MOBILE},zzz\n")
    account.calls.clear()
    told = document(run, "run", "partners", "--csv", "keys.csv", "--plan", "zzz=museum/gold")
    assert (told["counts"]["key"], account.calls) == (1, [])


def test_hashes_from_elsewhere_are_brought_alike(
    run: Run, made: Made, account: FakeRestAccount, migrated: Callable[[], Any]
) -> None:
    Path("hashes.csv").write_text(f"name,sha256,organization\nTablet,{sha(MOBILE)},Beta AG\nB,{sha(WEB)},\n")
    document(run, "run", "partners", "--hashes", "hashes.csv", "--offer", "museum/gold", "--apply")
    assert {each["organization"] for each in made("key", "list")} == {"beta-ag", "b"}


def test_faulty_lines_of_a_file_are_all_told_without_the_keys(
    run: Run, account: FakeRestAccount, migrated: Callable[[], Any]
) -> None:
    Path("keys.csv").write_text(f"name,key\nA,short\nB,{MOBILE},\nC,{WEB}\n{OFF},{OFF}\n")
    result = run("migrate", "run", "partners", "--csv", "keys.csv", "--apply")
    assert result.exit_code == 1
    assert re.findall(r"keys\.csv:(\d)", result.stderr) == ["2", "3", "4", "5"]
    assert not any(secret in result.output for secret in SECRETS)


def test_names_that_changed_in_the_account_give_no_key_the_limits_of_another(
    run: Run, made: Made, account: FakeRestAccount
) -> None:
    account.plan("silv01", "Silver", "a1b2c3d4e5/prod", throttle={"rateLimit": 500.0, "burstLimit": 1000})
    assert run("migrate", "run", "policies", "--apply").exit_code == 0
    account.plans["gold01"]["name"], account.plans["silv01"]["name"] = "Silver", "Gold"
    refused = run("migrate", "run", "partners", "--apply")
    assert refused.exit_code == 1
    assert "policies/plans/silver.yaml does not come from usage plan gold01 of eu-west-1" in refused.stderr
    assert made("key", "list") == []
    plans = ("--plan", "gold01=museum/gold", "--plan", "silv01=museum/silver")
    assert run("migrate", "run", "partners", *plans, "--apply").exit_code == 0


def test_a_new_line_on_top_of_a_file_moves_no_key(
    run: Run, made: Made, account: FakeRestAccount, migrated: Callable[[], Any]
) -> None:
    bring = ("run", "partners", "--hashes", "hashes.csv", "--offer", "museum/gold", "--apply")
    Path("hashes.csv").write_text(f"name,sha256\nprod,{sha(MOBILE)}\nprod,{sha(WEB)}\n")
    document(run, *bring)
    before = {each["id"]: each["application"] for each in made("key", "list")}
    Path("hashes.csv").write_text(f"name,sha256\nprod,{sha(OFF)}\nprod,{sha(MOBILE)}\nprod,{sha(WEB)}\n")
    document(run, *bring)
    after = {each["id"]: each["application"] for each in made("key", "list")}
    assert len({*after.values()}) == len(after) == 3
    assert before.items() <= after.items()


def test_what_was_deleted_here_is_brought_back_only_when_it_is_asked_for(
    run: Run, made: Made, account: FakeRestAccount, migrated: Callable[[], Any]
) -> None:
    document(run, "run", "partners", "--apply")
    made("key", "delete", id_of(sha(WEB)), "--yes")
    told = run("migrate", "run", "partners", "--apply")
    assert (told.exit_code, "was deleted here, and stays so; --again" in told.stdout) == (0, True)
    assert len(made("key", "list")) == 2
    assert document(run, "run", "partners", "--again", "--apply")["counts"]["key"] == 1
