"""Managed APIs: which proxy a call goes through, and what that proxy may reach."""

import json

import pytest

from stacks.settings import STAGES
from tests.stacks.mixed import LATER, PAST, PAST_SECRET, PAYROLL, RETIRED

pytestmark = pytest.mark.synth

NETWORK_ACTIONS = {
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
}


@pytest.fixture(scope="module")
def function_of(mixed_gateway, of_type):
    """``function_of("ANY /orders/v1")``: the id of the function that a route's calls go to."""
    integrations = of_type(mixed_gateway, "AWS::ApiGatewayV2::Integration")

    def find(key: str) -> str:
        (route,) = (
            route["Properties"]
            for route in of_type(mixed_gateway, "AWS::ApiGatewayV2::Route").values()
            if route["Properties"]["RouteKey"] == key
        )
        target = route["Target"]["Fn::Join"][1][1]["Ref"]
        return str(integrations[target]["Properties"]["IntegrationUri"]["Fn::GetAtt"][0])

    return find


@pytest.fixture(scope="module")
def proxy_of(function_of):
    """The beginning of that id."""
    return lambda key: function_of(key).partition("Function")[0]


@pytest.fixture(scope="module")
def functions(mixed_gateway, of_type):
    """By the beginning of their ids, which leave punctuation out: one of those that differ in that alone."""
    found = of_type(mixed_gateway, "AWS::Lambda::Function")
    return {name.partition("Function")[0]: function["Properties"] for name, function in found.items()}


@pytest.fixture(scope="module")
def statements(mixed_gateway, of_type):
    """What each function's role is granted, by the beginning of the function's id."""
    return {
        name.partition("RoleDefaultPolicy")[0]: policy["Properties"]["PolicyDocument"]["Statement"]
        for name, policy in of_type(mixed_gateway, "AWS::IAM::Policy").items()
    }


@pytest.mark.parametrize("below", ["", "/{proxy+}"])
@pytest.mark.parametrize(
    ("api", "proxy"),
    [
        ("bank", "Proxy"),
        ("pages", "Proxy"),
        ("alone", "Isolatedalonev1"),
        ("called", "Isolatedcalledv1"),
        ("vault", "PrivateProxy"),
        ("vaulted", "Isolatedvaultedv1"),
    ],
)
def test_calls_go_through_the_shared_proxy_the_private_one_or_one_of_the_apis_own(proxy_of, api, proxy, below):
    assert proxy_of(f"ANY /{api}/v1{below}") == proxy


def test_each_proxy_may_invoke_the_lambda_upstreams_of_its_own_apis_and_no_other(statements):
    invoked = {
        name: [each["Resource"] for each in granted if each["Action"] == "lambda:InvokeFunction"]
        for name, granted in statements.items()
    }
    demo = invoked.pop("Proxy")
    assert "Upstreamdemobank" in json.dumps(demo)
    assert invoked.pop("Isolatedalonev1") == demo
    assert invoked.pop("Isolatedcalledv1") == [PAYROLL]
    assert not any(invoked.values())


def test_each_proxy_knows_the_functions_of_its_own_apis_only(functions):
    known = {
        name: json.dumps(each["Environment"]["Variables"].get("UPSTREAM_FUNCTIONS")) for name, each in functions.items()
    }
    assert {name for name, text in known.items() if "demo_bank" in text} == {"Proxy", "Isolatedalonev1"}


def test_an_isolated_api_has_the_instances_that_it_asks_for_or_else_the_stages_number(functions):
    reserved = {name: each.get("ReservedConcurrentExecutions") for name, each in functions.items()}
    assert reserved == {
        "Authorizer": 100,
        "DirectAuthorizer": 100,
        "Proxy": 250,
        "PrivateProxy": 250,
        "Isolatedalonev1": 20,
        "Isolatedcalledv1": 50,
        "Isolatedpay2gov1": 50,
        "Isolatedvaultedv1": 5,
        "Onboarding": None,
        "Upstreamdemobank": None,
    }


def test_only_proxies_of_private_upstreams_run_in_the_vpc(functions):
    inside = {name: each["VpcConfig"] for name, each in functions.items() if "VpcConfig" in each}
    network = {"SecurityGroupIds": ["sg-0a1b2c3d"], "SubnetIds": ["subnet-0a1b2c3d", "subnet-0a1b2c3d4e5f60718"]}
    assert inside == {"PrivateProxy": network, "Isolatedvaultedv1": network}


def test_lambda_may_keep_interfaces_in_the_vpc_and_the_functions_code_may_not(statements):
    for name in ("PrivateProxy", "Isolatedvaultedv1"):
        granted = [each for each in statements[name] if "ec2:" in json.dumps(each["Action"])]
        assert {action for each in granted for action in _actions(each)} == NETWORK_ACTIONS
        assert all(each["Condition"] == {"Null": {"lambda:SourceFunctionArn": "true"}} for each in granted)
        assert all("Condition" in each or "ec2:" not in json.dumps(each) for each in statements[name])


def test_wildcards_are_the_networks_and_no_others(statements):
    for granted in statements.values():
        for each in granted:
            text = json.dumps(each)
            if "*" in text:
                assert set(_actions(each)) <= NETWORK_ACTIONS
            if each["Resource"] == "*":
                assert set(_actions(each)) == {"ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"}


def test_a_preflight_needs_no_credential_and_goes_to_the_managed_proxy_of_either_mode(mixed_gateway, of_type, proxy_of):
    routes = [route["Properties"] for route in of_type(mixed_gateway, "AWS::ApiGatewayV2::Route").values()]
    preflights = {route["RouteKey"]: route for route in routes if route["RouteKey"].startswith("OPTIONS ")}
    paths = {f"/{api}/v1{below}" for api in ("bare", "pages", "past-bare") for below in ("", "/{proxy+}")}
    assert preflights.keys() == {f"OPTIONS {path}" for path in paths}
    for key, route in preflights.items():
        assert route["AuthorizationType"] == "NONE"
        assert "AuthorizerId" not in route
        assert proxy_of(key) == "Proxy"


def test_every_other_route_is_behind_an_authorizer(mixed_gateway, of_type):
    for route in of_type(mixed_gateway, "AWS::ApiGatewayV2::Route").values():
        properties = route["Properties"]
        if not properties["RouteKey"].startswith("OPTIONS "):
            assert properties["AuthorizationType"] in {"CUSTOM", "AWS_IAM"}


def test_on_the_local_emulator_private_upstreams_are_reached_from_this_machine(local_gateway, of_type):
    functions = of_type(local_gateway, "AWS::Lambda::Function")
    assert not any("VpcConfig" in each["Properties"] for each in functions.values())
    assert not any(name.startswith("PrivateProxy") for name in functions)
    assert "VPC_LINK" not in json.dumps(local_gateway)
    assert "ec2:" not in json.dumps(local_gateway)


def test_no_instances_are_reserved_outside_production(template):
    for run in ("local", *(STAGES.keys() - {"prod"})):
        assert "ReservedConcurrentExecutions" not in json.dumps(template(run, "Gateway"))


def test_names_that_differ_in_punctuation_alone_get_functions_of_their_own(mixed_gateway, of_type, function_of):
    functions = of_type(mixed_gateway, "AWS::Lambda::Function")
    assert sum(name.startswith("Isolatedpay2gov1Function") for name in functions) == 3
    assert len({function_of(f"ANY /{api}/v1") for api in ("pay2go", "pay2-go", "pay2--go")}) == 3


def test_a_draft_has_no_route_no_function_and_grants_nothing(mixed_gateway, of_type):
    routes = [each["Properties"]["RouteKey"] for each in of_type(mixed_gateway, "AWS::ApiGatewayV2::Route").values()]
    assert not any("later" in key for key in routes)
    assert not any("later" in name for name in mixed_gateway["Resources"])
    assert LATER not in json.dumps(mixed_gateway)


@pytest.mark.parametrize("below", ["", "/{proxy+}"])
@pytest.mark.parametrize("api", RETIRED)
def test_what_is_retired_is_refused_by_the_shared_proxy_whatever_it_was(proxy_of, api, below):
    assert proxy_of(f"ANY /{api}/v1{below}") == "Proxy"


def test_what_is_retired_grants_nothing_and_runs_nothing_of_its_own(mixed_gateway, functions, of_type):
    text = json.dumps(mixed_gateway)
    assert PAST not in text
    assert PAST_SECRET not in text
    assert "past.example" not in text
    assert not any("past" in name.lower() for name in functions)
    authorizers = of_type(mixed_gateway, "AWS::ApiGatewayV2::Authorizer")
    (managed,) = (name for name, each in authorizers.items() if each["Properties"]["Name"] == "Managed")
    for route in of_type(mixed_gateway, "AWS::ApiGatewayV2::Route").values():
        if route["Properties"]["RouteKey"].startswith("ANY /past"):
            assert route["Properties"]["AuthorizerId"] == {"Ref": managed}


def test_what_is_gone_has_no_route(mixed_gateway):
    assert "long-gone" not in json.dumps(mixed_gateway)


def _actions(statement: dict) -> list[str]:
    return [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
