"""A policy folder with an API of every kind, and what the stacks make of it."""

import json
import shutil
from pathlib import Path

LISTENER = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/inner/50dc6c495c0c9188/0467ef3c8400ae65"
PAYROLL = "arn:aws:lambda:eu-west-1:123456789012:function:payroll"
LATER = "arn:aws:lambda:eu-west-1:123456789012:function:later"
TOPIC = "arn:aws:sns:eu-central-1:123456789012:pager"
NETWORK = {"subnets": "subnet-0a1b2c3d,subnet-0a1b2c3d4e5f60718", "security_groups": "sg-0a1b2c3d"}

APIS = {
    "alone": "upstream: lambda:demo_bank\nisolated: true\nconcurrency: 20\n",
    "bare": 'upstream: https://bare.example/base/\nmode: direct\ntimeout: 3\ncors: {origins: ["*"]}\n',
    "called": f"upstream: lambda:{PAYROLL}\nisolated: true\n",
    "function": "upstream: lambda:demo_bank\nmode: direct\n",
    "inner": f"upstream: https://inner.example:8443/api\nmode: direct\nprivate: true\nlistener: {LISTENER}\n",
    "pages": "upstream: https://pages.example\ncors: {origins: [https://app.example.com]}\n",
    "pay2--go": "upstream: https://pay2--go.example\nisolated: true\n",  # names that differ in punctuation alone
    "pay2-go": "upstream: https://pay2-go.example\nisolated: true\n",
    "pay2go": "upstream: https://pay2go.example\nisolated: true\n",
    "plain": f"upstream: http://plain.example\nmode: direct\nprivate: true\nlistener: {LISTENER}\n",
    "vault": "upstream: https://vault.internal.example\nprivate: true\n",
    "vaulted": "upstream: https://vaulted.internal.example\nprivate: true\nisolated: true\nconcurrency: 5\n",
}
"""The rest of each ``api.yaml``, by the API's name; all of them have the version ``v1``."""

DRAFTS = {
    "later": f"upstream: lambda:{LATER}\nisolated: true\nconcurrency: 7\n",
    "later-bare": 'upstream: https://later.example\nmode: direct\ncors: {origins: ["*"]}\n',
}
"""The same, of APIs that are not served yet."""

PAST = "arn:aws:lambda:eu-west-1:123456789012:function:past"
PAST_SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:past-AbCdEf"

DEPRECATED = {
    "fading": """upstream: https://fading.example
mode: direct
state: deprecated
deprecation:
  date: 2026-12-01
  sunset: 2099-06-30
  successor: bare/v1
  guide: https://dev.example/why?costs=$5
""",
}
"""The same, of APIs that are to end one day."""

ENDED = "state: retired\ndeprecation: {date: 2020-01-01, sunset: 2026-11-01, successor: bare/v1, grace_days: 3650}\n"

RETIRED = {
    "past": f"upstream: lambda:{PAST}\nisolated: true\nconcurrency: 9\n{ENDED}",
    "past-bare": f'upstream: https://past.example\nmode: direct\ncors: {{origins: ["*"]}}\n{ENDED}',
    "past-own": f"upstream: lambda:demo_bank\n{ENDED}",
    "past-inner": f"upstream: https://past.example\nmode: direct\nprivate: true\nlistener: {LISTENER}\n{ENDED}",
    "past-vault": f"""upstream: https://past.example
private: true
isolated: true
subjects: ["O=Past"]
upstream_auth:
  header: {{name: X-Service-Key, secret: {PAST_SECRET}}}
{ENDED}""",
}
"""The same, of APIs that have ended, whatever they were before."""

GONE = {
    "long-gone": f"upstream: lambda:{PAST}\n{ENDED.replace('3650', '0')}",
}
"""The same, of APIs that have ended so long ago that nobody is told so any more."""

REST_APIS = {"depots": "a1b2c3d4e5", "routes": "b2c3d4e5f6"}
"""Ids of REST APIs by name, the stage of all is ``prod``; product ``open-banking`` sells them."""

DOCUMENT = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {"/things": {"get": {}}}}


def write_policies(folder: Path, root: Path) -> None:
    """The project's own policies, APIs in every state in no product, and REST APIs."""
    shutil.copytree(root / "policies", folder)
    entries = "".join(f"  {name}: {{id: {id_}, stage: prod}}\n" for name, id_ in REST_APIS.items())
    _append(folder / "platform.yaml", f"rest_apis:\n{entries}")
    _append(folder / "products/open-banking.yaml", f"rest_apis: [{', '.join(REST_APIS)}]\n")
    for name, text in (APIS | DRAFTS | DEPRECATED | RETIRED | GONE).items():
        version = folder / "apis" / name / "v1"
        version.mkdir(parents=True)
        (version / "api.yaml").write_text(
            f"title: {name}\nowner: o\n{text}" + ("state: published\n" if name in APIS else "")
        )
        (version / "openapi.json").write_text(json.dumps(DOCUMENT))


def _append(file: Path, text: str) -> None:
    file.write_text(file.read_text() + text)
