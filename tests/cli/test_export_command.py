"""``tiergate export`` and ``tiergate restore``: a file that is whole or not there, and what is told of it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Made, Run
from tests.fakes.archive import create_tables, delete_tables
from tiergate.cli.target import LOCAL, Target

USED = {"usage_records": "records", "counters": "usage"}
OTHER = {"registry": "registry-2", "usage_records": "records-2", "counters": "usage-2"}


@pytest.fixture
def stages(registry: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """All tables of ``local``, and those of ``staging``, which are empty; the DynamoDB client."""
    registry.delete_table(TableName="registry")
    for names in ({"registry": "registry", **USED}, OTHER):
        create_tables(registry, names)
    local = Target.find(LOCAL)
    outputs = {"RegistryTable": "registry-2", "UsageTable": "usage-2", "UsageRecordsTable": "records-2"}
    staging = replace(local, stage="staging", env="staging", outputs={"tiergate-staging-data": outputs})
    monkeypatch.setattr(Target, "find", lambda stage: staging if stage == "staging" else local)
    monkeypatch.setattr("tiergate.cli.target.getpass.getuser", lambda: "ann")
    monkeypatch.setattr(Target, "client", lambda _, service: _Identity() if service == "sts" else registry)
    yield registry
    for names in (USED, OTHER):
        delete_tables(registry, names)


class _Identity:
    def get_caller_identity(self) -> dict[str, str]:
        return {"Arn": "arn:aws:iam::111122223333:user/ann"}


def test_an_export_is_a_file_that_only_its_owner_can_read(
    run: Run, made: Made, stages: Any, subscription: str, application: str
) -> None:
    key = made("key", "create", "--app", application)
    result = run("export", "--out", "backup.jsonl")
    assert (result.exit_code, result.stderr) == (0, "")
    size = Path("backup.jsonl").stat().st_size
    assert result.stdout.splitlines()[0].split() == ["KIND", "RECORDS"]
    assert result.stdout.splitlines()[-1] == f"backup.jsonl: 7 records, {size:,} bytes"
    assert Path("backup.jsonl").stat().st_mode & 0o777 == 0o600
    text = Path("backup.jsonl").read_text()
    assert (key["id"] in text, key["secret"] in text) == (True, False)
    assert [each.name for each in Path().iterdir() if "jsonl" in each.name] == ["backup.jsonl"]


def test_a_file_that_is_there_is_replaced_by_force_alone(run: Run, stages: Any) -> None:
    Path("backup.jsonl").write_text("mine")
    result = run("export", "--out", "backup.jsonl")
    assert (result.exit_code, Path("backup.jsonl").read_text()) == (1, "mine")
    assert "backup.jsonl is there already; name another file with --out, or replace it with --force" in result.stderr
    assert run("export", "--out", "backup.jsonl", "--force").exit_code == 0
    assert Path("backup.jsonl").read_text().startswith('{"kind":"export"')
    assert "is a folder" in run("export", "--out", "policies").stderr
    assert "cannot be written: No such file or directory" in run("export", "--out", "none/b.jsonl").stderr


def test_an_export_that_fails_leaves_no_file(run: Run, stages: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def scan(*_: Any) -> Iterator[Any]:
        raise ConnectionError
        yield

    monkeypatch.setattr("tiergate.adapters.archive.tables.Tables.scan", scan)
    with pytest.raises(ConnectionError):
        run("export", "--out", "backup.jsonl")
    assert [each for each in Path().iterdir() if "jsonl" in each.name] == []


def test_an_export_goes_to_standard_output_too(run: Run, stages: Any, application: str) -> None:
    result = run("export", "--out", "-", "--only", "customers")
    assert [json.loads(line)["kind"] for line in result.stdout.splitlines()] == [
        "export",
        "organization",
        "application",
        "end",
    ]
    since = run("export", "--out", "-", "--only", "audit", "--since", "2020-01-01").stdout.splitlines()
    assert [json.loads(line)["kind"] for line in since] == ["export", "audit", "audit", "end"]


def test_records_that_cannot_be_read_are_named_and_the_exit_code_says_so(
    run: Run, stages: Any, application: str
) -> None:
    for pk in ("KEY#broken", "LATER#1"):
        stages.put_item(TableName="registry", Item={"pk": {"S": pk}, "sk": {"S": "-"}})
    result = run("export", "--out", "backup.jsonl")
    assert (result.exit_code, Path("backup.jsonl").exists()) == (1, True)
    assert "as this version does not know what they are: LATER#1" in result.stderr
    assert "as they cannot be read: KEY#broken; compare" in result.stderr


def test_a_restore_tells_what_it_wrote_and_leaves_an_audit_entry(
    run: Run, made: Made, stages: Any, subscription: str
) -> None:
    run("export", "--out", "backup.jsonl")
    document = made("restore", "backup.jsonl", "--stage", "staging", "--reason", "drill")
    assert document["records"]["application"] == {"file": 1, "there": 0, "written": 1}
    assert (
        made("org", "show", "acme", "--stage", "staging")["applications"][0]["subscriptions"][0]["id"] == subscription
    )
    entries = [item for item in stages.scan(TableName="registry-2")["Items"] if item["pk"] == {"S": "PLATFORM"}]
    assert [(entry["what"], entry["reason"]) for entry in entries] == [({"S": "restore"}, {"S": "drill"})]
    assert entries[0]["after"]["M"]["sha256"] == {"S": document["sha256"]}

    again = run("restore", "backup.jsonl", "--stage", "staging")
    assert again.stdout.splitlines()[-1] == "0 records written, and all of it is there"
    assert len([item for item in stages.scan(TableName="registry-2")["Items"] if item["pk"] == {"S": "PLATFORM"}]) == 1


def test_a_dry_run_writes_nothing(run: Run, stages: Any, subscription: str) -> None:
    run("export", "--out", "backup.jsonl")
    result = run("restore", "backup.jsonl", "--stage", "staging", "--dry-run")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines()[0].split() == ["KIND", "FILE", "THERE", "BEFORE", "TO", "WRITE"]
    assert result.stdout.splitlines()[-1] == "5 records would be written; nothing was"
    assert stages.scan(TableName="registry-2")["Count"] == 0


def test_what_comes_back_and_is_of_no_use_is_told(run: Run, made: Made, stages: Any, application: str) -> None:
    made("key", "create", "--app", application)
    run("export", "--out", "backup.jsonl")
    told = run("restore", "backup.jsonl", "--stage", "staging").stderr
    assert "The keys in the file are those of dev, as their texts say (tg_dev_…): staging, where they" in told
    assert "OAuth client" not in told


def test_what_the_file_leaves_out_is_told_before_anything_is_written(run: Run, stages: Any, application: str) -> None:
    run("export", "--out", "part.jsonl", "--only", "customers")
    told = run("restore", "part.jsonl", "--stage", "staging", "--dry-run").stderr
    assert "The file has no audit, usage, counters, as it was exported with --only; none comes back." in told
    assert "Every partner gets a fresh quota" in told
    run("export", "--out", "late.jsonl", "--since", "2020-01-01")
    assert "begin with 2020-01-01T00:00:00Z." in run("restore", "late.jsonl", "--stage", "staging", "--dry-run").stderr


def test_a_document_and_a_file_do_not_share_standard_output(run: Run, stages: Any) -> None:
    result = run("export", "--out", "-", "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--json tells of a file, and --out - prints the file itself" in result.stderr


def test_a_bad_file_ends_with_its_faults(run: Run, stages: Any, application: str) -> None:
    Path("none.jsonl").write_text("\x1b[2Jhello\n")
    result = run("restore", "none.jsonl", "--stage", "staging")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: none.jsonl: line 1: it is no JSON")
    assert run("restore", "nowhere.jsonl").exit_code == 2


def test_only_an_empty_deployment_is_filled(run: Run, made: Made, stages: Any, application: str) -> None:
    run("export", "--out", "backup.jsonl")
    made("org", "create", "Later")
    result = run("restore", "backup.jsonl")
    assert result.exit_code == 1
    assert 'organization "later" is there, which the file does not have' in result.stderr
    assert "nothing was written: only an empty deployment is filled" in result.stderr
