"""Whether a token had its issuer asked for keys is told of that token's issuer, and of that call."""

from collections.abc import Iterator

import pytest

from tests.fakes.issuer import HOUR, FakeIssuer, SigningKey
from tiergate.adapters.issuer_keys import FRESH, PAUSE
from tiergate.adapters.tokens import Tokens
from tiergate.domain.limits import SECOND
from tiergate.domain.tokens import IssuerUnavailable, TokenRefused

EPOCH = 1_795_000_000
NOW = EPOCH * SECOND
KEY, NEXT = SigningKey("ES256"), SigningKey("ES256", "key-2", number=1)


class Two:
    """Two issuers, ``acme`` and ``other``, and a verifier that trusts both."""

    def __init__(self, acme: FakeIssuer, other: FakeIssuer) -> None:
        self.acme, self.other = acme, other
        self.tokens = Tokens([acme.issuer("acme"), other.issuer("other")])
        lasting = EPOCH + 24 * HOUR
        self.text = {"acme": acme.token(exp=lasting), "other": other.token(exp=lasting)}

    def waited(self, name: str, now: int) -> bool:
        token, waited = self.tokens.verify(self.text[name], now)
        assert token.issuer == name
        return waited


@pytest.fixture
def two() -> Iterator[Two]:
    with FakeIssuer(KEY, clock=lambda: EPOCH) as acme, FakeIssuer(KEY, clock=lambda: EPOCH) as other:
        yield Two(acme, other)


def test_each_issuers_first_token_waits_for_its_keys_and_no_other_does(two: Two) -> None:
    assert [two.waited(name, NOW) for name in ("acme", "acme", "other", "other")] == [True, False, True, False]
    assert not two.waited("acme", NOW)
    assert (len(two.acme.asked), len(two.other.asked)) == (1, 1)


def test_a_token_that_was_verified_waits_when_its_own_issuers_keys_have_aged(two: Two) -> None:
    two.waited("acme", NOW)
    two.waited("other", NOW + FRESH // 2)
    assert [two.waited(name, NOW + FRESH) for name in ("other", "acme", "acme", "other")] == [False, True, False, False]
    assert (len(two.acme.asked), len(two.other.asked)) == (2, 1)


def test_while_an_issuer_is_away_each_attempt_makes_one_call_wait(two: Two) -> None:
    for name in ("acme", "other"):
        two.waited(name, NOW)
    two.acme.down = True
    away = NOW + FRESH
    assert [two.waited("acme", away + step) for step in (0, PAUSE - 1, PAUSE)] == [True, False, True]
    assert two.waited("other", away + PAUSE)
    assert len(two.other.asked) == 2


def test_a_token_that_is_judged_again_by_the_keys_that_came_says_that_it_waited_for_them(two: Two) -> None:
    two.acme.keys = [KEY, NEXT]
    two.waited("acme", NOW)
    two.acme.keys = [KEY]
    assert two.waited("acme", NOW + FRESH), "its own key has stayed, another one is gone"
    assert not two.waited("acme", NOW + FRESH)
    assert len(two.acme.asked) == 2


def test_a_token_by_a_key_that_has_come_waits_and_those_before_it_do_not(two: Two) -> None:
    two.waited("acme", NOW)
    two.acme.keys = [KEY, NEXT]
    _, waited = two.tokens.verify(two.acme.token(NEXT), NOW + PAUSE)
    assert waited
    assert not two.waited("acme", NOW + PAUSE)


def test_an_issuers_outage_and_its_cause_are_told_by_its_own_name(two: Two) -> None:
    two.other.down = True
    assert two.waited("acme", NOW)
    for _ in range(2):
        with pytest.raises(IssuerUnavailable, match=r"^issuer other: its keys are answered with status 503$"):
            two.tokens.verify(two.text["other"], NOW)
    assert not two.waited("acme", NOW)
    assert len(two.other.asked) == 1


def test_a_key_of_one_issuer_signs_nothing_for_another_and_has_nobody_asked_in_vain(two: Two) -> None:
    """``kid`` is the same at both."""
    two.other.keys = [SigningKey("ES256", number=1)]
    two.waited("acme", NOW)
    with pytest.raises(TokenRefused) as refused:
        two.tokens.verify(two.other.token(KEY), NOW)
    assert refused.value.code == "token_untrusted"
    assert (len(two.acme.asked), len(two.other.asked)) == (1, 1)
