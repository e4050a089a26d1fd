"""A proof and the upstream's answer share one call's time, to the second and by a clock that never goes back."""

import time
from base64 import b64decode
from collections.abc import Callable, Iterator

import pytest

from tests.events import DECISION
from tests.fakes.aws_services import FakeAws
from tests.fakes.proven import GET, NOON
from tiergate.adapters import upstream_oauth
from tiergate.adapters.upstream_auth import UpstreamAuth
from tiergate.adapters.upstream_oauth import TIMEOUT
from tiergate.adapters.upstream_proofs import LEAST_LEFT, HeaderSecret
from tiergate.domain.catalogue import ApiVersion
from tiergate.domain.decision import Decision
from tiergate.domain.failures import UpstreamFailure
from tiergate.domain.limits import SECOND
from tiergate.domain.messages import Request, Response

URL = "https://orders.internal.example"


class Timed:
    """An API whose time passes by what a test says: ``proving`` seconds for each proof, ``answering`` for each answer.

    ``statuses``: of the upstream's answers. ``sent``: its time-outs and the secrets that it was shown.
    """

    def __init__(self, arn: str, upstream: str, timeout: float) -> None:
        self.passed, self.now = 0.0, NOON
        self.proving: Iterator[float] = iter(())
        self.answering: Iterator[float] = iter(())
        self.statuses: Iterator[int] = iter(())
        self.sent: list[tuple[float, str]] = []
        raw = {"kind": "header", "name": "X-Service-Key", "secret": arn}
        self._api = ApiVersion("shop/v1", "published", upstream, timeout, (), {}, upstream_auth=raw)
        self._auth = UpstreamAuth(self._send, now=lambda: self.now)

    def call(self) -> Response:
        return self._auth.send(self._api, GET, DECISION)

    def _send(self, _upstream: str, request: Request, timeout: float) -> Response:
        self.sent.append((timeout, dict(request.headers)["x-service-key"]))
        self.passed += next(self.answering, 0.0)
        return Response(next(self.statuses, 200), [], b"")


@pytest.fixture
def timed(services: FakeAws, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Timed]:
    """``timed(timeout, upstream=…)``."""
    put = HeaderSecret.put

    def make(timeout: float, upstream: str = URL) -> Timed:
        api = Timed(services.keep("orders", "old"), upstream, timeout)

        def slow(self: HeaderSecret, request: Request, decision: Decision, now: int, deadline: float) -> Request:
            api.passed += next(api.proving, 0.0)
            return put(self, request, decision, now, deadline)

        monkeypatch.setattr(HeaderSecret, "put", slow)
        monkeypatch.setattr(time, "monotonic", lambda: api.passed)
        return api

    return make


@pytest.mark.parametrize("proving", [5.0, 6.5])
def test_a_proof_that_took_all_the_time_leaves_none_to_send_in(timed: Callable[..., Timed], proving: float) -> None:
    api = timed(5)
    api.proving = iter([proving])
    with pytest.raises(UpstreamFailure, match="5 s went by before the call") as raised:
        api.call()
    assert (raised.value.code, api.sent) == ("upstream_timeout", [])


def test_an_upstream_has_what_the_proof_left_it(timed: Callable[..., Timed]) -> None:
    api = timed(5)
    api.proving = iter([1.25])
    api.call()
    assert api.sent == [(3.75, "old")]


@pytest.mark.parametrize(
    ("timeout", "proving", "left"), [(7, 0.0, 7), (7, 0.5, 7), (7, 1.5, 6), (7, 6.75, 1), (2.5, 0.0, 2.5)]
)
def test_a_function_has_whole_seconds_and_never_more_than_the_apis_time_out(
    timed: Callable[..., Timed], timeout: float, proving: float, left: float
) -> None:
    """The proxy's own time is longer than any ``timeout``, so that the part of a second is there."""
    api = timed(timeout, "lambda:shop")
    api.proving = iter([proving])
    api.call()
    assert api.sent == [(left, "old")]


@pytest.mark.parametrize("proving", [10.0, 12.0])
def test_a_second_proof_that_took_all_the_time_leaves_the_refusal_as_the_answer(
    timed: Callable[..., Timed], services: FakeAws, proving: float
) -> None:
    """The upstream has answered: a time-out in place of its answer would be untrue."""
    api = timed(20)
    api.call()
    services.keep("orders", "new")
    api.now += 10 * SECOND
    api.statuses, api.answering, api.proving = iter([401]), iter([10.0]), iter([0.0, proving])
    assert api.call().status == 401
    assert [secret for _, secret in api.sent] == ["old", "old"]


def test_a_second_attempt_has_what_the_first_left_it(timed: Callable[..., Timed], services: FakeAws) -> None:
    api = timed(20)
    api.call()
    services.keep("orders", "new")
    api.now += 10 * SECOND
    api.statuses, api.answering, api.proving = iter([401, 200]), iter([10.0]), iter([1.0, 2.0])
    assert api.call().status == 200
    assert api.sent[1:] == [(19.0, "old"), (7.0, "new")]


class Endpoint:
    """A token endpoint that ``took`` so many seconds for each answer. ``asked``: time-outs and secrets."""

    def __init__(self) -> None:
        self.took = self.passed = 0.0
        self.asked: list[tuple[float, str]] = []
        self.answers = iter([Response(200, [], b'{"access_token": "t", "token_type": "Bearer", "expires_in": 20}')])

    def send(self, _upstream: str, request: Request, timeout: float) -> Response:
        client = b64decode(dict(request.headers)["authorization"].removeprefix("Basic ")).decode()
        self.asked.append((timeout, client))
        self.passed += self.took
        return next(self.answers, Response(401, [], b'{"error": "invalid_client"}'))


@pytest.mark.parametrize(
    ("timeout", "took", "asked"),
    [
        (29, 0.0, [(TIMEOUT, "abc:old"), (TIMEOUT, "abc:new")]),
        (4, 0.5, [(4, "abc:old"), (3.5, "abc:new")]),
        (4, 4 - LEAST_LEFT, [(4, "abc:old")]),
        (2, 0.0, [(2, "abc:old")]),
    ],
)
def test_a_token_endpoint_has_five_seconds_within_the_apis_time_out(
    services: FakeAws, monkeypatch: pytest.MonkeyPatch, timeout: float, took: float, asked: list[tuple[float, str]]
) -> None:
    """And is asked with the secret of now only where a reading of it could not be too late."""
    endpoint, now, arn = Endpoint(), NOON, services.keep("orders", "old")
    monkeypatch.setattr(upstream_oauth, "HttpUpstreams", lambda: endpoint)
    monkeypatch.setattr(time, "monotonic", lambda: endpoint.passed)
    raw = {"kind": "oauth", "token_url": "https://login.example/token", "client_id": "abc", "secret": arn}
    api = ApiVersion("shop/v1", "published", URL, timeout, (), {}, upstream_auth=raw)
    auth = UpstreamAuth(lambda *_: Response(200, [], b""), now=lambda: now)
    auth.send(api, GET, DECISION)
    endpoint.asked.clear()
    services.keep("orders", "new")
    now, endpoint.took = now + 20 * SECOND, took
    with pytest.raises(UpstreamFailure, match="invalid_client"):
        auth.send(api, GET, DECISION)
    assert endpoint.asked == asked
