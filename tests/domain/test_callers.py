"""Who may call: what an API accepts, what was sent, whose it is, and which scopes it has."""

import json

import pytest

from tests.domain.callers import (
    APPLICATION,
    CLIENT,
    GOOD,
    HOUR,
    ISSUER,
    LEASED,
    OTHERS_KEY,
    SOLE_CLIENT,
    SOLE_KEY,
    Callers,
)
from tests.domain.test_authorizer import KEY, NOW
from tiergate.domain import keys
from tiergate.domain.calls import Certificate
from tiergate.domain.catalogue import BOTH, EITHER, TOKEN
from tiergate.domain.catalogue import KEY as KEY_ONLY
from tiergate.domain.decision import ADMITTED, Decision
from tiergate.domain.limits import SECOND
from tiergate.domain.problems import problem
from tiergate.domain.registry import CACHE_TIME, Credential, Subscription

K, T = KEY.text, "good"
BAD_KEY = keys.derived("dev", b"nobody").text
SUSPENDED = Subscription("sub_1", "retail", "free", "suspended")

SENT = [
    # key, token, and the reason under: key, token, either, both
    (None, None, "credential_missing", "credential_missing", "credential_missing", "credential_missing"),
    ("", "", "credential_missing", "credential_missing", "credential_missing", "credential_missing"),
    (K, None, ADMITTED, "credential_missing", ADMITTED, "credential_missing"),
    (None, T, "credential_missing", ADMITTED, ADMITTED, "credential_missing"),
    (K, T, ADMITTED, ADMITTED, ADMITTED, ADMITTED),
    (BAD_KEY, None, "credential_unknown", "credential_missing", "credential_unknown", "credential_unknown"),
    ("junk", None, "credential_malformed", "credential_missing", "credential_malformed", "credential_malformed"),
    (None, "forged", "credential_missing", "token_untrusted", "token_untrusted", "token_untrusted"),
    (None, "junk", "credential_missing", "token_malformed", "token_malformed", "token_malformed"),
    (None, "expired", "credential_missing", "token_expired", "token_expired", "token_expired"),
    (None, "too-early", "credential_missing", "token_premature", "token_premature", "token_premature"),
    (None, "misdirected", "credential_missing", "token_misdirected", "token_misdirected", "token_misdirected"),
    (None, "of-nobody", "credential_missing", "credential_unknown", "credential_unknown", "credential_unknown"),
    (K, "forged", ADMITTED, "token_untrusted", "token_untrusted", "token_untrusted"),
    (BAD_KEY, T, "credential_unknown", ADMITTED, "credential_unknown", "credential_unknown"),
    (OTHERS_KEY.text, T, ADMITTED, ADMITTED, "credential_mismatch", "credential_mismatch"),
    (K, "of-another", ADMITTED, ADMITTED, "credential_mismatch", "credential_mismatch"),
    (None, K, "credential_missing", "token_malformed", "token_malformed", "token_malformed"),
    (T, None, "credential_malformed", "credential_missing", "credential_malformed", "credential_malformed"),
]


@pytest.mark.parametrize(("key", "token", "by_key", "by_token", "either", "both"), SENT)
def test_what_is_sent_is_judged_by_what_the_api_accepts(key, token, by_key, by_token, either, both):
    """All that is sent and accepted must be good, and of one application; what is not accepted counts for nothing."""
    expected = {KEY_ONLY: by_key, TOKEN: by_token, EITHER: either, BOTH: both}
    for accepts, reason in expected.items():
        callers = Callers(accepts)
        assert callers.call(api_key=key, token=token).reason == reason, accepts
        assert callers.counters.calls == (reason == ADMITTED)


def test_what_is_wrong_with_a_token_is_told_the_caller_and_the_access_log():
    decision = Callers().call(token="misdirected")
    assert decision.context()["cause"] == "aud names nothing of ours"
    told = json.loads(problem(decision, request_id="r", platform="Bank", support="help").body)
    assert (told["code"], told["cause"]) == ("token_misdirected", "aud names nothing of ours")


def test_what_a_token_calls_is_told_as_of_a_key_with_its_scopes_and_its_subject():
    decision = Callers().call("POST", "/pay", token="for-a-user")
    assert decision._replace(ratelimit="", ratelimit_policy="") == Decision(
        ADMITTED,
        api="bank/v1",
        operation="pay",
        cost=3,
        address="192.0.2.0",
        credential=CLIENT,
        application="app_1",
        organization="acme",
        subscription="sub_1",
        product="retail",
        plan="free",
        scheme="Bearer",
        scopes="read write",
        issuer=ISSUER,
        subject="user-7",
    )


def test_a_key_and_a_client_of_one_application_share_its_quota():
    callers = Callers()
    found = [callers.call(api_key=K if each % 2 else None, token=None if each % 2 else T).reason for each in range(5)]
    assert found == [ADMITTED] * 4 + ["quota_exceeded"]
    assert callers.counters.items["sub_1"][f"u{HOUR}"] == 4


def test_a_call_with_both_is_debited_once():
    callers = Callers(BOTH)
    assert callers.call(api_key=K, token=T).allowed
    assert callers.counters.items["sub_1"][f"u{HOUR}"] == 1


def test_a_known_token_costs_two_reads_in_thirty_seconds_as_a_key_does():
    callers = Callers()
    for second in range(30):
        callers.call(token=T, now=NOW + second * SECOND)
    assert callers.registry.reads == 2


@pytest.mark.parametrize(
    ("reason", "record"),
    [
        ("credential_suspended", SOLE_CLIENT._replace(state="suspended")),
        ("credential_revoked", SOLE_CLIENT._replace(state="revoked")),
        ("credential_revoked", SOLE_CLIENT._replace(state="odd")),
        ("credential_expired", SOLE_CLIENT._replace(expires=NOW)),
        ("credential_unknown", SOLE_CLIENT._replace(application="app_gone")),
        ("application_suspended", APPLICATION._replace(state="suspended")),
        ("organization_suspended", APPLICATION._replace(organization_state="suspended")),
        ("subscription_missing", APPLICATION._replace(subscriptions={})),
        ("subscription_suspended", APPLICATION._replace(subscriptions={"retail": SUSPENDED})),
    ],
)
def test_a_good_token_of_one_who_may_not_call_is_refused_before_any_debit(reason, record):
    callers = Callers()
    callers.registry.put(record)
    assert callers.call(token=T).reason == reason
    assert callers.counters.calls == 0


def test_tokens_of_a_revoked_client_are_refused_within_the_promise_however_long_they_are_good():
    callers = Callers()
    assert callers.call(token=T).allowed
    callers.registry.put(SOLE_CLIENT._replace(state="revoked"))
    assert callers.call(token=T, now=NOW + CACHE_TIME).reason == "credential_revoked"
    assert CACHE_TIME < 60 * SECOND


def test_a_client_of_one_issuer_is_none_of_anothers_with_the_same_id():
    callers = Callers()
    assert callers.call(token="of-another-issuer").reason == "credential_unknown"
    callers.registry.put(Credential(CLIENT, "app_2", "", issuer="others"))
    others, own = callers.call(token="of-another-issuer", now=NOW + CACHE_TIME), callers.call(token=T)
    assert [(each.application, each.credential, each.issuer) for each in (others, own)] == [
        ("app_2", CLIENT, "others"),
        ("app_1", CLIENT, ISSUER),
    ]
    assert callers.call(api_key=K).issuer == ""


@pytest.mark.parametrize(
    ("issuer", "client"),
    [
        (ISSUER, f"../{CLIENT}"),
        ("part", f"ners#{CLIENT}"),
        (ISSUER, KEY.id),
        ("", KEY.id),
        (ISSUER, "app_1"),
        (f"{ISSUER}#{CLIENT}", ""),
    ],
)
def test_no_client_id_makes_another_record_of_it(issuer, client):
    callers = Callers()
    callers.tokens.known["odd"] = GOOD._replace(issuer=issuer, client=client)
    assert callers.call(token="odd").reason == "credential_unknown"
    assert callers.counters.calls == 0


@pytest.mark.parametrize(
    ("token", "limited", "path", "reason"),
    [
        ("good", None, "/accounts", ADMITTED),
        ("good", None, "/pay", ADMITTED),
        ("reading", None, "/accounts", ADMITTED),
        ("reading", None, "/pay", "scope_missing"),
        ("scopeless", None, "/accounts", "scope_missing"),
        ("scopeless", None, "/open", ADMITTED),
        ("good", {"read"}, "/accounts", ADMITTED),
        ("good", {"read"}, "/pay", "scope_missing"),
        ("reading", {"write"}, "/accounts", "scope_missing"),
        ("good", set(), "/accounts", "scope_missing"),
    ],
)
def test_a_token_is_good_for_the_scopes_that_it_and_its_client_have(token, limited, path, reason):
    callers = Callers()
    callers.registry.put(SOLE_CLIENT._replace(scopes=None if limited is None else frozenset(limited)))
    assert callers.call("POST" if path == "/pay" else "GET", path, token=token).reason == reason
    assert callers.counters.calls == (reason == ADMITTED)


def test_the_upstream_is_told_no_scope_that_the_client_may_not_have():
    callers = Callers()
    callers.registry.put(SOLE_CLIENT._replace(scopes=frozenset({"read", "admin"})))
    assert callers.call(token=T).scopes == "read"


@pytest.mark.parametrize(
    ("limited", "token", "scheme"),
    [({"read"}, "good", "ApiKey"), (None, "reading", "Bearer"), (set(), "reading", "ApiKey")],
)
def test_of_two_credentials_each_must_have_the_scopes_and_the_one_that_lacks_them_is_named(limited, token, scheme):
    callers = Callers(BOTH)
    callers.registry.put(SOLE_KEY._replace(scopes=None if limited is None else frozenset(limited)))
    decision = callers.call("POST", "/pay", api_key=K, token=token)
    assert (decision.reason, decision.scheme, decision.needs) == ("scope_missing", scheme, "read write")


PEM = "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n"
HELLO = "LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ"
"""SHA-256 of what the certificate holds, in base64url."""


@pytest.mark.parametrize(
    ("certificate", "reason"),
    [
        (Certificate("CN=partner", PEM), ADMITTED),
        (Certificate("CN=partner", PEM.replace("\n", "\r\n")), ADMITTED),
        (Certificate("CN=partner", PEM.replace("aGVsbG8=", "aGVsbG9v")), "certificate_mismatch"),
        (Certificate("CN=partner", "no certificate"), "certificate_mismatch"),
        (Certificate("CN=partner", PEM.replace("aGVsbG8=", "a===")), "certificate_mismatch"),
        (None, "certificate_mismatch"),
    ],
)
def test_a_token_that_is_bound_to_a_certificate_is_good_with_that_one_alone(certificate, reason):
    callers = Callers()
    callers.tokens.known["bound"] = GOOD._replace(thumbprint=HELLO)
    assert callers.call(token="bound", certificate=certificate).reason == reason
    assert callers.counters.calls == (reason == ADMITTED)


def test_an_issuer_that_is_down_refuses_its_tokens_and_debits_nothing_while_keys_go_on():
    callers = Callers()
    decision = callers.call(token="unverified")
    assert (decision.reason, decision.wait) == ("issuer_unavailable", 8)
    assert [str(error) for error in callers.reported] == ["issuer partners: no answer in 2 s"]
    assert (callers.counters.calls, callers.registry.reads) == (0, 0)
    assert callers.call(api_key=K).allowed


def test_an_api_that_accepts_tokens_where_nobody_issues_any_refuses_them():
    callers = Callers()
    callers.authorizer._tokens = None
    assert callers.call(token=T).reason == "token_untrusted"


@pytest.mark.parametrize("reason", ["key", "client"])
def test_who_is_known_goes_on_for_the_grace_of_the_plan(reason):
    callers = Callers()
    sent = {"api_key": K} if reason == "key" else {"token": T}
    assert callers.call(**sent).allowed
    callers.registry.down = True
    assert callers.call(**sent, now=NOW + 54 * SECOND).fallback == "grace"
    assert callers.call(**sent, now=NOW + 56 * SECOND).reason == "admission_unavailable"


def test_a_call_that_waited_for_an_issuer_takes_nothing_ahead():
    """Its time was taken before, so that what it took would be of an epoch that may be over."""
    debited = {}
    for waited in (False, True):
        callers = Callers(plan=LEASED)
        for each in range(1_400):
            callers.call(token=T, now=NOW + each * 20_000)
        now = NOW + 29 * SECOND
        callers.tokens.waits = waited
        assert callers.call(path="/export", token=T, now=now).allowed
        debited[waited] = callers.counters.items["sub_1"][f"u{HOUR}"]
    assert debited[True] < debited[False]


def fields(decision: Decision, accepts: str) -> list[str]:
    answer = problem(decision, request_id="r", platform="Bank", support="help@bank.example", accepts=accepts)
    shown = [value for name, value in answer.headers if name == "www-authenticate"]
    assert shown == [value for name, value in answer.headers if name == "x-www-authenticate"]
    return shown


@pytest.mark.parametrize(
    ("accepts", "shown"),
    [
        (KEY_ONLY, ['ApiKey realm="Bank"']),
        (TOKEN, ['Bearer realm="Bank"']),
        (EITHER, ['Bearer realm="Bank"', 'ApiKey realm="Bank"']),
        (BOTH, ['Bearer realm="Bank"', 'ApiKey realm="Bank"']),
    ],
)
def test_who_sent_nothing_is_told_what_would_do_and_no_error(accepts, shown):
    """RFC 6750, 3: no error code where no authentication was attempted."""
    assert fields(Callers(accepts).call(), accepts) == shown


@pytest.mark.parametrize("sent", [{}, {"token": "forged"}, {"api_key": BAD_KEY}, {"token": "scopeless"}])
def test_a_name_that_cannot_stand_in_quotes_is_no_realm(sent):
    answer = problem(Callers().call(**sent), request_id="r", platform='Die "Bank"', support="-", accepts=EITHER)
    shown = [value for name, value in answer.headers if name == "www-authenticate"]
    assert shown
    assert not any("realm" in value or "Die" in value for value in shown)


@pytest.mark.parametrize(
    ("sent", "scheme", "missing", "sent_in"),
    [
        ({"api_key": K}, "Bearer", "an access token as well", "Authorization: Bearer"),
        ({"token": T}, "ApiKey", "an API key as well", "the X-Api-Key header"),
    ],
)
def test_who_sent_one_of_two_is_told_of_the_other(sent, scheme, missing, sent_in):
    decision = Decision.of_context(Callers(BOTH).call(**sent).context())
    assert fields(decision, BOTH) == [f'{scheme} realm="Bank"']
    told = json.loads(problem(decision, request_id="r", platform="Bank", support="help", accepts=BOTH).body)
    assert told["detail"] == f"This call lacks what it needs: {missing}."
    assert told["next"].endswith(f"{sent_in}.")


@pytest.mark.parametrize("token", ["forged", "junk", "expired", "misdirected", "too-early", "of-nobody", "bound"])
def test_a_token_that_is_refused_is_an_invalid_one(token):
    decision = Callers().call(token=token)
    (shown,) = fields(decision, EITHER)
    assert shown.startswith('Bearer realm="Bank", error="invalid_token", error_description="')


def test_a_token_without_the_scopes_is_told_which_it_needs():
    (shown,) = fields(Callers().call("POST", "/pay", token="reading"), EITHER)
    assert shown.startswith('Bearer realm="Bank", error="insufficient_scope"')
    assert shown.endswith(', scope="read write"')


def test_of_alternatives_the_one_of_fewest_scopes_is_told():
    (shown,) = fields(Callers().call(token="scopeless"), EITHER)
    assert shown.endswith(', scope="admin"')


def test_a_key_that_is_refused_is_told_of_keys_alone():
    assert fields(Callers().call(api_key=BAD_KEY), EITHER) == ['ApiKey realm="Bank"']


@pytest.mark.parametrize("token", ["unverified", T])
def test_what_other_credentials_would_not_help_has_no_challenge(token):
    callers = Callers()
    callers.registry.put(APPLICATION._replace(state="suspended"))
    assert fields(callers.call(token=token), EITHER) == []
