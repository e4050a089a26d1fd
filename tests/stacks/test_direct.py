"""Direct APIs: what API Gateway is told to do in the proxy's place. No emulator enforces most of it."""

import json
import re

import pytest

from stacks.constructs import mapping
from tests.stacks.conftest import ROOT
from tests.stacks.mixed import LISTENER
from tiergate.domain.calls import EDGE, VIA_PORTAL
from tiergate.domain.messages import OVERRIDES

pytestmark = pytest.mark.synth

DIRECT = ("bare", "fading", "function", "inner", "plain")
IDENTITY = (
    *("organization", "application", "subscription", "product", "plan"),
    *("credential", "issuer", "subject", "scopes"),
)


ENDING = {
    "overwrite:header.deprecation": "@1796083200",
    "overwrite:header.sunset": "Tue, 30 Jun 2099 00:00:00 GMT",
    "append:header.link": '<https://dev.example/why?costs=%245>; rel="deprecation"; type="text/html", '
    '</bare/v1>; rel="successor-version"',
}
"""What is said of the one that is deprecated."""


@pytest.fixture(scope="module")
def routes(mixed_gateway, of_type):
    found = of_type(mixed_gateway, "AWS::ApiGatewayV2::Route").values()
    return {route["Properties"]["RouteKey"]: route["Properties"] for route in found}


@pytest.fixture(scope="module")
def integration(mixed_gateway, of_type, routes):
    """``integration("bare", "/{proxy+}")``: what a direct route's calls go to."""
    integrations = of_type(mixed_gateway, "AWS::ApiGatewayV2::Integration")

    def find(api: str, below: str = "") -> dict:
        return integrations[routes[f"ANY /{api}/v1{below}"]["Target"]["Fn::Join"][1][1]["Ref"]]["Properties"]

    return find


def test_the_authorizer_of_direct_routes_denies_and_that_of_managed_ones_explains(mixed_gateway, of_type, routes):
    authorizers = of_type(mixed_gateway, "AWS::ApiGatewayV2::Authorizer")
    functions = of_type(mixed_gateway, "AWS::Lambda::Function")

    def mode(api: str) -> str:
        uri = json.dumps(authorizers[routes[f"ANY /{api}/v1/{{proxy+}}"]["AuthorizerId"]["Ref"]]["Properties"])
        (function,) = (name for name in functions if f'["{name}", "Arn"]' in uri)
        return functions[function]["Properties"]["Environment"]["Variables"]["MODE"]

    assert {mode(api) for api in DIRECT} == {"direct"}
    assert {mode(api) for api in ("bank", "alone", "called", "pages", "vault", "vaulted")} == {"managed"}


def test_a_route_is_the_same_resource_in_either_mode(mixed_gateway, of_type):
    """Otherwise a change of mode would make a route that is already there, and the deploy would fail."""
    for name, route in of_type(mixed_gateway, "AWS::ApiGatewayV2::Route").items():
        key = route["Properties"]["RouteKey"]
        if key.startswith("ANY "):
            assert re.fullmatch(f"Api{re.sub('[^A-Za-z0-9]', '', key)}[0-9A-F]{{8}}", name)


def test_both_authorizers_see_every_call_and_no_answer_of_theirs_is_kept(mixed_gateway, of_type):
    authorizers = [each["Properties"] for each in of_type(mixed_gateway, "AWS::ApiGatewayV2::Authorizer").values()]
    assert len(authorizers) == 2
    for each in authorizers:
        assert each["AuthorizerResultTtlInSeconds"] == 0
        assert each.get("IdentitySource", []) == []
        assert each["EnableSimpleResponses"] is True
        assert each["AuthorizerPayloadFormatVersion"] == "2.0"


def test_both_authorizers_run_the_same_code(mixed_gateway, of_type):
    functions = of_type(mixed_gateway, "AWS::Lambda::Function")
    code = [each["Properties"]["Code"] for name, each in functions.items() if "Authorizer" in name]
    assert len(code) == 2
    assert code[0] == code[1]


def test_there_is_one_authorizer_where_no_api_is_direct(gateway, of_type):
    assert len(of_type(gateway, "AWS::ApiGatewayV2::Authorizer")) == 1


@pytest.mark.parametrize(
    ("api", "base", "below"),
    [
        ("bare", "/base", "/base/${request.path.proxy}"),
        ("function", "/", "/${request.path.proxy}"),
        ("inner", "/api", "/api/${request.path.proxy}"),
        ("plain", "/", "/${request.path.proxy}"),
    ],
)
def test_the_upstream_gets_its_own_path(integration, api, base, below):
    assert integration(api)["RequestParameters"]["overwrite:path"] == base
    assert integration(api, "/{proxy+}")["RequestParameters"]["overwrite:path"] == below


@pytest.mark.parametrize("below", ["", "/{proxy+}"])
@pytest.mark.parametrize("api", DIRECT)
def test_who_calls_is_overwritten_and_what_could_stand_for_another_call_removed(integration, api, below):
    parameters = integration(api, below)["RequestParameters"]
    assert not any(key.startswith("append:") for key in parameters)
    for name in IDENTITY:
        assert parameters[f"overwrite:header.x-tiergate-{name}"] == f"$context.authorizer.{name}"
    assert sum(key.startswith("overwrite:header.x-tiergate-") for key in parameters) == len(IDENTITY)
    assert parameters["overwrite:header.x-request-id"] == "$context.requestId"
    assert parameters["overwrite:header.x-forwarded-port"] == "443"
    assert parameters["overwrite:header.x-forwarded-prefix"] == f"/{api}/v1"
    assert parameters["remove:header.x-api-key"] == "''"
    removed = {key.removeprefix("remove:header.") for key in parameters if key.startswith("remove:header.")}
    assert removed == {"x-api-key", EDGE, VIA_PORTAL, *mapping.FORWARDED} | {
        field for field in OVERRIDES if mapping.mappable(field)
    }


def test_no_field_is_named_that_api_gateway_keeps_for_itself(integration):
    for api in DIRECT:
        keys = [*integration(api)["RequestParameters"], *_response_keys(integration(api))]
        fields = [key.partition(":header.")[2] for key in keys if ":header." in key]
        assert fields
        assert all(mapping.mappable(field) for field in fields)
    assert not mapping.mappable("access-control-allow-origin")
    assert not mapping.mappable("x-forwarded-host")


@pytest.mark.parametrize("below", ["", "/{proxy+}"])
@pytest.mark.parametrize("api", DIRECT)
def test_answers_of_the_usual_statuses_carry_the_limits_left(integration, api, below):
    by_status = integration(api, below)["ResponseParameters"]
    assert {"200", "201", "204", "304", "400", "404", "409", "429", "500", "503"} <= by_status.keys()
    for each in by_status.values():
        assert {entry["Destination"]: entry["Source"] for entry in each["ResponseParameters"]} == {
            "overwrite:header.ratelimit": "$context.authorizer.ratelimit",
            "overwrite:header.ratelimit-policy": "$context.authorizer.ratelimit_policy",
            "overwrite:header.x-request-id": "$context.requestId",
            **(ENDING if api == "fading" else {}),
        }


def test_no_text_that_is_fixed_holds_what_api_gateway_takes_for_a_variable(integration):
    for status in integration("fading")["ResponseParameters"].values():
        for entry in status["ResponseParameters"]:
            assert "$" not in entry["Source"] or re.fullmatch(r"\$context\.[A-Za-z_.]+", entry["Source"])


def test_the_guide_lists_those_statuses():
    guide = (ROOT / "docs/direct-mode.md").read_text()
    (listed,) = re.findall(r"only those that are listed: ([\d,\s]+)\.", guide)
    assert tuple(int(status) for status in listed.split(",")) == mapping.STATUSES


def test_an_http_upstream_is_called_at_its_own_address_within_its_timeout(integration):
    properties = integration("bare", "/{proxy+}")
    assert (properties["IntegrationType"], properties["IntegrationMethod"]) == ("HTTP_PROXY", "ANY")
    assert properties["IntegrationUri"] == "https://bare.example"
    assert properties["TimeoutInMillis"] == 3000
    assert "ConnectionType" not in properties
    assert "overwrite:header.host" not in properties["RequestParameters"]


def test_a_lambda_upstream_gets_events_and_lets_this_gateways_two_routes_in(mixed_gateway, of_type, integration):
    properties = integration("function")
    assert (properties["IntegrationType"], properties["PayloadFormatVersion"]) == ("AWS_PROXY", "2.0")
    function = properties["IntegrationUri"]
    sources = [
        json.dumps(each["Properties"]["SourceArn"])
        for each in of_type(mixed_gateway, "AWS::Lambda::Permission").values()
        if each["Properties"]["FunctionName"] == function
    ]
    assert sorted(source[source.index("/*/*") :].rstrip('"]}') for source in sources) == [
        "/*/*/function/v1",
        "/*/*/function/v1/{proxy+",
    ]


@pytest.mark.parametrize("below", ["", "/{proxy+}"])
@pytest.mark.parametrize(
    ("api", "host", "verified"), [("inner", "inner.example:8443", "inner.example"), ("plain", "plain.example", None)]
)
def test_a_private_upstream_is_reached_through_the_vpc_link(
    mixed_gateway, of_type, integration, api, host, verified, below
):
    (link,) = of_type(mixed_gateway, "AWS::ApiGatewayV2::VpcLink")
    properties = integration(api, below)
    assert (properties["ConnectionType"], properties["ConnectionId"]) == ("VPC_LINK", {"Ref": link})
    assert properties["IntegrationUri"] == LISTENER
    assert properties["RequestParameters"]["overwrite:header.host"] == host
    assert properties.get("TlsConfig", {}).get("ServerNameToVerify") == verified


def test_there_is_one_vpc_link_in_the_given_network(mixed_gateway, of_type):
    (link,) = of_type(mixed_gateway, "AWS::ApiGatewayV2::VpcLink").values()
    assert link["Properties"]["SubnetIds"] == ["subnet-0a1b2c3d", "subnet-0a1b2c3d4e5f60718"]
    assert link["Properties"]["SecurityGroupIds"] == ["sg-0a1b2c3d"]


def test_on_the_local_emulator_a_private_direct_upstream_is_called_at_its_address(local_gateway, of_type):
    uris = [
        each["Properties"]["IntegrationUri"]
        for each in of_type(local_gateway, "AWS::ApiGatewayV2::Integration").values()
    ]
    assert uris.count("https://inner.example:8443") == 2
    assert LISTENER not in uris


def _response_keys(properties: dict) -> set[str]:
    return {
        entry["Destination"]
        for each in properties["ResponseParameters"].values()
        for entry in each["ResponseParameters"]
    }
