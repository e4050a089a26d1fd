"""A partner as the portal API would tell of one: an organization with applications, keys, calls and an end in sight."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

Json = dict[str, Any]

ME = "2f0c5b1e-6a52-4c5e-9d56-0d1f6f7e8a01"
MAIL = "mira@korst.example"
SHOP, TILL = "app_7Yk2mQ9sX0aB", "app_Qz81LmN4tR7w"
LIMITS = {"free": ("hour", 450), "partner": ("hour", 4500), "enterprise": ("hour", 45000)}
SINCE, LEFT = 30, 98
"""Days since ``stock/v1`` is deprecated, and until it ends."""

RATES = {"free": (5, 10), "partner": (50, 100), "enterprise": (200, 400)}


def told(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class State:
    """What the portal API keeps; ``calls`` by application and API version, of the whole month."""

    now: datetime
    mail: str = MAIL
    verified: bool = True
    organizations: dict[str, Json] = field(default_factory=dict)
    members: dict[str, list[Json]] = field(default_factory=dict)
    invitations: dict[str, list[Json]] = field(default_factory=dict)
    invited: list[Json] = field(default_factory=list)
    applications: dict[str, Json] = field(default_factory=dict)
    credentials: dict[str, list[Json]] = field(default_factory=dict)
    audit: list[Json] = field(default_factory=list)
    refusals: dict[str, list[Json]] = field(default_factory=dict)
    notices: list[Json] = field(default_factory=list)
    calls: dict[str, dict[str, int]] = field(default_factory=dict)
    used: dict[str, int] = field(default_factory=dict)
    made: int = 0

    def name(self, prefix: str, length: int = 12) -> str:
        self.made += 1
        return prefix + hashlib.sha256(f"{prefix}{self.made}".encode()).hexdigest()[:length]

    def ago(self, **since: float) -> str:
        return told(self.now - timedelta(**since))

    def ahead(self, **until: float) -> str:
        return told(self.now + timedelta(**until))


def nobody(now: datetime | None = None) -> State:
    """Somebody who has just signed up."""
    return State(now or datetime.now(UTC))


def partner(now: datetime | None = None, role: str = "owner") -> State:
    """A bakery with two applications: one with keys and calls, one that waits for its first."""
    state = nobody(now)
    _organization(state, role)
    shop = application(state, SHOP, "Web shop", role, days=41)
    till = application(state, TILL, "Till", role, days=2)
    shop["subscriptions"] = [subscription(state, SHOP, "sub_9hT3kLm2QpZ7", "partner")]
    till["subscriptions"] = [subscription(state, TILL, "sub_Wk20vXc5Nn8d", "free")]
    state.credentials[SHOP] = _keys(state)
    state.credentials[TILL] = [credential(state, "Rk7pD2wYh5Ts", "Counter", days=2)]
    state.calls = {SHOP: {"bank/v1": 27_106, "stock/v1": 14_212}, TILL: {}}
    state.used = {SHOP: 1834, TILL: 0}
    state.refusals[SHOP] = _refusals(state)
    state.notices = [_notice(state)]
    state.invited = [invited(state, "bakers-guild", "Bakers’ Guild", "viewer")]
    return state


def application(state: State, id: str, name: str, role: str, days: float = 0, organization: str = "korst") -> Json:  # noqa: A002
    made = {
        "id": id,
        "organization": organization,
        "name": name,
        "state": "active",
        "created": state.ago(days=days),
        "role": role,
        "credentials": 0,
        "version": 1,
        "subscriptions": [],
    }
    state.applications[id] = made
    state.credentials[id] = []
    return made


def subscription(state: State, application: str, id: str, plan: str, product: str = "open-banking") -> Json:  # noqa: A002
    return {
        "id": id,
        "application": application,
        "product": product,
        "plan": plan,
        "state": "active",
        "created": state.ago(days=1),
        "version": 1,
        "override": None,
        "request": None,
    }


def credential(state: State, id: str, name: str, /, days: float = 0, **other: Any) -> Json:  # noqa: A002
    return {
        "id": id,
        "kind": "key",
        "name": name,
        "hint": f"tg_dev_{id}_…",
        "client_id": None,
        "state": "active",
        "created": state.ago(days=days),
        "expires": None,
        "last_used": None,
        "scopes": None,
        "replaced_by": None,
        "version": 1,
    } | other


def request(state: State, application: str, start: str | None, to: str, note: str = "", /, **other: Any) -> Json:
    return {
        "application": application,
        "product": "open-banking",
        "from": start,
        "to": to,
        "state": "waiting",
        "note": note,
        "asked": state.ago(hours=20),
        "asked_by": state.mail,
        "decided": None,
        "reason": "",
    } | other


def invited(state: State, organization: str, name: str, role: str) -> Json:
    return {
        "organization": {"id": organization, "name": name},
        "role": role,
        "invited_by": "anna@guild.example",
        "expires": state.ahead(days=5),
    }


def _organization(state: State, role: str) -> None:
    state.organizations["korst"] = {
        "id": "korst",
        "name": "De Zilveren Korst",
        "state": "active",
        "created": state.ago(days=44),
        "role": role,
        "version": 4,
    }
    state.members["korst"] = [
        member(state, ME, state.mail, role, days=44, you=True),
        member(state, "b1", "noor@korst.example", "owner", days=40),
        member(state, "b2", "sam.de.wit@korst.example", "developer", days=12),
    ]
    state.invitations["korst"] = [
        invitation(state, "jip@korst.example", "developer", state.ahead(days=4), "open"),
        invitation(state, "lou@korst.example", "viewer", state.ago(days=2), "expired"),
    ]
    who = {"who": f"portal:{ME}", "email": state.mail, "reason": ""}
    shop = {"kind": "application", "id": SHOP, "name": "Web shop"}
    till = {"kind": "application", "id": TILL, "name": "Till"}
    key = {"kind": "credential", "id": "4FzT7mQ2sX9a", "name": "Production"}
    plan = {"kind": "subscription", "id": "sub_9hT3kLm2QpZ7", "name": "Open Banking"}
    state.audit = [
        who | {"time": when, "what": what, "subjects": subjects, "before": before, "after": after}
        for when, what, subjects, before, after in (
            (state.ago(minutes=12), "key rotate", [shop, key], {}, {"expires": state.ahead(hours=23, minutes=48)}),
            (state.ago(days=2), "subscription set-plan", [shop, plan], {"plan": "free"}, {"plan": "partner"}),
            (state.ago(days=2, hours=3), "application create", [till], {}, {"name": "Till", "state": "active"}),
        )
    ]


def member(state: State, id: str, mail: str, role: str, *, days: float = 0, you: bool = False) -> Json:  # noqa: A002
    return {"id": id, "email": mail, "role": role, "joined": state.ago(days=days), "you": you, "version": 1}


def invitation(state: State, mail: str, role: str, expires: str, standing: str) -> Json:
    return {
        "id": hashlib.sha256(mail.encode()).hexdigest()[:32],
        "email": mail,
        "role": role,
        "invited_by": state.mail,
        "created": state.ago(days=3),
        "expires": expires,
        "state": standing,
    }


def _keys(state: State) -> list[Json]:
    old = {
        "state": "replaced",
        "replaced_by": "8GxW1nR5tY3b",
        "expires": state.ahead(hours=23, minutes=48),
        "version": 2,
    }
    client = {"kind": "client", "hint": None, "client_id": "7f2kq0vd3m8hs1t5ab9cx4re6u"}
    return [
        credential(state, "8GxW1nR5tY3b", "Production", days=0.01, last_used=state.ago(minutes=3)),
        credential(state, "4FzT7mQ2sX9a", "Production", days=41, last_used=state.ago(minutes=9), **old),
        credential(state, "client_p9Zk3", "Reports", days=20, scopes=["accounts:read"], **client),
        credential(state, "Vb6rJ0qLm1Xe", "Staging", days=30, expires=state.ahead(days=9), last_used=state.ago(days=6)),
        credential(state, "Uu3tC8yNw4Kd", "Old laptop", days=40, state="revoked", last_used=state.ago(days=33)),
    ]


def _refusals(state: State) -> list[Json]:
    kinds = [
        ("quota_exceeded", 429, "listAccounts", "GET", "/bank/v1/accounts"),
        ("quota_exceeded", 429, "getBalances", "GET", "/bank/v1/accounts/{accountId}/balances"),
        ("scope_missing", 403, "createPayment", "POST", "/bank/v1/payments"),
        ("credential_revoked", 401, "listAccounts", "GET", "/bank/v1/accounts"),
        ("upstream_timeout", 504, "listTransactions", "GET", "/bank/v1/accounts/{accountId}/transactions"),
        ("method_not_allowed", 405, None, "PUT", None),
    ]
    return [
        {
            "time": state.ago(minutes=7 + 61 * at),
            "request_id": f"W1gXm{at}2_oAMEVow=",
            "method": method,
            "operation": operation,
            "path": path,
            "api": "bank/v1",
            "status": status,
            "reason": reason,
            "credential": "8GxW1nR5tY3b",
            "credential_name": "Production",
        }
        for at, (reason, status, operation, method, path) in enumerate(kinds)
    ]


def _notice(state: State) -> Json:
    return {
        "api": "stock/v1",
        "title": "Stock",
        "sunset": state.ahead(days=LEFT),
        "days_left": LEFT,
        "deprecated": state.ago(days=SINCE),
        "successor": "stock/v2",
        "guide": "/guides/new-version",
        "brownouts": [{"start": state.ahead(days=70), "end": state.ahead(days=70, hours=1)}],
        "calls": 9312,
        "applications": [{"id": SHOP, "name": "Web shop", "calls": 9312}, {"id": TILL, "name": "Till", "calls": 0}],
    }
