"""The authorizer of REST APIs: what it may do, and who may invoke it. Its stack is made here, by itself."""

import json
import re
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Template

from stacks.assets import stage
from stacks.constructs.rest_authorizer import rest_authorizer
from stacks.settings import ROOT, settings

pytestmark = pytest.mark.synth

REST_APIS = {
    "stock": {"id": "a1b2c3d4e5", "stage": "prod"},
    "stock-next": {"id": "a1b2c3d4e5", "stage": "next"},
    "depots": {"id": "b1b2c3d4e5", "stage": "prod"},
}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("rest")
    stack = cdk.Stack(cdk.App(outdir=str(folder / "out")), "Sync")
    tables = {
        name: dynamodb.Table(
            stack, name, partition_key=dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING)
        )
        for name in ("Registry", "Usage")
    }
    rest_authorizer(
        stack,
        settings=settings({"stage": "prod"}),
        rest_apis=REST_APIS,
        registry=tables["Registry"],
        usage=tables["Usage"],
        key=kms.Key(stack, "NativeKeysKey"),
        asset=stage("rest_authorizer", Path(folder), "{}"),
    )
    return Template.from_stack(stack).to_json()


def of_type(template: Any, kind: str) -> list[Any]:
    return [each["Properties"] for each in template["Resources"].values() if each["Type"] == kind]


def test_it_may_read_the_registry_count_use_and_derive_with_one_key(template: Any) -> None:
    (policy,) = of_type(template, "AWS::IAM::Policy")
    statements = policy["PolicyDocument"]["Statement"]
    granted = {json.dumps(each["Action"]): json.dumps(each["Resource"]) for each in statements}
    assert "Registry" in granted.pop('"dynamodb:GetItem"')
    assert "Usage" in granted.pop('"dynamodb:UpdateItem"')
    assert "NativeKeysKey" in granted.pop('"kms:GenerateMac"')
    assert [*granted] == ['["logs:CreateLogStream", "logs:PutLogEvents"]']


def test_authorizers_of_the_named_rest_apis_may_invoke_it_and_nothing_else(template: Any) -> None:
    permissions = of_type(template, "AWS::Lambda::Permission")
    assert {each["Action"] for each in permissions} == {"lambda:InvokeFunction"}
    assert {each["Principal"] for each in permissions} == {"apigateway.amazonaws.com"}
    sources = sorted(json.dumps(each["SourceArn"]) for each in permissions)
    assert len(sources) == 2
    for source, id_ in zip(sources, ("a1b2c3d4e5", "b1b2c3d4e5"), strict=True):
        assert source.endswith(f':{id_}/authorizers/*"]]}}')


def test_it_is_told_its_tables_its_key_and_whose_keys_are_good(template: Any) -> None:
    (function,) = of_type(template, "AWS::Lambda::Function")
    variables = function["Environment"]["Variables"]
    assert (variables["MODE"], variables["KEY_ENV"], variables["STAGE"]) == ("direct", "prod", "prod")
    for name, resource in {"REGISTRY_TABLE": "Registry", "USAGE_TABLE": "Usage", "MAC_KEY": "NativeKeysKey"}.items():
        assert resource in json.dumps(variables[name])


def test_its_arn_is_an_output(template: Any) -> None:
    (function,) = (name for name, each in template["Resources"].items() if each["Type"] == "AWS::Lambda::Function")
    assert template["Outputs"]["RestAuthorizerArn"]["Value"] == {"Fn::GetAtt": [function, "Arn"]}


def test_the_guides_way_with_the_cdk_needs_keys_asks_with_each_call_and_gives_no_other_permission() -> None:
    (program,) = re.findall(r"^```python\n(.*?)^```$", (ROOT / "docs/rest-apis.md").read_text(), re.M | re.S)
    stack = cdk.Stack(cdk.App(), "Own")
    names: dict[str, Any] = {
        "self": stack,
        "lambda_": lambda_,
        "apigateway": apigateway,
        "Duration": cdk.Duration,
        "rest_authorizer_arn": "arn:aws:lambda:eu-west-1:123456789012:function:rest",
    }
    exec(program, names)  # noqa: S102 - our own
    names["api"].root.add_method("GET")
    made = Template.from_stack(stack).to_json()
    (api,), (method,) = of_type(made, "AWS::ApiGateway::RestApi"), of_type(made, "AWS::ApiGateway::Method")
    assert api["ApiKeySourceType"] == "AUTHORIZER"
    assert (method["AuthorizationType"], method["ApiKeyRequired"]) == ("CUSTOM", True)
    (authorizer,) = of_type(made, "AWS::ApiGateway::Authorizer")
    assert (authorizer["Type"], authorizer["AuthorizerResultTtlInSeconds"]) == ("REQUEST", 0)
    assert not authorizer.get("IdentitySource")
    assert of_type(made, "AWS::Lambda::Permission") == []
    (response,) = of_type(made, "AWS::ApiGateway::GatewayResponse")
    assert response["ResponseTemplates"] == {"application/json": "$context.authorizer.problem"}
