"""A place in a temporary folder, with a made-up MiniStack and CDK CLI: the processes are real, AWS is not.

The real MiniStack is in tests/local/gateway.py.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.local.gateway import LocalGateway
from tiergate.local import emulator, processes
from tiergate.local.emulator import Emulator
from tiergate.local.place import Place

FAKE_MINISTACK = """
import http.server, os, subprocess, sys
from ministack.core import lambda_runtime

class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

async def app(scope, receive, send):
    pass

async def _handle_cognito_get_request(*_):
    pass

_handle_cognito_body_request = _handle_cognito_get_request

def main():
    print("waits", lambda_runtime.Worker._drain_stderr_bounded.__defaults__, "argv", sys.argv)
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", "ministack-lambda-worker"])
    http.server.HTTPServer(("127.0.0.1", int(os.environ["GATEWAY_PORT"])), Health).serve_forever()
"""
FAKE_SERVICES = {
    "core/concurrency": "run_reentrant = None",
    "core/responses": "request_scope = None",
    "core/sigv4": "",
    "core/iam_evaluator": "",
    "services/__init__": "",
    "services/cloudfront": "handle_viewer_request = None",
    "services/cognito": "_confirm_sign_up = _signed_jwt = None",
    "services/cloudwatch_logs": "_fanout_to_subscription_filters = _subscription_pattern_matches = None",
    "services/apigateway": "_invoke_request_authorizer_lambda = new_uuid = None",
    "services/apigateway_v1": (
        "_gateway_error_response = _execute_in_scope = _invoke_authorizer_lambda = _check_api_key = None\n"
        "_create_api_key = _delete_api_key = _get_api_keys = _update_api_key = _get_usage_plans = None\n"
        "_update_usage_plan = _delete_usage_plan = _create_usage_plan_key = None"
    ),
    "services/lambda_svc": "lambda_execute_result_to_api_proxy_response = None",
}
FAKE_HYPERCORN = """
class H11Protocol:
    pass
"""
FAKE_RUNTIME = """
class Worker:
    def _drain_stderr_bounded(self, first_line_wait=0.05, idle_confirm=0.005, hard_cap=0.25):
        return ""

    def invoke(self):
        return {}
"""


@dataclass(frozen=True)
class PlaceWithoutNode(Place):
    """The CDK CLI of this place is a Python script."""

    @property
    def node(self) -> Path:
        return Path(sys.executable)


@pytest.fixture
def place(tmp_path: Path) -> PlaceWithoutNode:
    root = tmp_path / "project"
    (root / "node_modules/aws-cdk/bin").mkdir(parents=True)
    (root / "node_modules/aws-cdk/bin/cdk").write_text("")
    (root / "app.py").write_text("")
    return PlaceWithoutNode(root=root, state=tmp_path / "state", ministack_python=Path(sys.executable))


@pytest.fixture
def fake_ministack(tmp_path: Path) -> dict[str, str]:
    """Settings under which the shim finds a made-up `ministack` package."""
    packages = tmp_path / "fake"
    for module, text in {
        "ministack/__init__": "",
        "ministack/app": FAKE_MINISTACK,
        "ministack/core/__init__": "",
        "ministack/core/lambda_runtime": FAKE_RUNTIME,
        "hypercorn/__init__": "",
        "hypercorn/protocol/__init__": "",
        "hypercorn/protocol/h11": FAKE_HYPERCORN,
        **{f"ministack/{module}": text for module, text in FAKE_SERVICES.items()},
    }.items():
        file = packages / f"{module}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return {"PYTHONPATH": str(packages)}


@pytest.fixture
def start(place: Place, fake_ministack: dict[str, str]) -> Iterator[Callable[..., Emulator]]:
    """Starts the made-up MiniStack and waits for it; ends each one after the test."""
    started: list[Emulator] = []

    def run(*, tethered: bool = False) -> Emulator:
        machine = emulator.spawn(place, port=emulator.choose_port(None), tethered=tethered, settings=fake_ministack)
        started.append(machine)
        emulator.wait_until_ready(place, machine)
        return machine

    yield run
    for machine in started:
        emulator.stop(place, machine)


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalGateway]:
    """One real MiniStack for all tests that ask for it; each makes HTTP APIs of its own."""
    place = Place.of_project(state=tmp_path_factory.mktemp("gateway"))
    machine = emulator.spawn(place, port=emulator.choose_port(None), tethered=True)
    emulator.wait_until_ready(place, machine)
    yield LocalGateway(place, machine)
    emulator.stop(place, machine)


def members(group: int) -> list[processes.Process]:
    return [process for process in processes.running() if process.group == group]


@pytest.fixture(name="members")
def members_of() -> Callable[[int], list[processes.Process]]:
    return members
