"""The form of a token: one reading of it, or none."""

import base64
import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.issuer import SigningKey, encoded
from tiergate.adapters.jws import DEEPEST, MOST_TEXT, json_object, parse
from tiergate.domain.base64url import decoded
from tiergate.domain.tokens import TokenRefused

HEADER = {"typ": "at+jwt", "alg": "RS256", "kid": "key-1"}
CLAIMS = {"iss": "https://login.acme.example/"}
GOOD = f"{encoded(HEADER)}.{encoded(CLAIMS)}.{encoded(b'signature')}"


def code_of(text: str) -> str:
    with pytest.raises(TokenRefused) as refused:
        parse(text)
    assert refused.value.__context__ is None, "an exception behind it holds what it could not read"
    return refused.value.code


def with_header(header: object) -> str:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return f"{encoded(text)}.{encoded(CLAIMS)}.{encoded(b'signature')}"


def nested(times: int) -> dict[str, object]:
    """An object within so many others."""
    value: dict[str, object] = {}
    for _ in range(times):
        value = {"a": value}
    return value


def test_a_token_is_read_part_by_part() -> None:
    jws = parse(GOOD)
    assert (jws.header, jws.algorithm, jws.kid) == (HEADER, "RS256", "key-1")
    assert json_object(jws.payload) == CLAIMS
    assert (jws.signed.decode(), jws.signature) == (GOOD.rpartition(".")[0], b"signature")


def test_a_header_need_not_name_a_key() -> None:
    assert parse(with_header({"alg": "RS256"})).kid is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "...",
        "a.b",
        GOOD + ".",
        "." + GOOD,
        GOOD + "." + encoded(b"x"),
        GOOD + ".a.b",
        " " + GOOD,
        GOOD + "\n",
        json.dumps({"payload": encoded(CLAIMS), "protected": encoded(HEADER), "signature": "AA"}),
        "\ud800.é.\x00",
    ],
)
def test_anything_but_three_parts_of_base64url_is_malformed(text: str) -> None:
    assert code_of(text) == "token_malformed"


@pytest.mark.parametrize("part", [0, 1, 2])
@pytest.mark.parametrize("change", ["{}=", "{}==", "{} ", "{}\n", "{}+", "{}/", "{}%3D", "{}é", "{}A===", "={}"])
def test_what_another_decoder_would_pass_over_is_malformed(part: int, change: str) -> None:
    parts = GOOD.split(".")
    parts[part] = change.format(parts[part])
    assert code_of(".".join(parts)) == "token_malformed"


@given(st.binary(max_size=40))
def test_bytes_have_one_text_and_no_other(data: bytes) -> None:
    text = encoded(data)
    assert decoded(text) == data
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    others = [text[:-1] + last for last in alphabet if text and last != text[-1]]
    assert data not in [decoded(other) for other in others]


@given(st.text(max_size=40))
def test_no_text_but_base64url_is_decoded(text: str) -> None:
    data = decoded(text)
    assert data is None or base64.urlsafe_b64encode(data).decode().rstrip("=") == text


def test_a_token_has_at_most_so_many_characters() -> None:
    signed = f"{encoded(HEADER)}.{encoded(CLAIMS | {'a': 'b'})}."
    longest = signed + "A" * (MOST_TEXT - len(signed))
    assert len(parse(longest).signature) > 6_000
    assert code_of(longest + "A") == "token_malformed"
    with pytest.raises(TokenRefused, match="longer than 8192"):
        parse(longest + "A")


@pytest.mark.parametrize("member", ["b64", "crit", "jku", "jwk", "x5c", "x5u", "zip"])
@pytest.mark.parametrize("value", [None, "", [], {}, True, "https://evil.example/keys"])
def test_a_header_that_changes_the_rules_is_malformed_whatever_it_says(member: str, value: object) -> None:
    assert code_of(with_header(HEADER | {member: value})) == "token_malformed"


@pytest.mark.parametrize("kind", ["JWT", "jwt", "application/jwt", "Application/JWT"])
def test_a_token_within_a_token_is_malformed(kind: str) -> None:
    assert code_of(with_header(HEADER | {"cty": kind})) == "token_malformed"


@pytest.mark.parametrize("algorithm", [None, 1, True, [], ["RS256"], {"RS256": 1}])
def test_an_algorithm_is_a_text(algorithm: object) -> None:
    assert code_of(with_header(HEADER | {"alg": algorithm})) == "token_malformed"


def test_an_algorithm_is_named() -> None:
    assert code_of(with_header({"kid": "key-1"})) == "token_malformed"


@pytest.mark.parametrize("kid", [None, 1, True, [], ["key-1"], {}, "k" * 257])
def test_a_keys_name_is_a_text_of_bounded_length(kid: object) -> None:
    assert parse(with_header(HEADER | {"kid": "k" * 256})).kid == "k" * 256
    assert code_of(with_header(HEADER | {"kid": kid})) == "token_malformed"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"null",
        b"[]",
        b'"{}"',
        b"{",
        b"{} {}",
        b'{"alg": "RS256",}',
        b"{'alg': 'RS256'}",
        b'\xef\xbb\xbf{"alg": "RS256"}',
        '{"alg": "RS256"}'.encode("utf-16"),
        b'{"alg": "RS256", "a": "\xff"}',
        b'{"alg": "RS256", "a": "\n"}',
        b'{"alg": "RS256", "a": NaN}',
        b'{"alg": "RS256", "a": Infinity}',
        b'{"alg": "RS256", "a": -Infinity}',
        b'{"alg": "RS256", "alg": "RS256"}',
        b'{"alg": "none", "\\u0061lg": "RS256"}',
        b'{"alg": "RS256", "a": {"b": 1, "b": 1}}',
        b'{"alg": "RS256", "a": [{"b": 1, "b": 1}]}',
        b'{"alg": "RS256", "a": ' + b"9" * 5000 + b"}",
    ],
)
def test_what_json_readers_differ_in_is_malformed(text: bytes) -> None:
    assert json_object(text) is None
    assert code_of(with_header(text)) == "token_malformed"


def test_objects_and_lists_nest_so_deep_and_no_deeper() -> None:
    assert json_object(json.dumps(nested(DEEPEST - 1)).encode()) == nested(DEEPEST - 1)
    assert json_object(json.dumps(nested(DEEPEST)).encode()) is None
    assert json_object(b'{"a": ' + b"[" * (DEEPEST - 1) + b"]" * (DEEPEST - 1) + b"}") is not None
    assert json_object(b'{"a": ' + b"[" * DEEPEST + b"]" * DEEPEST + b"}") is None


@pytest.mark.parametrize("times", [900, 3_000, 100_000])
def test_any_depth_is_refused_and_breaks_nothing(times: int) -> None:
    assert json_object(b'{"a": ' + b"[" * times + b"]" * times + b"}") is None
    assert json_object(b'{"a":' * times + b"1" + b"}" * times) is None


@given(
    st.text(max_size=200)
    | st.lists(st.binary(max_size=60), min_size=3, max_size=3).map(lambda p: ".".join(map(encoded, p)))
)
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(TokenRefused):
        parse(text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=5),
        lambda inner: st.dictionaries(st.text(max_size=5), inner, max_size=3),
    )
)
def test_any_header_is_read_or_refused(header: object) -> None:
    try:
        jws = parse(with_header(header))
    except TokenRefused:
        return
    assert jws.header == header


def test_the_signed_text_is_what_the_issuer_signed() -> None:
    key = SigningKey("ES256")
    jws = parse(key.sign(HEADER, CLAIMS))
    assert key.jwk["kty"] == "EC"
    assert jws.signed == f"{encoded(HEADER)}.{encoded(CLAIMS)}".encode()
