"""What callers of a deprecated or retired version read."""

import pytest

from tiergate.domain.deprecation import announced, fields, members, words
from tiergate.domain.lifecycle import Lifecycle
from tiergate.domain.limits import SECOND
from tiergate.domain.messages import Response

START, END = 1_809_421_200, 1_809_422_100
"""2027-05-04, 09:00 and 09:15 UTC."""

LATER = (START + 7 * 86_400, END + 7 * 86_400)
WHOLE = Lifecycle(
    1_796_083_200, 1_814_313_600, 1_822_089_600, "bank/v2", "https://dev.example/v2", ((START, END), LATER)
)
LINK = '<https://dev.example/v2>; rel="deprecation"; type="text/html", </bank/v2>; rel="successor-version"'


def test_the_fields_are_those_of_the_standards():
    assert fields(WHOLE) == (
        ("deprecation", "@1796083200"),
        ("sunset", "Wed, 30 Jun 2027 00:00:00 GMT"),
        ("link", LINK),
    )


@pytest.mark.parametrize(
    ("successor", "guide", "link"),
    [
        ("bank/v2", "", '</bank/v2>; rel="successor-version"'),
        ("https://new.example/bank", "", '<https://new.example/bank>; rel="successor-version"'),
        ("", "https://dev.example/v2", '<https://dev.example/v2>; rel="deprecation"; type="text/html"'),
    ],
)
def test_a_link_leads_to_what_is_known(successor: str, guide: str, link: str):
    assert dict(fields(WHOLE._replace(successor=successor, guide=guide)))["link"] == link


def test_the_upstreams_links_stay_behind_ours_and_its_own_dates_give_way():
    upstreams = [
        ("link", '</next>; rel="next"'),
        ("deprecation", "true"),
        ("sunset", "never"),
        ("x-other", "1"),
        ("link", '</last>; rel="last"'),
    ]
    told = announced(Response(200, upstreams, b"body"), fields(WHOLE))
    assert (told.status, told.body) == (200, b"body")
    assert list(told.headers) == [
        *fields(WHOLE),
        ("link", '</next>; rel="next"'),
        ("x-other", "1"),
        ("link", '</last>; rel="last"'),
    ]


@pytest.mark.parametrize(
    ("successor", "guide", "instead"),
    [
        ("bank/v2", "https://dev.example/v2", "Call /bank/v2 instead, as https://dev.example/v2 says"),
        ("https://new.example/bank", "", "Call https://new.example/bank instead"),
        ("", "https://dev.example/v2", "Do as https://dev.example/v2 says"),
        ("", "", "Call a newer version instead"),
    ],
)
def test_people_are_told_what_to_do_instead(successor: str, guide: str, instead: str):
    assert words(WHOLE._replace(successor=successor, guide=guide), 0, 0)["instead"] == instead


@pytest.mark.parametrize(
    ("wait", "now", "until"),
    [
        (900, START * SECOND, "2027-05-04T09:15:00Z"),
        (1, END * SECOND - 1, "2027-05-04T09:15:00Z"),
        (1, END * SECOND + 3_000_000, "2027-05-04T09:15:00Z"),
        (900, (LATER[0] - 2) * SECOND, "2027-05-11T09:15:00Z"),
    ],
)
def test_a_brownouts_end_is_told_however_the_clocks_differ_by_seconds(wait: int, now: int, until: str):
    assert words(WHOLE, wait, now)["until"] == until


def test_programs_are_told_the_same_and_nothing_that_is_not_known():
    assert members(WHOLE) == {
        "sunset": "2027-06-30T00:00:00Z",
        "successor": "/bank/v2",
        "guide": "https://dev.example/v2",
    }
    assert members(WHOLE._replace(guide="")).keys() == {"sunset", "successor"}


def test_where_nothing_is_known_the_words_are_still_whole():
    """The functions of one deploy are not replaced at one moment."""
    assert words(None, 9, 9) == {
        "sunset": "announced before",
        "until": "later",
        "instead": "Call a newer version instead",
    }
    assert members(None) == {}
    assert words(WHOLE._replace(brownouts=()), 9, 9)["until"] == "later"
