"""What people type: read exactly, or refused with how to mend it."""

import click
import pytest

from tiergate.cli import parameters
from tiergate.cli.parameters import Parsed, duration, moment
from tiergate.domain.keys import mint
from tiergate.domain.limits import SECOND

NOON = 1_795_435_200 * SECOND
"""2026-11-23T12:00:00Z."""

DAY = 86400 * SECOND


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("15m", 900), ("24h", 86400), ("7d", 604800), ("0", 0), ("0s", 0)]
)
def test_a_duration_is_a_whole_number_and_a_unit(text: str, seconds: int) -> None:
    assert duration(text) == seconds * SECOND


@pytest.mark.parametrize("text", ["", "90", "1.5h", "-1h", "1w", "1H", "h", "1h30m", " 1h", "٣h", "1h\n"])
def test_what_is_no_duration_is_told_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="for example 24h"):
        duration(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1d", NOON + DAY),
        ("2026-11-24", NOON + DAY // 2),
        ("2026-11-24T12:00Z", NOON + DAY),
        ("2026-11-24T12:00:30Z", NOON + DAY + 30 * SECOND),
        ("2026-11-24T13:30+01:30", NOON + DAY),
    ],
)
def test_a_moment_is_counted_from_now_or_written_with_its_zone(text: str, found: int) -> None:
    assert moment(text, NOON) == found


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("2026-11-23", "is not in the future"),
        ("2026-11-23T12:00Z", "is not in the future"),
        ("0d", "is not in the future"),
        ("2027-01-31T12:00", "for UTC put Z behind it: 2027-01-31T12:00Z"),
        ("2027-02-29", "is not in the calendar"),
        ("2027-01-31T25:00Z", "is not in the calendar"),
        ("20270131", "for example 90d, 2027-01-31 or 2027-01-31T12:00Z"),
        ("tomorrow", "for example 90d"),
        ("2027-W05-1", "for example 90d"),
        ("999999999d", "is too far away"),
        ("9999-12-31T23:59-20:00", "is too far away"),
    ],
)
def test_a_moment_that_cannot_be_is_told_why(text: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        moment(text, NOON)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (parameters.NETWORK, "203.0.113.7", "203.0.113.7/32"),
        (parameters.NETWORK, "2001:DB8::1", "2001:db8::1/128"),
        (parameters.NETWORK, "203.0.113.0/24", "203.0.113.0/24"),
        (parameters.LIMIT, "hour=900", ("hour", 900)),
        (parameters.LIMIT, "rate=0.5", ("rate", 0.5)),
        (parameters.SCOPES, "b,a,b", {"a", "b"}),
        (parameters.SCOPES, "accounts:read, payments:write ", {"accounts:read", "payments:write"}),
        (parameters.GRACE, "365d", 365 * DAY),
        (parameters.ORGANIZATION, "acme-2", "acme-2"),
        (parameters.APPLICATION, "app_yqkTZ1EZGqJr", "app_yqkTZ1EZGqJr"),
        (parameters.SUBSCRIPTION, "sub_4nlFGTR5dqkL", "sub_4nlFGTR5dqkL"),
        (parameters.KEY, "0pW4ylgVHlvq", "0pW4ylgVHlvq"),
    ],
)
def test_parameters_are_read(kind: Parsed[object], text: str, value: object) -> None:
    assert kind.convert(text, None, None) == value


@pytest.mark.parametrize(
    ("kind", "text", "fault"),
    [
        (parameters.NETWORK, "203.0.113.7/24", "the network is 203.0.113.0/24"),
        (parameters.NETWORK, "example.com", "for example 203.0.113.0/24"),
        (parameters.LIMIT, "hour", "for example hour=900"),
        (parameters.LIMIT, "huor=900", 'did you mean "hour"?'),
        (parameters.LIMIT, "hour=900.5", 'hour must be a whole number; found "900.5"'),
        (parameters.LIMIT, "rate=nan", 'rate must be a number; found "nan"'),
        (parameters.LIMIT, "rate=-1", "rate must be a number"),
        (parameters.SCOPES, ",", "name at least one scope"),
        (parameters.SCOPES, "a,,b", "has an empty scope; one comma stands between two scopes"),
        (parameters.SCOPES, "a, ", "has an empty scope"),
        (parameters.SCOPES, "a b", '"a b" is no scope; commas separate scopes: "a,b"'),
        (parameters.SCOPES, 'a"', "is no scope; scopes are"),
        (parameters.GRACE, "366d", "more than 365d"),
        (parameters.ORGANIZATION, "Acme GmbH", "tiergate org list"),
        (parameters.APPLICATION, "sub_4nlFGTR5dqkL", "begins with app_"),
        (parameters.SUBSCRIPTION, "app_yqkTZ1EZGqJr", "begins with sub_"),
        (parameters.KEY, "app_yqkTZ1EZGqJr", "12 letters and digits"),
        (parameters.REASON, "two\nlines", "one line"),
        (parameters.KEY_NAME, " ", "is empty"),
    ],
)
def test_faults_say_how_to_mend_them(kind: Parsed[object], text: str, fault: str) -> None:
    with pytest.raises(click.BadParameter) as raised:
        kind.convert(text, None, None)
    assert fault in raised.value.message


@pytest.mark.parametrize(
    "kind",
    [
        parameters.ORGANIZATION,
        parameters.APPLICATION,
        parameters.SUBSCRIPTION,
        parameters.REASON,
        parameters.KEY_NAME,
        parameters.ORGANIZATION_NAME,
    ],
)
def test_a_whole_key_in_the_wrong_place_is_refused_and_not_repeated(kind: Parsed[object]) -> None:
    key = mint("dev")
    with pytest.raises(click.BadParameter) as raised:
        kind.convert(key.text, None, None)
    assert key.text not in raised.value.message


def test_a_whole_key_stands_for_its_id() -> None:
    key = mint("prod")
    assert parameters.KEY.convert(key.text, None, None) == key.id
