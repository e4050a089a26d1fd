"""Policies of a small bank: APIs that accept this and that, from here and there, in every state."""

from pathlib import Path
from typing import Any

from tiergate.domain.catalogue import Catalogue
from tiergate.domain.limits import SECOND
from tiergate.policy.bundle import compiled
from tiergate.policy.check import checked
from tiergate.policy.load import Policies

NOW = 1_795_428_610 * SECOND
"""2026-11-23T10:10:10Z."""

DOCUMENT = """openapi: 3.1.0
info: {title: Bank, version: 1.0.0}
paths:
  /accounts:
    get: {operationId: list, security: [{oauth: [admin]}, {oauth: [read]}]}
  /pay:
    post: {operationId: pay, security: [{oauth: [read, write]}]}
  /open:
    get: {operationId: open}
    put: {operationId: fill}
components:
  securitySchemes:
    oauth: {type: http, scheme: bearer}
"""

PLANS: dict[str, Any] = {
    "free": {"limits": {"rate": {"per_second": 5, "burst": 10}, "quota": {"hour": 9_000, "day": 12}}},
    "leased": {"limits": {"mode": "leased", "rate": {"per_second": 50, "burst": 100}, "quota": {"hour": 60}}},
    "counted": {"limits": {"mode": "off"}},
    "hourly": {"limits": {"quota": {"hour": 9}}},
}

ENDING = "deprecation: {date: 2026-01-01, sunset: 2026-11-01, successor: bank/v1}\n"
BROWNOUT = """deprecation:
  date: 2026-01-01
  sunset: 2027-11-01
  guide: https://bank.example/guide
  brownouts: [{start: 2026-11-23T10:00:00Z, minutes: 15}]
"""

PUBLIC = "public_plan: hourly\noperations: {open: {public: true}}\n"

APIS = {
    "bank": "accepts: either\n",
    "open": "accepts: either\npublic_plan: hourly\noperations:\n  open: {public: true, cost: 3}\n",
    "both": "accepts: both\n",
    "tokens": "accepts: token\n",
    "narrow": 'accepts: either\naddresses: {allow: [203.0.113.0/24]}\nsubjects: ["CN=partner,O=Acme,C=DE"]\n',
    "web": "cors: {origins: [https://app.bank.example]}\n",
    "draft": "state: draft\n",
    "old": f"state: retired\n{ENDING}",
    "gone": f"state: retired\n{ENDING.replace('sunset: 2026-11-01', 'sunset: 2026-02-01')}",
    "dim": f"state: deprecated\naccepts: either\n{PUBLIC}{BROWNOUT}",
}


def bank(folder: Path) -> tuple[Policies, Catalogue]:
    """The policies in a folder that is made."""
    files = {
        "platform.yaml": "name: Bank\nsupport: help@bank.example\n",
        "issuers/partners.yaml": "title: Partners\ncognito: {}\n",
        "products/retail.yaml": _product([f"{name}/v1" for name in APIS]),
        "products/bundle.yaml": _product(["bank/v1", "open/v1"]),
        "products/other.yaml": _product(["draft/v1"]),
        **{f"plans/{name}.yaml": _plan(name, plan["limits"]) for name, plan in PLANS.items()},
    }
    for name, said in APIS.items():
        state = "" if "state:" in said else "state: published\n"
        files[f"apis/{name}/v1/api.yaml"] = f"title: {name}\nowner: bank\nupstream: https://bank.example\n{state}{said}"
        files[f"apis/{name}/v1/openapi.yaml"] = DOCUMENT
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    policies = checked(folder)
    return policies, Catalogue.of(compiled(policies))


def _product(apis: list[str]) -> str:
    return f"title: A product\napis: [{', '.join(apis)}]\nplans: [{', '.join(PLANS)}]\n"


def _plan(name: str, limits: dict[str, Any]) -> str:
    rows = [f"  {key}: {_flow(value)}" for key, value in limits.items()]
    return f"title: {name}\nlimits:\n" + "\n".join(rows) + "\n"


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(each)}" for key, each in value.items()) + "}"
    return str(value)
