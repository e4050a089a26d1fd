"""The app with one thing more in its Gateway stack, which no CloudFormation can make: what a failing deploy looks like.

``cdk deploy --app "python -m tests.e2e.refused_app"``. Synth and cdk-nag let it pass.
"""

from typing import Any

import aws_cdk as cdk

import app

synth = cdk.App.synth


def with_a_refused_resource(self: cdk.App, **options: Any) -> Any:
    gateway = self.node.find_child("Gateway")
    cdk.CfnResource(gateway, "Refused", type="AWS::Tiergate::DoesNotExist", properties={"Name": "refused"})
    return synth(self, **options)


if __name__ == "__main__":
    cdk.App.synth = with_a_refused_resource
    app.main()
