"""Which addresses count as one caller, and which hosts are this machine."""

import pytest

from tiergate.domain.addresses import block_of, is_loopback


@pytest.mark.parametrize(
    ("address", "block"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::", "2001:db8:1:3::/64"),
        ("portal", "portal"),
        ("nonsense", None),
        ("", None),
    ],
)
def test_one_caller_is_an_ipv4_address_the_64_that_an_ipv6_customer_has_or_the_portal(address, block):
    assert block_of(address) == block


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost.example", False),
        ("127.0.0.1.example", False),
        ("10.0.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - a host that is none
        ("", False),
    ],
)
def test_only_what_is_this_machine_for_certain_is_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected
