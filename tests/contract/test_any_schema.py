"""What is told of any two schemas agrees with what a validator says of actual values."""

import itertools
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
from hypothesis import given
from hypothesis import strategies as st

from tests.contract.told import Json, of_request, of_response

SCALARS: list[Any] = [None, True, False, "", "a", "b", "c", "ab", "abc", "abcd", "abcde", "abcdef"]
SCALARS += [number / 2 if number % 2 else number // 2 for number in range(-4, 20)]
NAMES = ("x", "y")

wide = st.fixed_dictionaries(
    {},
    optional={"minimum": st.sampled_from([0, 2]), "maximum": st.sampled_from([4, 6]), "multipleOf": st.just(2)},
) | st.fixed_dictionaries({}, optional={"exclusiveMinimum": st.integers(0, 2), "exclusiveMaximum": st.integers(6, 8)})
long = st.fixed_dictionaries({}, optional={"minLength": st.integers(0, 1), "maxLength": st.integers(3, 5)})
numbers = st.builds(lambda kind, bounds: {"type": kind, **bounds}, st.sampled_from(["integer", "number"]), wide)
texts = st.builds(lambda bounds: {"type": "string", **bounds}, long)
several = st.builds(
    lambda kinds, *bounds: {"type": kinds, **bounds[0], **bounds[1]},
    st.lists(st.sampled_from(["null", "boolean", "integer", "number", "string"]), min_size=1, max_size=3, unique=True),
    wide,
    long,
)
enums = st.lists(st.sampled_from([None, True, "a", "b", 3, 2.5]), min_size=1, max_size=2, unique_by=repr).map(
    lambda values: {"enum": values}
)
scalars = numbers | texts | several | enums


def arrays(items: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    counts = st.fixed_dictionaries({}, optional={"minItems": st.integers(0, 1), "maxItems": st.integers(2, 4)})
    return st.builds(lambda each, count: {"type": "array", "items": each, **count}, items, counts)


def objects(below: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    """Always with the same properties: that more of them are no harm is a rule of its own, and not a validator's."""
    return st.builds(
        lambda properties, required: {"type": "object", "properties": properties, "required": sorted(required)},
        st.fixed_dictionaries(dict.fromkeys(NAMES, below)),
        st.sets(st.sampled_from(NAMES)),
    )


def loose_objects(below: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    return st.builds(
        lambda properties, required, others: {
            "type": "object",
            "properties": properties,
            "required": sorted(required),
            **others,
        },
        st.dictionaries(st.sampled_from(NAMES), below),
        st.sets(st.sampled_from(NAMES)),
        st.fixed_dictionaries({}, optional={"additionalProperties": st.booleans() | below}),
    )


def combined(below: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    """Alternatives of ``oneOf`` are of different types, as they are meant to exclude each other."""
    null = st.just({"type": "null"})
    several = st.lists(below | null, min_size=1, max_size=3)
    either = st.tuples(texts, numbers | null, arrays(below) | loose_objects(below))
    return st.one_of(
        st.builds(lambda kind, parts: {kind: parts}, st.sampled_from(["allOf", "anyOf"]), several),
        st.builds(lambda parts, count: {"oneOf": list(parts[:count])}, either, st.integers(1, 3)),
    )


simple = st.recursive(scalars, lambda below: arrays(below) | objects(below), max_leaves=4)
entangled = st.recursive(scalars, lambda below: arrays(below) | loose_objects(below) | combined(below), max_leaves=5)


def related(schemas: st.SearchStrategy[Json]) -> st.SearchStrategy[tuple[Json, Json]]:
    """Two schemas, often with the same parts."""
    return st.tuples(schemas, schemas) | schemas.flatmap(lambda one: st.tuples(st.just(one), _edited(one, schemas)))


def _edited(schema: Any, schemas: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    places = list(_schemas_in(schema))
    return st.builds(lambda place, other: _replaced(schema, place, other), st.sampled_from(places), schemas)


def _schemas_in(schema: Json, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from _schemas_in(schema[key], (*path, key))
    for name, below in schema.get("properties", {}).items():
        yield from _schemas_in(below, (*path, "properties", name))
    for key in ("allOf", "anyOf", "oneOf"):
        for index, below in enumerate(schema.get(key, ())):
            yield from _schemas_in(below, (*path, key, index))


def _replaced(value: Any, path: tuple[Any, ...], other: Json) -> Any:
    if not path:
        return other
    if isinstance(value, list):
        return [_replaced(each, path[1:], other) if at == path[0] else each for at, each in enumerate(value)]
    return value | {path[0]: _replaced(value[path[0]], path[1:], other)}


def candidates(sender: Json, *others: Json) -> list[Any]:
    """Values that tell the schemas apart if any do; only with properties that the sender knows of."""
    found = list(SCALARS)
    every = [part for schema in (sender, *others) for part in _parts(schema)]
    own = list(_parts(sender))
    items = [part["items"] for part in every if "items" in part]
    if items:
        found += [[value] * count for value in candidates(items[0], *items[1:]) for count in range(1, 6)]
    found.append([])
    properties = {name for part in own for name in part.get("properties", {})}
    if any(isinstance(part.get("additionalProperties"), dict) for part in own):
        properties.add("z")
    values = {name: candidates(*_below(own, name), *_below(every, name)) for name in sorted(properties)}
    base = {name: [value for value in values[name] if _good(own, name, value)][:2] for name in values}
    for count in range(len(values) + 1):
        for names in itertools.combinations(values, count):
            for chosen in itertools.product(*(base[name] for name in names)):
                whole = dict(zip(names, chosen, strict=True))
                found.append(whole)
                found += [whole | {name: value} for name in names for value in values[name]]
    return found


def _parts(schema: Json) -> Iterator[Json]:
    yield schema
    for key in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(key, ()):
            yield from _parts(part)


def _below(parts: list[Json], name: str) -> list[Json]:
    stated = [part["properties"][name] for part in parts if name in part.get("properties", {})]
    others = [part["additionalProperties"] for part in parts if isinstance(part.get("additionalProperties"), dict)]
    return stated + others or [{}]


def _good(parts: list[Json], name: str, value: Any) -> bool:
    return any(jsonschema_rs.is_valid(schema, value) for schema in _below(parts, name))


def witness(sender: Json, reader: Json) -> list[Any]:
    """The first value that may be sent and is not understood."""
    sends, reads = (jsonschema_rs.Draft202012Validator(_exclusive(schema)) for schema in (sender, reader))
    strange = (value for value in candidates(sender, reader) if sends.is_valid(value) and not reads.is_valid(value))
    return list(itertools.islice(strange, 1))


def _exclusive(part: Any) -> Any:
    """With alternatives of ``oneOf`` that are taken to exclude each other: a value of two of them is let in."""
    if isinstance(part, dict):
        return {"anyOf" if key == "oneOf" else key: _exclusive(below) for key, below in part.items()}
    return [_exclusive(each) for each in part] if isinstance(part, list) else part


def levels(told: list[str]) -> set[str]:
    return {each.partition(":")[0] for each in told} - {"safe"}


@given(related(simple))
def test_a_request_breaks_if_and_only_if_a_value_that_was_accepted_is_refused(schemas: tuple[Json, Json]) -> None:
    old, new = schemas
    told, refused = of_request(old, new), witness(old, new)
    assert levels(told) == ({"breaking"} if refused else set()), (told, refused)


@given(related(simple))
def test_a_response_breaks_if_and_only_if_a_value_may_come_that_could_not(schemas: tuple[Json, Json]) -> None:
    old, new = schemas
    told, strange = of_response(old, new), witness(new, old)
    assert levels(told) == ({"breaking"} if strange else set()), (told, strange)


@given(related(entangled))
def test_a_request_that_is_called_safe_accepts_all_that_clients_sent(schemas: tuple[Json, Json]) -> None:
    old, new = schemas
    told, refused = of_request(old, new), witness(old, new)
    assert levels(told) or not refused, (told, refused)


@given(related(entangled))
def test_a_response_that_is_called_safe_has_nothing_that_clients_do_not_know(schemas: tuple[Json, Json]) -> None:
    old, new = schemas
    told, strange = of_response(old, new), witness(new, old)
    assert levels(told) or not strange, (told, strange)


@given(entangled)
def test_a_schema_is_the_same_as_itself(schema: Json) -> None:
    assert of_request(schema, schema) == of_response(schema, schema) == []
