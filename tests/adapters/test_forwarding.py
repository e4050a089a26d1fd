"""Where a call came from is what API Gateway saw, and nothing that the caller says of it reaches the upstream."""

from typing import Any

import pytest

from tests.events import DECISION, REQUEST_ID, proxy_event
from tiergate.adapters.http_integration import read_request

HOST = "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com"
SAID = {
    "forwarded": f'for=203.0.113.77;host="{HOST}";proto=https',
    "x-forwarded-for": "203.0.113.77",
    "x-forwarded-host": HOST,
    "x-forwarded-port": "443",
    "x-forwarded-prefix": "/shop/v1",
    "x-forwarded-proto": "https",
    "x-request-id": REQUEST_ID,
}
SPELLINGS = [str, str.upper, lambda name: name.replace("-", "_"), lambda name: name.replace("-", "!")]


def fields_of(event: dict[str, Any]) -> list[tuple[str, str]]:
    return list(read_request(event, DECISION).headers)


def said(event: dict[str, Any]) -> dict[str, str]:
    """Whatever the upstream may take for the way of the call; each at most once."""
    found = [
        (name, value) for name, value in fields_of(event) if "forward" in name.lower() or "request" in name.lower()
    ]
    assert len(dict(found)) == len(found)
    return dict(found)


def event(*, source: Any = "203.0.113.77", host: Any = HOST, **headers: str) -> dict[str, Any]:
    made = proxy_event(context=DECISION.context(), headers=headers)
    made["requestContext"]["domainName"] = host
    made["requestContext"]["http"]["sourceIp"] = source
    return made


def test_the_upstream_is_told_the_address_host_scheme_port_and_prefix_that_were_called() -> None:
    assert said(event()) == SAID


@pytest.mark.parametrize(
    "name", [*SAID, "x-forwarded", "x-forwarded-user", "x-forwarded-ssl", "x-original-forwarded-for"]
)
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_what_the_caller_claims_is_dropped_in_every_spelling(name: str, spelling: Any) -> None:
    forged = event(**{spelling(name): "198.51.100.1, 10.0.0.1"})

    assert said(forged) == SAID
    assert "198.51.100.1" not in str(fields_of(forged))


def test_connection_cannot_remove_what_the_gateway_says() -> None:
    assert said(event(connection=", ".join(SAID))) == SAID


def test_an_address_of_ipv6_stands_in_brackets_and_quotes_where_rfc_7239_asks() -> None:
    fields = said(event(source="2001:db8::1"))

    assert fields["forwarded"] == f'for="[2001:db8::1]";host="{HOST}";proto=https'
    assert fields["x-forwarded-for"] == "2001:db8::1"


@pytest.mark.parametrize("source", ["", None, "unknown", "1.2.3.4, 5.6.7.8", '1";host=evil', "1.2.3.4\r\nx-evil: 1"])
def test_an_address_that_is_none_is_said_to_be_unknown(source: Any) -> None:
    fields = said(event(source=source))

    assert fields["forwarded"] == f'for=unknown;host="{HOST}";proto=https'
    assert "x-forwarded-for" not in fields


@pytest.mark.parametrize("host", ["", None, 'evil";proto=http', "evil\r\nx-evil: 1"])
def test_a_host_that_is_none_is_left_out(host: Any) -> None:
    fields = said(event(host=host))

    assert fields["forwarded"] == "for=203.0.113.77;proto=https"
    assert "x-forwarded-host" not in fields


def test_the_upstreams_own_host_is_not_what_the_caller_sent() -> None:
    assert "host" not in dict(fields_of(event(host="evil.example")))
