"""What KMS gives becomes what JWTs and JWKs hold, or is refused."""

import json
from base64 import urlsafe_b64decode

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from tiergate.domain.identity import jwk, metadata, signed

halves = st.integers(1, 2**256 - 1) | st.sampled_from([1, 0x7F, 0x80, 0xFF, 2**248 - 1, 2**255, 2**256 - 1])


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@given(halves, halves)
def test_a_signature_in_der_becomes_its_two_halves_of_32_bytes(r: int, s: int) -> None:
    text, _, signature = signed("a.b", encode_dss_signature(r, s)).rpartition(".")
    assert text == "a.b"
    assert decoded(signature) == r.to_bytes(32, "big") + s.to_bytes(32, "big")


@pytest.mark.parametrize(
    "der",
    [
        b"",
        b"\x30",
        b"\x30\x00",
        b"\x30\x03\x02\x01\x01",
        b"\x30\x06\x02\x01\x01\x02\x01",
        b"\x30\x07\x02\x01\x01\x02\x01\x01\x00",
        b"\x30\x05\x02\x01\x01\x02\x01\x01",
        b"\x31\x06\x02\x01\x01\x02\x01\x01",
        b"\x30\x06\x02\x01\x81\x02\x01\x01",
        b"\x30\x06\x04\x01\x01\x02\x01\x01",
        encode_dss_signature(2**256, 1),
        encode_dss_signature(1, 2**380),
    ],
)
def test_what_is_no_signature_on_p256_is_refused(der: bytes) -> None:
    with pytest.raises(ValueError, match="no signature"):
        signed("a.b", der)


@given(st.binary(max_size=100))
def test_whatever_bytes_come_they_are_a_signature_or_refused(der: bytes) -> None:
    try:
        text = signed("a.b", der)
    except ValueError:
        return
    assert len(decoded(text.rpartition(".")[2])) == 64


def spki(curve: ec.EllipticCurve, *, form: PublicFormat = PublicFormat.SubjectPublicKeyInfo) -> bytes:
    return ec.generate_private_key(curve).public_key().public_bytes(Encoding.DER, form)


def test_a_public_key_becomes_a_jwk() -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    der = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    numbers = private.public_key().public_numbers()
    made = jwk(der, "0a1b")
    assert (int.from_bytes(decoded(made.pop("x")), "big"), int.from_bytes(decoded(made.pop("y")), "big")) == (
        numbers.x,
        numbers.y,
    )
    assert made == {"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": "0a1b"}


@pytest.mark.parametrize(
    "der",
    [b"", spki(ec.SECP384R1()), spki(ec.SECP256K1()), spki(ec.SECP256R1())[:-1]],
    ids=["nothing", "p384", "secp256k1", "cut-off"],
)
def test_what_is_no_key_on_p256_is_refused(der: bytes) -> None:
    with pytest.raises(ValueError, match="no public key"):
        jwk(der, "0a1b")


def test_the_metadata_names_its_issuer_to_the_letter_and_where_the_keys_are() -> None:
    document = json.loads(metadata("https://api.example/_tiergate"))
    assert document["issuer"] == "https://api.example/_tiergate"
    assert document["jwks_uri"] == "https://api.example/_tiergate/.well-known/jwks.json"
    assert document["id_token_signing_alg_values_supported"] == ["ES256"]
