"""What the sync function may do to the account's native usage plans and API keys: read all, change its own."""

from aws_cdk import Stack

from stacks.constructs.function import PythonFunction
from stacks.constructs.nag import acknowledge

KINDS = ("usageplans", "apikeys")

TAG = "tiergate:stage"

TAGS = [TAG, *(f"tiergate:{name}" for name in ("plan", "subscription", "application", "root"))]


def allow_natives(function: PythonFunction, stage: str) -> None:
    """Made with the stage's tag, and changed or deleted where they have it (API Gateway's developer guide, "Control
    access to API Gateway REST API resources with tags": keys within a usage plan count as having the plan's).

    Two things no condition prevents: who may list API keys may ask for their values, and who may make things with tags
    may put these tags on others of the kind, and so make them the stage's.
    """
    asked: dict[str, dict[str, str | list[str]]] = {
        "StringEquals": {f"aws:RequestTag/{TAG}": stage},
        "ForAllValues:StringEquals": {"aws:TagKeys": TAGS},
    }
    there = {"StringEquals": {f"aws:ResourceTag/{TAG}": stage}}
    of = Stack.of(function)
    at = f"arn:{of.partition}:apigateway:{of.region}::"
    function.allow("apigateway:GET", on=f"{at}/usageplans/*")
    for kind in KINDS:
        function.allow("apigateway:GET", on=f"{at}/{kind}")
        function.allow("apigateway:POST", on=f"{at}/{kind}", conditions=asked)
        function.allow(*(f"apigateway:{verb}" for verb in _changing(kind)), on=f"{at}/{kind}/*", conditions=there)
        tags = f"{at}/tags/arn%3A{of.partition}%3Aapigateway%3A{of.region}%3A%3A%2F{kind}%2F*"
        function.allow("apigateway:PUT", on=tags, conditions=asked)
        for resource in (f"{at}/{kind}/*", tags):
            shown = resource.replace(of.partition, "<AWS::Partition>").replace(of.region, "<AWS::Region>")
            acknowledge(
                function,
                f"AwsSolutions-IAM5[Resource::{shown}]",
                "API Gateway gives usage plans and keys ids of its own choice; a tag tells which are this stage's.",
            )


def _changing(kind: str) -> tuple[str, ...]:
    """Keys are put into a usage plan by POST."""
    return ("PATCH", "DELETE", "POST") if kind == "usageplans" else ("PATCH", "DELETE")
