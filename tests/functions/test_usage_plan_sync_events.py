"""What wakes the sync: every change that a native key or usage plan hangs on, and no other."""

from typing import Any

import pytest

from lambdas.usage_plan_sync.events import changed

BEFORE = {
    "pk": {"S": "APP#app_1"},
    "organization": {"S": "acme"},
    "organization_state": {"S": "active"},
    "state": {"S": "active"},
    "subscriptions": {"M": {"retail": {"M": {"plan": {"S": "free"}}}}},
    "name": {"S": "Till"},
    "version": {"N": "1"},
}


def record(pk: str = "APP#app_1", **new: Any) -> dict[str, Any]:
    """A change of an application's record to what ``new`` says."""
    return {
        "eventName": "MODIFY",
        "dynamodb": {
            "Keys": {"pk": {"S": pk}, "sk": {"S": "-"}},
            "SequenceNumber": "7",
            "OldImage": BEFORE,
            "NewImage": BEFORE | new,
        },
    }


@pytest.mark.parametrize(
    "new",
    [
        {"organization": {"S": "other"}},
        {"organization_state": {"S": "suspended"}},
        {"state": {"S": "suspended"}},
        {"subscriptions": {"M": {"retail": {"M": {"plan": {"S": "large"}}}}}},
        {"subscriptions": {"M": {}}},
    ],
    ids=lambda new: str(next(iter(new))),
)
def test_whatever_native_keys_hang_on_wakes_it(new: dict[str, Any]) -> None:
    assert changed([record(**new)]) == {"app_1": "7"}


@pytest.mark.parametrize("new", [{"name": {"S": "Other"}}, {"version": {"N": "2"}}], ids=["name", "version"])
def test_what_they_do_not_hang_on_does_not(new: dict[str, Any]) -> None:
    assert changed([record(**new)]) == {}


@pytest.mark.parametrize("pk", ["ORG#acme", "KEY#0123456789ab", "SUB#sub_1"])
def test_other_records_do_not(pk: str) -> None:
    assert changed([record(pk, state={"S": "suspended"})]) == {}
