"""The rules that an explanation tells end where the authorizer does, whatever the call and the records."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from tests.explain.bank import NOW, PLANS, bank
from tiergate.domain.catalogue import Catalogue
from tiergate.domain.conditions import NONE, Conditions
from tiergate.domain.counters import bucket, counter
from tiergate.domain.decision import ADMITTED
from tiergate.domain.limits import SECOND, Limits, window_number
from tiergate.domain.refusals import REFUSALS
from tiergate.domain.registry import Application, Credential, Override, RecordMalformed, Subscription
from tiergate.explain.asked import Asked, Recorded
from tiergate.explain.rules import rules
from tiergate.explain.trial import Trial
from tiergate.policy.load import Policies

KEY, OTHERS_KEY, CLIENT = "3FnLsxJSqBQf", "9FnLsxJSqBQf", "client-1"
IMPORTED = "1f40fc92da241694750979ee"
"""The id of a key of another make."""

OFFICE = Conditions.of({"allow": ["203.0.113.0/24"], "deny": ["203.0.113.66"]})
PARTNER = Conditions.of({"subjects": ["CN=partner,O=Acme,C=DE"]})

GUIDE = (Path(__file__).parents[2] / "docs" / "explain.md").read_text(encoding="utf-8")

CASES = 8_000
ELSEWHERE = {"edge_bypassed", "lookup_limited", "request_malformed", "request_too_large", "response_too_large"}
"""Refusals that no call of these comes to; those of services that fail are others."""


@dataclass
class Known:
    """A deployment in memory."""

    records: dict[str, Credential | Application]
    items: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    broken: bool = False
    note: str = ""

    def credential(self, key_id: str) -> Credential | None:
        return self._get(f"KEY#{key_id}")

    def client(self, ref: str) -> Credential | None:
        return self._get(f"CLIENT#{ref}")

    def application(self, application_id: str) -> Application | None:
        return self._get(f"APP#{application_id}")

    def counters(self, counted: str) -> Mapping[str, int]:
        return self.items.get(counted, {})

    def _get(self, pk: str):
        if self.broken and pk.startswith("APP#"):
            raise RecordMalformed(f"the registry's record {pk} cannot be read")
        return self.records.get(pk)


STATES = ["active"] * 8 + ["suspended", "revoked"]
CONDITIONS = [NONE] * 8 + [OFFICE, PARTNER, Conditions(*OFFICE[:2], PARTNER.subjects)]
SCOPES = [None, None, frozenset(), frozenset({"read"}), frozenset({"read", "write"})]
EXPIRES = [None] * 5 + [NOW, NOW + 1, NOW - SECOND]
OVERRIDES = [None, None, Override({"hour": 1}), Override({"rate": 1, "burst": 2}, NOW)]
SOLD = [("retail",)] * 6 + [(), ("other",), ("retail", "bundle"), ("gone", "retail")]
APIS = ["bank"] * 6 + ["open", "both", "both", "tokens", "narrow", "draft", "none", "dim", "old", "gone"]


def used(plan: str, units: int) -> dict[str, int]:
    """A counter item after so many units of now, the bucket as far as they took it."""
    limits = Limits.of(PLANS[plan]["limits"])
    windows = {counter(each.window, window_number(each.window, NOW)): units for each in limits.quotas}
    ahead = {bucket(limits.rate): NOW + units * limits.rate.interval} if limits.rate else {}
    return {"w": window_number("hour", NOW), **windows, **ahead, f"bank/v1@{window_number('hour', NOW)}": units}


class Draw:
    """Makes up calls and deployments, the same ones for the same number."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - nothing secret

    def of(self, choices):
        return self._random.choice(choices)

    def credential(self, id_: str, application: str = "app_1", issuer: str = "") -> Credential:
        return Credential(
            id_,
            application,
            "" if issuer else "f" * 64,
            state=self.of(STATES),
            expires=self.of(EXPIRES),
            conditions=self.of(CONDITIONS),
            scopes=self.of(SCOPES),
            issuer=issuer,
        )

    def application(self) -> Application:
        held = {name: self.subscription(name) for name in self.of(SOLD)}
        states = {"state": self.of(STATES), "organization_state": self.of(STATES)}
        return Application("app_1", "acme", held, conditions=self.of(CONDITIONS), **states)

    def subscription(self, product: str) -> Subscription:
        plan = self.of([*PLANS, *PLANS, "undeployed"])
        return Subscription(
            f"sub_{product}", product, plan, state=self.of(["active"] * 5 + ["suspended"]), override=self.of(OVERRIDES)
        )

    def deployment(self) -> Known:
        records = {
            f"KEY#{KEY}": self.credential(KEY),
            f"KEY#{IMPORTED}": self.credential(IMPORTED),
            f"KEY#{OTHERS_KEY}": Credential(OTHERS_KEY, "app_2", "f" * 64),
            f"CLIENT#partners#{CLIENT}": self.credential(CLIENT, issuer="partners"),
            "APP#app_1": self.application(),
        }
        records.pop(self.of([""] * 20 + list(records)), None)
        counted = ("sub_retail", "sub_bundle", "address#open/v1#203.0.113.9", "address#dim/v1#203.0.113.9")
        items = {name: used(self.of(list(PLANS)), self._random.randrange(14)) for name in counted}
        return Known(records, items, broken=self._random.randrange(40) == 0)

    def call(self) -> Asked:
        path = self.of(["/accounts"] * 4 + ["/pay", "/open", "/open", "/nowhere", "/a/../b"])
        asked = Asked(
            method=self.of(["GET"] * 5 + ["POST", "HEAD", "DELETE"]),
            path=f"/{self.of(APIS)}/v1{path}",
            now=NOW + self.of([0, 0, 0, 3600 * SECOND]),
            key_id=self.of([KEY] * 4 + ["", "", IMPORTED, OTHERS_KEY, "0FnLsxJSqBQf"]),
            client_id=self.of(["", "", CLIENT, "client-9"]),
            address=self.of(["203.0.113.9"] * 4 + ["", "203.0.113.66", "192.0.2.7", "nonsense"]),
            subject=self.of(["", "CN=partner,O=Acme,C=DE", "CN=other"]),
            scopes=self.of(SCOPES),
        )
        return self.logged(asked) if self.of([True, False, False]) else asked

    def logged(self, asked: Asked) -> Asked:
        """As a line of the access log would have it."""
        key_id, client_id = self.of([("", ""), ("", CLIENT), (KEY, "")])
        scheme = "Bearer" if client_id else "ApiKey" if key_id else self.of(["", "ApiKey", "Bearer", "Bearer"])
        recorded = Recorded("deny", self.of([ADMITTED, *REFUSALS]), scheme=scheme)
        return replace(asked, key_id=key_id, client_id=client_id, recorded=recorded)


@pytest.fixture(scope="module")
def policies(tmp_path_factory: pytest.TempPathFactory) -> tuple[Policies, Catalogue]:
    return bank(tmp_path_factory.mktemp("bank") / "policies")


def test_the_last_rule_told_is_the_decisions_reason(policies: tuple[Policies, Catalogue]) -> None:
    """Over calls of every kind, which come to every refusal that the authorizer has."""
    came_to, names = set(), set[str]()
    for seed in range(CASES):
        draw = Draw(seed)
        catalogue = policies[1]._replace(imported_keys=draw.of([True, False]))
        trial = Trial(policies[0], catalogue, draw.call(), draw.deployment(), "dev", NOW)
        met, reason = rules(trial), trial.decision.reason
        assert [rule.name for rule in met if rule.name == "authorizer"] == [], (seed, reason)
        assert (met[-1].refusal or ADMITTED) == reason, seed
        assert [rule for rule in met[:-1] if rule.refusal] == [], seed
        came_to.add(reason)
        names |= {rule.name for rule in met}
    services = {code for code in REFUSALS if code.endswith(("_unavailable", "_unauthorized")) or "upstream" in code}
    assert came_to == {ADMITTED, *REFUSALS} - services - ELSEWHERE
    assert {name for name in names if f"`{name}`" not in GUIDE} == set()
