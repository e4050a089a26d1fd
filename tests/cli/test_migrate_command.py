"""``tiergate migrate``: from REST APIs and their keys to policies and partners, without a key anywhere."""

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Made, Run
from tests.fakes.rest_account import FakeRestAccount, resource
from tiergate.cli import migrate, migrate_partners
from tiergate.cli.running import RunningUnknown
from tiergate.domain.catalogue import Catalogue
from tiergate.domain.imported_keys import id_of
from tiergate.policy.bundle import compiled
from tiergate.policy.check import checked

MOBILE, WEB, OFF = (f"{name}-Zk3vQ9sT7wXy1bN5mR8pL2dF6hJ4cG0a" for name in ("mobile", "web", "off"))
SECRETS = (MOBILE, WEB, OFF)
POLICIES = Path("policies")


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def account(registry: Any, monkeypatch: pytest.MonkeyPatch) -> FakeRestAccount:
    """Two REST APIs; three keys in a plan of both, one of them disabled, one in a second plan too."""
    fake = FakeRestAccount()
    fake.api("a1b2c3d4e5", "Museum")
    fake.api("f6g7h8i9j0", "Stock", base="https://stock.example")
    throttle, quota = {"rateLimit": 5.0, "burstLimit": 10}, {"limit": 700, "period": "WEEK", "offset": 0}
    fake.plan("gold01", "Gold", "a1b2c3d4e5/prod", throttle=throttle, quota=quota)
    fake.plan("stock1", "Stock only", "f6g7h8i9j0/prod")
    fake.key("kmobile", MOBILE, "gold01", "stock1", name="Mobile", customerId="Acme GmbH")
    fake.key("kweb", WEB, "gold01", name="Web", customerId="Acme GmbH")
    fake.key("koff", OFF, "gold01", name="Off", enabled=False)
    fake.used["gold01"] = {"kmobile": [[1200, 0], [34, 0]]}
    monkeypatch.setattr(migrate, "rest_client", lambda *_: fake.client())
    unknown = RunningUnknown("nothing runs in this test")
    monkeypatch.setattr(migrate_partners, "running", lambda _: (_ for _ in ()).throw(unknown))
    return fake


@pytest.fixture
def migrated(account: FakeRestAccount, made: Made) -> Callable[[], list[str]]:
    """The policies are written; returns what tells all files of the working directory with their contents."""
    made("migrate", "run", "policies", "--apply")
    return lambda: sorted(f"{path} {sha(path.read_text())}" for path in Path().rglob("*.*") if path.is_file())


def document(run: Run, *arguments: str, code: int = 0) -> Any:
    result = run("migrate", *arguments, "--json")
    assert result.exit_code == code, result.stderr
    return json.loads(result.stdout)


def test_the_scan_tells_what_becomes_of_everything(run: Run, account: FakeRestAccount) -> None:
    told = document(run, "scan")
    assert [(api["api"], api["upstream"]) for api in told["apis"]] == [
        ("museum/v1", "https://orders.example/api"),
        ("stock/v1", "https://stock.example"),
    ]
    gold = told["plans"][0]
    assert (gold["plan"], gold["product"], gold["keys"], gold["used"]) == ("gold", "museum", 3, 1234)
    assert gold["limits"] == {"rate": {"per_second": 5.0, "burst": 10}, "quota": {"month": 3100}}
    partners = {each["key"]: each for each in told["partners"]}
    assert partners["kmobile"]["offers"] == ["museum/gold", "stock/stock-only"]
    assert (partners["koff"]["organization"], partners["koff"]["active"]) == ("Off", False)
    assert (partners["kmobile"]["used"], partners["kweb"]["used"]) == (1234, 0)


def test_people_are_told_the_same(run: Run, account: FakeRestAccount) -> None:
    told = run("migrate", "scan", "--week", "day").stdout
    assert "2 stages, 2 usage plans and 3 keys in eu-west-1" in told
    assert "usage plan gold01 (Gold), 3 keys, 1234 calls in 90 days: plan gold of product museum" in told
    assert "700 a week becomes 100 a day" in told
    assert re.search(r"Acme GmbH +Mobile +kmobile +active +museum/gold, stock/stock-only +1,234", told)


def test_the_scan_changes_nothing_anywhere(run: Run, account: FakeRestAccount) -> None:
    before = sorted(map(str, Path().rglob("*")))
    document(run, "scan")
    assert sorted(map(str, Path().rglob("*"))) == before
    assert {name[:3] for name, _ in account.calls} == {"Get"}


def test_policies_are_a_dry_run_until_they_are_applied(run: Run, account: FakeRestAccount) -> None:
    before = sorted(map(str, Path().rglob("*")))
    told = run("migrate", "run", "policies")
    assert "would be written, and pass tiergate check" in told.stdout
    assert sorted(map(str, Path().rglob("*"))) == before


def test_written_policies_pass_their_check_and_keep_what_was_there(run: Run, account: FakeRestAccount) -> None:
    platform = POLICIES / "platform.yaml"
    platform.write_text("# ours\n" + platform.read_text() + "# the end\n")
    before = platform.read_text()
    assert run("migrate", "run", "policies", "--apply").exit_code == 0
    assert platform.read_text().startswith(before.rstrip())
    bundle = compiled(checked(POLICIES))
    catalogue = Catalogue.of(bundle)
    assert bundle["platform"]["imported_keys"] is True
    assert catalogue.products["museum"].apis == {"museum/v1"}
    assert bundle["plans"]["gold"]["limits"]["quota"] == {"month": 3100}
    assert "secret-host" not in (POLICIES / "apis/museum/v1/openapi.json").read_text()
    assert {"shop"} <= catalogue.products.keys()


def test_writing_them_again_is_nothing_to_do(run: Run, account: FakeRestAccount, migrated: Callable[[], Any]) -> None:
    before = migrated()
    told = document(run, "run", "policies", "--apply")
    assert {each["state"] for each in told["files"]} == {"same"}
    assert migrated() == before


def test_a_file_that_was_edited_since_is_kept(run: Run, account: FakeRestAccount, migrated: Callable[[], Any]) -> None:
    plan = POLICIES / "plans/gold.yaml"
    plan.write_text(plan.read_text().replace("burst: 10", "burst: 20"))
    before = migrated()
    told = {each["path"]: each["state"] for each in document(run, "run", "policies", "--apply")["files"]}
    assert told["plans/gold.yaml"] == "edited"
    assert migrated() == before


def test_a_file_of_somebody_elses_stops_everything_and_a_name_mends_it(run: Run, account: FakeRestAccount) -> None:
    (POLICIES / "plans/gold.yaml").write_text("title: Ours\nlimits: {}\n")
    before = sorted(map(str, Path().rglob("*")))
    refused = run("migrate", "run", "policies", "--apply")
    assert refused.exit_code == 1
    assert "policies/plans/gold.yaml is there and does not come from usage plan gold01 of eu-west-1" in refused.stderr
    assert sorted(map(str, Path().rglob("*"))) == before
    assert run("migrate", "run", "policies", "--name", "gold01=migrated-gold", "--apply").exit_code == 0
    assert (POLICIES / "plans/gold.yaml").read_text() == "title: Ours\nlimits: {}\n"


def test_nothing_is_written_where_the_folder_would_have_a_fault(run: Run, account: FakeRestAccount) -> None:
    (POLICIES / "products/shop.yaml").write_text("title: Shop\napis: [gone/v1]\nplans: [basic]\n")
    refused = run("migrate", "run", "policies", "--apply")
    assert refused.exit_code == 1
    assert 'policies/products/shop.yaml:2: apis: there is no "gone/v1"' in refused.stderr
    assert "tmp" not in refused.stderr
    assert not (POLICIES / "plans/gold.yaml").exists()


@pytest.mark.parametrize("at", range(1, 9))
def test_writing_that_ends_anywhere_is_finished_by_the_next_run(
    run: Run, account: FakeRestAccount, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    whole, replace = [0], Path.replace

    def ends(path: Path, target: Path) -> Path:
        if not str(target).startswith("policies/"):
            return replace(path, target)
        whole[0] += 1
        if whole[0] == at:
            raise OSError(28, "No space left on device", str(target))
        return replace(path, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", ends)
        ended = run("migrate", "run", "policies", "--apply")
    assert ended.exit_code == 1
    assert "No space left on device; mend that and run it again" in ended.stderr
    assert run("migrate", "run", "policies", "--apply").exit_code == 0
    told = document(run, "run", "policies")
    assert {each["state"] for each in told["files"]} == {"same"}
    assert [*POLICIES.rglob("*.part")] == []


@pytest.mark.parametrize(
    "platform", ["imported_keys: false\nname: A\nsupport: B\n", "{name: A, support: B}\n", "- a\n"]
)
def test_a_platform_file_that_cannot_be_switched_is_told_and_kept(
    run: Run, account: FakeRestAccount, platform: str
) -> None:
    (POLICIES / "platform.yaml").write_text(platform)
    refused = run("migrate", "run", "policies", "--apply")
    assert refused.exit_code == 1
    assert "policies/platform.yaml:" in refused.stderr
    assert (POLICIES / "platform.yaml").read_text() == platform


def test_a_wrapped_rest_api_is_written_only_with_the_secret_of_its_key(run: Run, account: FakeRestAccount) -> None:
    arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:museum-a1B2c3"
    account.resources["a1b2c3d4e5"].append(resource("/f", "GET", "arn:…", integration={"type": "AWS_PROXY"}))
    refused = run("migrate", "run", "policies", "--apply")
    assert (refused.exit_code, "--upstream-key ARN" in refused.stderr) == (1, True)
    assert run("migrate", "run", "policies", "--upstream-key", arn, "--apply").exit_code == 0
    api = checked(POLICIES).apis["museum/v1"].value
    assert api.upstream == "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod"
    assert api.upstream_auth.header is not None
    assert (api.upstream_auth.header.name, api.upstream_auth.header.secret) == ("X-Api-Key", arn)


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
    result = run("migrate", "run", "partners", "--apply")
    assert result.exit_code == 1
    assert 'koff  not made: organization "off" exists' in result.stderr
    assert "1 failed" in result.stdout
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


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("scan", "--rest-api", "zzz"), "no REST API zzz in eu-west-1; there are a1b2c3d4e5 (Museum)"),
        (("scan", "--name", "zzz=gold"), "there is no usage plan or stage zzz"),
        (("scan", "--name", "gold01=Gold"), "must be 1 to 40 lowercase letters"),
        (("scan", "--name", "gold01=a", "--name", "stock1=a"), "each needs a name of its own"),
        (("scan", "--by", "colour"), "say customer"),
        (("scan", "--upstream-key", MOBILE), "the key itself is not given here"),
        (("run", "partners", "--plan", "gold01=gold"), "product/plan"),
        (("run", "partners", "--offer", "museum/gold"), "--offer is for keys of a file"),
    ],
)
def test_what_is_given_wrongly_is_told_with_the_way_out(
    run: Run, account: FakeRestAccount, migrated: Callable[[], Any], arguments: tuple[str, ...], told: str
) -> None:
    result = run("migrate", *arguments)
    assert result.exit_code == 2
    assert told in " ".join(result.stderr.split())
    assert MOBILE not in result.output


def test_no_key_is_printed_logged_or_on_disk(
    run: Run, registry: Any, account: FakeRestAccount, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level("INFO")
    account.key("named", f"{MOBILE}-2", "gold01", name=f"my {MOBILE}-2", customerId=f"{MOBILE}-2")
    printed = ""
    for arguments in (
        ("scan",),
        ("run", "policies", "--apply"),
        ("run", "partners"),
        ("run", "partners", "--apply"),
        ("run", "partners", "--apply"),
    ):
        for as_json in ((), ("--json",)):
            result = run("migrate", *arguments, *as_json)
            assert result.exit_code == 0
            printed += result.output
    stored = json.dumps(registry.scan(TableName="registry")["Items"], default=list)
    written = "".join(path.read_text() for path in tmp_path.rglob("*") if path.is_file())
    for text in (printed, stored, written, caplog.text):
        assert not any(secret in text for secret in SECRETS)
    assert sha(MOBILE) in stored
    assert not any(sha(secret) in printed + written for secret in SECRETS)


def test_a_refusal_of_aws_is_one_message(run: Run, account: FakeRestAccount) -> None:
    account.fails["GetApiKeys"] = "AccessDeniedException"
    result = run("migrate", "scan")
    assert result.exit_code == 1
    assert result.stderr.startswith("AWS: An error occurred (AccessDeniedException)")
