"""The app with a custom resource in its Gateway stack that always fails, once the functions have been updated.

``cdk deploy --app "python -m tests.e2e.refused_app"``: CloudFormation itself fails, on AWS too.
"""

from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

import app
from stacks.constructs.nag import acknowledge
from stacks.gateway import GatewayStack

CODE = """\
import json, urllib.request

def handler(event, _context):
    answer = {name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
    answer |= {"Status": "FAILED", "Reason": "refused by the test", "PhysicalResourceId": "refused"}
    body, headers = json.dumps(answer).encode(), {"content-type": ""}
    urllib.request.urlopen(urllib.request.Request(event["ResponseURL"], body, headers, method="PUT"))
"""

synth = cdk.App.synth


def with_a_refused_resource(self: cdk.App, **options: Any) -> Any:
    gateway = cast(GatewayStack, self.node.find_child("Gateway"))
    role = gateway.authorizers["managed"].function.role
    assert role is not None
    function = lambda_.CfnFunction(
        gateway,
        "RefusedFunction",
        code=lambda_.CfnFunction.CodeProperty(zip_file=CODE),
        handler="index.handler",
        runtime="python3.13",
        role=role.role_arn,
    )
    acknowledge(function, "AwsSolutions-L1", "The gateway's own functions have this runtime too.")
    refused = cdk.CustomResource(
        gateway, "Refused", service_token=function.attr_arn, service_timeout=cdk.Duration.seconds(30)
    )
    refused.node.add_dependency(*gateway.authorizers["managed"].node.children)
    return synth(self, **options)


if __name__ == "__main__":
    cdk.App.synth = with_a_refused_resource
    app.main()
