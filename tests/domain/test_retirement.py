"""The end of an API version: calls in a brownout are refused on purpose, those of a retired version for good."""

import pytest

from tests.domain.callers import Callers
from tests.domain.test_authorizer import KEY, NOW
from tiergate.domain.decision import ADMITTED
from tiergate.domain.lifecycle import Lifecycle
from tiergate.domain.limits import SECOND

TODAY = NOW // SECOND
DAY = 86_400
LIFECYCLE = {
    "deprecated": TODAY - 30 * DAY,
    "sunset": TODAY + DAY,
    "gone": TODAY + 91 * DAY,
    "successor": "bank/v2",
    "brownouts": [[TODAY - 900, TODAY], [TODAY + 600, TODAY + 1500]],
}
DEPRECATED = {"state": "deprecated", "lifecycle": LIFECYCLE}
RETIRED = {"state": "retired", "lifecycle": LIFECYCLE}
BEGINS, ENDS, GONE = ((TODAY + after) * SECOND for after in (600, 1500, 91 * DAY))


def test_a_deprecated_version_answers_as_it_did():
    callers = Callers(api=DEPRECATED)
    assert callers.call(api_key=KEY.text).reason == ADMITTED
    assert callers.counters.items["sub_1"]


@pytest.mark.parametrize(
    ("now", "reason", "wait"),
    [
        (NOW, ADMITTED, 0),
        (BEGINS - 1, ADMITTED, 0),
        (BEGINS, "api_brownout", 900),
        (ENDS - 1, "api_brownout", 1),
        (ENDS, ADMITTED, 0),
    ],
)
@pytest.mark.parametrize("sent", [{"api_key": KEY.text}, {"token": "good"}, {}], ids=["key", "token", "nothing"])
def test_a_brownout_refuses_from_its_first_to_its_last_microsecond_and_says_how_long(now, reason, wait, sent):
    callers = Callers(api=DEPRECATED, public=True)
    decision = callers.call(now=now, **sent)
    assert (decision.reason, decision.wait) == (reason, wait)


def test_who_is_refused_in_a_brownout_is_known_and_nothing_is_debited():
    callers = Callers(api=DEPRECATED)
    decision = callers.call(api_key=KEY.text, now=BEGINS)
    assert (decision.credential, decision.organization, decision.subscription, decision.plan, decision.operation) == (
        KEY.id,
        "acme",
        "sub_1",
        "free",
        "list",
    )
    assert callers.counters.calls == 0


def test_a_public_call_is_refused_in_a_brownout_and_nothing_is_debited():
    callers = Callers(api=DEPRECATED, public=True)
    decision = callers.call(now=BEGINS)
    assert (decision.reason, decision.plan, decision.address) == ("api_brownout", "anonymous", "192.0.2.0")
    assert callers.counters.calls == 0


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        ({}, "credential_missing"),
        ({"api_key": "junk"}, "credential_malformed"),
        ({"token": "scopeless"}, "scope_missing"),
        ({"token": "of-nobody"}, "credential_unknown"),
        ({"api_key": KEY.text, "path": "/nowhere"}, "operation_not_found"),
        ({"api_key": KEY.text, "method": "DELETE"}, "method_not_allowed"),
    ],
)
def test_who_would_be_refused_anyway_hears_that_in_a_brownout_too(sent, reason):
    assert Callers(api=DEPRECATED).call(now=BEGINS, **sent).reason == reason


def test_calls_that_a_brownout_refuses_are_counted_as_other_refusals_of_a_subscription_are():
    callers = Callers(api=DEPRECATED)
    callers.call(api_key=KEY.text, now=BEGINS - SECOND)
    for each in range(3):
        callers.call(api_key=KEY.text, now=BEGINS + each)
    assert callers.call(api_key=KEY.text, now=ENDS).allowed
    counted = {name: number for name, number in callers.counters.items["sub_1"].items() if "api_brownout@" in name}
    assert list(counted.values()) == [3]


def test_another_version_has_no_part_in_a_brownout():
    callers = Callers(public=True)
    apis = callers.authorizer._catalogue.apis
    apis["bank/v1"] = apis["bank/v1"]._replace(state="deprecated", lifecycle=Lifecycle.of(LIFECYCLE))
    assert callers.call(now=BEGINS).reason == "api_brownout"
    assert callers.call(api="cards/v1", now=BEGINS).reason == ADMITTED


@pytest.mark.parametrize(("now", "reason"), [(NOW, "api_retired"), (GONE - 1, "api_retired"), (GONE, "api_not_found")])
@pytest.mark.parametrize(
    "sent", [{}, {"api_key": KEY.text}, {"api_key": "junk"}, {"path": "/nowhere"}, {"method": "DELETE"}]
)
def test_a_retired_version_says_so_to_everybody_until_it_is_gone(now, reason, sent):
    callers = Callers(api=RETIRED, public=True)
    assert callers.call(now=now, **sent).reason == reason
    assert (callers.registry.reads, callers.counters.calls) == (0, 0)


def test_a_malformed_path_below_a_retired_version_is_still_malformed():
    assert Callers(api=RETIRED).call(path="/a/../b").reason == "path_malformed"


def test_brownouts_end_with_the_version():
    assert Callers(api=RETIRED).call(api_key=KEY.text, now=BEGINS).reason == "api_retired"


def test_a_draft_is_not_there_whatever_is_said_of_its_end():
    assert Callers(api={"state": "draft", "lifecycle": LIFECYCLE}).call().reason == "api_not_found"
