"""Tokens, from their text to what they say, and what is remembered of them."""

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.fakes.issuer import HOUR, FakeIssuer, SigningKey
from tiergate.adapters import tokens
from tiergate.adapters.issuer_keys import FRESH, PAUSE
from tiergate.adapters.tokens import Tokens
from tiergate.domain.issuers import MOST_SCOPES
from tiergate.domain.limits import SECOND
from tiergate.domain.tokens import IssuerUnavailable, Token, TokenRefused

THUMB = "t" * 43
KEY, NEXT = SigningKey("ES256"), SigningKey("ES256", "key-2", number=1)


@pytest.fixture
def issuer() -> Iterator[FakeIssuer]:
    with FakeIssuer(KEY, path="/acme/") as issuer:
        yield issuer


@pytest.fixture
def now() -> int:
    return int(time.time()) * SECOND


class Counting(Tokens):
    """Counts the tokens that it did not remember."""

    judged = 0

    def _judge(self, text: str, now: int) -> tuple[tokens.Verified, bool]:
        self.judged += 1
        return super()._judge(text, now)


def code_of(verifier: Tokens, text: str, now: int) -> str:
    with pytest.raises(TokenRefused) as refused:
        verifier.verify(text, now)
    return refused.value.code


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256", "EdDSA"])
def test_a_good_token_says_whose_it_is(algorithm: str, now: int) -> None:
    with FakeIssuer(SigningKey(algorithm)) as issuer:
        text = issuer.token(exp=now // SECOND + 60, sub="ann", cnf={"x5t#S256": THUMB})
        expected = Token("acme", "client-1", frozenset({"read", "write"}), now + 60 * SECOND, "ann", THUMB)
        assert Tokens([issuer.issuer()]).verify(text, now) == (expected, True)


def test_the_issuers_keys_may_be_discovered(issuer: FakeIssuer, now: int) -> None:
    verifier = Tokens([issuer.issuer(jwks="")])
    assert verifier.verify(issuer.token(), now)[0].client == "client-1"
    assert issuer.asked == ["/acme/.well-known/openid-configuration", "/keys"]


def test_each_issuers_tokens_are_judged_by_its_own_keys_and_rules(issuer: FakeIssuer, now: int) -> None:
    with FakeIssuer(NEXT) as other:
        verifier = Tokens([issuer.issuer("acme"), other.issuer("other", client="azp")])
        assert verifier.verify(issuer.token(), now)[0].issuer == "acme"
        assert verifier.verify(other.token(azp="client-9"), now)[0].client == "client-9"
        assert code_of(verifier, issuer.token(NEXT), now) == "token_untrusted"
        assert code_of(verifier, other.token(KEY, iss=issuer.url, aud="else"), now) == "token_misdirected"


def test_a_token_is_verified_once_until_it_ends(issuer: FakeIssuer, now: int) -> None:
    verifier = Counting([issuer.issuer()])
    text = issuer.token(exp=now // SECOND + 60)
    first, _ = verifier.verify(text, now)
    assert verifier.verify(text, now + 60 * SECOND - 1)[0] is first
    assert verifier.judged == 1
    assert [code_of(verifier, text, now + 60 * SECOND) for _ in range(2)] == ["token_expired"] * 2
    assert verifier.judged == 3


def test_refused_tokens_are_not_remembered(issuer: FakeIssuer, now: int) -> None:
    verifier = Counting([issuer.issuer()])
    early = issuer.token(nbf=now // SECOND + 60)
    assert code_of(verifier, early, now) == "token_premature"
    assert verifier.verify(early, now + 60 * SECOND)
    assert verifier.judged == 2
    assert len(verifier._verified) == 1


def test_what_is_remembered_is_no_token(issuer: FakeIssuer, now: int) -> None:
    verifier = Tokens([issuer.issuer()])
    text = issuer.token()
    verifier.verify(text, now)
    assert not any(part in repr(verifier._verified) for part in text.split("."))


def test_a_remembered_token_dies_with_its_key(issuer: FakeIssuer, now: int) -> None:
    verifier = Tokens([issuer.issuer()])
    text = issuer.token()
    verifier.verify(text, now)
    issuer.keys = [NEXT]
    assert verifier.verify(text, now + FRESH - 1)
    assert code_of(verifier, text, now + FRESH) == "token_untrusted"


def test_a_remembered_token_dies_as_soon_as_another_one_shows_that_its_key_is_gone(
    issuer: FakeIssuer, now: int
) -> None:
    verifier = Tokens([issuer.issuer()])
    text = issuer.token()
    verifier.verify(text, now)
    issuer.keys = [NEXT]
    assert verifier.verify(issuer.token(), now + PAUSE)
    assert code_of(verifier, text, now + PAUSE) == "token_untrusted"


def test_remembered_tokens_survive_keys_that_come(issuer: FakeIssuer, now: int) -> None:
    verifier = Counting([issuer.issuer()])
    text = issuer.token()
    verifier.verify(text, now)
    issuer.keys = [KEY, NEXT]
    assert verifier.verify(issuer.token(NEXT), now + PAUSE)
    assert verifier.verify(text, now + FRESH)
    assert verifier.judged == 2


def test_a_remembered_token_is_believed_no_longer_than_its_keys(issuer: FakeIssuer, now: int) -> None:
    reports: list[Exception] = []
    verifier = Tokens([issuer.issuer(stale=HOUR)], report=reports.append)
    text = issuer.token(exp=now // SECOND + 2 * HOUR)
    verifier.verify(text, now)
    issuer.down = True
    assert verifier.verify(text, now + HOUR * SECOND - 1)
    assert [str(each) for each in reports] == ["issuer acme: its keys are answered with status 503"]
    with pytest.raises(IssuerUnavailable, match="issuer acme: its keys are answered with status 503"):
        verifier.verify(text, now + HOUR * SECOND)


def test_a_call_is_told_whether_it_waited_for_its_own_issuer(issuer: FakeIssuer, now: int) -> None:
    with FakeIssuer(NEXT) as other:
        verifier = Tokens([issuer.issuer("acme"), other.issuer("other")])
        text, others = issuer.token(), other.token()
        assert [verifier.verify(text, now)[1], verifier.verify(others, now)[1]] == [True, True]
        assert [verifier.verify(each, now)[1] for each in (text, others, issuer.token())] == [False] * 3
        assert [verifier.verify(each, now + FRESH)[1] for each in (text, others, text)] == [True, True, False]


@pytest.mark.parametrize("known", [True, False])
def test_a_call_that_waited_is_known_for_one_though_the_clock_was_set_back(
    issuer: FakeIssuer, now: int, known: bool
) -> None:
    with FakeIssuer(NEXT) as other:
        verifier = Tokens([issuer.issuer("acme"), other.issuer("other")])
        text = issuer.token(iat=now // SECOND - HOUR)
        verifier.verify(text, now)
        verifier.verify(other.token(), now)
        earlier = now - 60 * SECOND
        assert not verifier.verify(text, earlier)[1]
        assert verifier.verify(text if known else issuer.token(iat=now // SECOND - HOUR), earlier + PAUSE)[1]


def test_no_more_than_so_many_are_remembered_the_oldest_forgotten_first(
    issuer: FakeIssuer, now: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "MOST_VERIFIED", 3)
    verifier = Counting([issuer.issuer()])
    texts = [issuer.token(jti=str(number)) for number in range(4)]
    for text in texts:
        verifier.verify(text, now)
        assert len(verifier._verified) <= 3
    for text in texts[1:]:
        verifier.verify(text, now)
    assert verifier.judged == 4
    verifier.verify(texts[0], now)
    assert verifier.judged == 5


def test_as_many_as_are_remembered_take_no_more_than_a_fifth_of_an_instances_memory(
    issuer: FakeIssuer, now: int
) -> None:
    verifier = Tokens([issuer.issuer()])
    verifier.verify(issuer.token(scope=" ".join(f"{number:02}:{'s' * 51}" for number in range(MOST_SCOPES))), now)
    ((digest, known),) = verifier._verified.items()
    token = known.token
    each = sum(map(sys.getsizeof, (digest, known, token, *token, *token.scopes)))
    assert len(token.scopes) == MOST_SCOPES
    assert each * tokens.MOST_VERIFIED < 512 * 2**20 / 5


def test_an_issuer_that_is_away_is_told_from_a_bad_token(issuer: FakeIssuer, now: int) -> None:
    issuer.down = True
    verifier = Tokens([issuer.issuer()])
    with pytest.raises(IssuerUnavailable, match="issuer acme"):
        verifier.verify(issuer.token(), now)
    assert code_of(verifier, issuer.token(iss="https://login.evil.example/"), now) == "token_untrusted"


@pytest.mark.parametrize("change", [{"alg": "none"}, {"alg": "RS256"}, {"jku": "https://evil.example/"}])
def test_no_issuer_is_asked_for_what_could_not_be_its_token(
    issuer: FakeIssuer, now: int, change: dict[str, str]
) -> None:
    verifier = Tokens([issuer.issuer()])
    assert code_of(verifier, issuer.token(KEY, change), now).startswith("token_")
    assert code_of(verifier, "\ud800.\ud800.\ud800", now) == "token_malformed"
    assert issuer.asked == []


LOADED = """
import sys
from tiergate.adapters.tokens import Tokens
tokens = Tokens([])
heavy = {"jwt", "cryptography", "ssl"}
assert not heavy & sys.modules.keys(), heavy & sys.modules.keys()
tokens.load()
assert {"jwt", "cryptography"} <= sys.modules.keys()
"""


def test_what_verifies_signatures_is_loaded_when_it_is_asked_for() -> None:
    subprocess.run([sys.executable, "-c", LOADED], check=True)  # noqa: S603 - our own program
