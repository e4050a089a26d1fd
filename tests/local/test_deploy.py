"""The CDK CLI's environment, arguments, progress and faults; the CLI is a script that we write."""

import re
import time
from pathlib import Path

import pytest

from tiergate.local import deploy
from tiergate.local.deploy import DeployError
from tiergate.local.place import Place

ENDPOINT = "http://127.0.0.1:4600"


def cdk_is(place: Place, script: str) -> None:
    place.cdk.write_text(script)


def test_only_ministack_can_be_reached_whatever_the_caller_has_set(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_DYNAMODB", "CDK_DEFAULT_ACCOUNT", "https_proxy"):
        monkeypatch.setenv(name, "the caller's")
    environment = deploy.environment(place, ENDPOINT)
    assert "the caller's" not in environment.values()
    assert environment["AWS_ENDPOINT_URL"] == environment["AWS_ENDPOINT_URL_S3"] == ENDPOINT
    assert environment["AWS_ACCESS_KEY_ID"] == "test"
    assert environment["AWS_CONFIG_FILE"] == environment["AWS_SHARED_CREDENTIALS_FILE"] == "/dev/null"
    assert environment["PATH"].startswith(str(place.scripts))


def test_the_app_gets_the_local_context_the_stage_and_what_the_caller_adds(place: Place) -> None:
    cdk_is(place, "import os, sys; print(os.getcwd(), *sys.argv[1:])")
    deploy.deploy(place, ENDPOINT, stage="staging", context={"policies": "/p"}, app="/cdk.out", output=Path("/out"))
    said = place.deploy_log.read_text().strip()
    assert said == (
        f"{place.root} --no-notices --ci --no-color deploy --all --require-approval never --progress events "
        "--output /out --context local=1 --context stage=staging --context policies=/p --app /cdk.out"
    )


def test_bootstrap_runs_out_of_the_apps_sight(place: Place) -> None:
    cdk_is(place, "import os, sys; print(os.getcwd(), *sys.argv[1:])")
    deploy.bootstrap(place, ENDPOINT)
    assert place.deploy_log.read_text().startswith(f"{place.state} ")


@pytest.mark.parametrize(
    ("line", "news"),
    [
        ("✨  Synthesis time: 4.18s", "stacks synthesized in 4.18 s"),
        ("tiergate-dev-data: deploying... [1/2]", "tiergate-dev-data (1 of 2)"),
        (" ✅  tiergate-dev-data (no changes)", "tiergate-dev-data is unchanged"),
        ("Data (tiergate-dev-data): deploying... [1/2]", "tiergate-dev-data (1 of 2)"),
        ("✅  Data (tiergate-dev-data) (no changes)", "tiergate-dev-data is unchanged"),
        (" ✅  tiergate-dev-data", None),
        ("✅  Data (tiergate-dev-data)", None),
        ("tiergate-dev-data | 1/3 | 7:45:14 PM | CREATE_COMPLETE | AWS::DynamoDB::Table | T", None),
    ],
)
def test_a_person_sees_what_matters_of_cdks_output(line: str, news: str | None) -> None:
    assert deploy.progress_of(line) == news


def test_a_refused_deploy_quotes_the_fault_and_not_what_went_well(place: Place) -> None:
    cdk_is(
        place,
        "print('✨  Synthesis time: 4.18s')\n"
        "print('x: success: Built x Template')\n"
        "print('x | 1/3 | 7:45 PM | CREATE_FAILED | AWS::DynamoDB::Table | T too many keys')\n"
        "print('❌  tiergate-dev-data failed: ToolkitError')\n"
        "raise SystemExit(1)",
    )
    with pytest.raises(DeployError) as caught:
        deploy.deploy(place, ENDPOINT)
    text = str(caught.value)
    assert "too many keys" in text
    assert "❌  tiergate-dev-data failed" in text
    assert "success" not in text
    assert str(place.deploy_log) in text
    assert "make up" in text


def test_a_refusal_of_the_gate_is_read_whole_and_once_and_nothing_beside_it(place: Place) -> None:
    event = "7:45:10 PM | UPDATE_FAILED           | Custom::Definitions        | Gate/D/Default (D) No API was changed."
    said = [
        "✨  Synthesis time: 4.18s",
        f"x-gate | 4/3 | {event}",
        '- plan "small" is dropped, and 1 subscription has it: sub_a (acme).',
        "All that a deploy would change: tiergate preview --stage local",
        "x-gate | 5/3 | 7:45:11 PM | UPDATE_ROLLBACK_COMPLET | AWS::CloudFormation::Stack | x-gate ",
        f"x-gate | {event}",
        '- plan "small" is dropped, and 1 subscription has it: sub_a (acme).',
        "❌  x-gate failed to deploy",
    ]
    cdk_is(place, f"print({chr(10).join(said)!r})\nraise SystemExit(1)")
    with pytest.raises(DeployError) as caught:
        deploy.deploy(place, ENDPOINT)
    assert str(caught.value) == (
        "`cdk deploy` was refused:\n"
        "  No API was changed.\n"
        '  - plan "small" is dropped, and 1 subscription has it: sub_a (acme).\n'
        "  All that a deploy would change: tiergate preview --stage local\n"
        f"The whole output: {place.deploy_log}\n"
        "Mend what it names and run `make up` again; `make down` first starts afresh."
    )


def test_an_app_that_does_not_load_is_told_from_a_refused_deploy(place: Place) -> None:
    cdk_is(place, "print('  File \"app.py\", line 3')\nprint('ValueError: boom')\nraise SystemExit(1)")
    with pytest.raises(DeployError, match=r"(?s)could not be synthesized.*app\.py.*boom.*tiergate check"):
        deploy.deploy(place, ENDPOINT)


def test_a_failed_bootstrap_says_so(place: Place) -> None:
    cdk_is(place, "print('connect ECONNREFUSED')\nraise SystemExit(1)")
    with pytest.raises(DeployError, match=r"(?s)`cdk bootstrap` failed.*ECONNREFUSED"):
        deploy.bootstrap(place, ENDPOINT)


def test_a_silent_deploy_shows_that_it_lives_and_ends_at_the_limit(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deploy, "SILENCE_SECONDS", 0.2)
    monkeypatch.setattr(deploy, "LIMIT_SECONDS", 1.0)
    cdk_is(place, "import time\nprint('gate | CREATE_IN_PROGRESS', flush=True)\ntime.sleep(600)")
    reported: list[str] = []
    started = time.monotonic()
    with pytest.raises(DeployError, match=re.escape("last it said: gate | CREATE_IN_PROGRESS")):
        deploy.deploy(place, ENDPOINT, report=reported.append)
    assert "  still at it: gate | CREATE_IN_PROGRESS" in reported
    assert time.monotonic() - started < 10
