"""JSON Schemas of the policy files, for editors: the same keys, types and bounds that ``tiergate check`` holds to.

What is wrong between keys and between files only the check knows.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from tiergate.editor.descriptions import DEFAULTS, DESCRIPTIONS
from tiergate.governance.waivers import Waivers
from tiergate.policy.issuers import Issuer
from tiergate.policy.portal import Portal
from tiergate.policy.schema import Api, Defaults, Environment, Plan, Platform, Product

DIALECT = "http://json-schema.org/draft-07/schema#"
"""What editors' support of YAML reads."""

FILES: Mapping[str, type[BaseModel]] = {
    "api": Api,
    "environment": Environment,
    "issuer": Issuer,
    "plan": Plan,
    "platform": Platform,
    "portal": Portal,
    "product": Product,
    "waivers": Waivers,
}
"""The model of the files that each schema is for, by the schema's name."""

OVERLAID: Mapping[str, type[BaseModel]] = {"issuers": Issuer, "plans": Plan, "products": Product, "apis": Api}
"""Keys of an environment's file that hold parts of other files by name."""

REFERENCE, PARTIAL = "#/definitions/", "PartOf"
"""How a schema names another, and one in which nothing is required."""

Schema = dict[str, Any]


def schemas() -> dict[str, str]:
    """The schemas by the names of their files, as text that is the same on every machine."""
    definitions = _definitions()
    return {f"{name}.json": _text(definitions, model.__name__) for name, model in FILES.items()}


def _text(definitions: Mapping[str, Schema], name: str) -> str:
    used = sorted(_reached(definitions, name) - {name})
    schema = {"$schema": DIALECT, **definitions[name], "definitions": {each: definitions[each] for each in used}}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _definitions() -> dict[str, Schema]:
    """Of every model, and of every one as a part of a file that may leave out what it likes."""
    found: dict[str, Schema] = {}
    models: list[type[BaseModel]] = [*FILES.values(), Defaults]
    for model in models:
        whole = model.model_json_schema(ref_template=f"{REFERENCE}{{model}}")
        found |= {**whole.pop("$defs", {}), model.__name__: whole}
    found = {name: _described(name, schema) for name, schema in found.items()}
    found[Api.__name__]["required"] = [key for key in found[Api.__name__]["required"] if key not in DEFAULTS]
    _refer(found, Platform, "defaults", Defaults)
    _refer(found, Product, "defaults", Defaults)
    _refer(found, Environment, "platform", Platform)
    _refer(found, Environment, "portal", Portal)
    environment = found[Environment.__name__]["properties"]
    for key, model in OVERLAID.items():
        environment[key]["additionalProperties"] = _part(model)
    return found | {f"{PARTIAL}{name}": _loosened(schema) for name, schema in found.items()}


def _refer(found: Mapping[str, Schema], holder: type[BaseModel], key: str, part: type[BaseModel]) -> None:
    """Let a key hold a part of another file; what stands beside a reference holds too in some editors."""
    properties = found[holder.__name__]["properties"]
    properties[key] = {"description": properties[key]["description"]} | _part(part)


def _part(model: type[BaseModel]) -> Schema:
    return {"$ref": f"{REFERENCE}{PARTIAL}{model.__name__}"}


def _described(name: str, schema: Schema) -> Schema:
    """A model's schema with what each key means; words for programmers are left out."""
    properties = {
        key: {"description": DESCRIPTIONS[name][key], **_plain(each)} for key, each in schema["properties"].items()
    }
    required = {"required": schema["required"]} if "required" in schema else {}
    return {"type": "object", "additionalProperties": False, "properties": properties, **required}


def _plain(schema: Schema) -> Schema:
    """Without titles, and without nothing as a value: a key that may be left out may not be left empty."""
    kept = {key: value for key, value in schema.items() if key not in {"title", "description", "default"}}
    if schema.get("default") not in (None, "", [], {}) and not isinstance(schema["default"], dict):
        kept["default"] = schema["default"]
    if "anyOf" in kept:
        said = [each for each in kept.pop("anyOf") if each != {"type": "null"}]
        kept |= said[0] if len(said) == 1 else {"anyOf": said}
    for key in ("items", "additionalProperties"):
        if isinstance(kept.get(key), dict):
            kept[key] = _plain(kept[key])
    if "patternProperties" in kept:
        kept["additionalProperties"] = False
    return kept


def _loosened(schema: Any) -> Any:
    """Nothing is required, nor are defaults those of the whole file."""
    if isinstance(schema, list):
        return [_loosened(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: _loosened(value) for key, value in schema.items() if key != "default" and not _is_required(key, value)}
    reference = kept.get("$ref")
    if isinstance(reference, str) and not reference.startswith(REFERENCE + PARTIAL):
        kept["$ref"] = REFERENCE + PARTIAL + reference.removeprefix(REFERENCE)
    return kept


def _is_required(key: str, value: object) -> bool:
    return key == "required" and isinstance(value, list)


def _reached(definitions: Mapping[str, Schema], name: str) -> set[str]:
    """It and all that it refers to."""
    found, left = set[str](), [name]
    while left:
        each = left.pop()
        if each not in found:
            found.add(each)
            left += _references(definitions[each])
    return found


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"].removeprefix(REFERENCE)
        for each in schema.values():
            yield from _references(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from _references(each)
