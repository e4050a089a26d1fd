"""How often something may be done: exact in any number of instances, by windows of time, without keeping of whom."""

from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import pytest

from tiergate.adapters.allowances import Allowances
from tiergate.adapters.registry import Full, Taken
from tiergate.adapters.registry.writes import counted

ADDRESS = "try-key 192.0.2.77"


@pytest.fixture
def allowances(client, clock):
    return Allowances(client, "registry", clock)


def test_so_many_in_a_window_and_then_the_seconds_to_wait(allowances, clock):
    clock.forward(seconds=30)
    assert [allowances.take(ADDRESS, 3, 600) for _ in range(5)] == [0, 0, 0, 570, 570]
    clock.forward(seconds=569)
    assert allowances.take(ADDRESS, 3, 600) == 1
    clock.forward(seconds=1)
    assert allowances.take(ADDRESS, 3, 600) == 0


def test_each_thing_and_each_length_is_counted_by_itself(allowances):
    assert [allowances.take(what, 1, 600) for what in ("a", "b", "a")] == [0, 0, 600]
    assert allowances.take("a", 1, 3600) == 0


def test_what_is_counted_is_not_kept_and_the_count_ends_with_its_window(allowances, table, clock):
    allowances.take(ADDRESS, 3, 600)
    (item,) = table.items()
    assert "192.0.2.77" not in str(item)
    assert (item["n"], item["ttl"]) == (1, clock.micros // 1_000_000 + 600)
    assert item["pk"].startswith("LIMIT#")


def test_who_is_refused_is_not_counted(allowances, table):
    for _ in range(9):
        allowances.take(ADDRESS, 2, 600)
    assert [each["n"] for each in table.items()] == [2]


def test_many_at_once_are_let_through_as_often_as_said(client, allowances, monkeypatch):
    """Each request is atomic, as DynamoDB's are; moto's are not, between threads."""
    update, turn = client.update_item, Lock()

    def atomic(**request):
        with turn:
            return update(**request)

    monkeypatch.setattr(client, "update_item", atomic, raising=False)
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _: allowances.take(ADDRESS, 7, 600), range(40)))
    assert waits.count(0) == 7


def test_a_part_of_a_change_is_counted_with_it_or_neither_is_done(registry, allowances, table):
    founded = Full("three organizations are as many as one person can make")

    def within(_made):
        return [counted(allowances.one("organization ann-1", 3, None), founded)]

    for name in ("One", "Two", "Three"):
        registry.organizations.create(name, also=within)
    before = table.items()
    with pytest.raises(Full, match="three organizations"):
        registry.organizations.create("Four", also=within)
    with pytest.raises(Taken):
        registry.organizations.create("One", also=within)
    assert table.items() == before
    (count,) = (each for each in before if each["pk"].startswith("LIMIT"))
    assert (count["n"], "ttl" in count) == (3, False)
