"""The published catalogue in the registry table: what it costs, how it mends itself, what two at once leave."""

import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.adapters.conftest import Table
from tiergate.adapters.catalogue import MOST_ROUNDS, PAUSES, Counts, PublishedCatalogue, Unsettled
from tiergate.domain.limits import SECOND
from tiergate.domain.published import entries

NOW = 1_795_428_610 * SECOND
TIME = "2026-11-23T10:10:10Z"


def api(title: str, **more: Any) -> dict[str, Any]:
    operation = {"id": "list", "method": "GET", "path": "/", "summary": title, "scopes": [["a"]], "cost": 1}
    return {"title": title, "scorecard": None, "operations": [operation]} | more


def document(**kinds: Any) -> dict[str, Any]:
    """Two plans of which one has a rate below one a second, a product, an API version and a REST API."""
    whole = {
        "platform": {"name": "Shop", "support": "help"},
        "products": {"shop": {"title": "Shop", "apis": ["orders/v1"], "rest_apis": [], "plans": ["free", "large"]}},
        "plans": {"free": {"limits": {"rate": {"per_second": 0.5, "burst": 1}}, "price": None}, "large": {"title": ""}},
        "apis": {"orders/v1": api("Orders")},
        "rest_apis": {"stock": {}},
    }
    return whole | kinds


OTHER = document(
    platform={"name": "Market", "support": "help"},
    plans={"free": {"limits": {}}, "small": {"title": "S"}},
    apis={"orders/v1": api("Orders", state="deprecated"), "pets/v1": api("Pets")},
    rest_apis={},
)


class Calls:
    """A client that counts its calls; ``before`` runs ahead of each, with the number of it from 0."""

    def __init__(self, client: Any, before: Callable[[int], object] = lambda _: None) -> None:
        self._client, self._before = client, before
        self.made: list[str] = []

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._client, name)

        def counted(**request: Any) -> Any:
            self._before(len(self.made))
            self.made.append(name)
            return call(**request)

        return counted


class Crashed(Exception):
    """The process ended."""


def crashing(at: int, *, done: bool, client: Any) -> Any:
    """A client with which the process ends at a call, which was ``done`` or not."""
    calls = Calls(client)

    class Crashing:
        def __getattr__(self, name: str) -> Any:
            def call(**request: Any) -> Any:
                last = len(calls.made) == at
                if not last or done:
                    answer = getattr(calls, name)(**request)
                if last:
                    raise Crashed
                return answer

            return call

    return Crashing()


@pytest.fixture
def catalogue(client: Any) -> PublishedCatalogue:
    return PublishedCatalogue(client, "registry", pause=lambda _: None)


def read(catalogue: PublishedCatalogue) -> dict[str, Any] | None:
    found = catalogue.read()
    assert found is None or found.pop("published")
    return found


def test_before_anything_is_published_there_is_nothing(catalogue: PublishedCatalogue) -> None:
    assert catalogue.read() is None


def test_what_is_published_is_read_again_with_its_time(catalogue: PublishedCatalogue) -> None:
    assert catalogue.publish(document(), NOW) == Counts(created=6, updated=0, deleted=0, unchanged=0)
    assert catalogue.read() == {**document(), "published": TIME}


def test_the_same_again_writes_nothing_and_asks_once(client: Any, catalogue: PublishedCatalogue) -> None:
    catalogue.publish(document(), NOW)
    calls = Calls(client)
    again = PublishedCatalogue(calls, "registry").publish(document(), NOW + SECOND)
    assert (again, calls.made) == (Counts(0, 0, 0, 6), ["query"])
    assert catalogue.read() == {**document(), "published": TIME}


def test_only_what_differs_is_written_and_the_platform_last(client: Any, catalogue: PublishedCatalogue) -> None:
    catalogue.publish(document(), NOW)
    calls = Calls(client)
    counts = PublishedCatalogue(calls, "registry").publish(OTHER, NOW)
    assert counts == Counts(created=2, updated=3, deleted=2, unchanged=1)
    assert calls.made == ["query", *["delete_item"] * 2, *["put_item"] * 5, "query"]
    assert read(catalogue) == OTHER


def test_a_large_catalogue_is_read_in_pages(client: Any, catalogue: PublishedCatalogue) -> None:
    large = document(plans={f"p{number:03}": {"description": "d" * 300_000} for number in range(9)} | OTHER["plans"])
    catalogue.publish(large, NOW)
    calls = Calls(client)
    reader = PublishedCatalogue(calls, "registry")
    assert (read(reader), len(calls.made) > 2) == (large, True)


def test_what_somebody_changed_by_hand_is_put_right(client: Any, catalogue: PublishedCatalogue, table: Table) -> None:
    catalogue.publish(document(), NOW)
    changes: dict[str, Any] = {
        "PLAN#free": {"entry": {"M": {}}},
        "API#orders/v1": {"entry": {"M": {"operations": {"B": b"no gzip"}}}},
        "PRODUCT#shop": {},
        "PLAN#strange": {"entry": {"S": "text"}},
        "PLATFORM": {"entry": {"M": {}}, "digest": {"S": "0"}},
    }
    for name, attributes in changes.items():
        client.put_item(TableName="registry", Item={"pk": {"S": "CATALOGUE"}, "sk": {"S": name}, **attributes})
        with pytest.raises(Unsettled):
            catalogue.read()
    assert catalogue.publish(document(), NOW) == Counts(created=0, updated=4, deleted=1, unchanged=2)
    assert read(catalogue) == document()
    assert len(table.items()) == 6


def test_nothing_else_of_the_registry_is_touched(registry: Any, catalogue: PublishedCatalogue, table: Table) -> None:
    registry.onboard(name="Acme", product="retail", plan="free")
    before = table.items()
    catalogue.publish(document(), NOW)
    catalogue.publish(OTHER, NOW)
    assert [each for each in table.items() if each["pk"] != "CATALOGUE"] == before


@pytest.mark.parametrize("done", [False, True])
@pytest.mark.parametrize("old", [None, document()])
def test_after_a_crash_at_any_call_the_next_publishing_leaves_the_whole(
    client: Any, catalogue: PublishedCatalogue, old: dict[str, Any] | None, done: bool
) -> None:
    """And until then nobody reads a part of it."""
    for at in range(100):
        empty(client)
        if old is not None:
            catalogue.publish(old, NOW)
        try:
            PublishedCatalogue(crashing(at, done=done, client=client), "registry").publish(OTHER, NOW)
        except Crashed:
            assert seen(catalogue) in (old, OTHER, "a part")
            catalogue.publish(OTHER, NOW)
            assert read(catalogue) == OTHER
        else:
            assert at > 6
            return
    pytest.fail("it never ends")


def empty(client: Any) -> None:
    for item in client.scan(TableName="registry")["Items"]:
        client.delete_item(TableName="registry", Key={name: item[name] for name in ("pk", "sk")})


def seen(catalogue: PublishedCatalogue) -> Any:
    try:
        return read(catalogue)
    except Unsettled:
        return "a part"


class Turns:
    """Two writers in threads, of whom one calls at a time: as a list of 0 and 1 says, and then 0 before 1."""

    def __init__(self, client: Any, order: list[int]) -> None:
        self._client, self._order = client, order
        self._changed = threading.Condition()
        self._ended: set[int] = set()

    def publish(self, who: int, document: dict[str, Any]) -> None:
        """Again where it is told to try again."""
        turns = self

        class Waiting:
            def __getattr__(self, name: str) -> Any:
                return lambda **request: turns._take(who, lambda: getattr(turns._client, name)(**request))

        try:
            while True:
                with suppress(Unsettled):
                    PublishedCatalogue(Waiting(), "registry").publish(document, NOW)
                    return
        finally:
            with self._changed:
                self._ended.add(who)
                self._changed.notify_all()

    def _take(self, who: int, call: Callable[[], Any]) -> Any:
        with self._changed:
            self._changed.wait_for(lambda: self._next() == who)
            del self._order[:1]
            answer = call()
            self._changed.notify_all()
            return answer

    def _next(self) -> int:
        while self._order and self._order[0] in self._ended:
            del self._order[0]
        return self._order[0] if self._order else min({0, 1} - self._ended)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.lists(st.integers(0, 1), max_size=40))
@example([0, 1] * 30)
@example([0] * 5 + [1] * 5 + [0, 1] * 10)
def test_two_at_once_leave_one_of_their_documents_as_a_whole(client: Any, order: list[int]) -> None:
    catalogue = PublishedCatalogue(client, "registry", pause=lambda _: None)
    catalogue.publish(document(plans={}, products={}), NOW)
    turns = Turns(client, list(order))
    writers = [threading.Thread(target=turns.publish, args=each) for each in enumerate([document(), OTHER])]
    for each in writers:
        each.start()
    for each in writers:
        each.join()
    assert read(catalogue) in (document(), OTHER)


def test_a_reader_waits_for_a_publishing_that_goes_on(client: Any) -> None:
    PublishedCatalogue(client, "registry").publish(document(), NOW)
    with suppress(Crashed):
        PublishedCatalogue(crashing(3, done=True, client=client), "registry").publish(OTHER, NOW)
    waited: list[float] = []

    def go_on(seconds: float) -> None:
        waited.append(seconds)
        PublishedCatalogue(client, "registry").publish(OTHER, NOW)

    assert read(PublishedCatalogue(client, "registry", pause=go_on)) == OTHER
    assert waited == [PAUSES[1]]


def test_a_publishing_that_was_cut_short_is_told_with_what_to_do(client: Any) -> None:
    with suppress(Crashed):
        PublishedCatalogue(crashing(9, done=False, client=client), "registry").publish(document(), NOW)
    with suppress(Crashed):
        PublishedCatalogue(crashing(4, done=True, client=client), "registry").publish(OTHER, NOW)
    waited: list[float] = []
    with pytest.raises(Unsettled, match="cut short; try again, and if that does not help: tiergate sync"):
        PublishedCatalogue(client, "registry", pause=waited.append).read()
    assert waited == list(PAUSES[1:])


def test_one_whom_another_never_leaves_alone_gives_up_and_says_so(client: Any) -> None:
    meddler = PublishedCatalogue(client, "registry")
    calls: Calls

    def meddle(at: int) -> None:
        if at and calls.made[-1] == "put_item":
            meddler.publish(OTHER, NOW)

    calls = Calls(client, meddle)
    with pytest.raises(Unsettled, match="was changed by another publishing while this one wrote; try again"):
        PublishedCatalogue(calls, "registry").publish(document(), NOW)
    assert calls.made.count("query") == MOST_ROUNDS


SCALARS = st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(max_size=9) | st.sampled_from([0.1, 2.5])
ENTRIES = st.dictionaries(st.text("abc", min_size=1, max_size=3), st.lists(SCALARS, max_size=3) | SCALARS, max_size=3)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.lists(st.dictionaries(st.sampled_from(["a", "b/v1", "c"]), ENTRIES), min_size=1, max_size=3))
def test_whatever_is_published_one_after_the_other_the_last_is_read(client: Any, plans: list[dict[str, Any]]) -> None:
    catalogue = PublishedCatalogue(client, "registry", pause=lambda _: None)
    for each in plans:
        catalogue.publish(document(plans=each), NOW)
        assert read(catalogue) == document(plans=each)


def test_the_reader_of_the_guide_reads_it_and_takes_no_part_for_the_whole(
    client: Any, catalogue: PublishedCatalogue, aws: boto3.Session
) -> None:
    guide = (Path(__file__).parents[2] / "docs/catalogue.md").read_text(encoding="utf-8")
    given: dict[str, Any] = {}
    exec(guide.partition("```python\n")[2].partition("```")[0], given)  # noqa: S102 - our own guide
    table = aws.resource("dynamodb").Table("registry")
    assert given["read"](table) is None
    whole = document(apis={"orders/v1": api("Über"), "pets/v1": api("Pets")})
    catalogue.publish(whole, NOW)
    assert given["read"](table) == entries(whole)
    client.delete_item(TableName="registry", Key={"pk": {"S": "CATALOGUE"}, "sk": {"S": "PLAN#free"}})
    assert given["read"](table) is None
