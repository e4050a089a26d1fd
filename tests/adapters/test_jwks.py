"""Which of an issuer's keys may verify what."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.issuer import SigningKey, encoded
from tiergate.adapters.jwks import FITS, MOST_KEYS, MOST_TWINS, Key, candidates, check, usable_keys
from tiergate.adapters.jws import parse
from tiergate.domain.tokens import TokenRefused

RSA, EC, ED = SigningKey("RS256", "rsa"), SigningKey("ES256", "ec"), SigningKey("EdDSA", "ed")
ALL = list(FITS)
CLAIMS = {"iss": "https://login.acme.example/"}


def usable(*jwks: object, algorithms: list[str] = ALL) -> list[Key]:
    return usable_keys({"keys": list(jwks)}, algorithms)


def without(jwk: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in jwk.items() if name not in names}


def number(value: int) -> str:
    return encoded(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def verified_by(keys: list[Key], key: SigningKey, **header: object) -> bool:
    """Whether one of these verifies what that key signed."""
    good = {"alg": key.algorithm, "kid": key.kid} | header
    jws = parse(key.sign({name: value for name, value in good.items() if value is not None}, CLAIMS))
    try:
        check(jws, candidates(keys, jws))
    except TokenRefused:
        return False
    return True


@pytest.mark.parametrize("algorithm", ALL)
def test_every_algorithm_verifies_what_its_key_signed_and_nothing_else(algorithm: str) -> None:
    key, other = SigningKey(algorithm), SigningKey(algorithm, number=1)
    assert verified_by(usable(key.jwk), key)
    assert not verified_by(usable(other.jwk), key)
    assert not verified_by([], key)


@pytest.mark.parametrize("algorithm", ALL)
def test_a_key_verifies_by_what_it_is_for_and_the_issuer_is_believed_in(algorithm: str) -> None:
    jwk = SigningKey(algorithm).jwk
    assert [key.algorithms for key in usable(jwk)] == [{algorithm}]
    assert usable(jwk, algorithms=[name for name in ALL if name != algorithm]) == []
    fitting = {name for name in ALL if FITS[name] == FITS[algorithm]}
    assert [key.algorithms for key in usable(without(jwk, "alg"))] == [fitting]


def test_a_signature_by_one_algorithm_is_none_by_another_of_the_same_key() -> None:
    keys = usable(without(RSA.jwk, "alg"))
    assert verified_by(keys, SigningKey("PS256", "rsa"))
    for stated in ("PS256", "RS384", "RS512"):
        assert not verified_by(keys, RSA, alg=stated)


@pytest.mark.parametrize(
    "change",
    [
        {"use": "enc"},
        {"use": ""},
        {"use": None},
        {"use": ["sig"]},
        {"key_ops": []},
        {"key_ops": ["sign"]},
        {"key_ops": ["encrypt", "wrapKey"]},
        {"key_ops": "verify"},
        {"key_ops": None},
        {"alg": "RSA-OAEP"},
        {"alg": "ECDH-ES"},
        {"alg": "none"},
        {"alg": "HS256"},
        {"alg": ""},
        {"alg": None},
        {"alg": ["RS256"]},
        {"kty": "oct"},
        {"kty": None},
        {"kty": ["RSA"]},
        {"crv": "X25519"},
        {"crv": "secp256k1"},
        {"d": encoded(b"secret")},
        {"kid": 1},
        {"kid": ["rsa"]},
    ],
    ids=str,
)
def test_a_key_for_anything_else_verifies_nothing(change: dict[str, Any]) -> None:
    for jwk in (RSA.jwk, EC.jwk, ED.jwk):
        if "crv" in change and jwk["kty"] == "RSA":
            continue
        assert usable(jwk)
        assert usable(jwk | change) == []


def test_a_key_need_not_say_what_it_is_for() -> None:
    for key in (RSA, EC, ED):
        assert verified_by(usable(without(key.jwk, "use", "alg")), key)
        assert verified_by(usable(key.jwk | {"key_ops": ["verify"]}), key)


def test_a_symmetric_key_verifies_nothing() -> None:
    assert usable({"kty": "oct", "k": encoded(b"x" * 32), "alg": "HS256"}, algorithms=[*ALL, "HS256", "none"]) == []


@pytest.mark.parametrize("member", ["n", "e", "x", "y"])
@pytest.mark.parametrize("value", [None, 1, "", "AQAB=", "AQ AB", "A", ["AQAB"], "+/+/", "é"])
def test_a_number_that_is_no_base64url_makes_no_key(member: str, value: object) -> None:
    for jwk in (RSA.jwk, EC.jwk, ED.jwk):
        if member in jwk:
            assert usable(jwk | {member: value}) == []
            assert usable(without(jwk, member)) == []


@pytest.mark.parametrize("change", ["{}=", "{}==", "={}", "{}\n", " {}", "{}%", "{}A==="])
def test_a_number_is_encoded_strictly(change: str) -> None:
    for key, member in ((RSA, "n"), (RSA, "e"), (EC, "x"), (EC, "y"), (ED, "x")):
        assert usable(key.jwk | {member: change.format(key.jwk[member])}) == []


@pytest.mark.parametrize("bits", [1024, 2047])
def test_a_short_rsa_key_verifies_nothing(bits: int) -> None:
    assert usable(SigningKey("RS256", bits=bits).jwk) == []


def test_a_giant_rsa_key_verifies_nothing() -> None:
    assert usable(RSA.jwk | {"n": number(2**8191 + 1)})
    assert usable(RSA.jwk | {"n": number(2**8192 + 1)}) == []


@pytest.mark.parametrize("exponent", [0, 1, 2, 3, 17, 65_536, 65_538, 2**32 + 1, 2**64 + 1])
def test_an_rsa_key_has_a_sane_odd_exponent(exponent: int) -> None:
    assert usable(RSA.jwk | {"e": number(2**32 - 1)})
    assert usable(RSA.jwk | {"e": number(exponent)}) == []


def test_a_modulus_is_odd() -> None:
    assert usable(RSA.jwk | {"n": number(2**2047)}) == []


def test_a_point_that_is_not_on_its_curve_is_no_key() -> None:
    assert usable(EC.jwk | {"x": EC.jwk["y"]}) == []
    assert usable(EC.jwk | {"crv": "P-384", "alg": "ES384"}) == []
    assert usable(EC.jwk | {"x": "AA" + EC.jwk["x"]}) == []
    assert usable(ED.jwk | {"x": encoded(b"x" * 31)}) == []


def test_keys_that_are_none_do_not_hide_those_that_are() -> None:
    keys = usable(None, 1, "key", [], {}, {"kty": "RSA"}, RSA.jwk, RSA.jwk | {"use": "enc", "kid": "enc"})
    assert [key.kid for key in keys] == ["rsa"]


@pytest.mark.parametrize(
    "document", [{}, {"keys": None}, {"keys": {}}, {"keys": "x"}, {"keys": [{}] * (MOST_KEYS + 1)}]
)
def test_what_is_no_set_of_a_bounded_number_of_keys_is_a_fault(document: dict[str, Any]) -> None:
    assert usable_keys({"keys": [{}] * MOST_KEYS}, ALL) == []
    with pytest.raises(ValueError, match="no set of at most 100 keys"):
        usable_keys(document, ALL)


def test_a_token_is_verified_with_the_key_that_it_names() -> None:
    other = SigningKey("RS256", "other", number=1)
    assert verified_by(usable(other.jwk, RSA.jwk), RSA)
    assert not verified_by(usable(other.jwk, RSA.jwk), RSA, kid="other")
    assert not verified_by(usable(other.jwk, RSA.jwk), RSA, kid="")
    assert not verified_by(usable(without(RSA.jwk, "kid")), RSA)


def test_a_token_that_names_none_is_verified_only_where_one_key_fits() -> None:
    assert verified_by(usable(EC.jwk, RSA.jwk, ED.jwk), RSA, kid=None)
    assert verified_by(usable(without(RSA.jwk, "kid")), RSA, kid=None)
    assert not verified_by(usable(RSA.jwk, SigningKey("RS256", "other", number=1).jwk), RSA, kid=None)


def test_keys_of_one_name_are_all_tried_up_to_a_bound() -> None:
    other = SigningKey("RS256", "rsa", number=1)
    assert verified_by(usable(*[other.jwk] * (MOST_TWINS - 1), RSA.jwk), RSA)
    assert not verified_by(usable(*[other.jwk] * MOST_TWINS, RSA.jwk), RSA)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.sampled_from([EC.jwk["x"], EC.jwk["y"]]),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)


@given(
    st.sampled_from([RSA.jwk, EC.jwk, ED.jwk]),
    st.dictionaries(st.sampled_from(["kty", "crv", "x", "y", "n", "e", "use", "alg", "kid", "key_ops"]), JSON),
)
def test_any_key_is_usable_or_passed_over(jwk: dict[str, Any], change: dict[str, Any]) -> None:
    assert len(usable(jwk | change)) <= 1
