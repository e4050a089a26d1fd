"""The CDK CLI against MiniStack: the same `app.py` and the same `cdk deploy --all` as for AWS."""

import os
import queue
import re
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import takewhile
from pathlib import Path

from tiergate.local.aws import LOCAL_ACCOUNT, LOCAL_REGION
from tiergate.local.place import Place, open_log
from tiergate.local.progress import LocalError, Report, silent

SILENCE_SECONDS = 15.0
LIMIT_SECONDS = 900.0
SHOWN_LINES = 14

_SYNTHESIZED = re.compile(r"^✨\s+Synthesis time: (?P<time>\S+)")
_STACK = (
    r"(?:\S+ \((?=\S+\)))?(?P<stack>[\w-]+)\)?"  # "tiergate-dev-data", or with its id first: "Data (tiergate-dev-data)"
)
_DEPLOYING = re.compile(rf"^{_STACK}: deploying\.\.\. \[(?P<of>\d+/\d+)\]")
_DEPLOYED = re.compile(rf"^\s*✅\s+{_STACK}(?P<same> \(no changes\))?")
_EVENT = re.compile(r"^[\w-]+ \|(?: \d+/\d+ \|)? [\d:]+ [AP]M \| ")
_REFUSED = re.compile(rf"{_EVENT.pattern}\w+_FAILED\s+\| Custom::\S+\s+\| \S+ \(\w+\) (?P<reason>.+)")
_FAULTS = re.compile(r"_FAILED|❌|‣|\bfail(?:ed)?:|Failed to |\b[Ee]rror\b|Error:")
_UNSUITABLE = ("AWS_", "CDK_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


class DeployError(LocalError):
    """CDK refused; the text has its own words, where the whole output is, and what to try."""


def environment(place: Place, endpoint: str) -> dict[str, str]:
    """The caller's environment without any AWS, CDK or proxy setting, and with MiniStack as the only AWS."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(_UNSUITABLE)}
    return kept | {
        "PATH": f"{place.scripts}{os.pathsep}{kept.get('PATH', os.defpath)}",  # jsii and cdk look up `node`
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ENDPOINT_URL_S3": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": LOCAL_REGION,
        "AWS_DEFAULT_REGION": LOCAL_REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "CDK_DISABLE_VERSION_CHECK": "true",
        "NO_COLOR": "1",
    }


def bootstrap(place: Place, endpoint: str) -> None:
    """Prepare a fresh MiniStack for CDK (a few seconds). Raises `DeployError`."""
    # Not in the project's folder: with cdk.json in sight the CLI would synthesize the app first.
    _run(place, endpoint, ["bootstrap", f"aws://{LOCAL_ACCOUNT}/{LOCAL_REGION}"], cwd=place.state, report=silent)


def deploy(
    place: Place,
    endpoint: str,
    *,
    stage: str = "dev",
    context: Mapping[str, str] | None = None,
    app: str | None = None,
    output: Path | None = None,
    report: Report = silent,
) -> None:
    """Synthesize and deploy all stacks with `-c local=1 -c stage=STAGE` and the further `context`.

    `app` replaces cdk.json's command, or names a synthesized folder; `output` replaces the place's own
    template folder. Reports each stack. The whole output is in the place's deploy log. Raises `DeployError`.
    """
    arguments = ["deploy", "--all", "--require-approval", "never", "--progress", "events"]
    arguments += ["--output", str(output or place.assembly)]
    for name, value in ({"local": "1", "stage": stage} | dict(context or {})).items():
        arguments += ["--context", f"{name}={value}"]
    if app:
        arguments += ["--app", app]
    _run(place, endpoint, arguments, cwd=place.root, report=report)


def _run(place: Place, endpoint: str, arguments: Sequence[str], *, cwd: Path, report: Report) -> None:
    command = [str(place.node), str(place.cdk), "--no-notices", "--ci", "--no-color", *arguments]
    deadline = time.monotonic() + LIMIT_SECONDS
    seen: list[str] = []
    place.prepare()
    with (
        open_log(place.deploy_log) as log,
        subprocess.Popen(  # noqa: S603  # our own node, CLI and arguments, no shell
            command,
            cwd=cwd,
            env=environment(place, endpoint),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        ) as process,
    ):
        lines = _lines(process)
        try:
            while (line := _next(lines, deadline, seen, report)) is not None:
                seen.append(line)
                log.write(f"{line}\n".encode())
                log.flush()
                if news := progress_of(line):
                    report(f"  {news}")
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        raise DeployError(explain(seen, place.deploy_log, verb=arguments[0]))


def _lines(process: subprocess.Popen[str]) -> "queue.Queue[str | None]":
    """The output's lines as they come, then None; a queue, because a silent deploy must be noticed."""
    lines: queue.Queue[str | None] = queue.Queue()

    def read() -> None:
        with suppress(ValueError):  # the pipe was closed under us: the run was given up
            for line in process.stdout or ():
                lines.put(line.rstrip("\n"))
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    return lines


def _next(lines: "queue.Queue[str | None]", deadline: float, seen: list[str], report: Report) -> str | None:
    while True:
        try:
            return lines.get(timeout=SILENCE_SECONDS)
        except queue.Empty:
            last = next((line.strip() for line in reversed(seen) if line.strip()), "the CDK app is loading")
        if time.monotonic() > deadline:
            raise DeployError(
                f"CDK did not finish within {LIMIT_SECONDS:.0f} s and was ended; last it said: {last}\n"
                "A custom resource that never answers does this. Look into MiniStack's log; "
                "`make down` and `make up` start afresh."
            )
        report(f"  still at it: {last}")


def progress_of(line: str) -> str | None:
    """What a line of CDK's output means to a person who waits, None for most."""
    if found := _SYNTHESIZED.match(line):
        return f"stacks synthesized in {found['time'].removesuffix('s')} s"
    if found := _DEPLOYING.match(line):
        return f"{found['stack']} ({found['of'].replace('/', ' of ')})"
    if (found := _DEPLOYED.match(line)) and found["same"]:
        return f"{found['stack']} is unchanged"
    return None


def explain(lines: Sequence[str], log: Path, *, verb: str) -> str:
    """The message of a failed run: the lines that matter, the log's path, what to try."""
    synthesized = verb != "deploy" or any(_SYNTHESIZED.match(line) for line in lines)
    said = [line.rstrip() for line in lines if line.strip()]
    refused = _refusal(lines)
    shown = refused or (list(dict.fromkeys(line for line in said if _FAULTS.search(line))) if synthesized else [])
    quoted = "\n".join(f"  {line}" for line in (shown or said)[-SHOWN_LINES:])
    fault, mend = (
        (
            f"`cdk {verb}` {'was refused' if refused else 'failed'}:",
            "Mend what it names and run `make up` again; `make down` first starts afresh.",
        )
        if synthesized
        else (
            "The stacks could not be synthesized:",
            "`.venv/bin/tiergate check` shows faults in policies; mend app.py or stacks/ and run `make up` again.",
        )
    )
    return f"{fault}\n{quoted}\nThe whole output: {log}\n{mend}"


def _refusal(lines: Sequence[str]) -> list[str]:
    """What a resource of the project's own said when it refused: the rest of its event's line, and those below it."""
    for number, line in enumerate(lines):
        if found := _REFUSED.match(line):
            below = takewhile(lambda each: each.strip() and not _EVENT.match(each), lines[number + 1 :])
            return [found["reason"], *below]
    return []
