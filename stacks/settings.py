"""What differs between stages, and the context that a synth is given; validated here and nowhere else."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from tiergate.policy.upstream_auth import SECRET

ROOT = Path(__file__).resolve().parent.parent

EMULATOR = "http://127.0.0.1:4566"
"""Where the local emulator is when nothing else says so."""


class SettingsError(Exception):
    """The context is wrong; the text says what to give instead."""


@dataclass(frozen=True, slots=True)
class Network:
    """Where functions and VPC links reach private upstreams from: ids of subnets and of security groups."""

    subnets: tuple[str, ...]
    security_groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Domain:
    """The API's own name, and the ARN of its certificate in the same region.

    ``truststore``: the S3 URI of the authorities whose client certificates are let in, in PEM; empty without mutual
    TLS. ``truststore_version``: the S3 version of that object; empty for the newest.
    """

    name: str
    certificate: str
    truststore: str = ""
    truststore_version: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """One stage of one deployment.

    ``throttle``: requests a second and burst of the whole stage, a backstop behind the plans' limits.
    ``authorizer_concurrency`` and ``proxy_concurrency``: instances reserved for each authorizer and each shared proxy,
    which is also the most that it can have; None leaves them the account's pool. ``isolated_concurrency``: the same for
    the proxy of an isolated API whose policy gives no number; None reserves none, whatever the policy says.
    ``store_timeout``: seconds that DynamoDB has for an answer to an authorizer, which asks twice at most; more on the
    local emulator, where calls wait for each other.
    ``network``: None where no API is private, and on the local emulator, which reaches all that this machine does.
    ``alarm_topic``: the ARN of an SNS topic that hears of alarms; None for none.
    ``domain``: None where callers use API Gateway's own address, as on the local emulator they always do.
    ``portal``: the portal's own name; None where it has CloudFront's, as on the local emulator it always does.
    ``edge_secret``: the ARN of the secret that the platform's edge signs addresses with; None without an edge.
    ``emulator``: the local emulator's address, without a slash at the end; read where ``local`` is set alone.
    """

    stage: str
    retain: bool
    backups: bool
    log_days: int
    throttle_rate: int
    throttle_burst: int
    authorizer_concurrency: int | None = None
    proxy_concurrency: int | None = None
    isolated_concurrency: int | None = None
    store_timeout: float = 0.3
    network: Network | None = None
    alarm_topic: str | None = None
    domain: Domain | None = None
    portal: Domain | None = None
    edge_secret: str | None = None
    local: bool = False
    emulator: str = EMULATOR
    policies: Path = ROOT / "policies"

    @property
    def prefix(self) -> str:
        """What the names of this stage's stacks begin with."""
        return f"tiergate-{self.stage}"


STAGES = {
    "dev": Settings("dev", retain=False, backups=False, log_days=7, throttle_rate=500, throttle_burst=1000),
    "staging": Settings("staging", retain=False, backups=True, log_days=30, throttle_rate=2000, throttle_burst=2000),
    "prod": Settings(
        "prod",
        retain=True,
        backups=True,
        log_days=365,
        throttle_rate=10_000,
        throttle_burst=5_000,
        authorizer_concurrency=100,
        proxy_concurrency=250,
        isolated_concurrency=50,
    ),
}

NETWORK = {
    "subnets": (re.compile(r"subnet-([0-9a-f]{8}|[0-9a-f]{17})"), "subnet-0a1b2c3d4e5f60718"),
    "security_groups": (re.compile(r"sg-([0-9a-f]{8}|[0-9a-f]{17})"), "sg-0a1b2c3d4e5f60718"),
}
"""The context that names a network: what each id must be, and an example."""

TOPIC = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}")
"""A standard SNS topic."""

DOMAIN = {
    "domain": (
        re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?"),
        "a host name in lower case",
        "api.example.com",
    ),
    "certificate": (
        re.compile(r"arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/[0-9a-z-]{1,64}"),
        "the ARN of a certificate",
        "arn:aws:acm:REGION:ACCOUNT:certificate/ID",
    ),
    "truststore": (
        re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/[^#\s]{1,1024}(#[^#\s]{1,1024})?"),
        "an object in S3",
        "s3://BUCKET/KEY, or s3://BUCKET/KEY#VERSION for one version of it",
    ),
}
"""The context that names a domain: what each value must be, in words too, and an example."""


PORTAL = {
    "portal_domain": (DOMAIN["domain"][0], DOMAIN["domain"][1], "partners.example.com"),
    "portal_certificate": (
        re.compile(r"arn:aws[a-z-]*:acm:us-east-1:\d{12}:certificate/[0-9a-z-]{1,64}"),
        "the ARN of a certificate in us-east-1, where CloudFront looks for them",
        "arn:aws:acm:us-east-1:ACCOUNT:certificate/ID",
    ),
}
"""The same for the portal's."""

KNOWN = ("stage", "local", "policies", "alarm_topic", "edge_secret", *NETWORK, *DOMAIN, *PORTAL)
"""The keys of the context that are ours."""

CDKS = re.compile(r"@|.*:|acknowledged-issue-numbers$|cli-telemetry$")
"""How the keys begin that the CDK keeps in the same place: its flags, what it looked up, what its user has seen."""


def settings(context: Mapping[str, Any]) -> Settings:
    """The settings of this synth, from ``-c stage=… -c policies=DIR -c local=1``, and for private upstreams
    ``-c subnets=ID,ID -c security_groups=ID``, for alarms ``-c alarm_topic=ARN``, for a domain ``-c domain=NAME
    -c certificate=ARN -c truststore=s3://BUCKET/KEY#VERSION``, for the portal's ``-c portal_domain=NAME
    -c portal_certificate=ARN``, behind an edge ``-c edge_secret=ARN``.

    Raises
    ------
    SettingsError
        A value is not one of those, or a key.
    """
    _refuse_unknown(context)
    stage = context.get("stage") or "dev"
    if stage not in STAGES:
        raise SettingsError(f"stage {stage!r} is not known; give -c stage={'|'.join(STAGES)}")
    local = context.get("local") or "0"
    if local not in {"0", "1"}:
        raise SettingsError(f"local is {local!r}; give -c local=1 for the local emulator, or leave it out")
    if local == "1" and stage == "prod":
        raise SettingsError("local=1 goes with stage=dev or stage=staging, never with prod")
    chosen: dict[str, Any] = {"local": local == "1"}
    if chosen["local"]:
        chosen["store_timeout"] = 2.0
        chosen["emulator"] = os.environ.get("AWS_ENDPOINT_URL", EMULATOR).rstrip("/")
    policies = context.get("policies")
    if policies:
        chosen["policies"] = Path(policies).resolve()
        if not chosen["policies"].is_dir():
            raise SettingsError(f"policies={policies}: there is no such folder")
    chosen["alarm_topic"] = _arn(context, "alarm_topic", TOPIC, "the ARN of a standard SNS topic", "sns", "NAME")
    chosen["edge_secret"] = _arn(
        context, "edge_secret", SECRET, "the whole ARN of a secret", "secretsmanager", "secret:NAME-a1B2c3"
    )
    if not chosen["local"]:
        chosen["network"] = _network({key: context.get(key) for key in NETWORK})
        chosen["domain"] = _domain({key: context.get(key) or "" for key in DOMAIN})
        chosen["portal"] = _portal({key: context.get(key) or "" for key in PORTAL})
    return replace(STAGES[stage], **chosen)


def _refuse_unknown(context: Mapping[str, Any]) -> None:
    for key in context:
        if key not in KNOWN and not CDKS.match(key):
            near = "".join(get_close_matches(key, KNOWN, 1))
            mend = f"did you mean -c {near}=…?" if near else f"known are {', '.join(KNOWN)}"
            raise SettingsError(f"context {key!r} is not known; {mend}")


def _arn(
    context: Mapping[str, Any], key: str, pattern: re.Pattern[str], wanted: str, service: str, resource: str
) -> str | None:
    given = context.get(key)
    if given and not pattern.fullmatch(given):
        raise SettingsError(f"{key}={given} is not {wanted}; give -c {key}=arn:aws:{service}:REGION:ACCOUNT:{resource}")
    return given or None


def _domain(given: Mapping[str, str]) -> Domain | None:
    if not any(given.values()):
        return None
    if not given["domain"] or not given["certificate"]:
        needed = " ".join(f"-c {key}={DOMAIN[key][2]}" for key in ("domain", "certificate"))
        lacks = "a domain needs a name and a certificate"
        if given["truststore"] and not given["domain"]:
            lacks = "a truststore needs a domain"
        raise SettingsError(f"{lacks}; give {needed}")
    _require(given, DOMAIN)
    truststore, _, version = given["truststore"].partition("#")
    return Domain(given["domain"], given["certificate"], truststore, version)


def _portal(given: Mapping[str, str]) -> Domain | None:
    if not any(given.values()):
        return None
    if not all(given.values()):
        needed = " ".join(f"-c {key}={example}" for key, (_, _, example) in PORTAL.items())
        raise SettingsError(f"the portal's domain needs a name and a certificate; give {needed}")
    _require(given, PORTAL)
    return Domain(given["portal_domain"], given["portal_certificate"])


def _require(given: Mapping[str, str], wanted: Mapping[str, tuple[re.Pattern[str], str, str]]) -> None:
    for key, (pattern, words, example) in wanted.items():
        if given[key] and not pattern.fullmatch(given[key]):
            raise SettingsError(f"{key}={given[key]} is not {words}; give -c {key}={example}")


def _network(given: Mapping[str, object]) -> Network | None:
    found: dict[str, tuple[str, ...]] = {}
    for key, (pattern, example) in NETWORK.items():
        ids = [each.strip() for each in str(given[key] or "").split(",") if each.strip()]
        wrong = [each for each in ids if not pattern.fullmatch(each)]
        if wrong:
            raise SettingsError(f"{key}: {wrong[0]!r} is no id of that kind; give -c {key}={example},…")
        found[key] = tuple(dict.fromkeys(ids))
    missing = [key for key, ids in found.items() if not ids]
    if len(missing) == 1:
        raise SettingsError(
            f"subnets and security_groups go together; give -c {missing[0]}={NETWORK[missing[0]][1]} too"
        )
    return None if missing else Network(**found)
