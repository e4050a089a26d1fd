"""``SECURITY.md`` names everything that the functions may do."""

import re

import pytest

from tests.stacks.conftest import ROOT

pytestmark = pytest.mark.synth

(PARAGRAPH,) = re.findall(
    r"^\*\*What the functions may do\.\*\* (.+?)\n\n", (ROOT / "SECURITY.md").read_text(), re.M | re.S
)
NETWORK = re.compile(r"ec2:\w+NetworkInterface\w*|ec2:DescribeSubnets|ec2:\w+PrivateIpAddresses")
IN_OTHER_WORDS = {
    "logs:CreateLogStream": "write to its own log",
    "logs:PutLogEvents": "write to its own log",
    **dict.fromkeys(
        ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"],
        "read the counters' stream",
    ),
}


@pytest.fixture(scope="module")
def granted(template, of_type) -> dict[str, set[str]]:
    """The actions of every policy of a deployment that has all there is, and the names of those who may do each."""
    found: dict[str, set[str]] = {}
    for run in ("mixed", "callers"):
        for stack in ("Gate", "Gateway", "Portal", "Sync", "Usage"):
            for name, policy in of_type(template(run, stack), "AWS::IAM::Policy").items():
                for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
                    actions = statement["Action"]
                    for action in [actions] if isinstance(actions, str) else actions:
                        found.setdefault(action, set()).add(name)
    return found


def test_every_action_of_a_function_is_told(granted):
    untold = [
        action
        for action in granted
        if not NETWORK.fullmatch(action)
        and IN_OTHER_WORDS.get(action, action.partition(":")[2]) not in PARAGRAPH.replace("\n", " ")
        and f"`{action}`" not in PARAGRAPH
    ]
    assert untold == []
    assert any(NETWORK.fullmatch(action) for action in granted)


def test_no_action_is_told_that_no_function_may_do(granted):
    told = set(re.findall(r"\b(?:[A-Z][a-z]+){2,}\b", PARAGRAPH)) | set(re.findall(r"`([\w-]+:\w+)`", PARAGRAPH))
    may = {name for action in granted for name in (action, action.partition(":")[2])}
    assert told - may == set()
    assert len(told) >= 10
