"""The gate in trouble: whatever fails, nobody is stranded, and what was refused is undone."""

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from tests.fakes.cloudformation import Deployed
from tests.functions.conftest import Gateway
from tests.functions.gate_function import (
    ALL,
    DENIED,
    ENDING,
    LIFECYCLE,
    TINY_GONE,
    UNREACHABLE,
    Crash,
    Function,
    deployed,
    later,
)
from tiergate.domain.limits import SECOND


@pytest.fixture
def gate(gateway: Gateway) -> Iterator[Function]:
    yield from deployed(gateway)


@pytest.fixture
def running(gate: Function) -> Function:
    """One deploy has passed."""
    return gate.begun()


@pytest.mark.parametrize("cold", [False, True])
def test_a_rollback_passes_also_where_the_way_back_is_one_that_no_deploy_may_go(running, gateway, cold):
    """With the plan the deprecation was refused; undoing the deprecation is not for the gate to refuse."""
    gateway.partner(plan="tiny")
    before = running.cloudformation.standing
    new = {"Definitions": running.definitions(TINY_GONE, **ENDING)}
    assert "tiny" in running.cloudformation.ask(running, new, before)
    if cold:
        running.cold()
    assert [running.cloudformation.ask(running, before, new) for _ in range(2)] == ["", ""]
    assert running.deploy(ALL, **ENDING) == Deployed("")
    assert "back to published" in running.deploy().refused


def test_what_was_refused_and_not_rolled_back_is_nothing_to_judge_by(running, gateway):
    gateway.partner(plan="tiny")
    before = running.cloudformation.standing
    refused = {"Definitions": running.definitions(TINY_GONE)}
    assert running.cloudformation.ask(running, refused, before)
    more = {"Definitions": running.definitions([*TINY_GONE, "more"])}
    assert 'does not offer plan "tiny"' in running.cloudformation.ask(running, more, refused)


def _crash(gate: Function, call: int, **apis: Any) -> tuple[Any, Any]:
    """A deploy that withdraws a plan and ends before that call of the store; what stood, and what was to come."""

    def crash(number: int) -> None:
        if number == call:
            raise Crash

    before, new = gate.cloudformation.standing, {"Definitions": gate.definitions(TINY_GONE, **apis)}
    gate.store.before = crash
    with suppress(Crash):
        gate.cloudformation.ask(gate, new, before)
    gate.store.before = lambda _: None
    gate.cold()
    return before, new


@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize("call", range(1, 7))
def test_after_a_crash_at_any_call_the_next_attempt_ends_as_the_first_would_have(running, gateway, call, held):
    if held:
        gateway.partner(plan="tiny")
    before, new = _crash(running, call)
    assert bool(running.cloudformation.ask(running, new, before)) is held
    assert running.closing() == (set() if held else {("retail", "tiny")})


@pytest.mark.parametrize("call", range(1, 7))
def test_after_a_crash_at_any_call_the_rollback_passes_and_leaves_nothing_closing(running, call):
    before, new = _crash(running, call)
    assert running.cloudformation.ask(running, before, new) == ""
    assert running.closing() == set()


@pytest.mark.parametrize("call", range(3, 7))
def test_once_a_deploy_is_in_the_book_its_rollback_passes_wherever_it_broke_off_and_whatever_the_way_back_takes(
    running, gateway, call
):
    gateway.partner()
    before, new = _crash(running, call, **ENDING)
    assert running.cloudformation.ask(running, before, new) == ""
    assert running.closing() == set()


def test_a_deploy_that_is_rolled_back_while_it_is_judged_does_not_pass_and_leaves_nothing_closing(running):
    before, new = running.cloudformation.standing, {"Definitions": running.definitions(TINY_GONE)}
    undone: list[str] = []

    def undo(number: int) -> None:
        if number == 3:  # it is in the book, and nothing is marked yet
            running.cold()
            undone.append(running.cloudformation.ask(running, before, new))

    running.store.before = undo
    assert "another deploy, or a rollback, came in between" in running.cloudformation.ask(running, new, before)
    assert (undone, running.closing()) == ([""], set())


@pytest.mark.parametrize(("down", "named"), [(DENIED, "AccessDeniedException"), (UNREACHABLE, "EndpointConnection")])
def test_a_store_that_stays_down_is_a_refusal_that_says_so(running, down, named):
    running.store.down = down
    refused, stuck = running.deploy(TINY_GONE)
    assert refused.startswith("No API was changed: whom this deploy would strand could not be judged: the registry")
    assert named in refused
    assert stuck == "", "the way back takes nothing"
    assert 30 <= sum(running.waits) <= 90


@pytest.mark.parametrize("cold", [False, True])
def test_a_way_back_that_takes_something_waits_for_the_store_too_and_it_is_told_how_to_go_it_without(running, cold):
    running.store.down = DENIED
    before, new = running.cloudformation.standing, {"Definitions": running.definitions(TINY_GONE, **ENDING)}
    refusals = [running.cloudformation.ask(running, new, before)]
    if cold:
        running.cold()
    refusals.append(running.cloudformation.ask(running, before, new))
    way_out = "continue-update-rollback --stack-name tiergate-dev-gate --resources-to-skip Definitions"
    assert [
        refusal.endswith(f"Where the stack's rollback fails too: aws cloudformation {way_out}") for refusal in refusals
    ]


def test_what_passed_is_not_rolled_back_unread(running, gateway):
    """Whoever took what it brought has it by now."""
    assert running.deploy([*TINY_GONE, "more"]) == Deployed("")
    taken = gateway.partner().subscription
    later(gateway).subscriptions.set_plan(taken.id, "more")
    running.store.down = DENIED
    assert "AccessDeniedException" in running.deploy().refused


def test_what_was_refused_once_passes_later_only_when_that_is_no_longer_remembered(running, gateway):
    """Otherwise a way back from it would count as the rollback of what was refused."""
    gateway.partner()
    retired = {"shop/v1": {"state": "retired", "lifecycle": LIFECYCLE}}
    assert running.deploy(ALL, **ENDING) == Deployed("")
    assert "before its sunset" in running.deploy(ALL, **retired).refused
    gateway.now = (LIFECYCLE["sunset"] + 1) * SECOND

    def deny(_: int) -> None:
        if running.store.calls[-1] == "delete_item":
            raise DENIED

    running.store.before = deny
    new = {"Definitions": running.definitions(ALL, **retired)}
    assert "AccessDeniedException" in running.cloudformation.ask(running, new, running.cloudformation.standing)
    running.store.before = lambda _: None
    assert running.deploy(ALL, **retired) == Deployed("")


OLDER = json.dumps({"products": ["retail"]})


def test_definitions_of_another_version_count_as_unknown_and_hold_up_no_deploy(running, gateway):
    partner = gateway.partner(plan="tiny")
    before = {"Definitions": OLDER}
    new = {"Definitions": running.definitions(TINY_GONE)}
    assert 'product "retail" does not offer plan "tiny"' in running.cloudformation.ask(running, new, before)
    assert running.cloudformation.ask(running, before, new) == ""
    gateway.registry.subscriptions.set_plan(partner.subscription.id, "roomy")
    assert running.cloudformation.ask(running, new, before) == ""


def test_definitions_of_another_version_are_deployed_by_nobody(running):
    refused = running.cloudformation.ask(running, {"Definitions": OLDER}, running.cloudformation.standing)
    assert "could not be judged: ValueError" in refused


def test_a_store_that_comes_back_in_time_is_no_reason(running):
    running.store.down = DENIED

    def wait(seconds: float) -> None:
        running.waits.append(seconds)
        running.store.down = DENIED if len(running.waits) < 3 else None

    running.module.GATE._wait = wait
    assert running.deploy(TINY_GONE) == Deployed("")
    assert running.waits == [1, 2, 4]


def test_where_time_is_short_nobody_waits_for_the_store(running):
    running.store.down, running.left = DENIED, 60_000
    assert "AccessDeniedException" in running.deploy(TINY_GONE).refused
    assert running.waits == []


def test_where_the_time_is_over_before_all_is_read_the_deploy_is_refused(running, gateway):
    gateway.partner()
    running.left = 59_999
    refused, stuck = running.deploy(TINY_GONE, **ENDING)
    assert "too large to be read in the gate's time" in refused
    assert (stuck, running.closing()) == ("", set())


def test_a_fault_of_the_gates_own_is_an_answer_too(running, monkeypatch, capsys):
    monkeypatch.setattr(running.module.GATE, "_book", None)
    assert "AttributeError; the log of the gate's function has more" in running.deploy(TINY_GONE).refused
    assert "Traceback" in capsys.readouterr().out


def test_what_deletes_the_gate_passes_without_the_store(running):
    running.store.down = UNREACHABLE
    assert running.cloudformation.ask(running, running.cloudformation.standing, kind="Delete") == ""


def test_an_answer_that_nobody_takes_is_no_success(running):
    request = running.cloudformation.request({"Definitions": running.definitions()})
    with pytest.raises(OSError, match="refused"):
        running(request | {"ResponseURL": "http://127.0.0.1:9/answer"})
