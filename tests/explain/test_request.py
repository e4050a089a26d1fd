"""What an explanation says beside its rules: the answer that is read, what was recorded, and what had to be assumed."""

import contextlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.explain.bank import NOW, bank
from tiergate.domain.access_log import FIELDS
from tiergate.domain.limits import SECOND
from tiergate.explain.asked import Asked, of_line, whole_path
from tiergate.explain.records import Assumed
from tiergate.explain.request import Explanation, explained
from tiergate.explain.trial import Trial

KEY = "3FnLsxJSqBQf"
WHOLE_KEY = f"tg_dev_{KEY}_{'s3cr3t' * 6}AB"
OFFICE = "203.0.113.9"

Explain = Callable[..., Explanation]


@pytest.fixture(scope="module")
def explain(tmp_path_factory: pytest.TempPathFactory) -> Explain:
    """``explain("bank/v1/accounts")``: of a GET with a good key, at no deployment."""
    policies, catalogue = bank(tmp_path_factory.mktemp("bank") / "policies")

    def told(path: str = "", *, line: dict[str, str] | None = None, **call: Any) -> Explanation:
        if line is None:
            asked = Asked(**{"method": "GET", "path": f"/{path}", "now": NOW, "key_id": KEY, **call})
        else:
            asked = of_line(json.dumps(LINE | line).encode())
        return explained(Trial(policies, catalogue, asked, Assumed.of(asked, policies), "dev", NOW))

    return told


LINE = dict.fromkeys(FIELDS, "-") | {
    "time": str(NOW // 1000),
    "method": "GET",
    "path": "/bank/v1/accounts",
    "decision": "deny",
    "reason": "quota_exceeded",
    "scheme": "ApiKey",
    "credential": KEY,
}


def fields(explanation: Explanation) -> dict[str, str]:
    return dict(explanation.answer.headers)


def test_a_retired_version_is_read_as_410_with_its_successor(explain: Explain) -> None:
    told = explain("old/v1/accounts")
    assert (told.decision.reason, told.answer.status) == ("api_retired", 410)
    assert fields(told)["sunset"] == "Sun, 01 Nov 2026 00:00:00 GMT"
    assert told.document()["answer"]["body"]["successor"] == "/bank/v1"


def test_a_brownout_names_its_end_and_its_line(explain: Explain) -> None:
    told = explain("dim/v1/open")
    assert (told.decision.reason, told.answer.status) == ("api_brownout", 503)
    assert told.rules[-1].says == "refuses until 2026-11-23T10:15:00Z"
    assert told.rules[-1].origin.endswith("/apis/dim/v1/api.yaml:12")
    assert fields(told)["retry-after"] == "290"


def test_an_admitted_call_of_a_deprecated_version_carries_its_fields(explain: Explain) -> None:
    told = explain("dim/v1/open", now=NOW + 3600 * SECOND)
    assert told.decision.allowed
    assert {"deprecation", "sunset", "link", "ratelimit"} <= fields(told).keys()


@pytest.mark.parametrize("path", ["draft/v1/accounts", "gone/v1/accounts", "nothing/v1/accounts", "nothing"])
def test_without_a_route_api_gateway_answers_itself(explain: Explain, path: str) -> None:
    told = explain(path)
    assert told.decision.reason == "api_not_found"
    assert told.document()["answer"] == {"fields": [], "body": {"message": "Not Found"}}


def test_a_key_of_another_make_is_refused_with_the_setting_that_would_let_it_in(explain: Explain) -> None:
    told = explain("bank/v1/accounts", key_id="1f40fc92da241694750979ee")
    assert (told.decision.reason, told.answer.status) == ("credential_malformed", 401)
    assert (told.rules[-1].name, told.rules[-1].origin) == ("key", "default")
    assert told.rules[-1].says == "1f40fc92da241694750979ee is of another make; imported_keys does not let those in"


def test_options_of_an_api_with_cors_are_answered_by_the_gateway_and_no_authorizer(explain: Explain) -> None:
    told = explain("web/v1/open", method="OPTIONS", key_id="")
    assert (told.answer.status, fields(told)["allow"]) == (204, "GET, HEAD, OPTIONS, PUT")
    assert [rule.name for rule in told.rules] == ["path", "api", "state", "preflight"]
    assert told.rules[-1].origin.endswith("/apis/web/v1/api.yaml:5")
    assert told.assumed[-1].startswith("no browser asks: its preflight names a page")
    document = told.document()
    assert (document["decision"], document["reason"], document["status"], document["context"]) == ("-", "-", 204, {})


def test_options_of_a_path_that_is_not_there_and_of_an_api_without_cors_are_refused(explain: Explain) -> None:
    told = explain("web/v1/nowhere", method="OPTIONS")
    assert (told.decision.reason, told.answer.status) == ("operation_not_found", 404)
    assert explain("bank/v1/open", method="OPTIONS").decision.reason == "method_not_allowed"


def test_what_is_not_known_of_a_call_is_taken_to_be_met_and_told(explain: Explain) -> None:
    told = explain("narrow/v1/open")
    assert told.decision.allowed
    assert [each for each in told.assumed if "--" in each] == [
        "the call comes from an address that is allowed; --address says which",
        "the call is made with a client certificate that is allowed; --subject says which",
    ]
    assert explain("narrow/v1/open", address="192.0.2.7").decision.reason == "address_not_allowed"


def test_a_public_call_needs_nobody(explain: Explain) -> None:
    told = explain("open/v1/open", key_id="")
    assert told.decision.allowed
    assert (told.decision.plan, told.decision.credential) == ("hourly", "")
    assert told.assumed == ("nothing was used of the limits yet",)


def test_a_refused_token_is_explained_by_the_cause_that_was_recorded(explain: Explain) -> None:
    cause = {"reason": "token_misdirected", "cause": "aud names nothing of ours", "scheme": "Bearer", "credential": "-"}
    told = explain(line=cause)
    assert told.decision.reason == "token_misdirected"
    assert told.rules[-1] == ("token", "aud names nothing of ours", "the access log", "token_misdirected")
    assert not told.differs


def test_a_line_is_explained_at_the_moment_of_its_decision(explain: Explain) -> None:
    """The log has when a call came; a brownout may begin or end until its authorizer has started."""
    began = NOW + 290 * SECOND - 1_000_000
    line = {"time": str(began // 1000), "path": "/dim/v1/open", "latency": "1150", "authorizer_latency": "50"}
    assert explain(line=line).decision.allowed
    assert explain(line=line | {"latency": "1000"}).decision.reason == "api_brownout"


def test_a_tokens_client_is_no_key(explain: Explain) -> None:
    asked = explain(line={"scheme": "Bearer", "credential": "client-1"}).trial.asked
    assert (asked.key_id, asked.client_id) == ("", "client-1")


def test_what_is_said_of_an_address_is_where_it_comes_from_or_that_it_is_taken_to_be_met(explain: Explain) -> None:
    for address, said in (("", "taken to be met; "), ("203.0.113.9", "from 203.0.113.9; ")):
        rules = explain("narrow/v1/open", address=address).rules
        assert next(rule.says for rule in rules if rule.name == "api addresses") == f"{said}allowed 203.0.113.0/24"


def test_a_decision_that_was_another_is_told_to_differ(explain: Explain) -> None:
    assert explain(line={}).differs
    assert not explain(line={"decision": "allow", "reason": "admitted"}).differs


def test_the_subscription_that_the_log_names_is_the_assumed_one(explain: Explain) -> None:
    told = explain(line={"product": "bundle", "plan": "hourly", "subscription": "sub_7", "application": "app_7"})
    decision = told.decision
    assert (decision.application, decision.subscription, decision.plan) == ("app_7", "sub_7", "hourly")


def test_a_whole_key_in_a_log_is_cut_to_its_id(explain: Explain) -> None:
    told = json.dumps(explain(line={"credential": WHOLE_KEY}).document())
    assert KEY in told
    assert "s3cr3t" not in told


def test_no_text_of_the_made_up_key_is_told(explain: Explain) -> None:
    told = explain("bank/v1/accounts")
    secret = told.trial.sent.key_text("dev") or ""
    assert secret.startswith(f"tg_dev_{KEY}_")
    assert secret[-38:] not in json.dumps(told.document())


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/bank/v1/accounts", "/bank/v1/accounts"),
        ("/bank/v1/a%20b?x=%2F", "/bank/v1/a b"),
        ("/bank/v1/100%25", "/bank/v1/100%25"),
        ("https://api.bank.example/bank/v1/accounts?x=1#y", "/bank/v1/accounts"),
    ],
)
def test_a_path_is_taken_as_api_gateway_hands_it_on(text: str, path: str) -> None:
    assert whole_path(text) == path


@given(
    st.dictionaries(
        st.sampled_from([*LINE]),
        st.one_of(st.text(), st.integers(), st.none(), st.lists(st.text()), st.from_regex(r"[0-9]{1,20}")),
    )
)
def test_any_line_is_a_call_or_said_to_be_none(line: dict[str, Any]) -> None:
    for text in (json.dumps(line), json.dumps(LINE | line), json.dumps(line)[:-1]):
        with contextlib.suppress(ValueError):
            assert of_line(text.encode()).method == {**LINE, **line}["method"]
