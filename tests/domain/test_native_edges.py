"""Native limits where they are as large as may be, by halves there already, or not the same at every REST API."""

import pytest

from tests.fakes.mirrored import CATALOGUE, NAMED
from tiergate.domain.limits import Limits
from tiergate.domain.native import Desired, UsagePlan
from tiergate.domain.native_changes import LivePlan, limit_patches
from tiergate.domain.native_limits import LARGEST, NativeLimits, native_limits
from tiergate.domain.rest_apis import RestApis


@pytest.mark.parametrize(("rest_api", "mirrored"), [("stock", True), ("orders", False)])
def test_what_is_told_of_an_hourly_quota_is_what_each_rest_api_does(rest_api: str, mirrored: bool) -> None:
    """``stock`` has ``hourly: day``, ``orders`` has not."""
    told = Desired(CATALOGUE, RestApis(NAMED, {"retail": (rest_api,)})).differences()
    assert any("as 4,800 a day" in each for each in told) is mirrored
    assert any("is not mirrored" in each for each in told) is not mirrored


def test_the_greatest_numbers_that_api_gateway_takes_are_mirrored_as_they_are() -> None:
    limits = Limits.of({"rate": {"per_second": 5, "burst": LARGEST}, "quota": {"month": LARGEST}})
    native, told = native_limits(limits, hourly=False)
    assert native == NativeLimits(5, LARGEST, LARGEST, "MONTH")
    assert told == ("native limits are best-effort: API Gateway may let somewhat more calls through than a limit says",)


@pytest.mark.parametrize(
    ("there", "operation"), [(NativeLimits(), "add"), (NativeLimits(burst=9), "replace"), (NativeLimits(9), "replace")]
)
def test_a_throttle_that_is_there_by_half_is_replaced(there: NativeLimits, operation: str) -> None:
    live = LivePlan("p5", "a/free", "free", there, frozenset())
    assert limit_patches(live, UsagePlan("a/free", NativeLimits(5, 10), frozenset()), "free") == [
        (operation, "/throttle/rateLimit", "5"),
        (operation, "/throttle/burstLimit", "10"),
    ]
