"""What a dry run says of each thing that would be done, as people read it."""

import pytest

from tiergate.adapters.mirror.words import deleted_words, key_words, made_words, patched_words
from tiergate.domain.native import Key, UsagePlan
from tiergate.domain.native_changes import KeyChange, LivePlan, Natives
from tiergate.domain.native_limits import NativeLimits

FREE = LivePlan("p5", "a/free", "free", NativeLimits(5, 10, 1000, "DAY"), frozenset({"x:prod"}))
NATIVES = Natives([FREE], [], {})
WANTED = Key("sub", "app", True, frozenset({"a/large"}))
KEY = "the API key of subscription sub (application app)"
STAYS = KeyChange("sub", "app", WANTED, "k1", (), (), (), ())

CHANGES: dict[str, KeyChange] = {
    f"delete {KEY}": STAYS._replace(wanted=None, id="", deleted=("k1",)),
    f'make {KEY} in usage plan "a/large"': STAYS._replace(id="", into=("a/large",)),
    f"make {KEY} again": STAYS._replace(id="", deleted=("k1",), into=("a/large",)),
    f"delete 2 more of {KEY}": STAYS._replace(deleted=("k2", "k3")),
    f"name {KEY} tiergate/dev/app/sub": STAYS._replace(patches=(("replace", "/name", "tiergate/dev/app/sub"),)),
    f"enable {KEY}": STAYS._replace(patches=(("replace", "/enabled", "true"),)),
    f"disable {KEY}": STAYS._replace(patches=(("replace", "/enabled", "false"),)),
    f'put {KEY} in usage plan "a/large"': STAYS._replace(into=("a/large",)),
    f'move {KEY} from usage plan "a/free" to "a/large"': STAYS._replace(out=("p5",), into=("a/large",)),
    f'take {KEY} out of usage plan "a/free"': STAYS._replace(out=("p5",)),
}


@pytest.mark.parametrize("words", CHANGES)
def test_each_change_of_a_key_is_told_in_one_line(words: str) -> None:
    assert [*key_words(CHANGES[words], NATIVES)] == [words]


def test_all_that_one_key_needs_is_told() -> None:
    change = STAYS._replace(deleted=("k2",), patches=(("replace", "/enabled", "true"),), out=("p5",))
    assert len([*key_words(change, NATIVES)]) == 3


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (NativeLimits(), "no limits"),
        (NativeLimits(0.5, 10_000), "0.5 a second, 10,000 at once"),
        (NativeLimits(quota=1_000_000, period="MONTH"), "1,000,000 a month"),
        (NativeLimits(5, 10, 1000, "DAY"), "5 a second, 10 at once, 1,000 a day"),
    ],
)
def test_a_usage_plan_is_told_with_its_limits(limits: NativeLimits, words: str) -> None:
    assert made_words(UsagePlan("a/free", limits, frozenset())) == f'make usage plan "a/free" ({words})'


def test_what_changes_of_a_usage_plan_and_that_it_goes_is_told_with_its_id() -> None:
    patches = [("replace", "/quota/limit", "7"), ("remove", "/throttle", "")]
    told = 'change usage plan "a/free" (p5): replace /quota/limit 7, remove /throttle'
    assert patched_words(FREE, patches) == told
    assert deleted_words(FREE) == 'delete usage plan "a/free" (p5)'
