"""Routing, authorization and access logs of HTTP APIs on the real MiniStack, as AWS describes them."""

import json
import stat
import threading
from collections.abc import Mapping

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest, HTTPHeaders
from botocore.credentials import Credentials

from tests.local.gateway import Answer, Api, LocalGateway

pytestmark = pytest.mark.ministack

FORBIDDEN, NOT_FOUND = b'{"message":"Forbidden"}', b'{"message":"Not Found"}'
FAILED, UNAVAILABLE = b'{"message":"Internal Server Error"}', b'{"message":"Service Unavailable"}'


@pytest.fixture(scope="module")
def api(gateway: LocalGateway) -> Api:
    made = gateway.api()
    authorizer = made.authorizer()
    made.echo("ANY /bank/v1", authorizer=authorizer)
    made.echo("ANY /bank/v1/{proxy+}", authorizer=authorizer)
    made.echo("OPTIONS /bank/v1")
    made.echo("OPTIONS /bank/v1/{proxy+}")
    made.echo("POST /_tiergate/onboard", kind="AWS_IAM")
    made.echo("ANY /open/{proxy+}")
    made.echo("ANY /slow", TimeoutInMillis=200)
    return made


def newest(api: Api, answer: Answer) -> dict[str, str]:
    """The line of a request, found by the id that the caller got."""
    return next(line for line in api.log() if [line["id"]] == answer.headers["apigw-requestid"])


def test_authorizer_function_log_and_caller_have_one_request_id(api: Api) -> None:
    answer = api.call("GET", "/bank/v1/accounts")
    context = answer.json["requestContext"]
    assert answer.headers["apigw-requestid"] == [context["requestId"]]
    assert context["authorizer"]["lambda"]["seen"] == context["requestId"]
    assert newest(api, answer)["route"] == "ANY /bank/v1/{proxy+}"


def test_a_served_request_is_one_line_with_what_is_known_of_it(api: Api) -> None:
    answer = api.call("GET", "/bank/v1/a%22b?q=secret", headers={"x-api-key": "tg_dev_secret"})
    line = newest(api, answer)
    assert line["path"] == '/bank/v1/a"b'
    assert (line["method"], line["status"], line["bytes"]) == ("GET", "200", str(len(answer.body)))
    assert (line["reason"], line["cost"], line["none"], line["unknown"]) == ('say "no"\n', "2", "-", "-")
    assert (line["integration_error"], line["error"]) == ("-", "-")
    assert int(line["latency"]) >= int(line["integration_latency"])
    assert int(line["authorizer_latency"]) >= 0
    assert len(line["time"]) == 13


def test_the_file_has_the_same_lines_and_no_secret(gateway: LocalGateway, api: Api) -> None:
    answer = api.call("GET", "/bank/v1/x?q=tg_dev_secret", headers={"x-api-key": "tg_dev_secret"})
    text = gateway.place.access_log.read_text()
    assert "tg_dev_secret" not in text
    assert newest(api, answer) in [json.loads(line) for line in text.splitlines()]
    assert stat.S_IMODE(gateway.place.access_log.stat().st_mode) == 0o600


def test_what_the_gateway_refuses_itself_is_logged_with_its_words(api: Api) -> None:
    for path, headers, status, body, error in (
        ("/nowhere", {}, 404, NOT_FOUND, '"Not Found"'),
        ("/bank/v1/x", {"x-ask": "deny"}, 403, FORBIDDEN, '"Forbidden"'),
        ("/bank/v1/x", {"x-ask": "fail"}, 500, FAILED, '"Internal Server Error"'),
    ):
        answer = api.call("GET", path, headers=headers)
        line = newest(api, answer)
        assert (answer.status, answer.body, line["status"], line["error"]) == (status, body, str(status), error)
        assert line["integration_latency"] == "-"


def test_a_refusal_by_the_authorizer_is_logged_with_its_context(api: Api) -> None:
    assert newest(api, api.call("GET", "/bank/v1/x", headers={"x-ask": "deny"}))["cost"] == "2"


def test_a_missing_identity_source_is_401_and_logged(gateway: LocalGateway) -> None:
    api = gateway.api()
    authorizer = api.authorizer()
    client = gateway.client("apigatewayv2")
    client.update_authorizer(ApiId=api.id, AuthorizerId=authorizer, IdentitySource=["$request.header.x-api-key"])
    api.echo("ANY /a", authorizer=authorizer)
    answer = api.call("GET", "/a")
    assert (answer.status, answer.body) == (401, b'{"message":"Unauthorized"}')
    assert newest(api, answer)["status"] == "401"


def test_a_cached_decision_of_the_authorizer_brings_its_context(gateway: LocalGateway) -> None:
    api = gateway.api()
    authorizer = api.authorizer()
    gateway.client("apigatewayv2").update_authorizer(
        ApiId=api.id,
        AuthorizerId=authorizer,
        IdentitySource=["$request.header.x-api-key"],
        AuthorizerResultTtlInSeconds=60,
    )
    api.echo("ANY /a", authorizer=authorizer)
    first, second = (api.call("GET", "/a", headers={"x-api-key": "k"}) for _ in range(2))
    seen = [answer.json["requestContext"]["authorizer"]["lambda"]["seen"] for answer in (first, second)]
    assert seen[0] == seen[1]
    assert newest(api, second)["cost"] == "2"


def test_a_function_that_fails_is_500_without_its_words(api: Api) -> None:
    answer = api.call("GET", "/open/x?fail=1")
    assert (answer.status, answer.body) == (500, FAILED)
    assert newest(api, answer)["integration_error"] == "The Lambda function failed"


def test_a_function_slower_than_the_integrations_time_out_is_503(api: Api) -> None:
    api.call("GET", "/slow")  # warm
    answer = api.call("GET", "/slow?sleep=0.5")
    assert (answer.status, answer.body) == (503, UNAVAILABLE)
    assert newest(api, answer)["integration_error"] == "Endpoint request timed out"


def test_requests_at_once_keep_their_own_ids_and_contexts(api: Api) -> None:
    answers: list[Answer] = []
    callers = [threading.Thread(target=lambda n=n: answers.append(api.call("GET", f"/bank/v1/{n}"))) for n in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    lines = {line["id"]: line for line in api.log()}
    for answer in answers:
        context = answer.json["requestContext"]
        assert lines[context["requestId"]]["path"] == answer.json["rawPath"]
        assert context["authorizer"]["lambda"]["seen"] == context["requestId"]


@pytest.mark.parametrize("path", ["/bank/v1", "/bank/v1/accounts/1"])
def test_options_without_a_cors_configuration_is_routed_like_any_method(api: Api, path: str) -> None:
    page = {"origin": "https://portal.example", "access-control-request-method": "GET"}
    answer = api.call("OPTIONS", path, headers=page)
    assert (answer.status, answer.json["routeKey"].split()[0]) == (200, "OPTIONS")
    assert "authorizer" not in answer.json["requestContext"]


def test_options_goes_to_an_any_route_and_else_nowhere(api: Api) -> None:
    assert api.call("OPTIONS", "/open/x").json["routeKey"] == "ANY /open/{proxy+}"
    assert api.call("OPTIONS", "/nowhere").body == NOT_FOUND


def test_a_cors_configuration_still_answers_preflights_itself(gateway: LocalGateway) -> None:
    api = gateway.api(CorsConfiguration={"AllowOrigins": ["https://portal.example"], "AllowMethods": ["GET"]})
    api.echo("ANY /a")
    page = {"origin": "https://portal.example", "access-control-request-method": "GET"}
    answer = api.call("OPTIONS", "/a", headers=page)
    assert (answer.status, answer.headers["access-control-allow-methods"]) == (204, ["GET"])
    assert api.call("GET", "/a", headers=page).headers["access-control-allow-origin"] == ["https://portal.example"]


@pytest.mark.parametrize(
    ("method", "path", "route"),
    [
        ("GET", "/bank/v1", "ANY /bank/v1"),
        ("GET", "/bank/v1/x/y", "ANY /bank/v1/{proxy+}"),
        ("OPTIONS", "/bank/v1", "OPTIONS /bank/v1"),
        ("OPTIONS", "/bank/v1/x/y", "OPTIONS /bank/v1/{proxy+}"),
    ],
)
def test_the_fullest_path_wins_and_at_the_same_path_the_method(api: Api, method: str, path: str, route: str) -> None:
    assert api.call(method, path).json["routeKey"] == route


def test_a_literal_path_wins_over_a_greedy_one_of_any_method(gateway: LocalGateway) -> None:
    api = gateway.api()
    for route in ("$default", "ANY /{proxy+}", "ANY /a/{proxy+}", "OPTIONS /{proxy+}", "POST /a/b"):
        api.echo(route)
    routes = {
        (m, p): api.call(m, p).json["routeKey"] for m, p in (("POST", "/a/b"), ("GET", "/a/b"), ("OPTIONS", "/a/b"))
    }
    assert list(routes.values()) == ["POST /a/b", "ANY /a/{proxy+}", "ANY /a/{proxy+}"]
    assert api.call("GET", "/").json["routeKey"] == "$default"


class WithoutHost(SigV4Auth):
    def headers_to_sign(self, request: AWSRequest) -> HTTPHeaders:
        chosen: HTTPHeaders = super().headers_to_sign(request)
        del chosen["host"]
        return chosen


class LongAgo(SigV4Auth):
    def _modify_request_before_signing(self, request: AWSRequest) -> None:
        request.context["timestamp"] = "20200101T000000Z"
        super()._modify_request_before_signing(request)


def signed(
    api: Api,
    *,
    by: tuple[str, str] = ("test", "test"),
    service: str = "execute-api",
    region: str = "us-east-1",
    signer: type[SigV4Auth] = SigV4Auth,
    headers: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The headers of a request to the onboarding route, with its signature."""
    url = f"{api.url}/_tiergate/onboard?a=b%20c"
    request = AWSRequest("POST", url, data=b'{"name": "x"}', headers=dict(headers or {}))
    signer(Credentials(*by), service, region).add_auth(request)
    return dict(request.headers)


def onboard(api: Api, headers: dict[str, str], *, body: bytes = b'{"name": "x"}', query: str = "a=b%20c") -> Answer:
    return api.call("POST", f"/_tiergate/onboard?{query}", headers=headers, body=body)


def test_a_signed_request_reaches_an_iam_route_with_its_callers_identity(gateway: LocalGateway, api: Api) -> None:
    answer = onboard(api, signed(api))
    assert answer.status == 200
    root = answer.json["requestContext"]["authorizer"]["iam"]
    assert (root["accessKey"], root["userArn"]) == ("test", "arn:aws:iam::000000000000:root")
    iam = gateway.client("iam")
    iam.create_user(UserName="backend")
    made = iam.create_access_key(UserName="backend")["AccessKey"]
    key, secret = made["AccessKeyId"], made["SecretAccessKey"]
    user = onboard(api, signed(api, by=(key, secret))).json["requestContext"]["authorizer"]["iam"]
    assert user["userArn"] == "arn:aws:iam::000000000000:user/backend"
    assert user.keys() == {
        "accessKey",
        "accountId",
        "callerId",
        "cognitoIdentity",
        "principalOrgId",
        "userArn",
        "userId",
    }
    assert onboard(api, signed(api, by=(key, "another"))).body == FORBIDDEN


def test_an_iam_route_refuses_what_is_not_signed_right(api: Api) -> None:
    good = signed(api)
    wrong: list[dict[str, str]] = [
        {},
        {"authorization": "Bearer token"},
        {"authorization": "AWS4-HMAC-SHA256 Credential=test"},
        good | {"Authorization": good["Authorization"][:-1] + ("0" if good["Authorization"][-1] != "0" else "1")},
        signed(api, signer=LongAgo),
        signed(api, signer=WithoutHost),
        signed(api, headers={"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"}),
        signed(api, by=("test", "another")),
        signed(api, by=("AKIAUNKNOWN", "test")),
        signed(api, service="s3"),
        signed(api, region="eu-west-1"),
    ]
    for headers in wrong:
        answer = onboard(api, headers)
        assert (answer.status, answer.body) == (403, FORBIDDEN), headers
    assert onboard(api, good, body=b"another").body == FORBIDDEN
    assert onboard(api, good, query="a=c").body == FORBIDDEN
