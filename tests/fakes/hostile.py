"""What may come in when nobody means well: strategies of JSON values, and of events with anything in any place."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

ANY_TEXT = st.text(st.characters(), max_size=40)
"""Control characters, lone surrogates and whatever else a Python text can hold."""

ODD_TEXTS = (
    "",
    " ",
    "\x00",
    "\r\nx-injected: yes",
    "\ud800",
    "\ufffd",
    "..",
    "%2e%2e",
    "{proxy+}",
    "null",
    "-1",
)
LONG_TEXTS = tuple("\N{SNOWMAN}" * length for length in (10_240, 100_000))
ODD_VALUES = (None, True, 0, -1, 2**64, 10**400, 1e308, float("nan"), float("inf"), [], {}, [None], {"": None})

json_values = st.recursive(
    st.sampled_from((*ODD_VALUES, *ODD_TEXTS, *LONG_TEXTS)) | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=8,
)


def deep(depth: int = 2_000) -> list[Any]:
    """Lists in lists, deeper than Python's own recursion goes."""
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


def huge_events(usual: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The usual event with more of everything than anybody sends."""
    query = "&".join(f"p{number}=v" for number in range(1_000))
    headers = usual["headers"]
    return [
        {**usual, "headers": headers | {"x-padding": "p" * 10_240}},
        {**usual, "headers": headers | {f"x-{number}": "v" for number in range(1_000)}},
        {**usual, "headers": headers | {"connection": ", ".join(f"x-{number}" for number in range(5_000))}},
        {**usual, "rawQueryString": query, "queryStringParameters": dict.fromkeys(query.split("&"), "v")},
        {**usual, "cookies": ["a=" + "c" * 4_096] * 100},
        {**usual, "rawPath": usual["rawPath"] + "/a" * 50_000},
        {**usual, "body": "b" * 10_000_000},
        {**usual, "stageVariables": deep()},
        {**usual, "requestContext": usual["requestContext"] | {"authentication": deep(), "requestId": "r" * 100_000}},
    ]


@st.composite
def changed(draw: st.DrawFn, event: Mapping[str, Any], values: st.SearchStrategy[Any] = json_values) -> Any:
    """An event with up to three of its values replaced or left out, at any depth."""
    result = _with_own_dicts(event)
    for _ in range(draw(st.integers(1, 3))):
        places = [place for place in _places(result) if place]
        *above, last = draw(st.sampled_from(places))
        holder: Any = result
        for name in above:
            holder = holder[name]
        if draw(st.booleans()):
            holder[last] = draw(values)
        else:
            del holder[last]
        if not result:
            break
    return result


def examples(count: int) -> settings:
    """``count`` of them; as many times more as the chosen profile has more than Hypothesis's own hundred."""
    return settings(max_examples=count * settings.default.max_examples // 100)


def _with_own_dicts(value: Any) -> Any:
    """A copy in which dicts in dicts can be changed; what else it holds is shared, which is faster than copying."""
    return {name: _with_own_dicts(inner) for name, inner in value.items()} if isinstance(value, dict) else value


def _places(value: Any, above: Sequence[str] = ()) -> Iterator[tuple[str, ...]]:
    yield tuple(above)
    if isinstance(value, dict) and len(above) < 5:
        for name, inner in value.items():
            yield from _places(inner, (*above, name))
