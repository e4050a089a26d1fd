"""Clients for MiniStack, and outputs by stage as CloudFormation's wire format brings them."""

import http.server
import threading
from collections.abc import Iterator

import pytest

from tiergate.local import aws

STACKS = {
    "tiergate-dev-data": "CREATE_COMPLETE",
    "tiergate-dev-gateway": "UPDATE_ROLLBACK_COMPLETE",
    "tiergate-dev-old": "DELETE_COMPLETE",
    "tiergate-development-data": "CREATE_COMPLETE",
    "tiergate-prod-data": "CREATE_COMPLETE",
    "CDKToolkit": "CREATE_COMPLETE",
}
OUTPUTS = "<Outputs><member><OutputKey>Address</OutputKey><OutputValue>of {name}</OutputValue></member></Outputs>"


def stack(name: str, status: str) -> str:
    outputs = "" if name == "tiergate-dev-gateway" else OUTPUTS.format(name=name)
    return (
        f"<member><StackName>{name}</StackName><StackStatus>{status}</StackStatus>"
        f"<CreationTime>2026-01-01T00:00:00Z</CreationTime>{outputs}</member>"
    )


class CloudFormation(http.server.BaseHTTPRequestHandler):
    """DescribeStacks, two to a page; nothing for a name that is asked for and not there."""

    stacks = STACKS

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if "StackName=" in body:
            status = self.stacks.get("CDKToolkit")
            self.answer(200, stack("CDKToolkit", status)) if status else self.answer(400, "")
            return
        start = int(body.partition("NextToken=")[2] or 0)
        names = sorted(self.stacks)
        page = "".join(stack(name, self.stacks[name]) for name in names[start : start + 2])
        more = f"<NextToken>{start + 2}</NextToken>" if start + 2 < len(names) else ""
        self.answer(200, page, more)

    def answer(self, status: int, members: str, more: str = "") -> None:
        result = f"<DescribeStacksResult><Stacks>{members}</Stacks>{more}</DescribeStacksResult>"
        fault = "<Error><Code>ValidationError</Code><Message>does not exist</Message></Error>"
        text = f"<DescribeStacksResponse>{result if status == 200 else fault}</DescribeStacksResponse>".encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def endpoint() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), CloudFormation) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_outputs_are_those_of_the_stages_own_stacks_from_every_page(endpoint: str) -> None:
    assert aws.stack_outputs("dev", endpoint=endpoint) == {
        "tiergate-dev-data": {"Address": "of tiergate-dev-data"},
        "tiergate-dev-gateway": {},
    }


@pytest.mark.parametrize(("status", "answer"), [("CREATE_COMPLETE", True), ("ROLLBACK_COMPLETE", False), (None, False)])
def test_only_a_finished_bootstrap_counts(
    endpoint: str, monkeypatch: pytest.MonkeyPatch, status: str | None, answer: bool
) -> None:
    monkeypatch.setattr(CloudFormation, "stacks", {"CDKToolkit": status} if status else {})
    assert aws.is_bootstrapped(endpoint) is answer


def test_a_local_client_has_made_up_credentials_and_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "the caller's")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.invalid:3128")
    client = aws.client("dynamodb", endpoint="http://127.0.0.1:4600")
    assert client.meta.endpoint_url == "http://127.0.0.1:4600"
    assert client.meta.region_name == "us-east-1"
    assert client.meta.config.proxies == {}
    assert client._request_signer._credentials.access_key == "test"


def test_the_local_address_of_an_api_needs_no_name_lookup() -> None:
    assert aws.api_url("http://127.0.0.1:4600", "abcdef12") == "http://127.0.0.1:4600/_aws/execute-api/abcdef12"
