"""The soak's verdict: caches that fill and empty are flat, what grows with the calls is named."""

from collections.abc import Callable

import pytest

from bench import soak
from bench.soak import LEAST, SAMPLES, Sample, growth, verdict


def samples(objects: Callable[[int], float]) -> list[Sample]:
    """300,000 requests of a process that holds so many objects after so many requests."""
    counts = [number * 300_000 // SAMPLES for number in range(1, SAMPLES + 1)]
    return [Sample(count, 80.0, int(100_000 + objects(count)), 500_000, 15, 1) for count in counts]


@pytest.mark.parametrize("period", [20_000, 45_000, 50_000])
def test_a_cache_that_empties_when_it_is_full_is_flat(period: int) -> None:
    assert verdict(growth(samples(lambda count: count % period))) == "flat"


def test_filling_for_the_first_time_is_flat() -> None:
    assert verdict(growth(samples(lambda count: min(count, 45_000)))) == "flat"


def test_an_object_left_by_every_tenth_call_is_found_below_the_caches() -> None:
    grown = growth(samples(lambda count: count % 45_000 + count / 10))

    assert grown["objects"]["measured"] == pytest.approx(10_000, abs=2_500)
    assert verdict(grown) == "GROWS: objects"


def test_what_it_says_of_itself_is_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    count = soak._options([]).requests
    assert count >= LEAST
    assert f": {count:,} calls " in str(soak.__doc__)
    with pytest.raises(SystemExit):
        soak._options(["--help"])
    assert f"(default {count})" in capsys.readouterr().out
