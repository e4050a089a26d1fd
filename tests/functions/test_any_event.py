"""Whatever JSON comes in: the authorizer admits nobody by accident, the proxy forwards nothing, and neither raises."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.events import authorizer_event, proxy_event
from tests.functions.conftest import Gateway
from tiergate.domain.decision import Decision
from tiergate.domain.refusals import ADMITTED, REFUSALS

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("mode", ["managed", "direct"])
def test_no_event_without_a_good_key_is_admitted_or_makes_the_authorizer_raise(gateway: Gateway, mode: str) -> None:
    authorizer, usual = gateway.authorizer(mode), authorizer_event()
    keys_of_event = st.sampled_from(sorted(usual))
    context_parts = st.sampled_from(sorted(usual["requestContext"]))
    events = (
        json_values
        | st.builds(lambda name, value: usual | {name: value}, keys_of_event, json_values)
        | st.builds(
            lambda name, value: usual | {"requestContext": usual["requestContext"] | {name: value}},
            context_parts,
            json_values,
        )
        | st.builds(lambda value: authorizer_event(headers={"x-api-key": value}), json_values)
        | st.builds(lambda path: authorizer_event("/shop/v1/" + path), st.text(st.characters()))
    )

    @given(events)
    @settings(max_examples=200, deadline=None)
    def check(event: Any) -> None:
        answer = authorizer.handler(event, None)
        assert answer["isAuthorized"] is (mode == "managed")
        assert answer["context"]["decision"] == "deny"
        assert answer["context"]["reason"] in REFUSALS
        assert all(isinstance(value, str) for value in answer["context"].values())
        json.dumps(answer)

    check()
    assert gateway.reads == []


def test_no_event_makes_the_proxy_raise_and_none_is_forwarded_without_an_allow(gateway: Gateway) -> None:
    allowed = Decision(ADMITTED, api="shop/v1", ratelimit='"hour";r=3;t=60').context()
    usual, refused = proxy_event(context=allowed), proxy_event(context=Decision("credential_missing").context())
    names = st.sampled_from(sorted(set(usual) - {"requestContext"}))
    events = (
        st.tuples(st.just(False), json_values)
        | st.tuples(st.just(False), st.builds(lambda name, value: refused | {name: value}, names, json_values))
        | st.tuples(st.just(False), st.builds(lambda value: usual | {"requestContext": value}, json_values))
        | st.tuples(
            st.just(False),
            st.builds(
                lambda context: proxy_event(context=context),
                st.dictionaries(st.sampled_from(sorted(set(allowed) - {"decision"})), json_values | st.just(ADMITTED)),
            ),
        )
        | st.tuples(st.just(True), st.builds(lambda name, value: usual | {name: value}, names, json_values))
    )
    proxy = gateway.proxy()
    sent = []
    send = proxy.UPSTREAMS.send
    proxy.UPSTREAMS.send = lambda *call: sent.append(call) or send(*call)

    @given(events)
    @settings(max_examples=200, deadline=None)
    def check(case: tuple[bool, Any]) -> None:
        may_be_sent, event = case
        answer = proxy.handler(event, None)
        assert json.loads(answer["body"])["code"] in REFUSALS
        assert may_be_sent or not sent
        sent.clear()
        json.dumps(answer)

    check()
