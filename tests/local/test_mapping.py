"""Parameter mapping as the AWS page describes it, without MiniStack."""

import pytest

from stacks.constructs import mapping as deployed
from tiergate.local.ministack_shim import mapping
from tiergate.local.ministack_shim.exchange import Headers
from tiergate.local.ministack_shim.mapping import Request, Sources, map_request, map_response, response_parameters

SOURCES = Sources(
    context={"authorizer.plan": "free", "authorizer.jwt.plan": "never", "requestId": "abc="},
    path="/bank/v1/a b",
    path_parameters={"proxy": "a b"},
    request_headers={"x-one": "1,2"},
    query="q=1&q=2&r=%26",
    stage_variables={"colour": "blue"},
    response_headers={"x-answered": "yes"},
)


@pytest.mark.parametrize(
    ("value", "resolved"),
    [
        ("text", "text"),
        ("$context.authorizer.plan", "free"),
        ("${context.requestId}", "abc="),
        ("/v2/${request.path.proxy}", "/v2/a b"),
        ("$request.path", "/bank/v1/a b"),
        ("$request.header.X-One", "1,2"),
        ("$request.querystring.q", "1,2"),
        ("${request.querystring.r}", "&"),
        ("$stageVariables.colour", "blue"),
        ("$response.header.X-Answered", "yes"),
        ("${context.authorizer.plan}-${stageVariables.colour}", "free-blue"),
        ("$context.authorizer.lambda.plan", ""),
        ("${context.authorizer.unknown}", ""),
        ("$request.body.x", ""),
    ],
)
def test_values_resolve_as_aws_names_them(value: str, resolved: str) -> None:
    assert SOURCES.resolve(value) == resolved


def requested(parameters: dict[str, str]) -> Request:
    request = Request(headers={"x-one": "1,2", "authorization": "secret"}, query="q=1%202&q=%2f&flag", path="/bank/v1")
    map_request(parameters, request, SOURCES)
    return request


def test_request_headers_are_set_added_to_and_removed() -> None:
    assert requested({"overwrite:header.X-One": "$context.authorizer.plan"}).headers["x-one"] == "free"
    assert requested({"append:header.x-one": "3"}).headers["x-one"] == "1,2,3"
    assert requested({"append:header.x-new": "3"}).headers["x-new"] == "3"
    assert "x-one" not in requested({"remove:header.X-One": "''"}).headers


@pytest.mark.parametrize("value", ["$context.authorizer.unknown", "${context.authorizer.unknown}", "a\r\nb"])
def test_a_value_that_is_none_or_no_header_value_sets_nothing(value: str) -> None:
    assert requested({"overwrite:header.x-one": value}).headers["x-one"] == "1,2"
    assert "x-new" not in requested({"overwrite:header.x-new": value}).headers
    headers: Headers = {"x": "old"}
    map_response([("overwrite:header.x", value), ("append:header.y", value)], 200, headers, SOURCES)
    assert headers == {"x": "old"}


@pytest.mark.parametrize("name", ["Authorization", "x-amzn-x", "Access-Control-Allow-Origin", "via", "apigw-requestid"])
def test_reserved_headers_cannot_be_mapped(name: str) -> None:
    parameters = {f"overwrite:header.{name}": "mine", f"remove:header.{name}": ""}
    assert requested(parameters).headers == requested({}).headers
    headers: Headers = {name: "theirs"}
    map_response(list(parameters.items()), 200, headers, SOURCES)
    assert headers == {name: "theirs"}


def test_the_path_is_overwritten_and_only_then_marked_so() -> None:
    mapped = requested({"overwrite:path": "/v2/${request.path.proxy}"})
    assert (mapped.path, mapped.path_overwritten) == ("/v2/a b", True)
    assert requested({}).path_overwritten is False


def test_a_query_that_no_mapping_touches_stays_as_sent() -> None:
    assert requested({"overwrite:header.x": "1"}).query == "q=1%202&q=%2f&flag"
    assert requested({"overwrite:querystring.q": "9"}).query == "flag=&q=9"
    assert requested({"append:querystring.q": "9"}).query == "q=1+2&q=%2F&flag=&q=9"
    assert requested({"remove:querystring.q": ""}).query == "flag="
    assert requested({"append:querystring.q": "$context.none"}).query == "q=1%202&q=%2f&flag"


API = {"200": {"overwrite:header.ratelimit": "$context.authorizer.plan"}}
CLOUDFORMATION = {
    "200": {
        "ResponseParameters": [
            {"Source": "$context.authorizer.plan", "Destination": "overwrite:header.ratelimit"},
        ]
    }
}


@pytest.mark.parametrize("declared", [API, CLOUDFORMATION])
def test_response_parameters_are_read_as_the_api_and_as_cloudformation_write_them(
    declared: dict[str, dict[str, object]],
) -> None:
    integration = {"responseParameters": declared}
    assert response_parameters(integration, 200) == [("overwrite:header.ratelimit", "$context.authorizer.plan")]
    assert response_parameters(integration, 404) == []
    assert response_parameters({}, 200) == []


def test_response_headers_keep_their_lines_when_one_is_appended() -> None:
    headers: Headers = {"Set-Cookie": ["a=1", "b=2"], "X-One": "1"}
    map_response([("append:header.x-one", "2"), ("append:header.set-cookie", "c=3")], 200, headers, SOURCES)
    assert headers == {"set-cookie": ["a=1", "b=2", "c=3"], "x-one": ["1", "2"]}
    map_response([("overwrite:header.X-ONE", "3"), ("remove:header.Set-Cookie", "")], 200, headers, SOURCES)
    assert headers == {"X-ONE": "3"}


def test_the_status_code_is_overwritten_by_a_number_only() -> None:
    assert map_response([("overwrite:statuscode", "403")], 500, {}, SOURCES) == 403
    assert map_response([("overwrite:statuscode", "$context.none")], 500, {}, SOURCES) == 500


def test_what_the_emulator_will_not_map_is_what_the_stacks_take_for_reserved() -> None:
    assert (frozenset(mapping.RESERVED), mapping.RESERVED_PREFIXES) == (deployed.RESERVED, deployed.RESERVED_PREFIXES)
