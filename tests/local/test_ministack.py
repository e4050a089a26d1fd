"""The same promises on the real MiniStack."""

import http.client
import os
import signal
import time
from pathlib import Path

import pytest

from tiergate.local import aws, emulator, processes
from tiergate.local.emulator import Emulator
from tiergate.local.place import Place

pytestmark = pytest.mark.ministack


def started(place: Place) -> Emulator:
    machine = emulator.spawn(place, port=emulator.choose_port(None), tethered=True)
    emulator.wait_until_ready(place, machine)
    return machine


@pytest.fixture
def places(tmp_path: Path) -> tuple[Place, Place]:
    return Place.of_project(state=tmp_path / "one"), Place.of_project(state=tmp_path / "two")


def test_two_emulators_run_side_by_side_and_each_ends_without_a_trace(places: tuple[Place, Place]) -> None:
    machines = [started(place) for place in places]
    one, two = (aws.client("sqs", endpoint=machine.endpoint) for machine in machines)
    one.create_queue(QueueName="only-here")
    assert len(one.list_queues()["QueueUrls"]) == 1
    assert two.list_queues().get("QueueUrls", []) == []
    for place, machine in zip(places, machines, strict=True):
        assert emulator.stop(place, machine)
        assert not [process for process in processes.running() if process.group == machine.pid]


def test_a_killed_emulator_is_seen_as_gone(places: tuple[Place, Place]) -> None:
    machine = started(places[0])
    assert machine.runs()
    assert machine.answers()
    os.kill(machine.pid, signal.SIGKILL)
    while machine.runs():
        time.sleep(0.01)
    assert not machine.answers()
    emulator.stop(places[0], machine)


def test_a_fresh_emulator_is_not_bootstrapped(places: tuple[Place, Place]) -> None:
    machine = started(places[0])
    assert not aws.is_bootstrapped(machine.endpoint)
    assert aws.stack_outputs("dev", endpoint=machine.endpoint) == {}
    emulator.stop(places[0], machine)


def ask(machine: Emulator, path: str, **headers: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", machine.port, timeout=10)
    connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, body


def test_a_web_page_reaches_the_gateway_but_no_aws_api(places: tuple[Place, Place]) -> None:
    machine = started(places[0])
    functions = "/2015-03-31/functions"
    api = aws.client("apigatewayv2", endpoint=machine.endpoint).create_api(Name="a", ProtocolType="HTTP")["ApiId"]
    page = {"Origin": "https://evil.example"}
    assert ask(machine, functions)[0] == 200
    for headers in (page, {"Host": "evil.example"}, {"Sec_Fetch_Site": "cross-site"}):
        status, text = ask(machine, functions, **headers)
        assert (status, b"was refused" in text) == (403, True)
    for headers in (page, page | {"Connection": "Upgrade", "Upgrade": "websocket"}):
        socket = {"Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec_WebSocket_Version": "13"}
        assert ask(machine, functions, **headers, **socket)[0] == 403
    for path, headers in (
        (f"/_aws/execute-api/{api}/none", page),
        ("/none", page | {"Host": f"{api}.execute-api.localhost:{machine.port}"}),
    ):
        status, text = ask(machine, path, **headers)
        assert (status, b"Not Found" in text) == (404, True)
    emulator.stop(places[0], machine)


def test_a_web_page_reaches_a_distribution_that_exists_and_a_program_a_bucket_by_name(
    places: tuple[Place, Place],
) -> None:
    machine = started(places[0])
    store = aws.client("s3", endpoint=machine.endpoint)
    store.create_bucket(Bucket="pages")
    store.put_object(Bucket="pages", Key="a", Body=b"in the bucket")
    origin = {"Id": "o", "DomainName": "pages.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}
    behaviour = {"TargetOriginId": "o", "ViewerProtocolPolicy": "allow-all", "MinTTL": 0}
    behaviour["ForwardedValues"] = {"QueryString": False, "Cookies": {"Forward": "none"}}
    made = aws.client("cloudfront", endpoint=machine.endpoint).create_distribution(
        DistributionConfig={
            "CallerReference": "r",
            "Comment": "",
            "Enabled": True,
            "Origins": {"Quantity": 1, "Items": [origin]},
            "DefaultCacheBehavior": behaviour,
        }
    )
    label = made["Distribution"]["DomainName"].partition(".")[0].lower()
    page = {"Origin": "https://evil.example"}
    assert b"was refused" not in ask(machine, "/a", Host=f"{label}.cloudfront.localhost", **page)[1]
    assert b"was refused" in ask(machine, "/a", Host="unknown.cloudfront.localhost", **page)[1]
    assert ask(machine, "/a", Host=f"pages.s3.localhost:{machine.port}") == (200, b"in the bucket")
    emulator.stop(places[0], machine)


def test_no_request_header_reaches_the_log(places: tuple[Place, Place]) -> None:
    machine = started(places[0])
    headers = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2_Settings": "AAMAAABkAAQAAP__"}
    assert ask(machine, "/2015-03-31/functions", X_Api_Key="tg_dev_secret", **headers)[0] == 200
    emulator.stop(places[0], machine)
    log = places[0].ministack_log.read_text()
    assert "tg_dev_secret" not in log
    assert "Traceback" not in log
