"""Every rule of ``policies/governance`` finds its mistake, says where it is and how to mend it, and nothing else."""

from typing import Any

import pytest
import yaml

from tests.governance.conftest import HERE, Read
from tiergate.governance.engine import Engine

pytestmark = pytest.mark.synth
MISTAKES: dict[str, Any] = yaml.safe_load((HERE / "mistakes.yaml").read_text(encoding="utf-8"))


def told(engine: Engine, read: Read, text: str) -> list[str]:
    findings = engine.lint(read(text)).findings
    return [str(each) for each in sorted(findings, key=lambda each: (each.line, each.rule, each.message))]


def replaced(text: str, *edits: tuple[str, str]) -> str:
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def test_a_good_document_breaks_no_rule(engine: Engine, read: Read, good: str) -> None:
    assert told(engine, read, good) == []


def test_every_rule_has_a_mistake_that_only_it_tells(engine: Engine) -> None:
    assert MISTAKES.keys() == engine.rules.keys()
    for rule, mistake in MISTAKES.items():
        assert {line.split(": ")[1] for line in mistake["expected"]} == {rule}


@pytest.mark.parametrize("rule", MISTAKES)
def test_a_mistake_is_told_with_its_line_and_its_mend(rule: str, engine: Engine, read: Read, good: str) -> None:
    text = replaced(good, *((edit["old"], edit["new"]) for edit in MISTAKES[rule]["edits"]))
    assert told(engine, read, text) == MISTAKES[rule]["expected"]
    assert all("; " in line for line in MISTAKES[rule]["expected"])


def test_an_alias_is_told_where_it_is_written(engine: Engine, read: Read, good: str) -> None:
    text = replaced(
        good,
        ("schema: {type: integer, minimum: 1, maximum: 50}", "schema: &count {type: integer, minimum: 1}"),
        ("quantity: {type: integer, minimum: 1, maximum: 99}", "quantity: *count"),
        ("quantity: 2", "quantity: 3"),
    )
    lines = [line.split(":")[1] for line in told(engine, read, text)]
    assert lines == ["25", "116"]


def test_a_schema_that_many_operations_use_is_told_once(engine: Engine, read: Read, good: str) -> None:
    text = replaced(good, ("{type: string, maxLength: 40}", "{type: string}"))
    again = (
        "  /baskets:\n    put:\n"
        + text[text.index("      operationId: placeOrder") : text.index("  /orders/{orderId}")]
    )
    text = replaced(text, ("components:\n", again.replace("placeOrder", "putBasket") + "components:\n"))
    assert len(told(engine, read, text)) == 1


@pytest.mark.parametrize(
    "secret",
    [
        "-----BEGIN RSA PRIVATE KEY-----",
        "AKIAABCDEFGHIJKLMNOP",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P",
        "ghp_" + "a1B2" * 9,
        "xoxb-123456789012-abcdef",
        "sk_live_" + "a1B2" * 6,
        "https://anna:hunter22@shop.example/",
    ],
)
def test_a_secret_is_told_and_never_repeated(secret: str, engine: Engine, read: Read, good: str) -> None:
    text = replaced(good, ("description: Orders of a shop.", f"description: Send {secret} with each call."))
    (line,) = told(engine, read, text)
    assert line.startswith('f:5: example-secret: "description" holds what looks like ')
    assert secret not in line


@pytest.mark.parametrize(
    ("example", "real"),
    [("<your password>", False), ("********", False), ("string", False), ("correct-horse", True), ("Tr0ub4dor", True)],
)
def test_a_password_that_looks_real_is_told(example: str, real: bool, engine: Engine, read: Read, good: str) -> None:
    text = replaced(
        good,
        ("total: {type: integer}", "total: {type: integer}\n        password: {type: string}"),
        ("total: 7}", f'total: 7, password: "{example}"}}'),
    )
    found = 'f:61: example-secret: the example of "password" looks like a real one; replace it by a made-up value such'
    rest = " as <your key>, and revoke it if it was real"
    assert told(engine, read, text) == ([found + rest] if real else [])


@pytest.mark.parametrize(
    ("schema", "example", "message"),
    [
        ("{type: integer}", "a", "must be a whole number"),
        ("{type: string, pattern: '^b'}", "a", "does not match the schema's pattern"),
        ("{type: string, format: date}", "2026-13-01", "is no date"),
        ("{type: string, enum: [b]}", "a", "is none of the schema's enum"),
        ("{const: b}", "a", "is not the schema's const"),
        ("{type: array, maxItems: 1}", "[1, 2]", "must have 1 items or fewer"),
        ("{type: array, uniqueItems: true, maxItems: 9}", "[1, 1]", "must not have an item twice"),
        ("{type: object, required: [b]}", "{a: 1}", "lacks b"),
        ("{anyOf: [{type: integer}, {type: boolean}]}", "a", "fits none of the schema's anyOf"),
        ("{oneOf: [{type: integer}, {minimum: 0}]}", "1", "fits 2 of the schema's oneOf, not one"),
        ("{allOf: [{type: integer}, {maximum: 3}]}", "4", "is above 3"),
        ("{type: [string, 'null']}", "null", ""),
        ("{type: number, exclusiveMinimum: 0}", "0", "must be more than 0"),
        ("{$ref: '#/components/schemas/Order', type: string}", "{orderId: a}", "must be text"),
    ],
)
def test_an_example_is_held_against_its_schema(
    schema: str, example: str, message: str, engine: Engine, read: Read, good: str
) -> None:
    text = replaced(
        good, ("total: {type: integer}", f"total: {schema}"), ("total: 7", f"total: {example}"), ("total: 3", "x: 1")
    )
    lines = [line for line in told(engine, read, text) if " example-valid: " in line]
    mend = "; mend the example, or the schema if the example is right"
    assert lines == ([f"f:61: example-valid: total {message}{mend}"] if message else [])


def test_nullable_is_null_in_openapi_3_0_alone(engine: Engine, read: Read, good: str) -> None:
    text = replaced(
        good, ("total: {type: integer}", "total: {type: integer, nullable: true}"), ("total: 7", "total: null")
    )
    assert [line for line in told(engine, read, text) if " example-valid: " in line]
    assert not [line for line in told(engine, read, replaced(text, ("3.1.0", "3.0.3"))) if " example-valid: " in line]


def test_a_schema_that_refers_to_itself_comes_to_an_end(engine: Engine, read: Read, good: str) -> None:
    tree = "Order: {type: object, properties: {orderId: {type: string}, total: {$ref: '#/components/schemas/Order'}}}"
    text = good[: good.index("    Order:")] + f"    {tree}\n" + good[good.index("    NewOrder:") :]
    assert any(" example-valid: items.0.total must be an object" in line for line in told(engine, read, text))


def test_schemas_that_multiply_by_their_references_are_judged_all_the_same(
    engine: Engine, read: Read, good: str
) -> None:
    """Forty levels, each with ten references to the next: the engine gives up after 30 s, and does not here."""
    keys = [
        f"    Level{level}: {{type: object, properties: {{"
        + ", ".join(f"p{number}: {{$ref: '#/components/schemas/Level{level + 1}'}}" for number in range(10))
        + "}}\n"
        for level in range(40)
    ]
    levels = "".join(keys) + "    Level40: {type: integer, example: 1}\n"
    text = replaced(
        good,
        ('schema: {$ref: "#/components/schemas/NewOrder"}', "schema: {$ref: '#/components/schemas/Level0'}"),
        ('            example: {articles: [pen], labels: {gift: "yes"}, quantity: 2}\n', ""),
        ("    Problem:\n", f"{levels}    Problem:\n"),
    )
    assert {line.split(": ")[1] for line in told(engine, read, text)} == {"owasp-request-open", "owasp-integer-limit"}
