"""``POST /_tiergate/onboard``: for callers that IAM knows, with a function that may do no more than it needs."""

import json

import pytest

pytestmark = pytest.mark.synth


@pytest.fixture(scope="module")
def statements(gateway, of_type):
    (policy,) = (
        each["Properties"]["PolicyDocument"]["Statement"]
        for name, each in of_type(gateway, "AWS::IAM::Policy").items()
        if name.startswith("Onboarding")
    )
    return policy


def test_callers_are_identified_by_iam_and_there_is_no_other_route_beside_it(gateway, of_type):
    routes = [each["Properties"] for each in of_type(gateway, "AWS::ApiGatewayV2::Route").values()]
    (route,) = (each for each in routes if "_tiergate" in each["RouteKey"])
    assert (route["RouteKey"], route["AuthorizationType"]) == ("POST /_tiergate/onboard", "AWS_IAM")


def test_its_function_makes_records_in_the_registry_and_signs_with_one_key(gateway, statements, of_type):
    (key,) = of_type(gateway, "AWS::KMS::Key")
    allowed = {json.dumps(each["Action"]): json.dumps(each["Resource"]) for each in statements}
    assert allowed['"kms:GenerateMac"'] == json.dumps({"Fn::GetAtt": [key, "Arn"]})
    table = allowed['["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:ConditionCheckItem"]']
    assert "Registry" in table
    assert "index" not in table
    assert len(allowed) == 3


def test_its_function_is_told_the_table_the_key_and_whose_keys_it_makes(gateway, of_type, stage):
    (variables,) = (
        each["Properties"]["Environment"]["Variables"]
        for name, each in of_type(gateway, "AWS::Lambda::Function").items()
        if name.startswith("Onboarding")
    )
    (key,) = of_type(gateway, "AWS::KMS::Key")
    assert variables["MAC_KEY"] == {"Fn::GetAtt": [key, "Arn"]}
    assert variables["KEY_ENV"] == stage
    assert "Registry" in json.dumps(variables["REGISTRY_TABLE"])


def test_the_key_signs_and_does_nothing_else_and_production_keeps_it(gateway, of_type, stage):
    (key,) = of_type(gateway, "AWS::KMS::Key").values()
    assert key["Properties"]["KeySpec"] == "HMAC_256"
    assert key["Properties"]["KeyUsage"] == "GENERATE_VERIFY_MAC"
    assert key["DeletionPolicy"] == key["UpdateReplacePolicy"] == ("Retain" if stage == "prod" else "Delete")
    (alias,) = of_type(gateway, "AWS::KMS::Alias").values()
    assert alias["Properties"]["AliasName"] == f"alias/tiergate/{stage}/onboarding"


def test_the_outputs_say_where_it_is_and_what_to_allow_its_callers(gateway):
    outputs = {name: json.dumps(each["Value"]) for name, each in gateway["Outputs"].items()}
    assert outputs["OnboardUrl"].endswith('"/_tiergate/onboard"]]}')
    assert outputs["OnboardArn"].endswith('"/$default/POST/_tiergate/onboard"]]}')
    assert ":execute-api:" in outputs["OnboardArn"]
