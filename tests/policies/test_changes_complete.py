"""No key of a policy file and none of the bundle can change unsaid."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from pydantic import BaseModel

from tests.policies.everything import FILES, write_everything
from tiergate.policy.changes import SAFE, changes
from tiergate.policy.changes.change import OTHER
from tiergate.policy.check import checked
from tiergate.policy.issuers import Issuer
from tiergate.policy.schema import Api, Plan, Platform, Product

MODELS: dict[str, type[BaseModel]] = {
    "platform": Platform,
    "issuers": Issuer,
    "plans": Plan,
    "products": Product,
    "apis": Api,
}
ELSE = {
    "state": {"published": "draft", "deprecated": "draft"},
    "mode": {"exact": "leased", "managed": "direct", "direct": "managed"},
    "accepts": {"either": "key"},
}
"""Another value of a key that takes certain words only."""

ADDED: dict[str, Any] = {"allow": "203.0.113.0/24", "deny": "10.2.0.0/16", "origins": "https://b.example.com"}
"""One more item of a list that takes certain texts only."""

Path_ = tuple[str | int, ...]


def leaves(part: Any, path: Path_ = ()) -> Iterator[Path_]:
    """Where the bundle's values are; routes are no values of their own, but where operations are found."""
    items: Any = part.items() if isinstance(part, dict) else enumerate(part)
    for key, value in items:
        if key in {"routes", "format"}:
            continue
        if value and (isinstance(value, dict) or (isinstance(value, list) and isinstance(value[0], dict))):
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key)


def another(key: str | int, value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, str):
        return ELSE.get(str(key), {}).get(value, f"{value}x")
    if isinstance(value, list):
        inner = value[0] if value else ""
        return [
            *value,
            ADDED.get(str(key), [1, 2] if key == "brownouts" else ["x"] if isinstance(inner, list) else "x"),
        ]
    return {**value, "x": "x"}


def test_every_value_of_the_bundle_is_compared_in_words(bundle: dict[str, Any]) -> None:
    unsaid, hidden = [], []
    for path in leaves(bundle):
        new = copy.deepcopy(bundle)
        place = new
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = another(path[-1], place[path[-1]])
        for old_bundle, new_bundle in ((bundle, new), (new, bundle)):
            found = changes(old_bundle, new_bundle)
            if not found or any(each.kind == OTHER for each in found):
                unsaid.append((path, found))
            hidden += [each for each in found if each.loosened and each.level == SAFE]
    assert (unsaid, hidden) == ([], [])


def test_every_key_that_can_be_left_out_is_compared_in_words(bundle: dict[str, Any]) -> None:
    keys = ("cors", "accepts", "conditions", "public_plan", "upstream_auth", "deploy")
    unsaid = []
    for name, api in bundle["apis"].items():
        for key in (key for key in keys if key in api):
            new = copy.deepcopy(bundle)
            del new["apis"][name][key]
            found = [*changes(bundle, new), *changes(new, bundle)]
            if len(found) < 2 or any(each.kind == OTHER for each in found):
                unsaid.append((name, key, found))
    assert unsaid == []


def test_keys_of_other_makes_are_a_risk_when_they_come_and_break_calls_when_they_go(bundle: dict[str, Any]) -> None:
    without = copy.deepcopy(bundle)
    del without["platform"]["imported_keys"]
    for other in (without, {**without, "platform": {**without["platform"], "imported_keys": False}}):
        assert [(each.level, each.mark) for each in changes(other, bundle)] == [("risky", "!")]
        assert [(each.level, each.mark) for each in changes(bundle, other)] == [("breaking", "-")]


def test_what_nothing_has_words_for_is_told_all_the_same(bundle: dict[str, Any]) -> None:
    new = copy.deepcopy(bundle)
    new["apis"]["open/v1"]["cache"] = {"seconds": 60}
    new["later"] = 1
    assert [str(each) for each in changes(bundle, new)] == ["open/v1: cache changed", "platform: later changed"]


@pytest.mark.parametrize("kind", MODELS)
def test_every_key_of_the_schema_stands_somewhere_in_what_is_compared(kind: str) -> None:
    stated = [yaml.safe_load(text) for name, text in FILES.items() if name.startswith(kind)]
    assert sorted(unstated(MODELS[kind], stated)) == []


def unstated(model: type[BaseModel], stated: list[Any]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        values = [each[name] for each in stated if isinstance(each, dict) and name in each]
        if not values:
            yield f"{model.__name__}.{name}"
        for part in models(field.annotation):
            inner = [item for value in values for item in items(part, value)]
            yield from unstated(part, inner)


def items(part: type[BaseModel], value: Any) -> list[Any]:
    """The values of a part: the one, those of a list, or those under free keys."""
    if isinstance(value, list):
        return value
    return [value] if part.model_fields.keys() & value.keys() else list(value.values())


def models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from models(part)


def test_the_same_bundle_has_no_changes(bundle: dict[str, Any]) -> None:
    assert changes(bundle, copy.deepcopy(bundle)) == []


def test_what_holds_everything_is_right(tmp_path: Path) -> None:
    assert len(checked(write_everything(tmp_path)).apis) == 6
