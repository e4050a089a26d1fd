"""Lines of the access log: what of them is read, and that nothing else breaks the reading."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacks.access_log import FIELDS as LOGGED
from tiergate.domain.access_log import (
    CREDENTIAL,
    FIELDS,
    LIMITS,
    LONGEST,
    PLACE,
    STANDING,
    UNJUDGED,
    WRITTEN,
    NotOurs,
    read,
)

GUIDE = Path(__file__).parents[2] / "docs" / "access-log.md"
RECORD = dict.fromkeys(LOGGED, "-") | {
    **{"time": "1795392610123", "method": "GET", "path": "/bank/v1/things", "status": "200", "decision": "allow"},
    **{"reason": "admitted", "application": "app_1", "subscription": "sub_1", "scheme": "ApiKey"},
}


def raw(**changed: Any) -> bytes:
    return json.dumps(RECORD | changed).encode()


def test_the_fields_are_those_of_the_access_log_in_its_order() -> None:
    assert tuple(LOGGED) == WRITTEN
    assert set(FIELDS) <= set(LOGGED)


@given(st.dictionaries(st.sampled_from([name for name in LOGGED if name != "time"]), st.text(max_size=20)))
def test_a_line_reads_the_same_however_it_is_written(changed: dict[str, str]) -> None:
    """As a gateway writes it, and as JSON in another order, escaped or not, with other blanks."""
    fields = RECORD | changed
    written = [
        json.dumps(fields),
        json.dumps(fields, ensure_ascii=False),
        json.dumps(fields, separators=(",", ":")),
        json.dumps(dict(reversed(fields.items()))),
    ]
    assert len({read(each.encode(errors="surrogatepass")) for each in written}) == 1


def test_the_guides_line_is_read() -> None:
    text = GUIDE.read_text().partition("```json\n")[2].partition("```")[0].replace("\n", "")
    line = read(text.encode())
    assert (line.admitted, line.subscription, line.plan) == (True, "sub_Qm2…", "free")


def test_the_time_is_when_the_authorizer_decided_and_not_when_the_call_came() -> None:
    line = read(raw(latency="140", integration_latency="92", authorizer_latency="23.4"))
    assert line.now == 1795392610123_000 + 24_600


@pytest.mark.parametrize("latency", ["-", "nan", "-5", "x", ""])
def test_a_latency_that_says_nothing_changes_no_time(latency: str) -> None:
    assert read(raw(latency=latency)).now == 1795392610123_000


def test_no_latency_moves_a_call_further_than_an_authorizer_can_take() -> None:
    assert read(raw(latency="1e308", authorizer_latency="1")).now == 1795392610123_000 + 10_000_000


@pytest.mark.parametrize(
    "shown",
    [
        b"2026-11-23T00:10:10.123Z %s",
        b"2026-11-23T00:10:10.123000+00:00 stream %s",
        b"\t%s\r",
        b"\xef\xbb\xbf%s",
    ],
)
def test_what_exports_write_before_a_line_is_passed_over(shown: bytes) -> None:
    assert read(shown % raw()).subscription == "sub_1"


@pytest.mark.parametrize(
    ("path", "decoded"), [("/a%20b", "/a b"), ("/a b", "/a b"), ("/a%25", "/a%25"), ("/a%2520b", "/a%2520b")]
)
def test_a_path_is_read_as_the_authorizer_got_it(path: str, decoded: str) -> None:
    assert read(raw(path=path)).path == decoded


@pytest.mark.parametrize(
    ("changed", "stage"),
    [
        ({}, LIMITS),
        ({"decision": "-", "reason": "-"}, UNJUDGED),
        ({"decision": "deny", "reason": "credential_revoked"}, CREDENTIAL),
        ({"decision": "deny", "reason": "token_expired"}, CREDENTIAL),
        ({"decision": "deny", "reason": "address_not_allowed", "scheme": "-", "application": "-"}, PLACE),
        ({"decision": "deny", "reason": "address_not_allowed", "application": "-"}, CREDENTIAL),
        ({"decision": "deny", "reason": "address_not_allowed"}, STANDING),
    ],
)
def test_how_far_a_call_came_is_told_by_its_reason_and_what_was_known_of_it(
    changed: dict[str, str], stage: int
) -> None:
    assert read(raw(**changed)).stage == stage


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"127.0.0.1 - - [10/Oct/2000:13:55:36 -0700]", "no JSON object"),
        (b"null", "no JSON object"),
        (b"[" * 10_000, "no JSON object"),
        (b'{"a":' * 9_000, "not JSON"),
        (raw()[:-1], "not JSON"),
        (raw() + raw(), "not JSON"),
        (b"\x00" * 100 + raw()[:-2], "not JSON"),
        (b"{\xff}", "not UTF-8"),
        (b'{"time": "1"}', "it lacks method, path"),
        (b"{}" + b" " * LONGEST, f"longer than {LONGEST:,} bytes"),
        (raw().replace(b"/things", b'/things", "time": "1'), "a field is there twice"),
        (raw(time=1795392610123), "a field is not text"),
        (raw(path=None), "a field is not text"),
        (raw(path=["x"]), "a field is not text"),
        (raw(time="now"), "its time"),
        (raw(time="\u0661"), "its time"),
        (raw(time="-1"), "its time"),
        (raw(time="9" * 15), "its time"),
        (raw(time="9" * 5_000), "its time"),
    ],
)
def test_what_is_no_line_of_ours_is_refused_with_the_reason(line: bytes, why: str) -> None:
    with pytest.raises(NotOurs) as refused:
        read(line)
    assert str(refused.value).startswith(why)


@given(st.binary(max_size=300) | st.builds(lambda a, b: raw()[:a] + b + raw()[a:], st.integers(0, 600), st.binary()))
def test_no_bytes_break_the_reading(line: bytes) -> None:
    with suppress(NotOurs):
        assert read(line).now >= 0
