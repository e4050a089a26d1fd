"""AWS clients for a local gateway or a real account, and what its stacks say of themselves."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from botocore.config import Config

LOCAL_REGION = "us-east-1"
LOCAL_ACCOUNT = "000000000000"

Outputs = Mapping[str, Mapping[str, str]]
"""Stack name → output key → value."""


def client(
    service: str, *, endpoint: str | None = None, region: str | None = None, config: "Config | None" = None
) -> Any:
    """A boto3 client: with `endpoint`, of MiniStack (made-up credentials, no proxy, never the caller's
    profile); without, of the caller's own account by boto3's usual rules. `config` goes before ours."""
    import boto3  # noqa: PLC0415 - a tenth of a second, of no use to commands that read files alone
    from botocore.config import Config  # noqa: PLC0415 - the same

    if endpoint is None:
        return boto3.client(service, region_name=region or os.environ.get("AWS_REGION"), config=config)
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=region or LOCAL_REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106  # MiniStack takes any
        config=Config(proxies={}, retries={"mode": "standard", "max_attempts": 2}).merge(config or Config()),
    )


def stack_outputs(stage: str, *, endpoint: str | None = None, region: str | None = None) -> dict[str, dict[str, str]]:
    """The outputs of every stack named `tiergate-<stage>-…`, on MiniStack at `endpoint` or on AWS (None).

    A stack without outputs is there with none. Raises botocore's errors when the account cannot be read.
    """
    pages = client("cloudformation", endpoint=endpoint, region=region).get_paginator("describe_stacks").paginate()
    return {
        stack["StackName"]: {item["OutputKey"]: item["OutputValue"] for item in stack.get("Outputs", [])}
        for page in pages
        for stack in page["Stacks"]
        if stack["StackName"].startswith(f"tiergate-{stage}-") and stack["StackStatus"] != "DELETE_COMPLETE"
    }


def is_bootstrapped(endpoint: str) -> bool:
    """Whether `cdk bootstrap` finished on the MiniStack at `endpoint`."""
    try:
        stacks = client("cloudformation", endpoint=endpoint).describe_stacks(StackName="CDKToolkit")["Stacks"]
    except ClientError:
        return False
    return bool(stacks) and stacks[0]["StackStatus"] in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}


def api_url(endpoint: str, api_id: str) -> str:
    """The local address of an HTTP API's `$default` stage: no name to resolve, no slash at the end."""
    return f"{endpoint}/_aws/execute-api/{api_id}"
