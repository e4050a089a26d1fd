"""What each proxy may do to authenticate upstream, and the keys that identity tokens are signed with."""

import json

import pytest
from aws_cdk import Stack
from aws_cdk.assertions import Template

from stacks.constructs.identity_keys import IdentityKeys
from stacks.settings import STAGES
from tests.stacks.callers import CLIENT_SECRET, DOMAIN, KEY_SECRET, LEDGER, MESH, ORDERS
from tests.stacks.conftest import EMULATOR

pytestmark = pytest.mark.synth

OWN_LOG = {"logs:CreateLogStream", "logs:PutLogEvents"}


@pytest.fixture(scope="module")
def gateway(template):
    return template("callers", "Gateway")


@pytest.fixture(scope="module")
def granted(gateway, of_type):
    """What each role may do beside logging, by the beginning of its policy's id: pairs of action and resource."""
    return {
        name.partition("RoleDefaultPolicy")[0]: {
            (action, json.dumps(each["Resource"]).strip('"'))
            for each in policy["Properties"]["PolicyDocument"]["Statement"]
            for action in ([each["Action"]] if isinstance(each["Action"], str) else each["Action"])
            if action not in OWN_LOG
        }
        for name, policy in of_type(gateway, "AWS::IAM::Policy").items()
    }


@pytest.fixture(scope="module")
def keys(gateway, of_type):
    """The keys' ids by their numbers."""
    aliases = [each["Properties"] for each in of_type(gateway, "AWS::KMS::Alias").values()]
    found = {each["AliasName"]: each["TargetKeyId"]["Fn::GetAtt"][0] for each in aliases}
    prefix = "alias/tiergate/prod/identity-"
    return {int(name.removeprefix(prefix)): key for name, key in found.items() if name.startswith(prefix)}


@pytest.fixture(scope="module")
def variables(gateway, of_type):
    """The environment of each function, by the beginning of its id."""
    functions = of_type(gateway, "AWS::Lambda::Function").items()
    return {name.partition("Function")[0]: each["Properties"]["Environment"]["Variables"] for name, each in functions}


def test_each_proxy_may_read_the_secrets_and_sign_for_the_upstreams_of_its_own_apis_and_no_others(granted, keys):
    assert granted["Proxy"] == {
        ("secretsmanager:GetSecretValue", CLIENT_SECRET),
        ("execute-api:Invoke", ORDERS),
        ("vpc-lattice-svcs:Invoke", MESH),
    }
    assert granted["Isolatedservicev1"] == {("secretsmanager:GetSecretValue", KEY_SECRET)}
    assert granted["Isolatedledgerv1"] == {("lambda:InvokeFunctionUrl", LEDGER), ("lambda:InvokeFunction", LEDGER)}
    assert granted["Isolatedshownv1"] == {("kms:Sign", json.dumps({"Fn::GetAtt": [keys[3], "Arn"]}))}


def test_a_function_is_called_by_its_url_alone(gateway, of_type):
    statements = [
        statement
        for policy in of_type(gateway, "AWS::IAM::Policy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement["Action"] == "lambda:InvokeFunction"
    ]
    assert [each["Condition"] for each in statements] == [{"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}]


def test_the_signing_key_the_one_before_and_the_one_after_are_kept_and_do_nothing_else(gateway, of_type, keys):
    assert keys.keys() == {2, 3, 4}
    resources = of_type(gateway, "AWS::KMS::Key")
    for key in keys.values():
        assert resources[key]["Properties"]["KeySpec"] == "ECC_NIST_P256"
        assert resources[key]["Properties"]["KeyUsage"] == "SIGN_VERIFY"
        assert resources[key]["DeletionPolicy"] == resources[key]["UpdateReplacePolicy"] == "Retain"


@pytest.mark.parametrize(("number", "published"), [(1, {1, 2}), (2, {1, 2, 3}), (3, {2, 3, 4})])
def test_a_key_is_published_a_deploy_before_it_signs_and_a_deploy_after(number: int, published: set[int]):
    """Whichever of the functions a deploy changes first, a token's key is among those that are served."""
    stack = Stack()
    IdentityKeys(stack, settings=STAGES["dev"], number=number, issuer="https://api.example.com/_tiergate")
    aliases = Template.from_stack(stack).find_resources("AWS::KMS::Alias").values()
    assert {int(each["Properties"]["AliasName"].rpartition("-")[2]) for each in aliases} == published


def test_only_the_proxy_that_shows_identities_is_told_the_key_and_the_issuer(variables, keys):
    told = {name: each for name, each in variables.items() if "IDENTITY_KEY" in each}
    assert told.keys() == {"Isolatedshownv1"}
    assert told["Isolatedshownv1"]["IDENTITY_KEY"] == {"Fn::GetAtt": [keys[3], "Arn"]}
    assert told["Isolatedshownv1"]["IDENTITY_ISSUER"] == f"https://{DOMAIN['domain']}/_tiergate"


def test_the_public_keys_are_published_the_signing_one_first_and_to_everybody(
    gateway, of_type, granted, variables, keys
):
    routes = [each["Properties"] for each in of_type(gateway, "AWS::ApiGatewayV2::Route").values()]
    published = {each["RouteKey"]: each for each in routes if "well-known" in each["RouteKey"]}
    assert published.keys() == {
        "GET /_tiergate/.well-known/jwks.json",
        "GET /_tiergate/.well-known/openid-configuration",
    }
    assert all(each["AuthorizationType"] == "NONE" for each in published.values())
    arns = [{"Fn::GetAtt": [keys[number], "Arn"]} for number in (3, 2, 4)]
    listed = {"Fn::Join": ["", ['["', arns[0], '","', arns[1], '","', arns[2], '"]']]}
    assert variables["Jwks"]["IDENTITY_KEYS"] == listed
    assert variables["Jwks"]["IDENTITY_ISSUER"] == f"https://{DOMAIN['domain']}/_tiergate"
    assert granted["Jwks"] == {("kms:GetPublicKey", json.dumps(arn)) for arn in arns}


def test_on_the_local_emulator_upstreams_find_the_keys_at_its_address(template, of_type):
    gateway = template("callers-local", "Gateway")
    (gateways_api,) = of_type(gateway, "AWS::ApiGatewayV2::Api")
    issuers = [
        each["Properties"]["Environment"]["Variables"].get("IDENTITY_ISSUER")
        for each in of_type(gateway, "AWS::Lambda::Function").values()
    ]
    local = {"Fn::Join": ["", [f"{EMULATOR}/_aws/execute-api/", {"Ref": gateways_api}, "/_tiergate"]]}
    assert [each for each in issuers if each] == [local, local]


def test_where_no_upstream_is_shown_an_identity_there_is_no_key_and_no_route(template):
    text = json.dumps(template("plain", "Gateway"))
    assert "SIGN_VERIFY" not in text
    assert "well-known" not in text
    assert "jwks" not in text
