"""Functions inside a VPC, named by ids: nothing of the account is looked up at synth."""

from typing import cast

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

from stacks.constructs.nag import acknowledge
from stacks.settings import Network


def attach(function: lambda_.Function, role: iam.Role, network: Network) -> None:
    """Run the function in a network; its role lets Lambda keep the interfaces there, and its code do none of it.

    The actions are those that Lambda's documentation asks for ("Giving Lambda functions access to resources in an
    Amazon VPC"). What the code itself calls carries ``lambda:SourceFunctionArn``, what Lambda calls for it does not.
    """
    resource = cast(lambda_.CfnFunction, function.node.default_child)
    resource.vpc_config = lambda_.CfnFunction.VpcConfigProperty(
        subnet_ids=[*network.subnets], security_group_ids=[*network.security_groups]
    )
    interfaces, chosen = "{account}:network-interface/*", _chosen(network)
    changing = ("ec2:DeleteNetworkInterface", "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses")
    _allow(role, "ec2:CreateNetworkInterface", on=_arns(role, interfaces, *chosen))
    _allow(role, *changing, on=_arns(role, interfaces))
    _allow(role, "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", on=["*"])
    acknowledge(
        role,
        "AwsSolutions-IAM5[Resource::*]",
        "EC2 lets nobody describe single interfaces or subnets; the function's code is left out by a condition.",
    )
    for each in (interfaces, *chosen):
        named = each.format(account="<AWS::AccountId>")
        acknowledge(
            role,
            f"AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ec2:<AWS::Region>:{named}]",
            "EC2 gives interfaces ids of its own choice, and a shared subnet has its owner's account in its ARN; "
            "the function's code is left out by a condition.",
        )


def _chosen(network: Network) -> list[str]:
    subnets = [f"*:subnet/{subnet}" for subnet in network.subnets]
    return subnets + [f"*:security-group/{group}" for group in network.security_groups]


def _arns(role: iam.Role, *resources: str) -> list[str]:
    stack = Stack.of(role)
    here = f"arn:{stack.partition}:ec2:{stack.region}"
    return [f"{here}:{resource.format(account=stack.account)}" for resource in resources]


def _allow(role: iam.Role, *actions: str, on: list[str]) -> None:
    not_its_code = {"Null": {"lambda:SourceFunctionArn": "true"}}
    role.add_to_policy(iam.PolicyStatement(actions=[*actions], resources=on, conditions=not_its_code))
