"""Networks and subjects as people write them: what is meant is read, what can never match is told."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiergate.domain.conditions import Network
from tiergate.domain.stated_conditions import LONGEST_SUBJECT, checked_subject, nobody, parsed_network


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("203.0.113.0/24", "203.0.113.0/24"),
        ("203.0.113.7", "203.0.113.7/32"),
        ("2001:DB8::/48", "2001:db8::/48"),
        ("::1", "::1/128"),
        ("0.0.0.0/0", "0.0.0.0/0"),
    ],
)
def test_a_network_is_read_as_it_is_meant(text: str, network: str) -> None:
    assert parsed_network(text) == ip_network(network)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("10.0.0.0/255.0.0.0", "has a mask where the length of its prefix belongs; write 10.0.0.0/8"),
        ("10.0.0.0/0.0.0.255", "has a mask where the length of its prefix belongs; write 10.0.0.0/24"),
        ("0.0.0.0/0.0.0.0", "has a mask where the length of its prefix belongs; write 0.0.0.0/0"),
        ("10.0.0.1/8", "has bits set behind its prefix; the network is 10.0.0.0/8"),
        ("::ffff:203.0.113.7", "is an IPv4 network in disguise"),
        ("fe80::1%eth0", "names an interface"),
        ("10.0.0.0/", "is no network"),
        ("office", "is no network"),
    ],
)
def test_what_is_no_network_is_told_with_how_to_write_it(text: str, said: str) -> None:
    with pytest.raises(ValueError, match="^" + said.replace(".", r"\.")):
        parsed_network(text)


@pytest.mark.parametrize(
    "text",
    [
        "CN=partner,O=Acme,C=DE",
        "CN=a",
        r"CN=a\, b,O=x",
        'CN=a,O="Acme, Inc."',
        "CN=a+UID=b,DC=example,DC=com",
        "1.2.840.113549.1.9.1=#1601",
        r"CN=\C3\BCber",
        "CN=" + "x" * (LONGEST_SUBJECT - 3),
    ],
)
def test_a_subject_as_openssl_writes_it_by_rfc_2253_is_kept_to_the_letter(text: str) -> None:
    assert checked_subject(text) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is no subject"),
        (" ", "is no subject"),
        ("partner", "is no subject"),
        ("CN=", "is no subject"),
        ("CN=a,", "is no subject"),
        ("CN=a,b", "is no subject"),
        ("/C=DE/CN=a", "is no subject"),
        ("CN=a, O=b", "is no subject"),
        ("CN = a", "is no subject"),
        ("CN=pärtner", "is no subject"),
        ("CN=a\tb", "is no subject"),
        (" CN=a", "has spaces at its ends"),
        ("CN=a\n", "has spaces at its ends"),
        ("CN=" + "x" * LONGEST_SUBJECT, "is too long"),
    ],
)
def test_a_subject_that_no_certificate_could_have_is_told(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=f"^{said}"):
        checked_subject(text)


SMALL = st.builds(
    lambda at, length: ip_network((at >> (32 - length) << (32 - length), length)),
    st.integers(min_value=0, max_value=15).map(lambda last: 0xCB007100 + last),
    st.integers(min_value=28, max_value=32),
)


@given(st.lists(SMALL, min_size=1, max_size=3), st.lists(SMALL, max_size=6))
def test_nobody_is_left_where_every_allowed_address_is_denied(allowed: list[Network], denied: list[Network]) -> None:
    left = [host for each in allowed for host in each if not any(host in network for network in denied)]
    assert nobody(allowed, denied) == (not left)


def test_without_a_list_of_those_allowed_nobody_is_left_only_where_all_of_both_families_is_denied() -> None:
    ipv4, ipv6 = [ip_network("0.0.0.0/1"), ip_network("128.0.0.0/1")], ip_network("::/0")
    assert nobody([], [*ipv4, ipv6])
    assert not nobody([], ipv4)
    assert not nobody([], [ipv6])
    assert not nobody([], [])
    assert not nobody([ipv6], ipv4)
