"""Whether the contract would notice: every clause of the write is broken in turn, and some scenario must fail."""

import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from tests.adapters import test_counters_contract as contract
from tests.adapters.test_counters_contract import TABLE, moto_client
from tiergate.adapters.counters import DynamoCounters, expression
from tiergate.adapters.dynamodb import DynamoDB
from tiergate.domain.counters import AheadDebit, BucketDebit, Debit, WindowDebit

__all__ = ["moto_client"]

Request = dict[str, Any]
Scenario = Callable[[DynamoCounters], None]

SCENARIOS: list[Scenario] = [
    test
    for name, test in vars(contract).items()
    if name.startswith("test_") and list(inspect.signature(test).parameters) == ["store"]
]
WHOLE = Debit(
    "sub",
    1,
    2,
    (WindowDebit("u2", 3), WindowDebit("d1", 4)),
    BucketDebit("t5", 6, 5, 7, busy=True),
    ("u1", "u0"),
    ("t8", "t9"),
    10,
    AheadDebit("o0.1", 1, 2, ("o1.1", "o2.1")),
    {"bank/v1@2": 1, "cards/v1@2": 1},
    11,
)
"""Has every clause that a write can have, with ``IDLE``, and two of each kind of which there can be more."""

IDLE = Debit("sub", 1, 2, (), BucketDebit("t5", 6, 5, 7, busy=False))


VERB = re.compile(r"(SET|ADD|REMOVE) (.+?)(?= ADD | REMOVE |$)")
EITHER = re.compile(r"\((attribute_not_exists\(#\w+\)) OR (.+)\)")
PLACEHOLDER = re.compile(r"[#:]\w+")


class Clause(NamedTuple):
    """One condition of a write (``IF``) or one action behind its verb."""

    verb: str
    text: str


class Mutation(NamedTuple):
    """What stands in a clause's place (nothing at all: ""), and how much its number is off."""

    clause: Clause
    text: str
    off: int = 0

    def __str__(self) -> str:
        return f"{self.clause.verb} {self.clause.text} -> {self.text or 'nothing'}{f' {self.off:+}' * bool(self.off)}"


def clauses(request: Request) -> list[Clause]:
    conditions = [Clause("IF", text) for text in request["ConditionExpression"].split(" AND ")]
    actions = VERB.findall(request["UpdateExpression"])
    return conditions + [Clause(verb, text) for verb, texts in actions for text in texts.split(", ")]


def mutations(clause: Clause) -> Iterator[Mutation]:
    yield Mutation(clause, "")
    if ":" in clause.text:
        yield Mutation(clause, clause.text, 1)
        yield Mutation(clause, clause.text, -1)
    either = EITHER.fullmatch(clause.text)
    if either is not None:
        yield from (Mutation(clause, text) for text in either.groups())


MUTATIONS = [
    mutation
    for clause in dict.fromkeys(clauses(expression(WHOLE)) + clauses(expression(IDLE)))
    for mutation in mutations(clause)
]


def mutated(request: Request, mutation: Mutation) -> Request:
    """The request, mutated where it has the clause; it stays one that DynamoDB takes."""
    values, text = dict(request["ExpressionAttributeValues"]), mutation.text
    if mutation.off and mutation.clause in clauses(request):
        (value,) = re.findall(r":\w+", text)
        values[":off"] = {"N": str(int(values[value]["N"]) + mutation.off)}
        text = text.replace(value, ":off")
    texts: dict[str, list[str]] = {"IF": [], "SET": [], "ADD": [], "REMOVE": []}
    for clause in clauses(request):
        texts[clause.verb].append(text if clause == mutation.clause else clause.text)
    kept = {verb: [text for text in found if text] for verb, found in texts.items()}
    condition = " AND ".join(kept.pop("IF"))
    update = " ".join(f"{verb} {', '.join(found)}" for verb, found in kept.items() if found)
    mentioned = set(PLACEHOLDER.findall(f"{update} {condition}"))
    names = {name: of for name, of in request["ExpressionAttributeNames"].items() if name in mentioned}
    changed = request | {
        "UpdateExpression": update,
        "ConditionExpression": condition,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": {name: of for name, of in values.items() if name in mentioned},
    }
    return {name: value for name, value in changed.items() if value}


class Between:
    """A client through which every request passes changed. ``seen``: the clauses of those that came."""

    def __init__(self, client: DynamoDB, change: Callable[[Request], Request] = lambda request: request) -> None:
        self._client = client
        self._change = change
        self.seen: set[Clause] = set()

    @property
    def off(self) -> int | None:
        return self._client.off

    def update_item(self, **request: Any) -> dict[str, Any]:
        self.seen |= set(clauses(request))
        return self._client.update_item(**self._change(request))


def passes(scenario: Scenario, client: Between) -> bool:
    """Only what a scenario says itself counts: a write that the store does not understand is an error."""
    try:
        scenario(DynamoCounters(client, TABLE["TableName"]))
    except AssertionError:
        return False
    return True


@pytest.fixture(scope="module")
def concerned(moto_client: DynamoDB) -> dict[Scenario, set[Clause]]:
    """The clauses of each scenario's writes. All scenarios pass while nothing is broken."""
    found = {}
    for scenario in SCENARIOS:
        client = Between(moto_client)
        assert passes(scenario, client)
        found[scenario] = client.seen
    return found


def test_a_write_is_taken_apart_and_put_together_without_loss():
    for request in (expression(WHOLE), expression(IDLE)):
        assert mutated(request, Mutation(Clause("IF", "nothing of it"), "")) == request


@pytest.mark.parametrize("mutation", MUTATIONS, ids=str)
def test_no_clause_is_dropped_or_changed_without_a_scenario_failing(moto_client, concerned, mutation):
    client = Between(moto_client, lambda request: mutated(request, mutation))
    told = [scenario for scenario, seen in concerned.items() if mutation.clause in seen]
    assert not all(passes(scenario, client) for scenario in told)
