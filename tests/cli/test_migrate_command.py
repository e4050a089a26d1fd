"""``tiergate migrate``: from REST APIs to policies, without a key anywhere."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.cli.migration import MOBILE, OFF, POLICIES, SECRETS, WEB, document, sha
from tests.fakes.rest_account import FakeRestAccount, resource
from tiergate.domain.catalogue import Catalogue
from tiergate.policy.bundle import compiled
from tiergate.policy.check import checked

OURS = {"tiergate:stage": "dev"}


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


def test_a_key_in_the_name_of_another_key_or_plan_is_printed_and_stored_nowhere(
    run: Run, registry: Any, account: FakeRestAccount, tmp_path: Path
) -> None:
    account.keys["kmobile"] |= {"name": WEB, "customerId": f"c-{OFF}"}
    account.plans["gold01"]["name"] = WEB
    account.apis["f6g7h8i9j0"]["name"] = MOBILE
    steps = (("scan",), ("run", "policies", "--apply"), ("run", "partners", "--apply"))
    printed = "".join(run("migrate", *step).output for step in steps)
    stored = json.dumps(registry.scan(TableName="registry")["Items"], default=list)
    written = "".join(f"{path}{path.read_text() if path.is_file() else ''}" for path in tmp_path.rglob("*"))
    for text in (printed, stored, written):
        assert not any(secret.lower() in text.lower() for secret in SECRETS)
    assert sha(MOBILE) in stored


def test_two_plans_are_never_one_file(run: Run, account: FakeRestAccount) -> None:
    account.plans["gold01"]["name"] = "x"
    account.plan("a1", "x", "a1b2c3d4e5/prod")
    account.plan("zz", "x-gold01", "f6g7h8i9j0/prod")
    files = document(run, "run", "policies", "--apply")["files"]
    paths = [each["path"] for each in files]
    assert len({*paths}) == len(paths)
    assert len([path for path in paths if path.startswith("plans/")]) == 4


def test_a_document_that_was_rewritten_by_hand_is_kept(
    run: Run, account: FakeRestAccount, migrated: Callable[[], Any]
) -> None:
    folder = POLICIES / "apis/museum/v1"
    document_ = (folder / "openapi.json").rename(folder / "openapi.yaml")
    document_.write_text("# ours now\n" + document_.read_text())
    told = {each["path"]: each["state"] for each in document(run, "run", "policies", "--apply")["files"]}
    assert told["apis/museum/v1/openapi.json"] == "edited"
    assert not (folder / "openapi.json").exists()


def test_a_platform_file_that_is_linked_stays_a_link(run: Run, account: FakeRestAccount) -> None:
    shared = (POLICIES / "platform.yaml").rename("shared.yaml")
    (POLICIES / "platform.yaml").symlink_to(shared.absolute())
    assert run("migrate", "run", "policies", "--apply").exit_code == 0
    assert (POLICIES / "platform.yaml").is_symlink()
    assert "imported_keys: true" in shared.read_text()


@pytest.mark.parametrize("parameters", [None, 3, {"x": 1}])
def test_a_document_with_something_else_for_parameters_holds_up_no_scan(
    run: Run, account: FakeRestAccount, parameters: object
) -> None:
    account.export("a1b2c3d4e5/prod", "T", {"/a/{p+}": {"parameters": parameters, "get": {"responses": {}}}})
    assert len(document(run, "scan")["apis"]) == 2


def test_what_the_gateway_made_itself_is_never_migrated(run: Run, account: FakeRestAccount) -> None:
    account.plan("mirror", "tiergate/dev/basic", "a1b2c3d4e5/prod", tags=OURS)
    account.key("native", f"{MOBILE}-native", "mirror", "gold01", name="tiergate/dev/sub", tags=OURS)
    told = document(run, "scan")
    assert [plan["usage_plan"] for plan in told["plans"]] == ["gold01", "stock1"]
    assert "native" not in {each["key"] for each in told["partners"] + told["left"]}
    assert (
        "1 usage plans and 1 API keys with a tag tiergate:stage are this gateway's own, and left out" in told["notes"]
    )
    refused = run("migrate", "run", "partners", "--plan", "mirror=shop/basic")
    assert refused.exit_code != 0


@pytest.mark.parametrize("where", ["platform.yaml", "environments/dev.yaml"])
def test_a_rest_api_of_the_policies_stays_one_and_is_told(run: Run, account: FakeRestAccount, where: str) -> None:
    stated = "rest_apis:\n  depots: {id: f6g7h8i9j0, stage: prod}\n"
    if where == "platform.yaml":
        with (POLICIES / where).open("a") as file:
            file.write(stated)
    else:
        (POLICIES / where).parent.mkdir(exist_ok=True)
        (POLICIES / where).write_text("platform:\n  " + stated.replace("\n  ", "\n    "))
    told = document(run, "scan")
    assert [api["api"] for api in told["apis"]] == ["museum/v1", ""]
    assert "has it as depots, so it stays a REST API" in told["apis"][1]["notes"][0]
    assert [(each["usage_plan"], each["plan"]) for each in told["plans"]] == [("gold01", "gold"), ("stock1", "")]


def test_the_platforms_file_is_told_as_changed_and_not_as_new(run: Run, account: FakeRestAccount) -> None:
    told = run("migrate", "run", "policies").stdout
    assert "policies/platform.yaml  changed: imported_keys: true is added" in told
    assert "policies/plans/gold.yaml  new" in told


def test_a_folder_without_policies_is_told_before_the_account_is_asked(run: Run, account: FakeRestAccount) -> None:
    result = run("migrate", "run", "policies", "--policies", "nowhere")
    assert result.exit_code != 0
    assert account.calls == []


def test_an_account_without_rest_apis_is_asked_whether_it_is_the_right_one(run: Run, account: FakeRestAccount) -> None:
    account.apis.clear()
    assert "is that the right account and region" in run("migrate", "scan").stdout


def test_the_scan_names_no_next_step_that_would_fail(run: Run, account: FakeRestAccount) -> None:
    assert "Next: tiergate migrate run policies" in run("migrate", "scan").stdout
    account.stages["a1b2c3d4e5"]["prod"]["webAclArn"] = "arn:…"
    told = run("migrate", "scan").stdout
    assert "or name the REST APIs to migrate now with --rest-api ID" in told
    assert "Next:" not in told


def test_that_native_limits_are_best_effort_is_told_once(run: Run, account: FakeRestAccount) -> None:
    account.plan("more", "More", "a1b2c3d4e5/prod", throttle={"rateLimit": 5.0, "burstLimit": 10})
    assert run("migrate", "scan").stdout.count("the call after the last one is refused") == 1
