"""A client certificate's thumbprint: of what API Gateway writes between the lines of PEM, or of nothing."""

import hashlib

import pytest

from tiergate.domain.base64url import encoded
from tiergate.domain.calls import Certificate

BEGIN, END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
TEXT = "aGVsbG8="
HELLO = encoded(hashlib.sha256(b"hello").digest())


def thumbprint(pem: str) -> str:
    return Certificate("CN=partner", pem).thumbprint


@pytest.mark.parametrize(
    "pem",
    [
        f"{BEGIN}\n{TEXT}\n{END}\n",
        f"{BEGIN}\r\n{TEXT}\r\n{END}\r\n",
        f"{BEGIN}{TEXT}{END}",
        f"{BEGIN} aGVs bG8= {END}",
        f"Bag Attributes\n{BEGIN}\n{TEXT}\n{END}\n",
    ],
)
def test_white_space_and_what_stands_around_do_not_matter(pem: str) -> None:
    assert thumbprint(pem) == HELLO


def test_it_is_of_all_lines_in_base64url_without_padding() -> None:
    text = "A" * 64 + "\n" + "BBBB"
    der = bytes(48) + b"\x04\x10\x41"
    assert thumbprint(f"{BEGIN}\n{text}\n{END}") == encoded(hashlib.sha256(der).digest())
    assert len(thumbprint(f"{BEGIN}\n{text}\n{END}")) == 43


def test_of_a_chain_the_first_is_the_callers() -> None:
    chain = f"{BEGIN}\n{TEXT}\n{END}\n{BEGIN}\nd29ybGQ=\n{END}\n"
    assert thumbprint(chain) == HELLO


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "=", "====", "a===", "aGVsbG8", "aGVsbG8==", "aGVsbG8=aGVsbG8=", "=aGVsbG8", "aGVs=bG8"),
        *("aGVs-bG8", "aGVs_bG8", "aGVsbG8=!", "aGVsb\u00e9G8=", "aGVsbG8=-", "Proc-Type: 4\naGVsbG8="),
    ],
)
def test_what_two_readers_could_read_differently_has_no_thumbprint(text: str) -> None:
    """So a token that is bound to a certificate is never good with it."""
    assert thumbprint(f"{BEGIN}\n{text}\n{END}\n") == ""


@pytest.mark.parametrize(
    "pem",
    [
        *("", TEXT, f"{BEGIN}\n{TEXT}", f"{TEXT}\n{END}", f"{END}\n{TEXT}\n{BEGIN}"),
        *(f"-----BEGIN PUBLIC KEY-----\n{TEXT}\n-----END PUBLIC KEY-----", f"{BEGIN.lower()}\n{TEXT}\n{END.lower()}"),
        f"-----BEGIN TRUSTED CERTIFICATE-----\n{TEXT}\n-----END TRUSTED CERTIFICATE-----",
    ],
)
def test_what_is_no_certificate_has_no_thumbprint(pem: str) -> None:
    assert thumbprint(pem) == ""
