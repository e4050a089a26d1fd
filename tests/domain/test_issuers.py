"""What a token says whose signature is an issuer's, and that it is refused where it is not for us or not now."""

from sys import getsizeof
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiergate.domain.issuers import LATEST, LEEWAY, MOST_SCOPES, Issuer, token_of
from tiergate.domain.limits import SECOND
from tiergate.domain.tokens import Token, TokenRefused, granted

NOW = 1_795_000_000 * SECOND
SECONDS = NOW // SECOND
RAW = {
    "url": "https://login.acme.example/",
    "algorithms": ["RS256"],
    "audiences": ["https://api.bank.example", "bank"],
    "types": ["at+jwt", "application/at+jwt"],
    "client": "client_id",
    "scope": "scope",
    "stale": 14_400,
}
HEADER = {"typ": "at+jwt", "alg": "RS256"}
CLAIMS = {
    "iss": "https://login.acme.example/",
    "aud": "bank",
    "client_id": "client-1",
    "sub": "client-1",
    "scope": "read write",
    "exp": SECONDS + 60,
}
GOOD = Token("acme", "client-1", frozenset({"read", "write"}), NOW + 60 * SECOND)


def issuer_of(**changes: Any) -> Issuer:
    return Issuer.of("acme", RAW | changes)


def token(issuer: Issuer | None = None, now: int = NOW, header: dict[str, Any] = HEADER, **claims: Any) -> Token:
    """Of good claims with these instead; None takes one away."""
    changed = {name: value for name, value in (CLAIMS | claims).items() if value is not None}
    return token_of(issuer or issuer_of(), header, changed, now)


def code_of(*given: Any, **claims: Any) -> str:
    with pytest.raises(TokenRefused) as refused:
        token(*given, **claims)
    return refused.value.code


def test_an_issuer_is_read_from_the_bundle_and_what_is_left_out_asks_for_nothing() -> None:
    issuer = issuer_of(jwks="https://keys.acme.example/", required={"token_use": "access"}, scope_prefix="bank/")
    assert (issuer.jwks, issuer.required, issuer.scope_prefix) == (
        "https://keys.acme.example/",
        {"token_use": "access"},
        "bank/",
    )
    bare = Issuer.of("acme", {name: value for name, value in RAW.items() if name != "audiences"})
    assert (bare.jwks, bare.audiences, bare.required, bare.scope_prefix) == ("", frozenset(), {}, "")
    assert bare.stale == 4 * 3600 * SECOND


def test_a_pool_that_did_not_come_with_the_deploy_is_named_and_what_is_missing_too() -> None:
    raw = {name: value for name, value in RAW.items() if name != "url"}
    with pytest.raises(ValueError, match="issuer acme has no url: it is not in the variable ISSUERS"):
        Issuer.of("acme", raw)


def test_a_good_token_says_whose_it_is_and_for_how_long() -> None:
    assert token() == GOOD


@pytest.mark.parametrize("kind", ["at+jwt", "AT+JWT", "application/at+jwt", "Application/AT+jwt"])
def test_an_access_token_says_that_it_is_one_in_any_case(kind: str) -> None:
    assert token(header={"typ": kind}) == GOOD


@pytest.mark.parametrize("header", [{}, {"typ": ""}, {"typ": "JWT"}, {"typ": None}, {"typ": 1}, {"typ": "x+at+jwt"}])
def test_another_kind_of_token_is_refused(header: dict[str, Any]) -> None:
    assert code_of(header=header) == "token_misdirected"


def test_an_issuer_that_says_no_kind_is_believed_only_where_its_file_says_so() -> None:
    lax = issuer_of(types=["", "jwt"])
    assert token(lax, header={}) == token(lax, header={"typ": "JWT"}) == GOOD
    assert code_of(lax, header={"typ": "at+jwt"}) == "token_misdirected"


def test_a_token_of_another_issuer_is_refused() -> None:
    assert code_of(iss="https://login.acme.example") == "token_untrusted"
    assert code_of(iss=None) == "token_untrusted"


@pytest.mark.parametrize("audience", ["bank", ["bank"], ["other", "https://api.bank.example"]])
def test_one_audience_of_ours_is_enough(audience: object) -> None:
    assert token(aud=audience) == GOOD


@pytest.mark.parametrize("audience", [None, "", "other", [], ["other"], "bank other", ["bank", 1], {"bank": 1}, 7])
def test_a_token_for_others_is_refused(audience: object) -> None:
    assert code_of(aud=audience) == "token_misdirected"


def test_where_no_audience_is_named_none_is_asked_for() -> None:
    assert token(issuer_of(audiences=[]), aud=None) == GOOD


@pytest.mark.parametrize("value", [None, "id", ["access"], True])
def test_claims_that_the_file_requires_must_be_so(value: object) -> None:
    issuer = issuer_of(required={"token_use": "access"})
    assert token(issuer, token_use="access") == GOOD
    assert code_of(issuer, token_use=value) == "token_misdirected"


@pytest.mark.parametrize(("wanted", "others"), [(True, [1, 1.0, "true"]), (1, [True, "1"]), (0, [False, None])])
def test_a_required_claim_is_of_the_kind_that_the_file_says(wanted: object, others: list[object]) -> None:
    issuer = issuer_of(required={"email_verified": wanted})
    assert token(issuer, email_verified=wanted) == GOOD
    for other in others:
        assert code_of(issuer, email_verified=other) == "token_misdirected"


def test_a_token_ends_with_its_last_microsecond_whatever_clocks_say() -> None:
    assert token(now=GOOD.expires - 1) == GOOD
    assert code_of(now=GOOD.expires) == "token_expired"


@pytest.mark.parametrize("name", ["nbf", "iat"])
def test_a_token_may_begin_by_a_clock_that_is_a_little_ahead(name: str) -> None:
    begins = {name: SECONDS + LEEWAY // SECOND}
    assert token(**begins) == GOOD
    assert code_of(now=NOW - 1, **begins) == "token_premature"


@pytest.mark.parametrize("name", ["exp", "nbf", "iat"])
@pytest.mark.parametrize("value", ["1795000000", True, -1, LATEST + 1, float("inf"), float("nan"), [1], {}])
def test_a_time_is_a_number_that_all_programs_read_alike(name: str, value: object) -> None:
    assert code_of(**{name: value}) == "token_malformed"


def test_times_may_have_fractions() -> None:
    assert token(exp=SECONDS + 0.5).expires == NOW + SECOND // 2


def test_a_token_without_an_end_is_refused() -> None:
    assert code_of(exp=None) == "token_malformed"


def test_the_client_is_in_the_claim_that_the_file_names() -> None:
    issuer = issuer_of(client="azp")
    assert token(issuer, azp="client-9", client_id=None, sub=None).client == "client-9"
    assert code_of(issuer) == "token_malformed"


@pytest.mark.parametrize("client", ["a", "0oa-1_2.3~4", "app@clients", "urn:acme:app", "a/b|c+d=", "a" * 200])
def test_a_clients_id_may_have_what_issuers_give_them(client: str) -> None:
    assert token(client_id=client, sub=None).client == client


@pytest.mark.parametrize(
    "client", [None, "", "-a", "a b", "a#b", "a\n", "a\r\nb", 'a"b', "é", "\ud800", "a" * 201, 7, ["a"]]
)
def test_an_id_that_could_not_stand_in_a_log_or_a_field_is_none(client: object) -> None:
    assert code_of(client_id=client) == "token_malformed"


def test_whom_else_a_token_speaks_for_is_told() -> None:
    assert token(sub="ann").subject == "ann"
    assert token(sub=None).subject == token(sub="client-1").subject == ""


@pytest.mark.parametrize("subject", ["", "a b", "a\r\nb", "é", "a" * 256, 7, ["ann"]])
def test_a_subject_that_no_field_can_carry_is_refused(subject: object) -> None:
    assert code_of(sub=subject) == "token_malformed"


@pytest.mark.parametrize("scopes", ["read write", ["read", "write"], "write read", "read  write", " read write "])
def test_scopes_are_one_text_or_a_list(scopes: object) -> None:
    assert token(scope=scopes) == GOOD


@pytest.mark.parametrize("scopes", [None, "", [], 'a"b', "a\\b", "ä", ["a b"], "a" * 201])
def test_what_is_no_scope_grants_nothing(scopes: object) -> None:
    assert token(scope=scopes).scopes == frozenset()


@pytest.mark.parametrize("scopes", [7, True, {"read": True}, ["read", 7], [["read"]]])
def test_scopes_of_another_shape_are_refused(scopes: object) -> None:
    assert code_of(scope=scopes) == "token_malformed"


def test_scopes_count_under_the_prefix_of_ours_and_without_it() -> None:
    issuer = issuer_of(scope="scp", scope_prefix="bank/")
    assert token(issuer, scp="bank/read other/write write bank/", scope="admin").scopes == {"read"}


def test_a_token_has_no_more_scopes_than_are_worth_remembering() -> None:
    """Thousands of tokens are: by their length alone, each could take a quarter of a megabyte."""
    most = [f"{number:03}:{'s' * 50}" for number in range(MOST_SCOPES)]
    scopes = token(scope=[*most, *most, "no scope"]).scopes
    assert getsizeof(scopes) + sum(map(getsizeof, scopes)) < 20_000
    with pytest.raises(TokenRefused, match=r"^more than 100 scopes$") as refused:
        token(scope=[*most, "one-more"])
    assert refused.value.code == "token_malformed"


def test_scopes_that_do_not_count_are_as_many_as_an_issuer_likes() -> None:
    issuer = issuer_of(scope_prefix="bank/")
    assert token(issuer, scope=[*(f"other/{number}" for number in range(1_000)), "bank/read"]).scopes == {"read"}


def test_a_scope_of_many_tokens_is_kept_once() -> None:
    one, other = (token(scope=" ".join(["accounts:read", "x"])).scopes for _ in range(2))
    assert {id(each) for each in one} == {id(each) for each in other}


def test_the_scopes_of_a_tokens_calls_are_worked_out_once() -> None:
    token, client = frozenset({"write", "read", "pay"}), frozenset({"read", "write", "admin"})
    assert granted(token, None) == (token, "pay read write")
    assert granted(token, client) == ({"read", "write"}, "read write")
    assert granted(token, frozenset()) == (frozenset(), "")
    assert granted(token, client) is granted(token, client)


def test_a_token_that_is_bound_to_a_certificate_says_to_which() -> None:
    thumb = "A1b-_" * 8 + "xyz"
    assert token(cnf={"x5t#S256": thumb}).thumbprint == thumb


@pytest.mark.parametrize(
    ("bound", "code"),
    [
        ({}, "token_misdirected"),
        ({"jkt": "thumb"}, "token_misdirected"),
        ({"x5t#S256": "thumb", "jkt": "thumb"}, "token_misdirected"),
        ({"x5t#S256": 7}, "token_misdirected"),
        ({"x5t#S256": ""}, "token_malformed"),
        ({"x5t#S256": "A" * 42}, "token_malformed"),
        ({"x5t#S256": "A" * 8_000}, "token_malformed"),
        ("thumb", "token_misdirected"),
        (["x5t#S256"], "token_misdirected"),
        (False, "token_misdirected"),
    ],
)
def test_a_binding_that_is_not_checked_here_is_no_good(bound: object, code: str) -> None:
    assert code_of(cnf=bound) == code


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(sorted({*CLAIMS, "nbf", "iat", "cnf"})), JSON), JSON)
def test_any_claims_are_a_token_or_refused(claims: dict[str, Any], kind: object) -> None:
    issuer = issuer_of(types=["at+jwt", ""])
    try:
        found = token_of(issuer, {"typ": kind}, CLAIMS | claims, NOW)
    except TokenRefused as refused:
        assert refused.code.startswith("token_")  # noqa: PT017 - either is right
    else:
        assert found.expires > NOW
