"""From the templates of a document to the operation of a call: compiled routes as the authorizer walks them."""

import re
from collections.abc import Iterator
from itertools import cycle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiergate.domain.operations import match
from tiergate.policy.openapi import PARAMETER, Operation
from tiergate.policy.routes import tree

SEGMENTS = ["a", "b", "c", "{p}", "{p}.pdf", "{p}.{x}", "{p}:{x}", "v{p}", "a-{p}-{x}"]
VALUES = ["w", "w1", "zz"]
"""Values that no literal and no pattern of ``SEGMENTS`` takes for its own."""


def template_of(parts: list[str]) -> str:
    """Parameters are named for their place, as no name may stand twice in one template."""
    text = "/" + "/".join(parts)
    count = iter(range(99))
    return PARAMETER.sub(lambda _: f"{{p{next(count)}}}", text)


methods = st.sampled_from(["GET", "POST", "DELETE"])
templates = st.lists(st.sampled_from(SEGMENTS), max_size=4).map(template_of)
concrete = st.lists(
    st.sampled_from(["a", "b", "", "w", "w.pdf", "w.x", "w:w", "va", "a-w-w", ".pdf", "w:"]), max_size=4
).map(lambda parts: "/" + "/".join(parts))


def routes(*found: tuple[str, str]) -> dict[str, Any]:
    return tree([Operation(f"{method} {template}", method, template, 1) for method, template in found])


def filled(template: str, values: list[str]) -> str:
    turn = cycle(values)
    return PARAMETER.sub(lambda _: next(turn), template)


def fits(template: str, path: str) -> bool:
    """The plain reading of a template: a parameter takes one or more characters of its segment."""
    literals = [re.escape(part) for part in PARAMETER.split(template)[::2]]
    return re.fullmatch("[^/]+".join(literals), path) is not None


@given(st.lists(st.tuples(methods, templates), unique=True, min_size=1, max_size=12), st.permutations(VALUES))
def test_every_operation_is_matched_by_a_path_made_from_it(found: list[tuple[str, str]], values: list[str]) -> None:
    root = routes(*found)
    for index, (method, template) in enumerate(found):
        assert match(root, method, filled(template, values)) == (index, ())


@given(st.lists(st.tuples(methods, templates), unique=True, max_size=12), methods, concrete)
def test_a_path_has_the_methods_of_everytemplate_of_that_it_fits(
    found: list[tuple[str, str]], method: str, path: str
) -> None:
    fitting = [index for index, (_, template) in enumerate(found) if fits(template, path)]
    index, allowed = match(routes(*found), method, path)
    if index is None:
        assert set(allowed) == {found[each][0] for each in fitting} - {method}
        assert method not in {found[each][0] for each in fitting}
    else:
        assert index in fitting
        assert found[index][0] == method


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/files/new", "/files/new"),
        ("/files/old.pdf", "/files/{name}.pdf"),
        ("/files/a.b.pdf", "/files/{name}.pdf"),
        ("/files/old.txt", "/files/{name}.{kind}"),
        ("/files/archive.tar.gz", "/files/{name}.{kind}"),
        ("/files/old:copy", "/files/{name}:{verb}"),
        ("/files/old", "/files/{name}"),
        ("/files/.pdf", "/files/{name}"),
        ("/files/old.", "/files/{name}"),
        ("/files/v1..v2", "/files/{from}..{to}"),
        ("/a b", "/a%20b"),
    ],
)
def test_the_more_literaltemplate_of_goes_first_whatever_the_order(path: str, template: str, order: int) -> None:
    found = [
        "/files/{name}",
        "/files/{name}.{kind}",
        "/files/{from}..{to}",
        "/files/{name}.pdf",
        "/files/{name}:{verb}",
        "/files/new",
        "/a%20b",
    ][::order]
    assert match(routes(*(("GET", each) for each in found)), "GET", path) == (found.index(template), ())


def test_a_method_that_the_nearesttemplate_of_lacks_is_sought_in_more_general_ones() -> None:
    root = routes(("GET", "/a/new"), ("DELETE", "/a/{id}"), ("PUT", "/{x}/{y}"))
    assert match(root, "DELETE", "/a/new") == (1, ())
    assert match(root, "PUT", "/a/new") == (2, ())
    assert match(root, "POST", "/a/new") == (None, ("DELETE", "GET", "PUT"))


def test_an_unknown_path_has_no_methods() -> None:
    root = routes(("GET", "/a"), ("GET", "/a/{id}/b"))
    assert [match(root, "GET", path) for path in ("/", "/b", "/a/1", "/a/1/b/c", "/A")] == [(None, ())] * 5


def test_head_is_answered_by_get_unless_it_has_an_operation() -> None:
    root = routes(("GET", "/a"), ("GET", "/b"), ("HEAD", "/b"), ("POST", "/c"))
    assert match(root, "HEAD", "/a") == (0, ())
    assert match(root, "HEAD", "/b") == (2, ())
    assert match(root, "HEAD", "/c") == (None, ("POST",))


def test_head_of_a_literal_with_get_is_that_get_even_where_a_parameter_has_a_head() -> None:
    root = routes(("GET", "/things/export"), ("GET", "/things/{id}"), ("HEAD", "/things/{id}"))
    assert match(root, "HEAD", "/things/export") == (0, ())
    assert match(root, "HEAD", "/things/17") == (2, ())


def test_a_trailing_slash_is_another_path() -> None:
    root = routes(("GET", "/a"), ("GET", "/b/"), ("GET", "/"))
    assert [match(root, "GET", path)[0] for path in ("/a", "/a/", "/b", "/b/", "/")] == [0, None, None, 1, 2]


@pytest.mark.parametrize("segment", ["{p}", "{p}{q}", "x{p}", "{p}x", "{p}:{q}"])
def test_no_parameter_matches_nothing(segment: str) -> None:
    root = routes(("GET", f"/a/{segment}/b"))
    literal = PARAMETER.sub("", segment)
    assert match(root, "GET", f"/a/{literal}/b") == (None, ())
    assert match(root, "GET", "/a//b") == (None, ())


def test_neighbouring_parameters_take_a_character_each() -> None:
    root = routes(("GET", "/{a}{b}.pdf"))
    assert [match(root, "GET", path)[0] for path in ("/1.pdf", "/12.pdf", "/123.pdf", "/.pdf")] == [None, 0, 0, None]


def repeats(pattern: str) -> Iterator[str]:
    """What each repetition of a pattern repeats."""
    return (found[1] for found in re.finditer(r"(\(\?:.*?\)\.\)|\.)\{\d+,\}", pattern))


@given(st.lists(st.sampled_from(["{p}", "{p}", ".", ":", "ab", ".*"]), min_size=2, max_size=12))
def test_no_pattern_tries_a_character_twice(parts: list[str]) -> None:
    """Every repetition but the last ends where the literal behind it begins; only the last may go back."""
    root = routes(("GET", template_of(["".join(parts)])))
    for pattern, _ in root.get("pattern", ()):
        *ahead, last = repeats(pattern)
        assert last == "."
        for repeated in ahead:
            literal = re.fullmatch(r"\(\?:\(\?!(.+)\)\.\)", repeated)
            assert literal
            assert re.search(re.escape(repeated) + r"\{\d+,\}" + re.escape(literal[1]), pattern)
        assert len(pattern) < 20 * len(parts) + 20


@pytest.mark.parametrize("segment", ["{a}{b}{c}{d}{e}.x", "{a}.{b}.{c}.{d}.{e}", "a{a}a{b}a{c}a{d}b"])
@pytest.mark.parametrize("filler", [".", "a", ".a", "a."])
def test_a_long_segment_that_almost_fits_is_decided(segment: str, filler: str) -> None:
    """With a fifth power of steps this would not end."""
    path = "/" + filler * 4000
    assert match(routes(("GET", f"/{segment}y")), "GET", path) == (None, ())


class Counted(dict[str, Any]):
    """A node that counts how often it is walked through."""

    visits = 0

    @classmethod
    def of(cls, node: dict[str, Any]) -> "Counted":
        counted = cls(node)
        for kind in {"literal"} & node.keys():
            counted[kind] = {segment: cls.of(child) for segment, child in node[kind].items()}
        if "any" in node:
            counted["any"] = cls.of(node["any"])
        return counted

    def get(self, key: str, default: Any = None) -> Any:
        Counted.visits += key == "literal"
        return super().get(key, default)


def test_no_node_is_visited_twice_however_manytemplate_ofs_fit() -> None:
    found = ["/" + "/".join("{p}" if number >> bit & 1 else "a" for bit in range(6)) for number in range(64)]
    found = [template_of(template[1:].split("/")) for template in found]
    root = Counted.of(routes(*(("GET", template) for template in found)))
    assert match(root, "POST", "/a/a/a/a/a/a") == (None, ("GET",))
    assert Counted.visits == 2**6 - 1


@pytest.mark.parametrize(
    "disguise",
    [
        "EXPORT",
        "export;x=1",
        "export.",
        "export ",
        "Export. ;",
        " export",
        "export\xa0",
        "\u3000Export\u2009. .\xa0;x",
        "\ufeffexport",
        "\texport\x00",
        " ;x",
    ],
)
def test_a_literal_in_disguise_is_no_parameter(disguise: str) -> None:
    """A lenient upstream would read it as the literal, at the parameter's price and with its permissions."""
    root = routes(("GET", "/users/export"), ("GET", "/users/"), ("GET", "/users/{id}"), ("GET", "/users/{id}.pdf"))
    assert match(root, "GET", f"/users/{disguise}") == (None, ())
    assert match(root, "GET", "/users/exports") == (2, ())


def test_where_no_literal_stands_beside_it_a_parameter_takes_any_segment() -> None:
    assert match(routes(("GET", "/users/{id}")), "GET", "/users/A;b. ") == (0, ())
