"""What was read is remembered, and what cannot be read makes few wait for it."""

import pytest

from tiergate.adapters.remembered import Remembered
from tiergate.domain.limits import SECOND
from tiergate.domain.store import StoreUnavailable

NOON = 1_773_316_800 * SECOND


class Hanging:
    """A service that does not answer within the three seconds that a reading has; they pass by ``now``."""

    def __init__(self) -> None:
        self.now = NOON
        self.readings = 0

    def __call__(self, _name: str) -> str:
        self.readings += 1
        self.now += 3 * SECOND
        raise StoreUnavailable("slow", "no answer in 3 s")


def test_while_nothing_is_known_a_reading_that_hangs_is_followed_by_calls_that_do_not_wait() -> None:
    service = Hanging()
    known: Remembered[str] = Remembered("secret", service)
    for _ in range(5):
        with pytest.raises(StoreUnavailable, match="no answer"):
            known.get("orders", service.now)
    assert service.readings == 1
    service.now = NOON + 5 * SECOND
    with pytest.raises(StoreUnavailable, match="no answer"):
        known.get("orders", service.now)
    assert service.readings == 2


def test_whether_a_call_will_wait_is_known_before_it_does() -> None:
    known = Remembered("secret", str.upper)
    assert known.due("orders", NOON)
    known.get("orders", NOON)
    assert not known.due("orders", NOON + 299 * SECOND)
    assert known.due("orders", NOON + 300 * SECOND)
    known.forget("orders")
    assert [known.due("orders", NOON + seconds * SECOND) for seconds in (9, 10)] == [False, True]
