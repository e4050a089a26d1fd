"""Whatever comes in: onboarding makes at most one customer, only of a request in order, and never raises."""

import json
import re
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.hostile import ANY_TEXT, ODD_TEXTS, changed, examples, huge_events, json_values
from tests.functions.answers import check_response
from tests.functions.conftest import onboarding_event

OFFER = {"product": "retail", "plan": "roomy"}
REQUEST = "6fd1f2a5-7a34-4d0e-9c0b-0a7a4f1c5a11"

requests = st.builds(
    lambda number, known: known or f"{REQUEST}-{number}",
    st.integers(0, 10**6),
    st.sampled_from(["", "", "", *ODD_TEXTS]),
)
bodies = st.builds(
    lambda name, odd: json.dumps({"organization": name, **OFFER} | odd),
    st.text("abcdefgh ", min_size=1, max_size=12) | ANY_TEXT,
    st.just({})
    | st.dictionaries(st.sampled_from(["organization", "product", "plan", "extra"]), json_values, max_size=2)
    | st.sampled_from([{"plan": "free"}, {"product": "other"}, {"product": "retail "}]),
)


def test_only_a_request_in_order_makes_a_customer_and_it_makes_one(
    onboard: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    tried = []

    def keep(params: dict[str, Any], **_: Any) -> None:
        if len(params["TransactItems"]) > 1:  # one alone is an audit entry
            tried.append(params)

    onboard.ONBOARDING._dynamodb.meta.events.register("before-parameter-build.dynamodb.TransactWriteItems", keep)
    usual = _event(json.dumps({"organization": "Acme", **OFFER}), REQUEST)
    made_up = st.builds(_event, bodies | ANY_TEXT | json_values.map(json.dumps), requests)
    statuses = set()

    @examples(300)
    @given(json_values | changed(usual) | made_up | made_up)
    def check(event: Any) -> None:
        tried.clear()
        answer = onboard.handler(event, None)
        check_response(answer)
        status, in_order = answer["statusCode"], _in_order(event)
        assert len(tried) <= in_order, event
        assert in_order or status >= 400, event
        assert tried or status != 201 or answer["headers"]["idempotency-replayed"] == "true"
        text = capsys.readouterr().out + ("" if status == 201 else str(answer))
        assert "tg_dev_" not in text
        assert REQUEST not in text
        statuses.add(status)

    check()
    assert {201, 400, 422} <= statuses


def test_however_large_a_request_is_it_is_answered(onboard: ModuleType) -> None:
    for event in huge_events(_event(json.dumps({"organization": "Acme", **OFFER}), REQUEST)):
        check_response(onboard.handler(event, None))


def _event(body: str, request: str) -> dict[str, Any]:
    return onboarding_event(body, request, by={"userArn": "arn:aws:iam::1:role/sign-up"})


def _in_order(event: Any) -> bool:
    try:
        wanted, request = json.loads(event["body"]), event["headers"]["idempotency-key"]
        named = set(wanted) == {"organization", "product", "plan"} and isinstance(wanted["organization"], str)
        offered = wanted["product"] in {"retail", "other"} and wanted["plan"] in {"tiny", "slow", "roomy"}
        return named and offered and bool(re.fullmatch(r"[!-~]{16,255}", request))
    except (TypeError, KeyError, ValueError):
        return False
