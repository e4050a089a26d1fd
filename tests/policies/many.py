"""A policy folder as a large platform has it: 50 APIs, some in two versions, in 6 products under 4 plans."""

from pathlib import Path
from typing import Any

import yaml

APIS = [
    f"{area}-{thing}"
    for area, things in {
        "accounts": "balances statements holders limits mandates products scores closures",
        "payments": "transfers debits refunds schedules batches payees fees receipts",
        "cards": "issuing controls disputes tokens rewards pins deliveries limits merchants",
        "lending": "offers applications contracts repayments collateral quotes arrears scores",
        "customers": "profiles consents documents addresses contacts segments screenings complaints cases",
        "markets": "quotes orders trades positions portfolios instruments calendars fixings",
    }.items()
    for thing in things.split()
]
"""50 of them; a product sells each area."""

PRODUCTS = sorted({name.partition("-")[0] for name in APIS})
TWICE = APIS[::6]
"""Those that have a ``v2``; their ``v1`` is deprecated."""

OPERATIONS = 12
"""Of each API version."""

DEARER = "createRecord"
"""The operation that costs more than 1 everywhere."""

PLANS = {"free": (5, 1_000), "starter": (20, 10_000), "business": (100, 100_000), "enterprise": (500, 2_000_000)}
"""Calls a second, and a day."""

ENVIRONMENTS = ("dev", "staging", "prod")
PLATFORM = """\
name: Example Bank
support: https://developer.bank.example/support
defaults:
  owner: platform@bank.example
  timeout: 20
  accepts: key
"""


def names() -> list[str]:
    """Of all API versions."""
    return sorted([f"{name}/v1" for name in APIS] + [f"{name}/v2" for name in TWICE])


def write_many(folder: Path) -> None:
    """Write it; the folder must not exist."""
    folder.mkdir(parents=True)
    (folder / "platform.yaml").write_text(PLATFORM)
    for kind in ("plans", "products", "environments"):
        (folder / kind).mkdir()
    for number, (plan, (per_second, day)) in enumerate(PLANS.items()):
        (folder / f"plans/{plan}.yaml").write_text(
            f"title: {plan.title()}\nlimits:\n  rate: {{per_second: {per_second}, burst: {2 * per_second}}}\n"
            f"  quota: {{day: {day}}}\napproval: {'manual' if number else 'automatic'}\n"
        )
    for product in PRODUCTS:
        listed = "".join(f"  - {name}\n" for name in names() if name.startswith(f"{product}-"))
        (folder / f"products/{product}.yaml").write_text(
            f"title: {product.title()}\napis:\n{listed}plans: [{', '.join(PLANS)}]\n"
            f"defaults:\n  owner: {product}@bank.example\n  timeout: {10 + len(product)}\n"
        )
    for name in names():
        _write_version(folder, name)
    for environment in ENVIRONMENTS:
        (folder / f"environments/{environment}.yaml").write_text(_overlay(environment))


def _write_version(folder: Path, name: str) -> None:
    api, version = name.split("/")
    place = folder / "apis" / name
    place.mkdir(parents=True)
    lines = [f"upstream: https://{api}.internal.bank.example/{version}", f"operations: {{{DEARER}: {{cost: 2}}}}"]
    if version == "v1" and api in TWICE:
        dates = f"date: 2026-12-01, sunset: 2027-06-30, successor: {api}/v2"
        lines = ["state: deprecated", f"deprecation: {{{dates}}}", *lines]
    else:
        lines = ["state: published", *lines]
    (place / "api.yaml").write_text("\n".join(lines) + "\n")
    thing = api.partition("-")[2].removesuffix("s")
    text = yaml.dump(_document(thing, version), Dumper=yaml.CSafeDumper, sort_keys=False)
    (place / "openapi.yaml").write_text(text)


def _overlay(environment: str) -> str:
    """What differs in an environment: some upstreams, and limits that suit tests."""
    upstreams = "".join(
        f"  {name}: {{upstream: 'https://{environment}.{name.split('/')[0]}.bank.example'}}\n"
        for name in names()[:: 1 + ENVIRONMENTS.index(environment)]
    )
    plans = "" if environment == "prod" else "plans:\n  free: {limits: {quota: {day: 100}}}\n"
    return f"apis:\n{upstreams}{plans}"


def _document(thing: str, version: str) -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{thing.title()} API",
            "version": f"{version[1:]}.4.2",
            "description": f"Everything about a customer's {thing}: find, create, change and close it.",
            "contact": {"name": "Platform team", "email": "platform@bank.example"},
        },
        "servers": [{"url": f"https://api.bank.example/{thing}/{version}"}],
        "security": [{"key": []}],
        "tags": [{"name": "records", "description": f"The {thing} itself."}, {"name": "events"}],
        "paths": {
            "/records": {"get": _operation("listRecords", "Page"), "post": _operation("createRecord", "Record", 201)},
            "/records/{recordId}": {
                "parameters": [{"$ref": "#/components/parameters/RecordId"}],
                "get": _operation("readRecord", "Record"),
                "put": _operation("replaceRecord", "Record"),
                "patch": _operation("changeRecord", "Record"),
                "delete": _operation("deleteRecord", "Record"),
            },
            "/records/{recordId}/events": {
                "parameters": [{"$ref": "#/components/parameters/RecordId"}],
                "get": _operation("listEvents", "Page"),
                "post": _operation("addEvent", "Event", 201),
            },
            "/records/{recordId}/events/{eventId}": {
                "parameters": [{"$ref": "#/components/parameters/RecordId"}],
                "get": _operation("readEvent", "Event"),
            },
            "/records/{recordId}/statement.pdf": {"get": _operation("readStatement", "Record")},
            "/searches": {"post": _operation("search", "Page")},
            "/reports/{year}-{month}": {"get": _operation("readReport", "Page")},
        },
        "components": {
            "parameters": {"RecordId": {"name": "recordId", "in": "path", "required": True, "schema": _text(36)}},
            "responses": {name: _response("Problem") for name in ("BadRequest", "NotFound", "TooMany")},
            "schemas": _schemas(thing),
            "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"}},
        },
    }


def _operation(name: str, schema: str, status: int = 200) -> dict[str, Any]:
    changes = name.startswith(("create", "replace", "change", "add", "search"))
    limit = {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100}}
    cursor = {"name": "cursor", "in": "query", "schema": _text(200)}
    return {
        "operationId": name,
        "summary": f"{name}: one call for it",
        "description": "Answers within a second. " * 3,
        "tags": ["events" if "vent" in name else "records"],
        **({"parameters": [limit, cursor]} if name.startswith("list") else {}),
        **({"requestBody": {"required": True, "content": _content(schema)}} if changes else {}),
        "responses": {
            str(status): _response(schema),
            **{
                code: {"$ref": f"#/components/responses/{each}"}
                for code, each in (("400", "BadRequest"), ("404", "NotFound"), ("429", "TooMany"))
            },
        },
    }


def _response(schema: str) -> dict[str, Any]:
    return {"description": f"A {schema.lower()}.", "content": _content(schema)}


def _content(schema: str) -> dict[str, Any]:
    kind = "application/problem+json" if schema == "Problem" else "application/json"
    return {kind: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


def _schemas(thing: str) -> dict[str, Any]:
    money = {"type": "object", "properties": {"amount": _text(20), "currency": _text(3)}, "required": ["amount"]}
    fields = {f"{thing}Field{number}": _text(10 * number) for number in range(1, 16)}
    record = {"id": _text(36), "state": {"type": "string", "enum": ["open", "closed"]}, "balance": _schema("Money")}
    page = {"items": {"type": "array", "maxItems": 100, "items": _schema("Record")}, "next": _text(200)}
    return {
        "Money": money,
        "Record": {"type": "object", "required": ["id"], "properties": record | fields | {"parent": _schema("Record")}},
        "Event": {"type": "object", "properties": {"at": {"type": "string", "format": "date-time"}, "what": _text(80)}},
        "Page": {"type": "object", "properties": page},
        "Problem": {
            "type": "object",
            "properties": {"type": _text(200), "title": _text(200), "status": {"type": "integer"}},
        },
    }


def _schema(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _text(length: int) -> dict[str, Any]:
    return {"type": "string", "maxLength": length, "description": "As the customer's bank holds it.", "example": "a"}
