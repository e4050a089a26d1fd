"""Names and addresses: the deadline holds for asking and for connecting, however many addresses there are."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.fakes.upstream import ScriptedUpstream, answers, black_hole, keeps_alive, ok
from tiergate.adapters import upstream_http
from tiergate.adapters.upstream_http import HttpUpstreams
from tiergate.domain.failures import UpstreamFailure
from tiergate.domain.messages import Request

DEADLINE = 0.2
GENEROUS = 2.0
GET = Request("GET", "/", "", [], b"")
URL = "http://upstream.test"

Addresses = list[tuple[str, int]]


class Resolver:
    """``getaddrinfo`` with an answer of the test's for every name; remembers what a thread apart asked it."""

    def __init__(self, real: Callable[..., Any]) -> None:
        self._real = real
        self.asked: list[str] = []
        self.addresses: Addresses = []
        self.silent = False
        self.released = threading.Event()

    def __call__(self, host: str, *rest: Any, **options: Any) -> Any:
        if threading.current_thread() is not threading.main_thread():
            self.asked.append(host)
        try:
            return self._real(host, *rest, **options | {"flags": socket.AI_NUMERICHOST})
        except socket.gaierror:
            if options.get("flags"):
                raise
        if self.silent:
            self.released.wait(10)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in self.addresses]


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Resolver]:
    fake = Resolver(socket.getaddrinfo)
    monkeypatch.setattr(socket, "getaddrinfo", fake)
    yield fake
    fake.released.set()


def address_of(upstream: ScriptedUpstream) -> tuple[str, int]:
    host, _, port = upstream.origin.partition(":")
    return host, int(port)


def failure_within(seconds: float, timeout: float) -> str:
    begun = time.monotonic()
    with pytest.raises(UpstreamFailure) as failure:
        HttpUpstreams().send(URL, GET, timeout)
    assert time.monotonic() - begun < seconds
    return failure.value.code


def test_addresses_that_do_not_answer_have_one_deadline_together(resolver: Resolver) -> None:
    with black_hole() as nowhere:
        resolver.addresses = [nowhere] * 20
        assert failure_within(GENEROUS, DEADLINE) == "upstream_timeout"


def test_addresses_that_do_not_answer_have_one_time_for_connecting_together(
    resolver: Resolver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upstream_http, "CONNECT_TIMEOUT", DEADLINE)
    with black_hole() as nowhere:
        resolver.addresses = [nowhere] * 20
        assert failure_within(GENEROUS, 10) == "upstream_timeout"


def test_an_address_that_does_not_answer_leaves_time_for_the_next(resolver: Resolver) -> None:
    with black_hole() as nowhere, ScriptedUpstream(answers(ok())) as upstream:
        resolver.addresses = [nowhere, address_of(upstream)]
        assert HttpUpstreams().send(URL, GET, 1).body == b"ok"


def test_a_resolver_that_does_not_answer_is_a_time_out(resolver: Resolver) -> None:
    resolver.silent = True
    assert failure_within(GENEROUS, DEADLINE) == "upstream_timeout"


def test_a_thread_asks_for_a_name_once_a_connection_and_for_an_address_never(resolver: Resolver) -> None:
    with ScriptedUpstream(keeps_alive(ok(), ok()), answers(ok())) as upstream:
        resolver.addresses = [address_of(upstream)]
        upstreams = HttpUpstreams()
        for url in (URL, URL, upstream.url):
            assert upstreams.send(url, GET, 5).body == b"ok"
        assert (resolver.asked, upstream.connections) == (["upstream.test"], 2)


def test_a_request_does_not_wait_for_more_of_it_to_be_sent() -> None:
    with ScriptedUpstream(keeps_alive(ok())) as upstream:
        upstreams = HttpUpstreams()
        upstreams.send(upstream.url, GET, 5)
        with socket.fromfd(upstreams._idle[upstream.url][0].fileno(), socket.AF_INET, socket.SOCK_STREAM) as sock:
            assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
