"""What a proxy may do to authenticate with the upstreams of its own APIs, and with no others."""

from collections.abc import Iterable

from stacks.constructs.function import PythonFunction
from stacks.constructs.nag import acknowledge
from stacks.serving import Serving

INVOKING = {
    "execute-api": "execute-api:Invoke",
    "lambda": "lambda:InvokeFunctionUrl",
    "vpc-lattice-svcs": "vpc-lattice-svcs:Invoke",
}
"""The action that a call signed for a service needs."""

BY_ITS_URL = {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}
"""A function's URL needs ``lambda:InvokeFunction`` too; so it is granted for calls by the URL alone (AWS Lambda's
developer guide, "Control access to Lambda function URLs")."""


def allow_upstream_auth(proxy: PythonFunction, apis: Iterable[Serving], *, signing: str | None) -> None:
    """``signing``: the ARN of the key for identity tokens, needed where an API has them."""
    found = [api.auth for api in apis if api.auth is not None]
    for secret in sorted({auth["secret"] for auth in found if "secret" in auth}):
        proxy.allow("secretsmanager:GetSecretValue", on=secret)
    for service, resource in sorted({(auth["service"], auth["resource"]) for auth in found if auth["kind"] == "sigv4"}):
        _allow_signed(proxy, service, resource)
    if signing is not None and any(auth["kind"] == "identity" for auth in found):
        proxy.allow("kms:Sign", on=signing)


def _allow_signed(proxy: PythonFunction, service: str, resource: str) -> None:
    proxy.allow(INVOKING[service], on=resource)
    if service == "lambda":
        proxy.allow("lambda:InvokeFunction", on=resource, conditions=BY_ITS_URL)
    if "*" in resource:
        acknowledge(
            proxy,
            f"AwsSolutions-IAM5[Resource::{resource}]",
            "The policy's author names the upstream's methods and paths, and may mean all of them.",
        )
