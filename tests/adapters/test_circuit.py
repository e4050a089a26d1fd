"""The circuit breaker: what an outage costs in waiting, whom it keeps out, and how it ends."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiergate.adapters.circuit import Circuit
from tiergate.adapters.dynamodb import ConditionFailed
from tiergate.domain.store import FAILURES, StoreUnavailable

ANSWER = {"Attributes": {"w": {"N": "7"}}}
TIMEOUT = 0.3


class Store:
    """A client that ends each call as told, after the time that takes; ``asked``: the items it was asked for."""

    def __init__(self) -> None:
        self.time = 1_000.0
        self.off: int | None = None
        self.asked: list[str] = []
        self.broken: Exception | None = None
        self.sick: frozenset[str] = frozenset()
        """The only items that are broken; all of them when empty."""

    def get_item(self, **request: Any) -> dict[str, Any]:
        item = request["Key"]["id"]["S"]
        self.asked.append(item)
        if self.broken is None or (self.sick and item not in self.sick):
            return ANSWER
        if isinstance(self.broken, StoreUnavailable) and self.broken.reason in {"slow", "unreachable"}:
            self.time += TIMEOUT
        raise self.broken

    update_item = get_item


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def circuit(store: Store) -> Circuit:
    return Circuit(store, chance=lambda: 0.5, clock=lambda: store.time)


def get(circuit: Circuit, item: str = "a") -> dict[str, Any]:
    return circuit.get_item(TableName="t", Key={"id": {"S": item}})


def write(circuit: Circuit, item: str = "a") -> dict[str, Any]:
    return circuit.update_item(TableName="t", Key={"id": {"S": item}})


def ends(circuit: Circuit, items: Iterable[str] = "a") -> list[str]:
    """How a call for each item ends: with the failure's text, or ``answered``."""
    found = []
    for item in items:
        try:
            write(circuit, item)
            found.append("answered")
        except StoreUnavailable as error:
            found.append(str(error))
    return found


def test_a_store_that_answers_is_asked_as_if_nothing_stood_between(circuit: Circuit, store: Store) -> None:
    store.off = 5
    assert [get(circuit), write(circuit), circuit.off] == [ANSWER, ANSWER, 5]
    assert store.asked == ["a", "a"]


@pytest.mark.parametrize("reason", ["slow", "unreachable"])
def test_after_two_calls_in_a_row_that_waited_in_vain_the_next_ones_do_not(
    circuit: Circuit, store: Store, reason: str
) -> None:
    store.broken = StoreUnavailable(reason, "as it was")
    assert ends(circuit, "aaaa") == [f"{reason}: as it was"] * 2 + [f"{reason}: not asked again so soon"] * 2
    assert store.asked == ["a", "a"]


def test_what_was_never_sent_is_told_as_untouched(circuit: Circuit, store: Store) -> None:
    store.broken = StoreUnavailable("slow")
    told = []
    for call in (get, write, get, write):
        with pytest.raises(StoreUnavailable) as caught:
            call(circuit)
        told.append(caught.value.untouched)
    assert told == [False, False, True, True]


def test_it_stays_open_for_half_a_second_to_a_second(store: Store) -> None:
    store.broken = StoreUnavailable("slow")
    for chance, pause in ((0.0, 0.5), (0.5, 0.75), (1.0, 1.0)):
        circuit = Circuit(store, chance=lambda chance=chance: chance, clock=lambda: store.time)
        ends(circuit, "aa")
        store.asked.clear()
        store.time += pause - 0.01
        ends(circuit)
        assert store.asked == []
        store.time += 0.02
        ends(circuit)
        assert store.asked == ["a"]


def test_then_one_call_tries_and_where_that_waits_in_vain_the_next_is_not_sent(circuit: Circuit, store: Store) -> None:
    store.broken = StoreUnavailable("slow")
    ends(circuit, "aa")
    for _ in range(3):
        store.time += 0.75
        store.asked.clear()
        ends(circuit, "aaa")
        assert store.asked == ["a"]


def test_then_one_call_tries_and_its_answer_closes_it(circuit: Circuit, store: Store) -> None:
    store.broken = StoreUnavailable("slow")
    ends(circuit, "aa")
    store.time += 0.75
    store.broken = None
    assert ends(circuit, "aab") == ["answered"] * 3
    store.broken = StoreUnavailable("slow", "again")
    assert ends(circuit, "a") == ["slow: again"], "what was before the answer still counts"
    store.broken = None
    assert ends(circuit, "a") == ["answered"]


def test_a_single_failure_between_answers_never_opens_it(circuit: Circuit, store: Store) -> None:
    for _ in range(5):
        store.broken = StoreUnavailable("slow")
        assert ends(circuit) == ["slow"]
        store.broken = None
        assert ends(circuit) == ["answered"]


@pytest.mark.parametrize("reason", sorted(set(FAILURES) - {"slow", "unreachable"}))
def test_a_failure_that_nobody_waited_for_neither_opens_it_nor_counts_against_it(
    circuit: Circuit, store: Store, reason: str
) -> None:
    store.broken = StoreUnavailable(reason)
    assert ends(circuit, "aaaa") == [reason] * 4
    for each in ("slow", reason, "slow", reason):
        store.broken = StoreUnavailable(each)
        assert ends(circuit) == [each]
    assert len(store.asked) == 8


def test_a_refused_condition_is_an_answer(circuit: Circuit, store: Store) -> None:
    for broken in (StoreUnavailable("slow"), ConditionFailed({}), StoreUnavailable("slow")):
        store.broken = broken
        with pytest.raises(type(broken)):
            write(circuit)
    store.broken = None
    assert ends(circuit) == ["answered"]


def test_one_item_that_cannot_be_reached_keeps_no_other_out(circuit: Circuit, store: Store) -> None:
    store.broken, store.sick = StoreUnavailable("slow"), frozenset("a")
    assert ends(circuit, "aabcabc") == ["slow"] * 2 + [
        "answered",
        "answered",
        "slow: not asked again so soon",
        "answered",
        "answered",
    ]


@pytest.mark.parametrize(("sick", "traffic"), [("a", "ab"), ("a", "bcab"), ("ac", "abcb"), ("abc", "adbdcd")])
def test_each_item_that_cannot_be_reached_is_waited_for_twice_though_others_are_answered(
    circuit: Circuit, store: Store, sick: str, traffic: str
) -> None:
    store.broken, store.sick = StoreUnavailable("slow"), frozenset(sick)
    for waits in (2, 1):
        ended = Counter(zip(traffic * 20, ends(circuit, traffic * 20), strict=True))
        assert {item: ended[item, "slow"] for item in sick} == dict.fromkeys(sick, waits)
        assert {item for item, end in ended if end == "answered"} == {*traffic} - {*sick}
        store.time += 1


def test_items_that_cannot_be_reached_one_after_the_other_keep_nobody_out_for_long(
    circuit: Circuit, store: Store
) -> None:
    store.broken, store.sick = StoreUnavailable("slow"), frozenset("ac")
    assert ends(circuit, "acb") == ["slow", "slow", "slow: not asked again so soon"]
    store.time += 0.75
    assert ends(circuit, "bababab")[::2] == ["answered"] * 4
    assert ends(circuit, "a") == ["slow: not asked again so soon"], (
        "what was answered to another closed it for this one"
    )


def test_it_remembers_a_hundred_items_that_waited_in_vain(circuit: Circuit, store: Store) -> None:
    items = [chr(0x4E00 + number) for number in range(101)]
    store.broken, store.sick = StoreUnavailable("slow"), frozenset(items)
    ends(circuit, [each for item in items for each in (item, "b")])
    store.asked.clear()
    again = [each for item in (items[-1], items[0], items[2]) for each in (item, item, "b")]
    assert ends(circuit, again)[::3] == ["slow"] * 3
    assert store.asked == [items[-1], "b", items[0], items[0], "b", items[2], "b"]


def test_failures_of_different_items_open_it_for_all(circuit: Circuit, store: Store) -> None:
    store.broken = StoreUnavailable("slow")
    ends(circuit, "aab")
    store.asked.clear()
    assert ends(circuit, "cab") == ["slow: not asked again so soon"] * 3
    store.time += 0.75
    ends(circuit, "cab")
    assert store.asked == ["c"], "one call tries, for whatever item"


calls = st.lists(st.tuples(st.sampled_from("abcd"), st.floats(0, 0.2)), min_size=1, max_size=200)


@given(calls, st.floats(0, 1))
def test_an_outage_costs_three_time_outs_at_first_and_then_one_a_pause(
    traffic: list[tuple[str, float]], chance: float
) -> None:
    store = Store()
    store.broken = StoreUnavailable("unreachable")
    circuit = Circuit(store, chance=lambda: chance, clock=lambda: store.time)
    sent = []
    for item, pause in traffic:
        store.time += pause
        asked = len(store.asked)
        ends(circuit, item)
        if len(store.asked) > asked:
            sent.append(store.time)
    for earlier, later in zip(sent, sent[3:], strict=False):
        assert later - earlier > 0.5 + TIMEOUT - 1e-6
    several = next((n for n, item in enumerate(store.asked) if item != store.asked[0]), len(sent))
    for earlier, later in zip(sent[several:], sent[several + 1 :], strict=False):
        assert later - earlier > 0.5 + TIMEOUT - 1e-6


@given(calls)
def test_a_call_that_could_be_answered_is_late_by_a_second_at_most(traffic: list[tuple[str, float]]) -> None:
    store = Store()
    circuit = Circuit(store, chance=lambda: 1.0, clock=lambda: store.time)
    store.broken = StoreUnavailable("slow")
    for item, pause in traffic:
        store.time += pause
        ends(circuit, item)
    store.broken = None
    store.time += 1.0
    assert ends(circuit, "abcd") == ["answered"] * 4
