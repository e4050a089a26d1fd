"""Whether what the log keeps of an address meets lists of networks."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiergate.domain.conditions import Conditions
from tiergate.domain.networks import allowed
from tiergate.replay.places import INSIDE, OUTSIDE, PARTLY, place

NETWORKS = st.builds(
    lambda last, bits: str(ip_network((f"10.0.0.{last}", bits), strict=False)),
    st.integers(0, 255),
    st.sampled_from((8, 23, 24, 25, 25, 26, 28, 32)),
)
LISTS = st.lists(NETWORKS | st.sampled_from(("192.0.2.0/24", "2001:db8::/32", "::/0")), max_size=4)
ALL_OF_IT = [f"10.0.0.{last}" for last in range(256)]


@given(allow=LISTS, deny=LISTS)
def test_a_network_is_inside_or_outside_where_all_of_its_addresses_are(allow: list[str], deny: list[str]) -> None:
    conditions = Conditions.of({"allow": allow, "deny": deny})
    refused = [conditions.broken(address, "") is not None for address in ALL_OF_IT]
    expected = OUTSIDE if all(refused) else PARTLY if any(refused) else INSIDE
    assert place(allowed(conditions.allowed, conditions.denied), "10.0.0.0") == expected


@pytest.mark.parametrize(
    ("address", "allow", "deny", "where"),
    [
        ("10.0.0.0", ["10.0.0.0/25"], ["10.0.0.0/25"], OUTSIDE),
        ("10.0.0.0", ["10.0.0.0/25", "10.0.0.128/25"], [], INSIDE),
        ("2001:db8:7::", ["2001:db8::/32"], [], INSIDE),
        ("2001:db8:7::", ["0.0.0.0/0"], [], OUTSIDE),
        ("::", ["192.0.2.0/24"], [], PARTLY),
        ("-", ["0.0.0.0/0", "::/0"], [], OUTSIDE),
    ],
)
def test_lists_are_taken_together(address: str, allow: list[str], deny: list[str], where: str) -> None:
    assert place(allowed(allow, deny), address) == where
