"""The policy files' schema: every key, its type and its bounds."""

import difflib
import re
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

from pydantic import AfterValidator, BaseModel, Field, ValidationError
from pydantic.fields import FieldInfo

from tiergate.domain.limits import FASTEST, LARGEST, SECOND, SLOWEST
from tiergate.domain.registry import MOST_GRACE
from tiergate.policy.callers import Addresses, Subjects
from tiergate.policy.lifecycle import Deprecation
from tiergate.policy.parts import (
    AMOUNT,
    CURRENCY,
    FIELD,
    IN_WORDS,
    LISTENER,
    ORIGIN,
    REALM,
    Count,
    OptionalPart,
    Part,
    Text,
)
from tiergate.policy.rest_apis import RestApi
from tiergate.policy.source import MOST_FAULTS, Fault, Faults, Key, Source, found, parse, shown
from tiergate.policy.upstream import upstream_fault
from tiergate.policy.upstream_auth import UpstreamAuth

SECONDS = {"grace": 25, "timeout": 25, "max_age": 600, "stale": 14_400, "lifetime": 300}
"""Keys that are counted in seconds, each with an example."""

MENDS = {"owner": "; give it here, or under defaults: in platform.yaml or a product"}
"""What to do about keys that are missing."""

UNTOLD = frozenset({"secret"})
"""Keys whose value is not repeated: it may be what only a secret's store should hold."""


MOST_COST = 1_000_000
Cost = Annotated[int, Field(ge=1, le=MOST_COST)]
Timeout = Annotated[float, Field(ge=1, le=27)]


def _upstream(text: str) -> str:
    fault = upstream_fault(text)
    if fault:
        raise ValueError(fault)
    return text


class Failure(OptionalPart):
    """What holds while the tables cannot be read or written; ``grace`` in seconds."""

    rule: Literal["closed", "open"] | None = None
    units: Count | None = None
    grace: Annotated[int, Field(ge=0, le=MOST_GRACE // SECOND)] | None = None


class Rate(Part):
    per_second: Annotated[float, Field(ge=SLOWEST, le=FASTEST)]
    burst: Count


class Quota(OptionalPart):
    hour: Count | None = None
    day: Count | None = None
    month: Count | None = None


class Limits(OptionalPart):
    mode: Literal["exact", "leased", "off"] = "exact"
    rate: Rate | None = None
    quota: Quota | None = None


class Price(Part):
    amount: Annotated[str, Field(pattern=AMOUNT)]
    currency: Annotated[str, Field(pattern=CURRENCY)]
    per: Literal["month", "year"]


class Plan(Part):
    """``plans/<plan>.yaml``: a named tier."""

    title: Text
    description: str = ""
    limits: Limits
    failure: Failure = Failure()
    price: Price | None = None
    approval: Literal["automatic", "manual"] = "manual"
    support: str = ""


class OperationPolicy(OptionalPart):
    """What one operation has in place of its API's; ``timeout`` in seconds."""

    cost: Cost | None = None
    public: bool = False
    timeout: Timeout | None = None


class Cors(Part):
    """Which web pages may call an API from a browser, and what they may send and read."""

    origins: Annotated[list[Annotated[str, Field(pattern=ORIGIN)]], Field(min_length=1)]
    headers: list[Annotated[str, Field(pattern=FIELD)]] = []
    expose: list[Annotated[str, Field(pattern=FIELD)]] = []
    credentials: bool = False
    max_age: Annotated[int, Field(ge=0, le=86_400)] = 600


class Defaults(OptionalPart):
    """Keys of ``api.yaml`` that all APIs of the platform or of a product take over; ``timeout`` in seconds."""

    owner: Text
    timeout: Timeout = 25
    mode: Literal["managed", "direct"] = "managed"
    cors: Cors | None = None
    accepts: Literal["key", "token", "either", "both"] = "key"
    addresses: Addresses = Addresses()
    subjects: Subjects = []
    public_plan: str = ""
    upstream_auth: UpstreamAuth = UpstreamAuth()
    cost: Cost = 1


class Api(Defaults):
    """``apis/<api>/<version>/api.yaml``: where an API's calls go, who may make them, and what they cost."""

    title: Text = ""
    state: Literal["draft", "published", "deprecated", "retired"] = "draft"
    deprecation: Deprecation | None = None
    upstream: Annotated[str, AfterValidator(_upstream)]
    isolated: bool = False
    concurrency: Annotated[int, Field(ge=1, le=1000)] | None = None
    private: bool = False
    listener: Annotated[str, Field(pattern=LISTENER)] | None = None
    operations: dict[str, OperationPolicy] = {}


class Platform(Part):
    """``platform.yaml``: what is true of the whole platform."""

    name: Annotated[str, Field(min_length=1, max_length=80, pattern=REALM)]
    support: Text
    failure: Failure = Failure()
    identity_key: Annotated[int, Field(ge=1, le=1000)] = 1
    imported_keys: bool = False
    rest_apis: dict[str, RestApi] = {}
    defaults: dict[str, Any] = {}


class Product(Part):
    """``products/<product>.yaml``: API versions and REST APIs sold together, with the plans on offer."""

    title: Text
    description: str = ""
    apis: Annotated[list[str], Field(min_length=1)] = []
    rest_apis: Annotated[list[str], Field(min_length=1)] = []
    plans: Annotated[list[str], Field(min_length=1)]
    defaults: dict[str, Any] = {}


class Environment(OptionalPart):
    """``environments/<environment>.yaml``: what stands in other files instead, in that environment alone."""

    platform: dict[str, Any] = {}
    portal: dict[str, Any] = {}
    issuers: dict[str, dict[str, Any]] = {}
    plans: dict[str, dict[str, Any]] = {}
    products: dict[str, dict[str, Any]] = {}
    apis: dict[str, dict[str, Any]] = {}


MOST_HINTS = 20
"""Unknown names of a list that are told with what is nearest, as looking for it takes long."""

MOST_KNOWN = 30
"""Names that a hint lists."""

Model = TypeVar("Model", bound=Part)


def validate(model: type[Model], source: Source) -> tuple[Model | None, list[Fault]]:
    """The file as a value, or all of its faults."""
    if not isinstance(source.data, dict):
        return None, [_no_keys(model, source)]
    try:
        return model.model_validate(source.data), []
    except ValidationError as error:
        return None, [_fault(model, source, each) for each in error.errors(include_url=False)[:MOST_FAULTS]]


def part_faults(model: type[BaseModel], source: Source, *path: Key) -> Iterator[Fault]:
    """What is wrong with a part of a file that may leave out whatever it likes."""
    stated = found(source.data, path)
    if not isinstance(stated, dict):
        yield _no_keys(model, source, *path)
        return
    try:
        model.model_validate(stated)
    except ValidationError as error:
        stated_wrongly = (each for each in error.errors(include_url=False) if each["type"] != "missing")
        for each in islice(stated_wrongly, MOST_FAULTS):
            yield _fault(model, source, each, path)


def _no_keys(model: type[BaseModel], source: Source, *path: Key) -> Fault:
    return source.fault(f"must hold keys and values: {', '.join(keys(model))}", *path)


def keys(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """What may stand in a file, by the names that it has there."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def nearest(word: str, known: Iterable[str]) -> str:
    """``; did you mean "…"?`` where something known is close, otherwise what is known."""
    known = sorted(known)
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if close:
        return f'; did you mean "{close[0]}"?'
    more = f" and {len(known) - MOST_KNOWN} more" if len(known) > MOST_KNOWN else ""
    return f"; known: {', '.join(known[:MOST_KNOWN])}{more}" if known else ""


def unknown(names: Iterable[str], known: Collection[str]) -> Iterator[tuple[str, str]]:
    """Names that are not known, each with what ``nearest`` says; of very many the first, and of these the first."""
    wrong = islice((name for name in names if name not in known), MOST_FAULTS)
    for number, name in enumerate(wrong):
        yield name, nearest(name, known) if number < MOST_HINTS else ""


def _fault(model: type[BaseModel], source: Source, error: Any, base: tuple[Key, ...] = ()) -> Fault:
    """``base``: where in the file the model is."""
    path = (*base, *error["loc"])
    key, kind, value = path[-1], error["type"], error["input"]
    where, within = (".".join(map(str, each)) for each in (path, path[:-1]))
    within += ": " if within else ""
    if kind == "extra_forbidden":
        return source.fault(
            f'{within}unknown key "{key}"{_known(_model_at(model, error["loc"][:-1]), str(key))}', *path
        )
    if kind == "missing":
        return source.fault(
            f'{within}missing key "{key}"{MENDS.get(str(key), "") if len(path) == 1 else ""}', *path[:-1]
        )
    quotes = ", in quotes" if kind == "string_type" and isinstance(value, int | float) else ""
    seen = (
        "" if kind in {"value_error", "too_long"} or key in UNTOLD else f"; found {shown(value)}"
    )  # an upstream may hold a password
    seconds = f" of seconds, such as {SECONDS[str(key)]}" if kind in NUMBERS and key in SECONDS else ""
    written = _plainly(kind, value) or _cased(error) or _shaped(kind, value, _model_at(model, error["loc"]))
    return source.fault(f"{where}: {_expected(kind, error)}{seconds}{quotes}{seen}{written}", *path)


def _cased(error: Any) -> str:
    """``; write exact`` where only the case of a known word differs."""
    if error["type"] != "literal_error" or not isinstance(error["input"], str):
        return ""
    known = {word.lower(): word for word in re.findall("'([^']*)'", error["ctx"]["expected"])}
    word = known.get(error["input"].strip().lower())
    return f"; write {word}" if word else ""


def _plainly(kind: str, found: object) -> str:
    """``; write 1000`` where the number stands there in another way: 1e3, 1_000, in quotes."""
    if kind not in NUMBERS:
        return ""
    if isinstance(found, float) and found.is_integer() and 1 <= found <= LARGEST:
        return f"; write {int(found)}"
    text = found.replace("_", "") if isinstance(found, str) else ""
    pattern = r"[0-9]{1,15}(\.[0-9]{1,15})?" if kind == "float_type" else r"[1-9][0-9]{0,14}"
    return f"; write {text}" if re.fullmatch(pattern, text, re.ASCII) else ""


def _shaped(kind: str, found: object, model: type[BaseModel]) -> str:
    """``; write [basic]`` where a list's only text stands there alone; the keys where keys and values are missing."""
    if kind == "list_type" and isinstance(found, str):
        return _bracketed(found)
    if kind != "model_type":
        return ""
    first, field = next(iter(keys(model).items()))
    if isinstance(found, list) and get_origin(field.annotation) is list:
        return f"; write {{{first}: […]}}"
    return f"; known: {', '.join(sorted(keys(model)))}"


def _bracketed(text: str) -> str:
    """The list with a short text in it, or with those that commas part, but not where it has ``=``, as subjects do."""
    if not text.strip() or len(text) > 58 or '"' in text:
        return ""
    try:
        listed = parse(f"[{text}]", "").data if "=" not in text else None
    except Faults:
        listed = None
    plain = isinstance(listed, list) and listed and all(isinstance(each, str) for each in listed)
    return f"; write [{text}]" if plain else f"; write [{shown(text)}]"


NUMBERS = frozenset({"int_type", "int_from_float", "float_type"})
"""Kinds of faults where a number was asked for."""

_EXPECTED = {
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must be keys and values",
    "model_type": "must be keys and values",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "literal_error": "must be {expected}",
    "value_error": "{error}",
    "string_too_short": "must not be empty",
    "string_too_long": "must be {max_length} characters or fewer",
    "too_short": "must not be empty",
    "too_long": "must have {max_length} items or fewer; found {actual_length}",
}


def _expected(kind: str, error: Any) -> str:
    context: dict[str, Any] = {
        name: int(bound) if isinstance(bound, float) and bound.is_integer() else bound
        for name, bound in error.get("ctx", {}).items()
    }
    if kind == "string_pattern_mismatch":
        return IN_WORDS[context["pattern"]]
    template = _EXPECTED.get(kind)
    return template.format(**context) if template else str(error["msg"])


def _known(model: type[BaseModel], key: str) -> str:
    """``; it belongs under limits:`` where a part of the model has the key, otherwise as ``nearest``."""
    for name, field in keys(model).items():
        part = None if get_origin(field.annotation) is dict else next(_models(field.annotation), None)
        if part is not None and key in keys(part):
            return f"; it belongs under {name}:"
    if key in OperationPolicy.model_fields and "operations" in model.model_fields:
        return "; it belongs under operations:, below the id of an operation"
    if model is Defaults and key in Api.model_fields:
        return "; each API says it in its own api.yaml"
    return nearest(key, keys(model))


def _model_at(model: type[BaseModel], path: tuple[Any, ...]) -> type[BaseModel]:
    """What may stand at a place; list indexes and free keys on the way to it lead nowhere else."""
    for step in path:
        field = keys(model).get(str(step))
        if field is not None:
            model = next(_models(field.annotation), model)
    return model


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)
