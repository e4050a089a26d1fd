"""Matching at its edges; tests/policies/test_routes.py holds compiling and matching together."""

import sys

import pytest

from tiergate.domain.operations import BLANKS, match

TREE = {
    "methods": {"GET": 0},
    "literal": {
        "accounts": {
            "methods": {"GET": 1, "POST": 2},
            "literal": {"me": {"methods": {"GET": 3}}},
            "any": {"methods": {"GET": 4, "DELETE": 5}, "literal": {"balance": {"methods": {"HEAD": 6, "GET": 7}}}},
        }
    },
}


@pytest.mark.parametrize(
    ("method", "path", "index"),
    [
        ("POST", "/accounts", 2),
        ("GET", "/accounts/me", 3),
        ("GET", "/accounts/17", 4),
        ("DELETE", "/accounts/me", 5),
        ("GET", "/accounts/me/balance", 7),
        ("HEAD", "/accounts/me/balance", 6),
        ("HEAD", "/accounts/17", 4),
    ],
)
def test_a_call_reaches_its_operation(method, path, index):
    assert match(TREE, method, path) == (index, ())


@pytest.mark.parametrize("path", ["/account", "/accounts/", "/accounts//balance", "/accounts/17/balances", "/Accounts"])
def test_a_path_that_no_template_has_is_unknown(path):
    assert match(TREE, "GET", path) == (None, ())


def test_a_wrong_method_names_all_that_the_path_has():
    assert match(TREE, "PATCH", "/accounts/me") == (None, ("DELETE", "GET"))


@pytest.mark.parametrize("path", ["/things/export", "/things/other"])
def test_head_is_answered_by_the_nearest_template_that_has_it_or_get(path):
    """The dear GET of a literal is not had at the price of a more general HEAD."""
    things = {"literal": {"export": {"methods": {"GET": 0}}}, "any": {"methods": {"GET": 1, "HEAD": 2}}}
    root = {"literal": {"things": things}}
    assert match(root, "HEAD", path) == ({"/things/export": 0, "/things/other": 2}[path], ())


def test_all_that_unicode_calls_white_space_is_trimmed():
    spaces = {character for character in map(chr, range(sys.maxunicode + 1)) if character.isspace()}
    assert spaces <= set(BLANKS)


def test_head_needs_a_get():
    assert match({"literal": {"a": {"methods": {"POST": 0}}}}, "HEAD", "/a") == (None, ("POST",))
