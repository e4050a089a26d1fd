"""Calls with access tokens, and with nothing at all, that a soaked gateway gets beside those with keys."""

import random
from collections.abc import Callable

from bench.soak_world import HOT, OPEN_API, WIDE, Kind, Step, customer, event_of
from bench.tokens import Issuer
from tiergate.domain.decision import ADMITTED
from tiergate.domain.keys import ALPHABET

HOUR = 3600


def kinds(issuer: Issuer) -> list[Kind]:
    """Tokens that are seen again and again, and once; good ones and others; and callers by address alone."""
    known = [issuer.token("ES256", customer("G", number)) for number in range(HOT)]

    def fresh(letter: str, customers: int, reason: str, **claims: object) -> Callable[[random.Random], Step]:
        def step(chance: random.Random) -> Step:
            token = issuer.token("ES256", customer(letter, chance.randrange(customers)), **claims)
            return _step(chance, token, reason)

        return step

    return [
        (lambda chance: _step(chance, chance.choice(known), ADMITTED), 15),
        (fresh("G", WIDE, ADMITTED), 25),
        (fresh("S", HOT, "credential_suspended"), 1),
        (fresh("X", WIDE, "credential_unknown"), 3),
        (fresh("G", WIDE, "token_expired", exp=HOUR), 2),
        (fresh("G", WIDE, "token_misdirected", aud="https://elsewhere.example"), 2),
        (fresh("G", WIDE, "token_untrusted", iss="https://elsewhere.example"), 2),
        (lambda chance: _step(chance, _forged(chance, known), "token_untrusted"), 3),
        (lambda chance: _step(chance, _junk(chance), "token_malformed"), 3),
        (_anybody, 8),
    ]


def _step(chance: random.Random, token: str, reason: str) -> Step:
    return Step(event_of(chance, None, token=token), reason, 200 if reason == ADMITTED else 0)


def _forged(chance: random.Random, known: list[str]) -> str:
    """The claims of one token with the signature of another."""
    mine, other = chance.sample(known, 2)
    return f"{mine.rpartition('.')[0]}.{other.rpartition('.')[2]}"


def _junk(chance: random.Random) -> str:
    return ".".join("".join(chance.choices(ALPHABET, k=chance.randrange(1, 500))) for _ in range(3))


def _anybody(chance: random.Random) -> Step:
    """A call without a credential, from one of half a million addresses."""
    block = chance.randrange(2**19)
    address = f"2001:db8:{block >> 16:x}:{block & 0xFFFF:x}::{chance.randrange(1, 2**16):x}"
    return Step(event_of(chance, None, api=OPEN_API, address=address), ADMITTED, 200)
