"""Mail addresses have one way of writing; roles are in an order."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiergate.domain.members import INVITED, Invitation, Role, allows, invitation_id, mail_of, partner


@pytest.mark.parametrize(
    ("text", "mail"),
    [
        ("ann@example.com", "ann@example.com"),
        ("  Ann.Lee+tiergate@Example.COM ", "ann.lee+tiergate@example.com"),
        ("JU\u0308RGEN@example.com", "jürgen@example.com"),
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
        ("ann@BÜCHER.example", "ann@xn--bcher-kva.example"),
        ("o'neil@a-b.co.uk", "o'neil@a-b.co.uk"),
    ],
)
def test_one_address_is_written_one_way(text: str, mail: str) -> None:
    assert mail_of(text) == mail


@pytest.mark.parametrize(
    "text",
    [
        *("", "bob", "@b.example", "bob@", "bob@example", "ann@@example.com", "a b@example.com", "ann@exa mple.com"),
        *("Ann <ann@example.com>", "ann@example.com, bob@example.com", "ann@-example.com", "ann@example..com"),
        *("ann\n@example.com", "ann\x00@example.com", "ann@[192.0.2.1]", ".ann@example.com", "a..b@example.com"),
        *('"ann"@example.com', "ann@example.com/x", "ann#1@exam#ple.com", "a\u200bnn@example.com", "ann@192.0.2.10"),
        *("x" * 65 + "@example.com", "ann@" + "x" * 64 + ".com", "ann@" + "ü" * 60 + ".com", "x@" + "a." * 126 + "com"),
    ],
)
def test_what_is_no_address_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(ValueError, match="mail address") as refused:
        mail_of(text)
    assert not text or text not in str(refused.value)


@pytest.mark.parametrize(
    "domain",
    [
        "stra\u00dfe.example",
        "\u03c2.example",
        "a\u200db.example",
        "a\u200cb.example",
        "\uff45x.example",
        "ex\u3002example",
    ],
)
def test_a_domain_that_is_read_in_two_ways_is_refused_and_the_sure_way_named(domain: str) -> None:
    """Registries have sold such letters as letters of their own since 2010: the other domain has another owner."""
    with pytest.raises(ValueError, match="mail address has a letter that its domain cannot have; write that as xn--"):
        mail_of(f"kate@{domain}")
    assert mail_of("kate@xn--strae-oqa.example") == "kate@xn--strae-oqa.example"


def test_only_who_makes_a_change_in_the_portal_is_a_partner() -> None:
    assert (partner("portal:5d1e-1"), partner("ann"), partner("arn:aws:sts::1:portal:x")) == ("5d1e-1", "", "")


def test_no_address_is_longer_than_mail_servers_take() -> None:
    longest = f"{'x' * 64}@{'a.' * 93}com"
    assert len(mail_of(longest)) == 254
    with pytest.raises(ValueError, match="254 characters or fewer; found 255"):
        mail_of(f"{'x' * 64}@{'a.' * 93}comm")


@given(st.emails() | st.text(max_size=40).map(lambda text: f"{text}@example.com"))
def test_what_is_kept_is_kept_the_same_again(text: str) -> None:
    try:
        mail = mail_of(text)
    except ValueError:
        return
    assert mail_of(mail) == mail
    assert mail == unicodedata.normalize("NFC", mail)
    assert mail.rpartition("@")[2].isascii()
    assert not any(each.isspace() for each in mail)


def test_each_role_has_all_that_the_one_before_it_has() -> None:
    table = {(role, needed): allows(role, needed) for role in Role for needed in Role}
    assert [needed for (role, needed), may in table.items() if may and role is Role.VIEWER] == [Role.VIEWER]
    assert [needed for (role, needed), may in table.items() if may and role is Role.DEVELOPER] == [
        Role.VIEWER,
        Role.DEVELOPER,
    ]
    assert all(may for (role, _), may in table.items() if role is Role.OWNER)


def test_an_invitation_is_good_to_its_last_moment_and_its_id_tells_no_address() -> None:
    made = Invitation("acme", "ann@example.com", Role.VIEWER, "portal:1", "2026-11-23T12:00:00.000Z", INVITED)
    assert (made.expired(INVITED - 1), made.expired(INVITED)) == (False, True)
    assert (made.state(INVITED - 1), made.state(INVITED)) == ("open", "expired")
    assert made.id == invitation_id("ann@example.com")
    assert (len(made.id), "ann" in made.id) == (32, False)
