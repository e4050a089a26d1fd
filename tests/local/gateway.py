"""HTTP APIs on the real MiniStack, made by boto3 and called over HTTP; and an upstream that answers any bytes."""

import http.client
import io
import json
import socket
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, BinaryIO

from tiergate.local import aws
from tiergate.local.emulator import Emulator
from tiergate.local.place import Place

FORMAT = json.dumps(
    {
        "id": "$context.requestId",
        "time": "$context.requestTimeEpoch",
        "method": "$context.httpMethod",
        "path": "$context.path",
        "route": "$context.routeKey",
        "status": "$context.status",
        "decision": "$context.authorizer.decision",
        "reason": "$context.authorizer.reason",
        "cost": "$context.authorizer.cost",
        "none": "$context.authorizer.none",
        "unknown": "$context.no.such.thing",
        "authorizer_latency": "$context.authorizer.latency",
        "integration_latency": "$context.integrationLatency",
        "latency": "$context.responseLatency",
        "integration_error": "$context.integrationErrorMessage",
        "error": "$context.error.messageString",
        "bytes": "$context.responseLength",
    }
)

FUNCTION = """
import json, time

def authorize(event, _context):
    asked = event["headers"].get("x-ask")
    if asked == "fail":
        raise RuntimeError("words of the authorizer")
    seen = event["requestContext"]["requestId"]
    context = {"reason": 'say "no"\\n', "cost": 2, "flag": True, "none": None, "empty": "", "seen": seen}
    return {"isAuthorized": asked != "deny", "context": context}

def echo(event, _context):
    query = event.get("queryStringParameters") or {}
    if "fail" in query:
        raise RuntimeError("words of the function")
    time.sleep(float(query.get("sleep", 0)))
    return {"statusCode": int(query.get("status", 200)), "headers": {"x-a": "1"}, "body": json.dumps(event)}
"""


@dataclass(frozen=True)
class Answer:
    """What came back; header names in lower case, repeated ones in one list."""

    status: int
    headers: Mapping[str, list[str]]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class LocalGateway:
    """One MiniStack, and what tests make in it."""

    place: Place
    machine: Emulator

    def client(self, service: str) -> Any:
        return aws.client(service, endpoint=self.machine.endpoint)

    def api(self, **properties: Any) -> "Api":
        """An HTTP API whose `$default` stage logs to a group of its own."""
        made = self._gateway.create_api(Name="test", ProtocolType="HTTP", **properties)["ApiId"]
        group = f"/access/{made}"
        self.client("logs").create_log_group(logGroupName=group)
        arn = f"arn:aws:logs:{aws.LOCAL_REGION}:{aws.LOCAL_ACCOUNT}:log-group:{group}:*"
        settings = {"DestinationArn": arn, "Format": FORMAT}
        self._gateway.create_stage(ApiId=made, StageName="$default", AutoDeploy=True, AccessLogSettings=settings)
        return Api(self, made, group)

    @cached_property
    def _gateway(self) -> Any:
        return self.client("apigatewayv2")

    @cached_property
    def functions(self) -> Mapping[str, str]:
        """The ARNs of the two functions of `FUNCTION`."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("code.py", FUNCTION)
        return {
            name: self.client("lambda").create_function(
                FunctionName=name,
                Runtime="python3.13",
                Role=f"arn:aws:iam::{aws.LOCAL_ACCOUNT}:role/any",
                Handler=f"code.{name}",
                Code={"ZipFile": packed.getvalue()},
                Timeout=10,
            )["FunctionArn"]
            for name in ("authorize", "echo")
        }


@dataclass(frozen=True)
class Api:
    """One HTTP API."""

    gateway: LocalGateway
    id: str
    log_group: str

    def echo(self, route: str, *, authorizer: str | None = None, kind: str | None = None, **properties: Any) -> None:
        """A route to the echoing function; `kind` is the route's authorization without an authorizer of its own."""
        arn = self.gateway.functions["echo"]
        self._route(route, authorizer, kind, IntegrationType="AWS_PROXY", IntegrationUri=arn, **properties)

    def proxy(self, route: str, uri: str, *, authorizer: str | None = None, **properties: Any) -> None:
        declared = {"IntegrationMethod": "ANY", **properties}
        self._route(route, authorizer, None, IntegrationType="HTTP_PROXY", IntegrationUri=uri, **declared)

    def authorizer(self) -> str:
        made: str = self.gateway._gateway.create_authorizer(
            ApiId=self.id,
            Name="a",
            AuthorizerType="REQUEST",
            AuthorizerUri=self.gateway.functions["authorize"],
            AuthorizerPayloadFormatVersion="2.0",
            EnableSimpleResponses=True,
            AuthorizerResultTtlInSeconds=0,
            IdentitySource=[],
        )["AuthorizerId"]
        return made

    def _route(self, route: str, authorizer: str | None, kind: str | None, **integration: Any) -> None:
        client = self.gateway._gateway
        made = client.create_integration(ApiId=self.id, PayloadFormatVersion="2.0", **integration)["IntegrationId"]
        authorization = {"AuthorizationType": kind} if kind else {}
        if authorizer:
            authorization = {"AuthorizationType": "CUSTOM", "AuthorizerId": authorizer}
        client.create_route(ApiId=self.id, RouteKey=route, Target=f"integrations/{made}", **authorization)

    @property
    def url(self) -> str:
        return aws.api_url(self.gateway.machine.endpoint, self.id)

    def call(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.gateway.machine.port, timeout=30)
        connection.putrequest(method, f"/_aws/execute-api/{self.id}{path}", skip_accept_encoding=True)
        for name, value in {**(headers or {}), **({"content-length": str(len(body))} if body else {})}.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        response = connection.getresponse()
        received: dict[str, list[str]] = {}
        for name, value in response.getheaders():
            received.setdefault(name.lower(), []).append(value)
        answer = Answer(response.status, received, response.read())
        connection.close()
        return answer

    def log(self) -> list[dict[str, str]]:
        """The lines in the log group, oldest first."""
        events = self.gateway.client("logs").filter_log_events(logGroupName=self.log_group)["events"]
        return [json.loads(event["message"]) for event in events]


@dataclass
class Upstream:
    """Keeps the requests as they came and answers each with `reply`, None: not at all."""

    url: str
    reply: bytes | None = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    received: list[bytes] = field(default_factory=list)

    def target(self) -> str:
        return self.received[-1].split(b" ", 2)[1].decode()

    def headers(self) -> dict[str, str]:
        lines = self.received[-1].partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
        return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}

    def body(self) -> bytes:
        return self.received[-1].partition(b"\r\n\r\n")[2]


@contextmanager
def listening() -> Iterator[Upstream]:
    """An upstream on this machine for as long as the block lasts."""
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        upstream = Upstream(f"http://127.0.0.1:{server.getsockname()[1]}")
        threading.Thread(target=_serve, args=(server, upstream, ended), daemon=True).start()
        yield upstream
        ended.set()


def _serve(server: socket.socket, upstream: Upstream, ended: threading.Event) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        threading.Thread(target=_answer, args=(connection, upstream, ended), daemon=True).start()


def _answer(connection: socket.socket, upstream: Upstream, ended: threading.Event) -> None:
    with connection, connection.makefile("rb") as stream:
        upstream.received.append(_request(stream))
        if upstream.reply is None:
            ended.wait()
        else:
            connection.sendall(upstream.reply)


def _request(stream: BinaryIO) -> bytes:
    head, length = b"", 0
    while (line := stream.readline()) not in (b"\r\n", b""):
        head += line
        name, _, value = line.partition(b":")
        length = int(value) if name.lower() == b"content-length" else length
    return head + b"\r\n" + stream.read(length)
