"""Who called an API version lately: by the days of a subscription's months, none too many and none left out."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiergate.domain.catalogue import Product
from tiergate.domain.consumers import DAYS, Consumer, consumers, since, sold
from tiergate.domain.limits import SECOND
from tiergate.domain.notices import DAY
from tiergate.domain.registry import Application, Subscription
from tiergate.domain.usage import Record

NOW = int(datetime(2026, 11, 23, 23, 59, tzinfo=UTC).timestamp()) * SECOND
RETAIL = Subscription("sub_1", "retail", "free")
OTHER = Subscription("sub_2", "other", "free")
BANK = Application("app_1", "acme", {"retail": RETAIL, "other": OTHER, "unsold": Subscription("sub_3", "unsold", "x")})
PRODUCTS = {
    "retail": Product("retail", frozenset({"bank/v1", "bank/v2", "cards/v1"}), frozenset({"free"})),
    "other": Product("other", frozenset({"maps/v1"}), frozenset({"free"})),
}


def month(period: str, **days: dict[int, int]) -> Record:
    return Record(period, {name.replace("_", "/"): each for name, each in days.items()}, {})


def found(*months: Record, apis: tuple[str, ...] = ("bank/v1",), now: int = NOW) -> list[Consumer]:
    return list(consumers(BANK, RETAIL, apis, months, now))


def test_a_consumer_is_whose_subscription_used_the_version_on_which_days():
    (consumer,) = found(month("2026-11", bank_v1={23: 5, 2: 7}), month("2026-10", bank_v1={31: 1}))
    days = {"2026-10-31": 1, "2026-11-02": 7, "2026-11-23": 5}
    assert consumer == Consumer("acme", "app_1", "sub_1", "retail", "free", "bank/v1", days)
    assert list(consumer.days) == sorted(days)
    assert (consumer.units, consumer.last_day) == (13, "2026-11-23")


@pytest.mark.parametrize(("period", "day", "counts"), [("2026-10", 24, True), ("2026-10", 23, False)])
def test_thirty_days_before_today_count_and_no_day_more(period, day, counts):
    assert bool(found(month(period, bank_v1={day: 1}))) is counts


@given(at=st.integers(0, 800 * DAY // SECOND).map(lambda seconds: NOW + seconds * SECOND), ago=st.integers(0, 40 * 24))
def test_who_called_less_than_thirty_days_ago_is_never_left_out(at, ago):
    called = datetime.fromtimestamp(at // SECOND - ago * 3600, UTC)
    consumer = found(month(f"{called:%Y-%m}", bank_v1={called.day: 1}), now=at)
    if ago < DAYS * 24:
        assert consumer
    if ago >= (DAYS + 1) * 24:
        assert not consumer


@given(st.integers(0, 3000).map(lambda days: NOW + days * DAY))
def test_the_first_day_is_in_the_month_from_which_on_records_are_read(now):
    first = since(now)
    assert (datetime.fromtimestamp(now // SECOND, UTC).date() - first).days == DAYS


def test_each_version_has_its_own_days_and_those_without_any_no_consumer():
    both = found(month("2026-11", bank_v1={1: 1}, bank_v2={2: 2}), apis=("bank/v1", "bank/v2", "cards/v1"))
    assert [(each.api, dict(each.days)) for each in both] == [
        ("bank/v1", {"2026-11-01": 1}),
        ("bank/v2", {"2026-11-02": 2}),
    ]


def test_refusals_are_no_use():
    assert found(Record("2026-11", {}, {"api_brownout": {23: 9}})) == []


def test_only_subscriptions_whose_product_sells_a_version_are_asked():
    assert list(sold(BANK, PRODUCTS, {"bank/v1", "cards/v1"})) == [(RETAIL, ["bank/v1", "cards/v1"])]
    assert list(sold(BANK, PRODUCTS, {"maps/v1"})) == [(OTHER, ["maps/v1"])]
    assert list(sold(BANK, PRODUCTS, set())) == []
