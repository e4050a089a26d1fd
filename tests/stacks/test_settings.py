"""What the context may say; no Node is needed to know."""

from types import SimpleNamespace

import pytest

from stacks.settings import STAGES, Network, Settings, SettingsError, settings
from tests.stacks.mixed import NETWORK, TOPIC


def of(**context: str) -> Settings:
    """The settings of a synth with this context."""
    return settings(SimpleNamespace(try_get_context=context.get))


@pytest.mark.parametrize(
    ("context", "message"),
    [
        ({"stage": "production"}, "stage 'production' is not known; give -c stage=dev|staging|prod"),
        ({"local": "yes"}, "local is 'yes'; give -c local=1 for the local emulator, or leave it out"),
        ({"local": "1", "stage": "prod"}, "local=1 goes with stage=dev or stage=staging, never with prod"),
        ({"policies": "nowhere"}, "policies=nowhere: there is no such folder"),
        (
            {"subnets": "subnet-0a1b2c3d,subnet-12", "security_groups": "sg-0a1b2c3d"},
            "subnets: 'subnet-12' is no id of that kind; give -c subnets=subnet-0a1b2c3d4e5f60718,…",
        ),
        (
            {"subnets": "subnet-0a1b2c3d", "security_groups": "default"},
            "security_groups: 'default' is no id of that kind; give -c security_groups=sg-0a1b2c3d4e5f60718,…",
        ),
        (
            {"subnets": "subnet-0a1b2c3d"},
            "subnets and security_groups go together; give -c security_groups=sg-0a1b2c3d4e5f60718 too",
        ),
        *(
            (
                {"alarm_topic": topic},
                f"alarm_topic={topic} is not the ARN of a standard SNS topic;"
                " give -c alarm_topic=arn:aws:sns:REGION:ACCOUNT:NAME",
            )
            for topic in ("pager", TOPIC + ".fifo", TOPIC.replace("sns", "sqs"), TOPIC + ":0a1b2c")
        ),
    ],
)
def test_a_wrong_setting_is_one_line_with_the_mend(context: dict[str, str], message: str):
    with pytest.raises(SettingsError) as refused:
        of(**context)
    assert str(refused.value) == message


def test_without_any_context_it_is_the_stage_for_trying_things_out():
    assert of() == STAGES["dev"]


def test_a_network_is_read_with_its_ids_in_order_and_once_each():
    context = NETWORK | {"subnets": NETWORK["subnets"] + ", subnet-0a1b2c3d"}
    assert of(stage="prod", **context).network == Network(
        ("subnet-0a1b2c3d", "subnet-0a1b2c3d4e5f60718"), ("sg-0a1b2c3d",)
    )


def test_the_store_has_a_third_of_a_second_and_more_on_the_local_emulator():
    assert [of(stage=stage).store_timeout for stage in STAGES] == [0.3] * len(STAGES)
    assert of(local="1").store_timeout == 2


def test_the_local_emulator_has_no_network():
    assert of(local="1", **NETWORK).network is None
