"""The workflow of ``docs/github-actions.yml``: its commands exist, and it has no more rights than it needs."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from tiergate.cli.main import main
from tiergate.policy.source import read

ROOT = Path(__file__).parents[2]
PATH = ROOT / "docs/github-actions.yml"
TEXT = PATH.read_text(encoding="utf-8")
GUIDE = (ROOT / "docs/ci.md").read_text(encoding="utf-8")
WORKFLOW: Any = read(PATH).data
JOBS: Any = WORKFLOW["jobs"]

SHELL = re.compile(r"\||>|&&|;|2>&1")
DEPLOYS = ("staging", "prod")


def lines() -> Iterator[str]:
    for job in JOBS.values():
        for step in job["steps"]:
            yield from step.get("run", "").splitlines()


def commands() -> list[str]:
    """Every ``tiergate …`` of the workflow, and those that the guide names."""
    run = [SHELL.split(line)[0].strip() for line in lines() if line.strip().startswith("tiergate ")]
    named = re.findall(r"`(tiergate [^`…]*)`", GUIDE)
    return sorted({*run, *named})


def steps_of(job: str, word: str) -> list[int]:
    return [number for number, step in enumerate(JOBS[job]["steps"]) if word in f"{step.get('run')}{step.get('uses')}"]


@pytest.mark.parametrize("text", commands())
def test_every_command_is_one_of_the_command_line_with_options_that_it_has(text: str) -> None:
    command: click.Command = main
    words = shlex.split(text.replace("$BASE", "main"))[1:]
    while isinstance(command, click.Group):
        command = command.commands[words.pop(0)]
    context = command.make_context(command.name, words)
    assert context.command is command


def test_the_parts_that_were_asked_for_are_there() -> None:
    ran = {text.split()[1] for text in commands()}
    assert ran >= {"check", "lint", "diff", "preview", "simulate", "smoke"}
    for stage in DEPLOYS:
        told = "\n".join(step.get("run", "") for step in JOBS[stage]["steps"])
        order = [told.index(word) for word in ("tiergate check", "tiergate preview", "cdk deploy", "tiergate smoke")]
        assert order == sorted(order)
        assert set(re.findall(r"stage[= ](\w+)", told)) == {stage}


def test_every_make_target_exists() -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    used = {target for line in lines() for target in re.findall(r"\bmake ([a-z0-9-]+)", line)}
    assert used
    assert used <= targets


def test_there_are_no_secrets_and_no_stored_keys() -> None:
    assert "secrets." not in TEXT
    assert not re.search(r"AKIA|ASIA|aws-access-key|aws-secret|GITHUB_TOKEN|BEGIN [A-Z ]*PRIVATE", TEXT)
    assert not re.search(r"[0-9]{12}", TEXT), "an account's number"


def test_permissions_are_the_least_that_each_job_needs() -> None:
    assert WORKFLOW["permissions"] == {}
    for name, job in JOBS.items():
        takes_role = bool(steps_of(name, "configure-aws-credentials"))
        wanted = {"contents": "read"} | ({"id-token": "write"} if takes_role else {})
        assert job["permissions"] == wanted, name


def test_a_forks_pull_request_gets_no_role() -> None:
    assert set(WORKFLOW["on"]) == {"pull_request", "push"}
    for name, job in JOBS.items():
        if steps_of(name, "configure-aws-credentials") and name not in DEPLOYS:
            assert "head.repo.full_name == github.repository" in job["if"]


def test_nothing_that_others_write_is_put_into_a_script() -> None:
    assert [line for line in lines() if "${{" in line] == []
    assert all(step["with"]["persist-credentials"] is False for job in JOBS.values() for step in job["steps"][:1])


def test_what_is_deployed_was_merged_tried_in_staging_and_approved() -> None:
    assert WORKFLOW["on"]["push"] == {"branches": ["main"]}
    assert JOBS["staging"]["if"] == "github.event_name == 'push'"
    assert JOBS["prod"]["needs"] == "staging"
    for stage in DEPLOYS:
        assert JOBS[stage]["environment"] == stage
        assert JOBS[stage]["concurrency"] == {"group": f"tiergate-{stage}", "cancel-in-progress": False}
    assert not any("environment" in job for name, job in JOBS.items() if name not in DEPLOYS)


def test_every_job_ends_and_every_action_is_pinned_in_full() -> None:
    for job in JOBS.values():
        assert 0 < job["timeout-minutes"] <= 60
        assert job["runs-on"] == "ubuntu-24.04"
    used = {step["uses"] for job in JOBS.values() for step in job["steps"] if "uses" in step}
    assert used
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@(v\d+\.\d+\.\d+|[0-9a-f]{40})", each) for each in used)


def test_a_failing_command_fails_its_step() -> None:
    """What it prints goes through a pipe, whose last part never fails."""
    assert WORKFLOW["defaults"]["run"]["shell"] == "bash"


def test_the_guide_explains_every_job_and_variable() -> None:
    for name in JOBS:
        assert f"{name}:" in GUIDE
    for variable in re.findall(r"vars\.(\w+)", TEXT):
        assert f"`{variable}`" in GUIDE
    for job in ("files", "effects"):
        assert JOBS[job]["name"] in GUIDE
