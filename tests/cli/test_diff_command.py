"""``tiergate diff``: what differs from a git revision, a folder or a document, and what may not ship."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tiergate.cli.main import main
from tiergate.domain.limits import SECOND

VALID = Path(__file__).parents[1] / "policies" / "valid"
NOW = 1_795_428_610 * SECOND
"""2026-11-23T10:10:10Z."""

API, DOCUMENT = Path("policies/apis/orders/v1/api.yaml"), Path("policies/apis/orders/v1/openapi.yaml")
BASIC = Path("policies/plans/basic.yaml")
DEPRECATION = "deprecation: {{date: 2026-06-01, sunset: {}, guide: https://developer.example.com/move}}\n"


def git(*arguments: str) -> str:
    who = ("-c", "user.name=T", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false")
    ran = subprocess.run(["git", *who, *arguments], check=True, capture_output=True, text=True)  # noqa: S603, S607
    return ran.stdout.strip()


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Valid policies, committed on ``main`` of a repository that is the working directory."""
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    clone = tmp_path / "clone"
    shutil.copytree(VALID, clone / "policies")
    monkeypatch.chdir(clone)
    monkeypatch.setattr("tiergate.cli.diff.now", lambda: NOW)
    git("init", "--quiet", "--initial-branch=main")
    git("add", ".")
    git("commit", "--quiet", "-m", "Policies")
    return clone


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ("diff", *arguments))


def told(*arguments: str) -> Any:
    return json.loads(run(*arguments, "--json").stdout)


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def commit(*, message: str = "Change") -> None:
    git("add", ".")
    git("commit", "--quiet", "-m", message)


def test_a_working_tree_as_it_was_committed_differs_in_nothing() -> None:
    result = run("--base", "main")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "nothing differs from main\n", "")


def test_a_lowered_limit_is_told_and_fails_only_where_that_is_asked_for() -> None:
    edit(BASIC, "hour: 100", "hour: 60")
    result = run("--base", "main")
    assert result.exit_code == 0
    assert result.stdout == "breaking: 1 change\n  ~ plan basic: hour quota lowered: 100 → 60 an hour\n\n"
    strict = run("--base", "HEAD", "--strict")
    assert strict.exit_code == 1
    assert strict.stdout.endswith("1 breaking change of policies, which --strict refuses.\n")


def test_a_change_that_breaks_callers_of_a_version_fails_and_says_how_to_make_it() -> None:
    edit(DOCUMENT, "  /orders/{order}:\n    get:\n      operationId: getOrder\n", "  /orders/{order}:\n    put:\n")
    result = run("--base", "main")
    assert result.exit_code == 1
    assert "main:policies/apis/orders/v1/openapi.yaml:14 (old document): orders/v1 GET /orders/{order}" in result.stdout
    assert result.stdout.endswith(
        "1 breaking change of documents: callers of the version would fail; publish a new version "
        "(orders/v1 stays as it is, apis/orders/v2 gets the change), or take the change back.\n"
    )
    document = told("--base", "main")
    assert (document["failed"], document["counts"]["breaking"]) == (True, 1)
    assert document["documents"][0] | {"message": "", "rule": ""} == {
        "level": "breaking",
        "api": "orders/v1",
        "rule": "",
        "file": "main:policies/apis/orders/v1/openapi.yaml",
        "line": 14,
        "operation": "GET /orders/{order}",
        "others": [],
        "gone": True,
        "served": True,
        "message": "",
    }


def test_an_operation_that_goes_is_told_once_by_its_document() -> None:
    edit(DOCUMENT, "  /orders/{order}:\n    get:\n      operationId: getOrder\n", "  /orders/{order}:\n    put:\n")
    assert told("--base", "main")["policies"] == []


def test_a_draft_may_break_as_nobody_calls_it() -> None:
    edit(API, "state: published", "state: draft")
    commit()
    edit(DOCUMENT, "  /orders/{order}:\n    get:\n      operationId: getOrder\n", "  /orders/{order}:\n    put:\n")
    result = run("--base", "main")
    assert result.exit_code == 0
    assert "(nobody calls this version)" in result.stdout


def test_a_move_that_skips_a_state_fails_with_the_reason() -> None:
    edit(API, "state: published\n", "state: retired\n" + DEPRECATION.format("2026-10-01"))
    result = run("--base", "main")
    assert result.exit_code == 1
    assert "refused: orders/v1: from published to retired in one move; set state: deprecated" in result.stdout
    assert [each["api"] for each in told("--base", "main")["refused"]] == ["orders/v1"]


def test_a_step_ahead_is_no_refused_move() -> None:
    edit(API, "state: published\n", "state: deprecated\n" + DEPRECATION.format("2027-06-30"))
    result = run("--base", "main")
    assert result.exit_code == 0
    assert "orders/v1: published → deprecated: since 2026-06-01, sunset 2027-06-30" in result.stdout


def test_loosened_security_is_marked_loudly() -> None:
    edit(API, "placeOrder: {cost: 5}", "placeOrder: {cost: 5}\n  getOrder: {public: true}\npublic_plan: basic")
    lines = run("--base", "main").stdout.splitlines()
    assert "  ! SECURITY LOOSENED: orders/v1 GET /orders/{}: can be called without a credential" in lines


def test_scopes_that_a_document_no_longer_asks_for_are_loosened_security() -> None:
    scheme = "  securitySchemes:\n    OAuth: {type: http, scheme: bearer}\n"
    edit(DOCUMENT, "components:\n", f"components:\n{scheme}")
    edit(DOCUMENT, "operationId: getOrder", "operationId: getOrder\n      security: [{OAuth: [orders:read]}]")
    commit()
    edit(DOCUMENT, "\n      security: [{OAuth: [orders:read]}]", "")
    lines = run("--base", "main").stdout.splitlines()
    assert "  ! SECURITY LOOSENED: orders/v1 GET /orders/{}: scopes needed: orders:read → none" in lines


def test_a_change_of_one_environment_says_so_and_one_of_all_does_not() -> None:
    edit(BASIC, "hour: 100", "hour: 60")
    Path("policies/environments").mkdir()
    overlay = "plans:\n  basic: {limits: {quota: {day: 10}}}\n"
    Path("policies/environments/prod.yaml").write_text(overlay, encoding="utf-8")
    assert [(each["message"], each["environments"]) for each in told("--base", "main")["policies"]] == [
        ("hour quota lowered: 100 → 60 an hour", []),
        ("day quota lowered: 1000 → 10 a day", ["prod"]),
    ]
    assert "day quota lowered: 1000 → 10 a day (prod)" in run("--base", "main").stdout
    assert [each["message"] for each in told("--base", "main", "--env", "dev")["policies"]] == [
        "hour quota lowered: 100 → 60 an hour"
    ]


def test_safe_changes_are_counted_and_listed_where_asked_for() -> None:
    edit(BASIC, "hour: 100", "hour: 200")
    assert run("--base", "main").stdout == "safe: 1 change; --all lists them\n"
    assert run("--base", "main", "--all").stdout == (
        "safe: 1 change\n  ~ plan basic: hour quota raised: 100 → 200 an hour\n\n"
    )


def test_what_is_to_be_done_stands_apart_from_what_was_found() -> None:
    edit(BASIC, "hour: 100\n    day: 1000", "hour: 60\n    day: 2000")
    assert run("--base", "main", "--strict").stdout == (
        "breaking: 1 change\n  ~ plan basic: hour quota lowered: 100 → 60 an hour\n\n"
        "safe: 1 change; --all lists them\n\n"
        "1 breaking change of policies, which --strict refuses.\n"
    )


def test_the_base_may_be_a_tag_an_older_commit_or_a_folder(tmp_path: Path) -> None:
    first = git("rev-parse", "HEAD")
    git("tag", "released")
    shutil.copytree("policies", tmp_path / "released" / "policies")
    edit(BASIC, "hour: 100", "hour: 60")
    commit()
    for base in (first, first[:8], "released", "HEAD~1", str(tmp_path / "released" / "policies")):
        assert [each["kind"] for each in told("--base", base)["policies"]] == ["limit_lowered"], base


def test_policies_in_a_folder_below_the_repository_are_found() -> None:
    Path("services").mkdir()
    git("mv", "policies", "services/policies")
    commit()
    edit(Path("services") / BASIC, "hour: 100", "hour: 60")
    assert [each["kind"] for each in told("--base", "HEAD", "--policies", "services/policies")["policies"]] == [
        "limit_lowered"
    ]


def test_a_base_without_policies_makes_all_of_them_new() -> None:
    git("checkout", "--quiet", "--orphan", "empty")
    git("rm", "--quiet", "-r", "--cached", ".")
    git("commit", "--quiet", "--allow-empty", "-m", "Nothing")
    result = run("--base", "empty")
    assert (result.exit_code, result.stdout) == (0, "empty has no policies: everything in it is new, 1 API version\n")
    assert told("--base", "empty")["added"] == ["orders/v1"]


def test_a_base_that_is_faulty_by_todays_rules_fails_and_has_its_documents_compared_all_the_same() -> None:
    edit(BASIC, "title: Basic", "title: Basic\nweight: 3")
    commit()
    edit(BASIC, "\nweight: 3", "")
    edit(DOCUMENT, "  /orders/{order}:\n    get:\n      operationId: getOrder\n", "  /orders/{order}:\n    put:\n")
    result = run("--base", "main")
    assert result.exit_code == 1
    first, *_ = result.stdout.splitlines()
    assert first == (
        "not compared: the policies of main have faults as they are judged today: "
        'main:policies/plans/basic.yaml:2: unknown key "weight"; known: approval, description, failure, limits, price, '
        "support, title. Mend them there first, or name a base without faults; --documents-only passes policies over"
    )
    assert "1 breaking change of documents" in result.stdout


def test_what_could_not_be_compared_fails_and_is_never_called_the_same() -> None:
    edit(BASIC, "title: Basic", "title: Basic\nweight: 3")
    commit()
    edit(BASIC, "\nweight: 3", "")
    edit(API, "state: published", "state: draft")
    result = run("--base", "main")
    assert (result.exit_code, "nothing differs" in result.stdout) == (1, False)
    document = told("--base", "main")
    assert (document["failed"], len(document["uncompared"])) == (True, 1)
    passed = run("--base", "main", "--documents-only")
    assert (passed.exit_code, passed.stdout) == (0, "nothing differs from main\n")


def test_a_document_that_cannot_be_read_any_more_is_not_passed_over() -> None:
    edit(DOCUMENT, "openapi: 3.", "openapi: 9.")
    commit()
    edit(DOCUMENT, "openapi: 9.", "openapi: 3.")
    result = run("--base", "main", "--documents-only")
    assert result.exit_code == 1
    assert result.stdout == (
        "not compared: main:policies/apis/orders/v1: its document cannot be read by today's rules\n\n"
    )


def test_a_folder_without_policies_is_no_base(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    result = run("--base", str(tmp_path / "empty"), "--strict")
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == (
        f"Error: {tmp_path / 'empty'} is no policy folder: it has neither platform.yaml nor apis/; name one"
    )


@pytest.mark.parametrize(("base", "shown"), [("old/", "old"), ("./old", "./old"), ("old", "old")])
def test_files_of_a_base_folder_are_named_as_it_is(base: str, shown: str) -> None:
    shutil.copytree("policies", "old")
    shutil.copytree("policies", "new/old")
    edit(Path("new/old/apis/orders/v1/openapi.yaml"), "operationId: getOrder", "operationId: getOrder\n      x: 1")
    edit(Path("new/old/apis/orders/v1/openapi.yaml"), "operationId: listOrders", "operationId: allOrders")
    edit(Path("old/apis/orders/v1/openapi.yaml"), "operationId: getOrder", "operationId: theOrder")
    edit(
        Path("new/old/apis/orders/v1/openapi.yaml"),
        "  /orders/{order}:\n    get:\n",
        "  /orders/{order}:\n    put:\n",
    )
    document = told("--base", base, "--policies", "new/old")
    files = {(each["gone"], each["file"]) for each in document["documents"]}
    assert (True, f"{shown}/apis/orders/v1/openapi.yaml") in files
    assert (False, "new/old/apis/orders/v1/openapi.yaml") in files
    assert len(files) == 2


def test_a_break_is_sent_to_a_version_that_is_not_there_yet() -> None:
    shutil.copytree("policies/apis/orders/v1", "policies/apis/orders/v2")
    commit()
    edit(DOCUMENT, "  /orders/{order}:\n    get:\n      operationId: getOrder\n", "  /orders/{order}:\n    put:\n")
    result = run("--base", "main")
    assert "orders/v1 stays as it is, apis/orders/v3 gets the change" in result.stdout


def test_faults_of_the_new_policies_are_told_as_check_tells_them() -> None:
    edit(BASIC, "title: Basic", "titel: Basic")
    result = run("--base", "main")
    assert result.exit_code == 1
    assert 'policies/plans/basic.yaml:1: unknown key "titel"; did you mean "title"?' in result.stderr


@pytest.mark.parametrize(
    "name",
    ["nowhere", "^HEAD", "HEAD..HEAD", "--help", "--output=/tmp/x", "-x", "main:policies", "a\nb", "$(id)", ""],
)
def test_a_base_that_is_no_revision_is_never_taken_for_anything_else(name: str) -> None:
    result = run(f"--base={name}")
    assert result.exit_code == 1
    assert "there is no folder and no git revision" in result.stderr
    assert "name a branch, tag or commit of this clone" in result.stderr


def test_a_shallow_clone_says_how_to_check_out_more(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(BASIC, "hour: 100", "hour: 60")
    commit()
    git("clone", "--quiet", "--depth=1", repository.as_uri(), str(tmp_path / "shallow"))
    monkeypatch.chdir(tmp_path / "shallow")
    result = run("--base", "HEAD~1")
    assert result.exit_code == 1
    assert "this clone is shallow: in CI check out with the whole history (fetch-depth: 0)" in result.stderr


def test_outside_a_repository_a_folder_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree("policies", tmp_path / "bare" / "policies")
    monkeypatch.chdir(tmp_path / "bare")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    result = run("--base", "main")
    assert result.exit_code == 1
    assert '"main" is no folder, and policies is in no git repository' in result.stderr


def test_a_link_that_leads_out_of_the_policies_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_text("title: Outside\n", encoding="utf-8")
    (Path("policies/plans") / "evil.yaml").symlink_to(outside)
    commit()
    Path("policies/plans/evil.yaml").unlink()
    result = run("--base", "main")
    assert result.exit_code == 1
    assert "the policies of main cannot be laid out" in result.stderr
    assert "Outside" not in result.output


def test_a_link_within_the_policies_is_the_file_that_it_leads_to() -> None:
    twin = Path("policies/plans/twin.yaml")
    twin.symlink_to("basic.yaml")
    commit()
    assert run("--base", "main").stdout == "nothing differs from main\n"
    twin.unlink()
    assert [each["kind"] for each in told("--base", "main")["policies"]] == ["plan_removed"]


@pytest.mark.parametrize("target", ["circle.yaml", "../plans"])
def test_a_link_that_leads_to_no_file_is_refused(target: str) -> None:
    circle = Path("policies/plans/circle.yaml")
    circle.symlink_to(target)
    commit()
    circle.unlink()
    result = run("--base", "main")
    assert (result.exit_code, result.stderr.startswith("Error: the policies of main cannot be laid out: ")) == (1, True)


def test_no_git_is_told_with_what_to_do_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    result = run("--base", "main")
    assert (result.exit_code, result.stderr) == (
        1,
        "Error: git was not found; install it, or compare with a folder: --base FOLDER\n",
    )


def test_what_was_laid_out_of_a_revision_is_gone_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    assert run("--base", "main").exit_code == 0
    assert list((tmp_path / "scratch").iterdir()) == []


def test_policies_that_archives_leave_out_are_not_taken_for_new_ones() -> None:
    Path(".gitattributes").write_text("policies export-ignore\n", encoding="utf-8")
    commit()
    result = run("--base", "main")
    assert result.exit_code == 1
    assert "policies is left out of archives of main; see export-ignore in .gitattributes" in result.stderr


def test_a_revision_with_more_than_fits_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tiergate.cli.base.MOST_BYTES", 100)
    result = run("--base", "main")
    assert result.exit_code == 1
    assert "main has more than 0 MB in policies" in result.stderr


def test_policies_may_be_a_repository_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "own"
    shutil.copytree("policies", own)
    monkeypatch.chdir(own)
    git("init", "--quiet", "--initial-branch=main")
    commit()
    edit(Path("plans/basic.yaml"), "hour: 100", "hour: 60")
    assert [each["kind"] for each in told("--base", "main", "--policies", ".")["policies"]] == ["limit_lowered"]
