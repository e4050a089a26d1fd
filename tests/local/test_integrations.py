"""Integrations and their mappings on the real MiniStack: what a route without a proxy function needs."""

import gzip
import json
from collections.abc import Iterator

import pytest

from tests.local.gateway import Api, LocalGateway, Upstream, listening

pytestmark = pytest.mark.ministack

PARAMETERS = {
    "overwrite:path": "/base/${request.path.proxy}",
    "overwrite:header.x-tiergate-reason": "$context.authorizer.cost",
    "append:header.x-added": "$context.authorizer.flag",
    "overwrite:header.x-request-id": "$context.requestId",
    "overwrite:header.x-unset": "$context.authorizer.none",
    "overwrite:header.x-static": "fixed",
    "remove:header.x-api-key": "''",
}


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with listening() as server:
        yield server


@pytest.fixture(scope="module")
def api(gateway: LocalGateway, upstream: Upstream) -> Api:
    made = gateway.api()
    authorizer = made.authorizer()
    made.proxy("ANY /direct/{proxy+}", upstream.url, authorizer=authorizer, RequestParameters=PARAMETERS)
    made.proxy("ANY /plain/{proxy+}", f"{upstream.url}/base/{{proxy}}")
    made.proxy("GET /fixed", f"{upstream.url}/fixed?own=1")
    made.proxy("ANY /slow/{proxy+}", upstream.url, TimeoutInMillis=100)
    made.proxy("GET /dead", "http://127.0.0.1:9/")
    limits = {"overwrite:header.ratelimit": "$context.authorizer.cost", "remove:header.server": "''"}
    shown = {"200": limits, "404": {"overwrite:statuscode": "410", "append:header.set-cookie": "c=3"}}
    made.proxy("ANY /mapped/{proxy+}", upstream.url, authorizer=authorizer, ResponseParameters=shown)
    made.echo(
        "ANY /function/{proxy+}",
        authorizer=authorizer,
        RequestParameters=PARAMETERS | {"overwrite:querystring.added": "1"},
        ResponseParameters={"200": {"overwrite:header.x-a": "$context.authorizer.cost"}},
    )
    made.echo("ANY /unmapped/{proxy+}")
    return made


def replies(upstream: Upstream, *lines: str, body: bytes = b"") -> None:
    upstream.reply = "".join(f"{line}\r\n" for line in lines).encode("latin-1") + b"\r\n" + body


def ok(upstream: Upstream) -> None:
    replies(upstream, "HTTP/1.1 200 OK", "Content-Length: 2", body=b"ok")


def test_identity_reaches_the_upstream_and_the_key_does_not(api: Api, upstream: Upstream) -> None:
    ok(upstream)
    sent = {"x-api-key": "secret", "x-tiergate-reason": "forged", "x-added": "mine", "x-own": "1"}
    answer = api.call("GET", "/direct/a%20b/c?q=1%202&q=%2f&flag", headers=sent)
    assert (answer.status, answer.body) == (200, b"ok")
    assert upstream.target() == "/base/a%20b/c?q=1%202&q=%2f&flag"
    received = upstream.headers()
    assert (received["x-tiergate-reason"], received["x-added"], received["x-own"]) == ("2", "mine,true", "1")
    assert (received["x-static"], received["host"]) == ("fixed", upstream.url.removeprefix("http://"))
    assert [received["x-request-id"]] == answer.headers["apigw-requestid"]
    assert not {"x-api-key", "x-unset", "accept-encoding"} & received.keys()


def test_a_mapped_host_is_the_only_one_that_the_upstream_sees(gateway: LocalGateway, upstream: Upstream) -> None:
    api = gateway.api()
    api.proxy("GET /a", upstream.url, RequestParameters={"overwrite:header.host": "private.example"})
    ok(upstream)
    api.call("GET", "/a")
    assert upstream.received[-1].lower().count(b"\r\nhost:") == 1
    assert upstream.headers()["host"] == "private.example"


def test_path_variables_of_the_uri_are_filled_in_and_nothing_is_appended(api: Api, upstream: Upstream) -> None:
    ok(upstream)
    api.call("GET", "/plain/a/b%3Fc%25")
    assert upstream.target() == "/base/a/b%3Fc%25"
    api.call("GET", "/fixed?q=1")
    assert upstream.target() == "/fixed?own=1&q=1"


def test_the_default_route_appends_the_path(gateway: LocalGateway, upstream: Upstream) -> None:
    api = gateway.api()
    api.proxy("$default", f"{upstream.url}/base")
    ok(upstream)
    api.call("GET", "/store/checkout")
    assert upstream.target() == "/base/store/checkout"


def test_every_header_of_the_upstream_comes_back_repeated_ones_too(api: Api, upstream: Upstream) -> None:
    lines = ("Set-Cookie: a=1; Path=/", "Set-Cookie: b=2", "X-Twice: 1", "X-Twice: 2", "X-Latin: ü", "ETag: W/1")
    replies(upstream, "HTTP/1.1 200 OK", *lines, "Connection: X-Hop", "X-Hop: 1", "Content-Length: 2", body=b"ok")
    headers = api.call("GET", "/plain/x").headers
    assert headers["set-cookie"] == ["a=1; Path=/", "b=2"]
    assert (headers["x-twice"], headers["x-latin"], headers["etag"]) == (["1", "2"], ["ü"], ["W/1"])
    assert headers["content-length"] == ["2"]
    assert not {"x-hop", "content-type"} & headers.keys()


@pytest.mark.parametrize("status", [301, 302, 307])
def test_redirects_are_passed_on_not_followed(api: Api, upstream: Upstream, status: int) -> None:
    before = len(upstream.received)
    replies(upstream, f"HTTP/1.1 {status} Moved", "Location: /elsewhere", "Content-Length: 0")
    answer = api.call("GET", "/plain/x")
    assert (answer.status, answer.headers["location"]) == (status, ["/elsewhere"])
    assert len(upstream.received) == before + 1


@pytest.mark.parametrize("status", [201, 400, 404, 418, 500, 503])
def test_any_status_comes_back_with_its_body(api: Api, upstream: Upstream, status: int) -> None:
    replies(upstream, f"HTTP/1.1 {status} X", "Content-Type: text/plain", "Content-Length: 4", body=b"body")
    answer = api.call("GET", "/plain/x")
    assert (answer.status, answer.headers["content-type"], answer.body) == (status, ["text/plain"], b"body")


def test_answers_without_a_body_have_none(api: Api, upstream: Upstream) -> None:
    replies(upstream, "HTTP/1.1 200 OK", "Content-Length: 1234")
    head = api.call("HEAD", "/plain/x")
    assert upstream.received[-1].startswith(b"HEAD ")
    assert (head.status, head.headers["content-length"], head.body) == (200, ["1234"], b"")
    replies(upstream, "HTTP/1.1 204 No Content")
    empty = api.call("DELETE", "/plain/x")
    assert (empty.status, empty.body, empty.headers.get("content-length")) == (204, b"", None)
    replies(upstream, "HTTP/1.1 304 Not Modified", "ETag: 1", "Content-Length: 77")
    fresh = api.call("GET", "/plain/x", headers={"if-none-match": "1"})
    assert (fresh.status, fresh.headers["etag"], fresh.body) == (304, ["1"], b"")


def test_bytes_go_both_ways_unchanged(api: Api, upstream: Upstream) -> None:
    packed = gzip.compress(bytes(range(256)) * 10)
    replies(upstream, "HTTP/1.1 200 OK", "Content-Encoding: gzip", f"Content-Length: {len(packed)}", body=packed)
    sent = {"content-encoding": "gzip", "content-type": "application/octet-stream", "accept-encoding": "gzip"}
    answer = api.call("POST", "/plain/x", headers=sent, body=packed)
    assert (upstream.body(), answer.body, answer.headers["content-encoding"]) == (packed, packed, ["gzip"])
    assert upstream.headers()["accept-encoding"] == "gzip"


def test_an_upstream_that_is_down_or_breaks_off_is_503(api: Api, upstream: Upstream) -> None:
    unavailable = (503, b'{"message":"Service Unavailable"}')
    dead = api.call("GET", "/dead")
    assert (dead.status, dead.body) == unavailable
    line = api.log()[-1]
    assert (line["integration_error"], line["error"]) == (
        "Network error communicating with endpoint",
        '"Service Unavailable"',
    )
    for reply in (b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"):
        upstream.reply = reply
        broken = api.call("GET", "/plain/x")
        assert (broken.status, broken.body) == unavailable


def test_an_upstream_slower_than_the_integrations_time_out_is_503(api: Api, upstream: Upstream) -> None:
    upstream.reply = None
    answer = api.call("GET", "/slow/x")
    ok(upstream)
    assert (answer.status, answer.body) == (503, b'{"message":"Service Unavailable"}')
    assert api.log()[-1]["integration_error"] == "Endpoint request timed out"


def test_responses_are_mapped_by_the_status_of_the_upstream(api: Api, upstream: Upstream) -> None:
    replies(upstream, "HTTP/1.1 200 OK", "Server: theirs", "RateLimit: theirs", "Content-Length: 0")
    served = api.call("GET", "/mapped/x")
    assert served.headers["ratelimit"] == ["2"]
    assert "theirs" not in served.headers.get("server", [])
    replies(upstream, "HTTP/1.1 404 Not Found", "Set-Cookie: a=1", "Set-Cookie: b=2", "Content-Length: 0")
    gone = api.call("GET", "/mapped/x")
    assert (gone.status, gone.headers["set-cookie"]) == (410, ["a=1", "b=2", "c=3"])
    assert "ratelimit" not in gone.headers
    assert api.log()[-1]["status"] == "410"


def test_a_refused_request_reaches_no_upstream(api: Api, upstream: Upstream) -> None:
    before = len(upstream.received)
    answer = api.call("GET", "/direct/x", headers={"x-ask": "deny"})
    assert (answer.status, answer.body) == (403, b'{"message":"Forbidden"}')
    assert len(upstream.received) == before


def test_functions_get_the_same_mappings(api: Api) -> None:
    answer = api.call("GET", "/function/a/b?q=1", headers={"x-api-key": "secret", "x-added": "mine"})
    event = answer.json
    assert answer.headers["x-a"] == ["2"]
    assert (event["rawPath"], event["rawQueryString"]) == ("/base/a/b", "q=1&added=1")
    assert event["queryStringParameters"] == {"q": "1", "added": "1"}
    assert (event["headers"]["x-tiergate-reason"], event["headers"]["x-added"]) == ("2", "mine,true")
    assert "x-api-key" not in event["headers"]


def test_a_function_without_mappings_gets_path_and_query_as_sent(api: Api) -> None:
    event = api.call("GET", "/unmapped/a%20b?q=1%202&q=%2f&flag").json
    assert (event["rawPath"], event["rawQueryString"]) == ("/unmapped/a b", "q=1%202&q=%2f&flag")


def test_response_parameters_of_a_template_are_applied(gateway: LocalGateway, upstream: Upstream) -> None:
    api = gateway.api()
    mapped = {"Destination": "overwrite:header.ratelimit", "Source": "$context.requestId"}
    integration = {
        "ApiId": api.id,
        "IntegrationType": "HTTP_PROXY",
        "IntegrationMethod": "ANY",
        "IntegrationUri": upstream.url,
        "PayloadFormatVersion": "1.0",
        "ResponseParameters": {"200": {"ResponseParameters": [mapped]}},
    }
    target = {"Fn::Join": ["/", ["integrations", {"Ref": "Integration"}]]}
    resources = {
        "Integration": {"Type": "AWS::ApiGatewayV2::Integration", "Properties": integration},
        "Route": {
            "Type": "AWS::ApiGatewayV2::Route",
            "Properties": {"ApiId": api.id, "RouteKey": "GET /a", "Target": target},
        },
    }
    client = gateway.client("cloudformation")
    client.create_stack(StackName="mapped", TemplateBody=json.dumps({"Resources": resources}))
    client.get_waiter("stack_create_complete").wait(StackName="mapped", WaiterConfig={"Delay": 1})
    ok(upstream)
    headers = api.call("GET", "/a").headers
    assert headers["ratelimit"] == headers["apigw-requestid"]
