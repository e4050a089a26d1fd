"""The order in which stages and keys move: out before in, so that no key is ever in two usage plans of a stage."""

from tiergate.domain.native import Key, UsagePlan
from tiergate.domain.native_changes import (
    KeyChange,
    LiveKey,
    LivePlan,
    Natives,
    limit_patches,
    removed_stages,
    stage_patches,
)
from tiergate.domain.native_limits import NativeLimits

LIMITS = NativeLimits(5, 10, 100, "DAY")
FREE = LivePlan("p5", "a/free", "free", LIMITS, frozenset({"x:prod"}))
LARGE = LivePlan("p7", "a/large", "large", LIMITS, frozenset({"x:prod"}))
KEY = LiveKey("k1", "sub", "app", "name", True, "mark")
WANTED = Key("sub", "app", True, frozenset({"a/large"}))


def _change(natives: Natives, wanted: Key | None = WANTED, **how: str) -> KeyChange:
    return natives.change(wanted, "sub", "app", **({"name": "name", "mark": "mark"} | how))


def test_a_key_in_its_usage_plan_needs_nothing() -> None:
    assert not _change(Natives([FREE, LARGE], [KEY], {"p7": ["k1"]}))


def test_a_key_goes_from_one_usage_plan_into_another() -> None:
    change = _change(Natives([FREE, LARGE], [KEY], {"p5": ["k1"]}))
    assert (change.out, change.into) == (("p5",), ("a/large",))


def test_usage_plans_of_others_that_hold_a_key_of_ours_are_let_be() -> None:
    assert _change(Natives([LARGE], [KEY], {"p7": ["k1"], "theirs": ["k1"]})).out == ()


def test_of_usage_plans_that_are_there_twice_the_least_id_counts() -> None:
    twin = LARGE._replace(id="p1")
    natives = Natives([LARGE, twin], [KEY], {"p7": ["k1"]})
    assert natives.plan("a/large") == twin
    assert _change(natives).out == ("p7",)


def test_a_key_of_another_root_is_deleted_and_made_again() -> None:
    change = _change(Natives([LARGE], [KEY], {"p7": ["k1"]}), mark="other")
    assert (change.id, change.deleted, change.into) == ("", ("k1",), ("a/large",))


def test_a_key_that_nobody_wants_is_deleted() -> None:
    assert _change(Natives([LARGE], [KEY], {}), None).deleted == ("k1",)


def test_a_stage_that_a_usage_plan_should_not_have_is_taken_out_first() -> None:
    wanted = {"a/free": UsagePlan("a/free", LIMITS, frozenset({"y:prod"}))}
    assert removed_stages(Natives([FREE], [], {}), wanted) == {"p5": {"x:prod"}}


def test_a_usage_plan_that_is_not_wanted_keeps_its_stages_until_its_keys_have_moved() -> None:
    wanted = {"a/free": UsagePlan("a/free", LIMITS, frozenset({"x:prod"}))}
    assert removed_stages(Natives([FREE, LARGE], [KEY], {"p7": ["k1"]}), wanted) == {}


def test_but_not_a_stage_that_another_usage_plan_of_the_same_keys_is_to_gain() -> None:
    other = LARGE._replace(stages=frozenset({"y:prod", "z:prod"}))
    wanted = {"a/free": UsagePlan("a/free", LIMITS, frozenset({"x:prod", "y:prod"}))}
    natives = Natives([FREE, other], [KEY], {"p5": ["k1"], "p7": ["k1"]})
    assert removed_stages(natives, wanted) == {"p7": {"y:prod"}}


def test_limits_are_added_replaced_or_removed() -> None:
    def patches(before: NativeLimits, after: NativeLimits) -> list[tuple[str, str, str]]:
        return limit_patches(FREE._replace(limits=before), UsagePlan("a/free", after, FREE.stages), "free")

    assert patches(LIMITS, LIMITS) == []
    assert patches(LIMITS, NativeLimits()) == [("remove", "/throttle", ""), ("remove", "/quota", "")]
    assert patches(NativeLimits(), NativeLimits(0.5, 2)) == [
        ("add", "/throttle/rateLimit", "0.5"),
        ("add", "/throttle/burstLimit", "2"),
    ]
    assert patches(LIMITS, LIMITS._replace(quota=7, period="MONTH")) == [
        ("replace", "/quota/limit", "7"),
        ("replace", "/quota/offset", "0"),
        ("replace", "/quota/period", "MONTH"),
    ]


def test_stages_are_taken_out_in_one_patch() -> None:
    assert stage_patches("remove", ["b:prod", "a:prod"]) == [
        ("remove", "/apiStages", "a:prod"),
        ("remove", "/apiStages", "b:prod"),
    ]
