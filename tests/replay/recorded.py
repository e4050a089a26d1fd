"""Traffic that the real authorizer decides on, recorded as the access log would."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from stacks.access_log import FIELDS
from tests.fakes import FakeCounters, FakeRegistry
from tests.fakes.tokens import FakeTokens
from tiergate.domain import keys
from tiergate.domain.admission import Admission
from tiergate.domain.authorizer import Authorizer
from tiergate.domain.calls import Call
from tiergate.domain.catalogue import Catalogue
from tiergate.domain.decision import API_KEY, BEARER, Decision
from tiergate.domain.imported_keys import id_of
from tiergate.domain.limits import SECOND
from tiergate.domain.lookups import key_id_of
from tiergate.domain.registry import Application, CachedRegistry, Credential, Override, Subscription
from tiergate.domain.tokens import Token
from tiergate.replay.judge import People
from tiergate.replay.replay import Terms, replay
from tiergate.replay.sources import Numbered
from tiergate.replay.tally import Tally

START = 1_795_392_610 * SECOND
"""2026-11-23T00:10:10Z."""

MADE = {name: keys.mint("dev") for name in ("acme", "limited", "other", "stranger")}
THEIRS = "Zx81kQ0aVb93LmNtR5yWc2Ge7Hj4Pd6F"
"""A key of another make, of ``app_acme``."""

SUBSCRIPTIONS = {
    "app_acme": {"retail": Subscription("sub_1", "retail", "free"), "zeta": Subscription("sub_2", "zeta", "free")},
    "app_other": {"retail": Subscription("sub_3", "retail", "gold", override=Override({"hour": 3}))},
}
APPLICATIONS = [Application(id_, id_.removeprefix("app_"), held) for id_, held in SUBSCRIPTIONS.items()]
KEYS = [
    Credential(MADE["acme"].id, "app_acme", MADE["acme"].hash),
    Credential(MADE["limited"].id, "app_acme", MADE["limited"].hash, scopes=frozenset({"read"})),
    Credential(MADE["other"].id, "app_other", MADE["other"].hash),
    Credential(id_of(keys.fingerprint(THEIRS)), "app_acme", keys.fingerprint(THEIRS)),
]
CLIENTS = [
    Credential("client_1", "app_acme", "", issuer="partners"),
    Credential("client_2", "app_other", "", issuer="partners", scopes=frozenset({"read"})),
]
FOREVER = START + 10**15
TOKENS = {
    "reading": Token("partners", "client_1", frozenset({"read"}), FOREVER),
    "writing": Token("partners", "client_1", frozenset({"read", "write"}), FOREVER),
    "other": Token("partners", "client_2", frozenset({"read", "write"}), FOREVER),
}
PEOPLE = People(
    {each.id: each for each in APPLICATIONS},
    {(API_KEY, each.id): each for each in KEYS} | {(BEARER, each.id): each for each in CLIENTS},
)

ROUTES = {
    "literal": {"things": {"methods": {"GET": 0, "POST": 1}, "any": {"methods": {"GET": 2}}}},
}


def operations(*, costs: Iterable[int] = (1, 1, 1), **more: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Of an API: ``list``, ``make`` and ``get``; ``more`` by their names."""
    named = zip(("list", "make", "get"), costs, strict=True)
    return [{"id": name, "cost": cost, **more.get(name, {})} for name, cost in named]


def api(**more: Any) -> dict[str, Any]:
    described = {"state": "published", "upstream": "https://u.example", "timeout": 5, "operations": operations()}
    return {**described, "routes": ROUTES, **more}


PLATFORM = {"name": "P", "support": "help@p.example"}


def bundle(**more: Any) -> dict[str, Any]:
    """Two APIs, products ``retail`` and ``zeta``, plans ``free`` and ``gold``; ``more`` in their place."""
    described: dict[str, Any] = {
        "format": 1,
        "platform": PLATFORM,
        "plans": {"free": {"limits": {"quota": {"hour": 100}}}, "gold": {"limits": {}}},
        "products": {"retail": {"apis": ["bank/v1"], "plans": ["free"]}, "zeta": {"apis": [], "plans": ["free"]}},
        "apis": {"bank/v1": api(), "cards/v1": api()},
    }
    return described | more


class Sent(NamedTuple):
    """A call, ``after`` so many milliseconds. ``key`` and ``token`` by their names above."""

    after: int = 0
    method: str = "GET"
    path: str = "/bank/v1/things"
    key: str = "acme"
    token: str = ""
    address: str = "192.0.2.77"


@dataclass
class Traffic:
    """Calls, when each came, what was decided on it, and the lines of the log."""

    times: list[int]
    decisions: list[Decision]
    lines: list[bytes]


def decided(sent: Iterable[Sent], policies: Mapping[str, Any]) -> Traffic:
    """What the real authorizer decides, each time by an instance of its own."""
    catalogue, counters = Catalogue.of(policies), FakeCounters()
    now, traffic = START, Traffic([], [], [])
    for each in sent:
        now += each.after * 1000
        authorizer = Authorizer(
            catalogue=catalogue,
            registry=CachedRegistry(FakeRegistry(*APPLICATIONS, *KEYS, *CLIENTS)),
            admission=Admission(counters, jitter=lambda: 0.0),
            env="dev",
            report=_raise,
            tokens=FakeTokens(dict(TOKENS)),
            key_id_of=key_id_of if catalogue.imported_keys else keys.key_id_of,
        )
        _, name, version, *below = each.path.split("/")
        key = MADE[each.key].text if each.key in MADE else each.key or None
        call = Call(f"{name}/{version}", each.method, "/" + "/".join(below), key, each.address, each.token or None)
        decision = authorizer.decide(call, now)
        traffic.times.append(now)
        traffic.decisions.append(decision)
        traffic.lines.append(line(each, decision, now))
    return traffic


def line(sent: Sent, decision: Decision, now: int) -> bytes:
    """As API Gateway writes it."""
    context = decision.context()
    known = {"time": str(now // 1000), "method": sent.method, "path": sent.path, "status": "200"}
    fields = {
        name: known.get(name) or context.get(variable.removeprefix("$context.authorizer."), "-")
        for name, variable in FIELDS.items()
    }
    return json.dumps(fields).encode()


def numbered(lines: Iterable[bytes]) -> Iterable[Numbered]:
    return (Numbered("log", number, raw) for number, raw in enumerate(lines, 1))


def replayed(lines: Iterable[bytes], new: Mapping[str, Any], base: Any = None, people: People | None = None) -> Tally:
    return replay(numbered(lines), Terms(new, base, people))


def _raise(error: Exception) -> None:
    raise error
