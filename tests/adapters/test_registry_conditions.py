"""Where keys, OAuth clients and applications may call from: replaced as a whole, and nothing kept that cannot be."""

import pytest

from tiergate.adapters.registry import RegistryError
from tiergate.domain.keys import mint


def test_conditions_of_keys_clients_and_applications_replace_what_held_before(registry, acme, reader, clock):
    registry.clients.link(acme.application, "entra", "abc")
    cases = [
        (registry.keys, acme.key.id, reader.credential, "key"),
        (registry.clients, "entra#abc", reader.client, "client"),
        (registry.applications, acme.application, reader.application, "application"),
    ]
    for records, id_, read, noun in cases:
        first = {"addresses": ["203.0.113.0/24", "2001:db8::/48"], "denied": ["203.0.113.66"]}
        clock.forward(seconds=1)
        assert records.restrict(id_, **first, reason="office only") is True
        assert records.restrict(id_, **first) is False
        found = read(id_).conditions
        assert (len(found.allowed), len(found.denied), found.subjects) == (2, 1, frozenset())
        entry = next(registry.audit("acme"))
        assert (entry.what, entry.reason) == (f"{noun} restrict", "office only")
        assert "addresses" not in entry.before
        assert entry.after["denied"] == ["203.0.113.66/32"]
        clock.forward(seconds=1)
        assert records.restrict(id_, subjects=["CN=b", "CN=a"]) is True
        assert read(id_).conditions == ((), (), {"CN=a", "CN=b"})
        assert next(registry.audit("acme")).after["subjects"] == ["CN=a", "CN=b"]
        assert records.restrict(id_) is True
        assert not any(read(id_).conditions)
        assert records.restrict(id_) is False


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ({"denied": ["10.0.0.1/8"]}, "the network is 10.0.0.0/8"),
        ({"addresses": [f"10.0.{number}.0/24" for number in range(51)]}, "at most 50 networks can be named; found 51"),
        ({"denied": [f"10.0.{number}.0/24" for number in range(51)]}, "at most 50 networks can be named; found 51"),
        ({"subjects": [f"CN={number}" for number in range(21)]}, "at most 20 certificate subjects can be named"),
        ({"subjects": [" "]}, "is no subject"),
        ({"subjects": ["CN=a\nb"]}, "is no subject"),
        ({"subjects": [mint("dev").text]}, "holds a key"),
    ],
)
def test_conditions_that_cannot_be_kept_change_nothing(registry, acme, table, conditions, message):
    before = table.items()
    attempts = (
        lambda: registry.keys.restrict(acme.key.id, **conditions),
        lambda: registry.applications.restrict(acme.application, **conditions),
        lambda: registry.keys.create(acme.application, **conditions),
        lambda: registry.clients.link(acme.application, "entra", "abc", **conditions),
    )
    for attempt in attempts:
        with pytest.raises(RegistryError, match=message):
            attempt()
    assert table.items() == before


def test_one_text_in_place_of_a_list_is_a_mistake_of_the_program(registry, acme):
    with pytest.raises(TypeError, match="collections of texts"):
        registry.keys.restrict(acme.key.id, addresses="203.0.113.0/24")
