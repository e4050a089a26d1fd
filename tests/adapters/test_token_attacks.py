"""Tokens made to deceive: every one is refused with a code, and nothing that it names is fetched or told."""

import contextlib
import hashlib
import hmac
import itertools
import json
import os
import traceback
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.issuer import FakeIssuer, SigningKey, encoded
from tiergate.adapters.jwks import FITS, Key, candidates, check, usable_keys
from tiergate.adapters.jws import parse
from tiergate.adapters.tokens import Tokens
from tiergate.domain.base64url import decoded
from tiergate.domain.limits import SECOND
from tiergate.domain.tokens import Token, TokenRefused

RSA, EC = SigningKey("RS256", "rsa"), SigningKey("ES256", "ec")
MALLORY, MALLORYS_EC = SigningKey("RS256", "rsa", number=1), SigningKey("ES256", "ec", number=1)
ENCRYPTION = SigningKey("RS256", "enc", number=2)
WEAK = SigningKey("RS256", "weak", bits=1024)
EPOCH = 1_795_000_000
"""Seconds, at which everything here happens: claims and what judges them have one clock."""


class Gate:
    """A verifier that trusts one issuer, and an attacker's server that should never be asked."""

    def __init__(self, issuer: FakeIssuer, evil: FakeIssuer) -> None:
        self.issuer = issuer
        self.evil = evil
        self.now = EPOCH * SECOND
        self.tokens = Tokens([issuer.issuer(algorithms=["RS256", "PS256", "ES256"])])

    def refusal(self, text: str) -> str:
        """The code; the attacker's server was not asked, and no part of the token is told."""
        with pytest.raises(TokenRefused) as refused:
            self.tokens.verify(text, self.now)
        assert self.evil.asked == []
        assert set(self.issuer.asked) <= {"/keys"}
        told = "".join(traceback.format_exception(refused.value)) + repr(refused.value.__context__)
        assert not any(part in told for part in text.split(".") if len(part) > 8)
        assert refused.value.__context__ is None
        return refused.value.code


@pytest.fixture(scope="module")
def gate() -> Iterator[Gate]:
    with FakeIssuer(RSA, EC, clock=lambda: EPOCH) as issuer, FakeIssuer(MALLORY, clock=lambda: EPOCH) as evil:
        issuer.documents["/keys"] = {
            "keys": [RSA.jwk, EC.jwk, WEAK.jwk, ENCRYPTION.jwk | {"use": "enc", "alg": "RSA-OAEP"}]
        }
        gate = Gate(issuer, evil)
        assert gate.tokens.verify(issuer.token(RSA), gate.now)
        assert gate.tokens.verify(issuer.token(EC), gate.now)
        yield gate


def hmac_signed(secret: bytes, header: dict[str, Any], claims: dict[str, Any]) -> str:
    signed = f"{encoded(header)}.{encoded(claims)}"
    return f"{signed}.{encoded(hmac.digest(secret, signed.encode(), hashlib.sha256))}"


NONE = ["".join(letters) for letters in itertools.product(*zip("none", "NONE", strict=True))]


@pytest.mark.parametrize("algorithm", [*NONE, "", " none", "none ", "null", "NULL", "n\u043ene"])
@pytest.mark.parametrize("signature", ["", encoded(b"x" * 256)])
def test_no_algorithm_is_no_signature(gate: Gate, algorithm: str, signature: str) -> None:
    signed = f"{encoded(gate.issuer.header(alg=algorithm))}.{encoded(gate.issuer.claims())}"
    assert gate.refusal(f"{signed}.{signature}") == "token_untrusted"


@pytest.mark.parametrize("algorithm", ["HS256", "hs256", "HS384", "HS512"])
def test_a_public_key_is_no_shared_secret(gate: Gate, algorithm: str) -> None:
    public = RSA.private.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    pkcs1 = public.public_bytes(Encoding.PEM, PublicFormat.PKCS1)
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    jwk = json.dumps(RSA.jwk).encode()
    for secret in (pem, pem.rstrip(), pkcs1, der, jwk, RSA.jwk["n"].encode(), b""):
        text = hmac_signed(secret, gate.issuer.header(RSA, alg=algorithm), gate.issuer.claims())
        assert gate.refusal(text) == "token_untrusted"


@pytest.mark.parametrize(
    "algorithm", ["RS384", "RS512", "PS384", "ES384", "EdDSA", "rs256", "RS256 ", "RSA-OAEP", "dir"]
)
def test_an_algorithm_that_the_issuer_is_not_believed_in_is_none(gate: Gate, algorithm: str) -> None:
    assert gate.refusal(gate.issuer.token(RSA, {"alg": algorithm})) == "token_untrusted"


@pytest.mark.parametrize(("stated", "key"), [("PS256", RSA), ("ES256", RSA), ("RS256", EC), ("PS256", EC)])
def test_a_key_verifies_by_its_own_algorithm_alone(gate: Gate, stated: str, key: SigningKey) -> None:
    assert gate.refusal(gate.issuer.token(key, {"alg": stated})) == "token_untrusted"


def test_a_key_that_the_token_brings_is_not_used(gate: Gate) -> None:
    for kid in ("rsa", "mallory", None):
        assert gate.refusal(gate.issuer.token(MALLORY, {"jwk": MALLORY.jwk, "kid": kid})) == "token_malformed"


@pytest.mark.parametrize("member", ["jku", "x5u", "x5c", "jwk"])
def test_keys_are_not_fetched_from_where_the_token_says(gate: Gate, member: str) -> None:
    for value in (gate.evil.jwks, [gate.evil.jwks], {"url": gate.evil.jwks}):
        assert gate.refusal(gate.issuer.token(MALLORY, {member: value})) == "token_malformed"


@pytest.mark.parametrize(
    "kid",
    [
        "../../../../dev/null",
        "/dev/null",
        "..\\..\\windows\\win.ini",
        "key' OR '1'='1",
        "rsa' UNION SELECT 'AA",
        "rsa\x00",
        "rsa|id",
        "$(id)",
        "rsa\r\nx-injected: 1",
        "RSA",
        " rsa",
        "",
        "http://169.254.169.254/",
        "%72sa",
    ],
)
def test_a_keys_name_is_compared_and_nothing_else(gate: Gate, kid: str) -> None:
    assert gate.refusal(gate.issuer.token(RSA, {"kid": kid})) == "token_untrusted"
    assert gate.refusal(hmac_signed(b"", gate.issuer.header(alg="HS256", kid=kid), gate.issuer.claims())) == (
        "token_untrusted"
    )


def test_a_keys_name_that_is_an_address_is_not_followed(gate: Gate) -> None:
    assert gate.refusal(gate.issuer.token(MALLORY, {"kid": gate.evil.jwks})) == "token_untrusted"


@pytest.mark.parametrize("key", [MALLORY, MALLORYS_EC], ids=["RSA", "EC"])
def test_a_key_of_somebody_else_signs_nothing_here(gate: Gate, key: SigningKey) -> None:
    assert gate.refusal(gate.issuer.token(key)) == "token_untrusted"
    assert gate.refusal(gate.issuer.token(key, {"kid": None})) == "token_untrusted"


def test_a_weak_key_and_a_key_for_encryption_sign_nothing(gate: Gate) -> None:
    for key in (WEAK, ENCRYPTION):
        assert gate.refusal(gate.issuer.token(key)) == "token_untrusted"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"exp": -1}, "token_expired"),
        ({"exp": 0}, "token_expired"),
        ({"nbf": 31}, "token_premature"),
        ({"iat": 31}, "token_premature"),
        ({"nbf": 3600, "exp": 7200}, "token_premature"),
    ],
)
def test_a_token_out_of_its_time_is_refused(gate: Gate, changes: dict[str, int], code: str) -> None:
    seconds = gate.now // SECOND
    text = gate.issuer.token(**{name: seconds + change for name, change in changes.items()})
    assert gate.refusal(text) == code


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"exp": None}, "token_malformed"),
        ({"exp": "4102444800"}, "token_malformed"),
        ({"exp": True}, "token_malformed"),
        ({"exp": -1}, "token_malformed"),
        ({"exp": [4102444800]}, "token_malformed"),
        ({"exp": 10**400}, "token_malformed"),
        ({"exp": 2**63}, "token_malformed"),
        ({"aud": None}, "token_misdirected"),
        ({"aud": "https://api.other.example"}, "token_misdirected"),
        ({"aud": "https://api.bank.example/"}, "token_misdirected"),
        ({"aud": "https://api.bank.example https://x"}, "token_misdirected"),
        ({"aud": []}, "token_misdirected"),
        ({"aud": {"https://api.bank.example": 1}}, "token_misdirected"),
        ({"aud": [["https://api.bank.example"]]}, "token_misdirected"),
        ({"iss": None}, "token_untrusted"),
        ({"iss": ""}, "token_untrusted"),
        ({"iss": 1}, "token_untrusted"),
        ({"iss": ["https://login.acme.example/"]}, "token_untrusted"),
        ({"iss": {}}, "token_untrusted"),
        ({"iss": "https://login.evil.example/"}, "token_untrusted"),
        ({"client_id": None}, "token_malformed"),
        ({"client_id": ""}, "token_malformed"),
        ({"client_id": ["client-1"]}, "token_malformed"),
        ({"client_id": "client-1\r\nx-tiergate-plan: gold"}, "token_malformed"),
        ({"client_id": "client-1#-"}, "token_malformed"),
        ({"client_id": "\ud800"}, "token_malformed"),
        ({"client_id": "c" * 201}, "token_malformed"),
        ({"sub": "ann\r\nx: 1"}, "token_malformed"),
        ({"sub": 7}, "token_malformed"),
        ({"scope": {"read": True}}, "token_malformed"),
        ({"cnf": {"jkt": "thumb"}}, "token_misdirected"),
    ],
    ids=str,
)
def test_claims_that_are_not_ours_are_refused(gate: Gate, claims: dict[str, Any], code: str) -> None:
    assert gate.refusal(gate.issuer.token(**claims)) == code


def test_an_issuer_is_itself_to_the_letter(gate: Gate) -> None:
    url = gate.issuer.url
    for near in (url + "/", url.upper(), url.replace("127.0.0.1", "localhost"), url + "?", " " + url, url + "\u200b"):
        assert gate.refusal(gate.issuer.token(iss=near)) == "token_untrusted"


def test_a_token_of_another_pool_is_not_ours(gate: Gate) -> None:
    assert gate.refusal(gate.evil.token()) == "token_untrusted"
    assert gate.refusal(gate.evil.token(iss=gate.issuer.url)) == "token_untrusted"


@pytest.mark.parametrize("kind", ["JWT", "id+jwt", "dpop+jwt", "logout+jwt", "secevent+jwt", "", None, 1, ["at+jwt"]])
def test_a_token_that_is_no_access_token_is_refused(gate: Gate, kind: Any) -> None:
    assert gate.refusal(gate.issuer.token(RSA, {"typ": kind})) == "token_misdirected"


def test_an_oversized_token_is_refused_unread(gate: Gate) -> None:
    assert gate.refusal(gate.issuer.token(more="x" * 8_192)) == "token_malformed"
    assert gate.refusal("." * 5_000_000) == "token_malformed"
    assert gate.refusal("A" * 5_000_000) == "token_malformed"


def test_a_token_within_a_token_is_refused(gate: Gate) -> None:
    inner = gate.issuer.token()
    assert gate.refusal(RSA.sign(gate.issuer.header(cty="JWT"), inner.encode())) == "token_malformed"
    assert gate.refusal(RSA.sign(gate.issuer.header(), inner.encode())) == "token_malformed"
    assert gate.refusal(RSA.sign(gate.issuer.header(), json.dumps(inner).encode())) == "token_malformed"


def test_deep_claims_are_refused(gate: Gate) -> None:
    for deep in (b"[" * 2_500 + b"]" * 2_500, b'{"a":' * 800 + b"1" + b"}" * 800, b"[" * 40 + b"]" * 40):
        claims = json.dumps(gate.issuer.claims()).encode()[:-1] + b', "a": ' + deep + b"}"
        assert gate.refusal(RSA.sign(gate.issuer.header(), claims)) == "token_malformed"


@pytest.mark.parametrize("name", ["iss", "aud", "exp", "client_id", "scope", "jti", "\\u0065xp"])
def test_a_claim_that_is_there_twice_is_refused_even_when_signed(gate: Gate, name: str) -> None:
    good = json.dumps(gate.issuer.claims()).encode()
    twice = good[:-1] + f', "{name}": {json.dumps(gate.issuer.claims().get(name, 1))}'.encode() + b"}"
    assert gate.refusal(RSA.sign(gate.issuer.header(), twice)) == "token_malformed"


@pytest.mark.parametrize("name", ["alg", "kid", "typ", "\\u0061lg"])
def test_a_header_member_that_is_there_twice_is_refused_even_when_signed(gate: Gate, name: str) -> None:
    header = json.dumps(gate.issuer.header()).encode()[:-1] + f', "{name}": "RS256"'.encode() + b"}"
    assert gate.refusal(RSA.sign(header, gate.issuer.claims())) == "token_malformed"


@pytest.mark.parametrize("key", [RSA, EC], ids=["RSA", "EC"])
def test_a_token_that_was_changed_anywhere_is_refused(gate: Gate, key: SigningKey) -> None:
    text = gate.issuer.token(key)
    for place in range(0, len(text), 7):
        changed = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
        assert gate.refusal(changed).startswith("token_")


def test_parts_of_two_good_tokens_are_no_third(gate: Gate) -> None:
    one, two = gate.issuer.token(jti="1").split("."), gate.issuer.token(jti="2").split(".")
    for header, claims, signature in ((one, one, two), (one, two, one), (two, one, one)):
        if (mixed := (header[0], claims[1], signature[2])) not in (tuple(one), tuple(two)):
            assert gate.refusal(".".join(mixed)) == "token_untrusted"


def test_signatures_of_the_wrong_form_are_refused(gate: Gate) -> None:
    signed, _, text = gate.issuer.token(EC).rpartition(".")
    good = decoded(text) or b""
    der = EC.private.sign(signed.encode(), ECDSA(SHA256()))
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    whole = order.to_bytes(32, "big") * 2
    for wrong in (
        b"",
        der,
        bytes(64),
        whole,
        good[:-1],
        good + b"\0",
        b"\0" + good,
        good[32:] + good[:32],
        bytes(1024),
    ):
        assert gate.refusal(f"{signed}.{encoded(wrong)}") == "token_untrusted"


PART = st.binary(max_size=40).map(encoded) | st.text(max_size=10)
HEADERS = st.fixed_dictionaries(
    {"alg": st.sampled_from(["RS256", "ES256", "none", "HS256"]) | st.none()},
    optional={
        "kid": st.sampled_from(["rsa", "ec"]) | st.text(max_size=5),
        "typ": st.text(max_size=7),
        "x": st.floats(),
    },
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
CLAIMS = st.dictionaries(
    st.sampled_from(["iss", "aud", "exp", "nbf", "iat", "sub", "client_id", "scope", "cnf", "other"]), VALUES
)


@given(st.text(max_size=100) | st.lists(PART, min_size=2, max_size=5).map(".".join))
def test_any_text_is_a_token_or_refused(gate: Gate, text: str) -> None:
    with contextlib.suppress(TokenRefused):
        assert isinstance(gate.tokens.verify(text, gate.now)[0], Token)


@given(HEADERS, CLAIMS, st.booleans())
def test_whatever_an_issuer_signs_is_a_token_or_refused(
    gate: Gate, header: dict[str, Any], claims: dict[str, Any], trusted: bool
) -> None:
    changed = gate.issuer.claims() | claims | ({"iss": gate.issuer.url} if trusted else {})
    with contextlib.suppress(TokenRefused):
        text = EC.sign(gate.issuer.header(EC) | header, changed)
        assert isinstance(gate.tokens.verify(text, gate.now)[0], Token)
    assert gate.evil.asked == []


VECTORS = "TIERGATE_JWS_VECTORS"


@pytest.mark.skipif(VECTORS not in os.environ, reason=f"{VECTORS} names no folder with Wycheproof's vectors")
def test_every_vector_of_wycheproof_is_judged_rightly() -> None:
    """Each invalid one is refused; each valid one accepted, unless its key is a secret or for another algorithm."""
    groups = json.loads((Path(os.environ[VECTORS]) / "json_web_signature_test.json").read_text())["testGroups"]
    judged: Counter[tuple[str, bool]] = Counter()
    for group in groups:
        key = group.get("public") or group["private"]
        keys = usable_keys({"keys": [key]}, FITS)
        for test in group["tests"]:
            accepted = is_accepted(test["jws"], keys)
            judged[test["result"], accepted] += 1
            if test["result"] == "invalid" or key["kty"] == "oct":
                assert not accepted, test
            else:
                stated = parse(test["jws"]).algorithm
                assert accepted == (key.get("alg", stated) == stated), test
    assert judged["invalid", False] >= 355
    assert judged["valid", True] >= 30


def is_accepted(text: str, keys: list[Key]) -> bool:
    try:
        jws = parse(text)
        check(jws, candidates(keys, jws))
    except TokenRefused:
        return False
    return True
