"""What the stream brings of a counter item: read, or refused as none of ours."""

from typing import Any

import pytest

from tests.events.stream import written
from tiergate.adapters.usage_stream import ImageMalformed, image_of, sequence_of, subscription_of
from tiergate.domain.usage import HOUR, Image, fold

NOW = 498_757 * HOUR
BEFORE = {"w": 498_756, "u498756": 4}
ITEM = {"w": 498_757, "u498757": 1, "bank/v1@498757": 1}


def test_both_images_of_a_write_are_read():
    record = written("sub_1", ITEM, BEFORE, at=NOW, sequence="17")
    assert image_of(record) == Image("sub_1", NOW, 498_757, ITEM, BEFORE)
    assert (sequence_of(record), subscription_of(record)) == ("17", "sub_1")


def test_a_first_write_has_nothing_before_it():
    assert image_of(written("sub_1", ITEM, at=NOW)).before == {}


def test_clocks_may_differ_around_a_full_hour():
    assert image_of(written("sub_1", ITEM, at=NOW - 1_000_000)).hour == 498_757


@pytest.mark.parametrize(
    "change",
    [
        {"w": {"S": "now"}},
        {"w": {"N": "1e400"}},
        {"bank/v1@99999999999": {"N": "1"}},
        {"bank/v1@498757": {"N": "-1"}},
        {"u498757": {"N": "1.5"}},
        {"u498757": {"S": "tg_dev_secret"}},
        {"note": {"S": "tg_dev_secret"}},
        {"note": "tg_dev_secret"},
    ],
)
@pytest.mark.parametrize("side", ["NewImage", "OldImage"])
def test_what_admission_does_not_write_is_refused_and_not_repeated_in_words(side, change: dict[str, Any]):
    record = written("sub_1", ITEM, BEFORE, at=NOW)
    record["dynamodb"][side] |= change
    with pytest.raises(ImageMalformed) as refused:
        image_of(record)
    assert "secret" not in str(refused.value)


def test_a_number_of_no_hour_counts_nothing():
    seen = fold([image_of(written("sub_1", ITEM | {"bank/v1@x": 1, "note": 1}, at=NOW))])
    assert seen.counts == {("bank/v1", 498_757): 1}


@pytest.mark.parametrize("item", [{"u498757": 1}, {"w": 99_999_999_999}])
def test_an_item_without_an_hour_or_with_one_that_has_not_come_is_refused(item):
    with pytest.raises(ImageMalformed):
        image_of(written("sub_1", item, at=NOW))


def test_an_image_is_needed():
    record = written("sub_1", ITEM, at=NOW)
    del record["dynamodb"]["NewImage"]
    with pytest.raises(ImageMalformed, match="KeyError"):
        image_of(record)
