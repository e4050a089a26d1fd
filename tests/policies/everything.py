"""A policy folder in which every key of the schema stands somewhere."""

from pathlib import Path

LISTENER = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/inner/50dc6c495c0c9188/0467ef3c8400ae65"
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:upstream-AbCdEf"

DOCUMENT = """openapi: 3.1.0
info: {title: Things, version: 1.0.0}
paths:
  /things:
    get: {operationId: listThings}
    post: {operationId: addThing, security: [{OAuth: [things:write]}]}
  /things/{thing}:
    get: {operationId: getThing}
  /things/{thing}.pdf:
    get: {operationId: printThing}
components:
  securitySchemes:
    OAuth: {type: http, scheme: bearer}
"""

FILES = {
    "platform.yaml": """name: Everything
support: help@example.com
identity_key: 2
imported_keys: true
rest_apis: {stock: {id: a1b2c3d4e5, stage: prod, hourly: day}}
failure: {rule: open, units: 5, grace: 30}
defaults: {owner: platform@example.com}
""",
    "issuers/pool.yaml": "title: Pool\ncognito: {resource_server: things, token_minutes: 30}\n",
    "issuers/acme.yaml": """title: Acme
issuer: https://login.acme.example/
jwks: https://login.acme.example/keys
algorithms: [ES256]
audience: [https://api.example.com]
tokens: any
client: azp
scope: scp
scope_prefix: "things/"
require: {tier: gold}
stale: 3600
""",
    "plans/basic.yaml": """title: Basic
description: d
limits:
  mode: exact
  rate: {per_second: 5, burst: 10}
  quota: {hour: 100, day: 1000, month: 10000}
failure: {rule: open, units: 3, grace: 40}
price: {amount: "1", currency: EUR, per: month}
approval: automatic
support: mail
""",
    "products/shop.yaml": """title: Shop
description: d
apis: [open/v1, signed/v1, token/v1, shown/v1, direct/v1, old/v1]
rest_apis: [stock]
plans: [basic]
defaults: {timeout: 20}
""",
    "apis/open/v1/api.yaml": f"""title: Open
owner: o@example.com
state: published
upstream: https://open.example.com
timeout: 9
mode: managed
isolated: true
concurrency: 20
private: true
cost: 2
accepts: either
addresses: {{allow: [10.0.0.0/8], deny: [10.1.0.0/16]}}
subjects: ["CN=a"]
public_plan: basic
cors: {{origins: [https://app.example.com], headers: [X-Own], expose: [X-Total], credentials: true, max_age: 60}}
upstream_auth: {{header: {{name: X-Key, secret: "{SECRET}", member: token, prefix: "Bearer "}}}}
operations:
  listThings: {{public: true, cost: 3, timeout: 5}}
""",
    "apis/signed/v1/api.yaml": """state: published
upstream: https://abcde.execute-api.eu-west-1.amazonaws.com
upstream_auth:
  sigv4:
    service: execute-api
    region: eu-west-1
    resource: arn:aws:execute-api:eu-west-1:123456789012:abcde/prod/GET/things
""",
    "apis/token/v1/api.yaml": f"""state: published
upstream: https://token.example.com
upstream_auth:
  oauth:
    token_url: https://login.example.com/token
    client_id: gateway
    secret: "{SECRET}"
    member: secret
    scopes: [things]
    audience: things
""",
    "apis/shown/v1/api.yaml": """state: published
upstream: https://shown.example.com
upstream_auth: {identity: {audience: https://shown.example.com, header: X-Who, lifetime: 120}}
""",
    "apis/direct/v1/api.yaml": f"""state: published
upstream: https://inner.example.com:8443/api
mode: direct
private: true
listener: {LISTENER}
""",
    "apis/old/v1/api.yaml": """state: deprecated
upstream: https://old.example.com
deprecation:
  date: 2026-06-01
  sunset: 2027-06-30
  successor: open/v1
  guide: https://developer.example.com/move
  brownouts: [{start: 2027-05-04T09:00:00Z, minutes: 15}]
  grace_days: 60
""",
}


def write_everything(folder: Path) -> Path:
    """The files in a new folder ``policies``."""
    policies = folder / "policies"
    for name, text in FILES.items():
        file = policies / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        if file.name == "api.yaml":
            (file.parent / "openapi.yaml").write_text(DOCUMENT, encoding="utf-8")
    return policies
