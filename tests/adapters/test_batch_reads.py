"""Many items at once: all of them, also where DynamoDB leaves some over."""

from typing import Any

import pytest

from tiergate.adapters.batch_reads import MOST_READ, items


class Grudging:
    """Answers with at most ``most`` of the keys that it is asked for."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.asked: list[int] = []
        self.consistent: set[bool] = set()

    def batch_get_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803 - boto3's name
        (request,) = RequestItems.values()
        keys = request["Keys"]
        assert 0 < len(keys) <= MOST_READ
        self.asked.append(len(keys))
        self.consistent.add(request["ConsistentRead"])
        left = {"table": {**request, "Keys": keys[self._most :]}} if keys[self._most :] else {}
        return {"Responses": {"table": keys[: self._most]}, "UnprocessedKeys": left}


def keys(count: int) -> list[dict[str, Any]]:
    return [{"id": {"S": str(number)}} for number in range(count)]


@pytest.mark.parametrize("count", [0, 1, MOST_READ, MOST_READ + 1, 250])
def test_every_item_comes_once_in_requests_of_a_hundred(count):
    client = Grudging(MOST_READ)
    assert [*items(client, "table", keys(count))] == keys(count)
    assert len(client.asked) == -(-count // MOST_READ)


def test_what_is_left_over_is_asked_for_again_after_a_growing_pause():
    client, pauses = Grudging(40), []
    assert [*items(client, "table", keys(100), pause=pauses.append)] == keys(100)
    assert client.asked == [100, 60, 20]
    assert pauses == [0.05, 0.1]


@pytest.mark.parametrize("consistent", [True, False])
def test_reads_are_consistent_where_that_is_asked_for(consistent):
    client = Grudging(1)
    assert len([*items(client, "table", keys(2), consistent=consistent, pause=lambda _: None)]) == 2
    assert client.consistent == {consistent}
