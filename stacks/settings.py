"""What differs between stages, and the context that a synth is given; validated here and nowhere else."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # importing it starts Node
    from constructs import Node

ROOT = Path(__file__).resolve().parent.parent


class SettingsError(Exception):
    """The context is wrong; the text says what to give instead."""


@dataclass(frozen=True, slots=True)
class Network:
    """Where functions and VPC links reach private upstreams from: ids of subnets and of security groups."""

    subnets: tuple[str, ...]
    security_groups: tuple[str, ...]


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
    local: bool = False
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


def settings(node: "Node") -> Settings:
    """The settings of this synth, from ``-c stage=… -c policies=DIR -c local=1``, and for private upstreams
    ``-c subnets=ID,ID -c security_groups=ID``, for alarms ``-c alarm_topic=ARN``.

    Raises
    ------
    SettingsError
        A value is not one of those.
    """
    stage = node.try_get_context("stage") or "dev"
    if stage not in STAGES:
        raise SettingsError(f"stage {stage!r} is not known; give -c stage={'|'.join(STAGES)}")
    local = node.try_get_context("local") or "0"
    if local not in {"0", "1"}:
        raise SettingsError(f"local is {local!r}; give -c local=1 for the local emulator, or leave it out")
    if local == "1" and stage == "prod":
        raise SettingsError("local=1 goes with stage=dev or stage=staging, never with prod")
    chosen: dict[str, Any] = {"local": local == "1"}
    if chosen["local"]:
        chosen["store_timeout"] = 2.0
    policies = node.try_get_context("policies")
    if policies:
        chosen["policies"] = Path(policies).resolve()
        if not chosen["policies"].is_dir():
            raise SettingsError(f"policies={policies}: there is no such folder")
    chosen["alarm_topic"] = node.try_get_context("alarm_topic") or None
    if chosen["alarm_topic"] and not TOPIC.fullmatch(chosen["alarm_topic"]):
        raise SettingsError(
            f"alarm_topic={chosen['alarm_topic']} is not the ARN of a standard SNS topic;"
            " give -c alarm_topic=arn:aws:sns:REGION:ACCOUNT:NAME"
        )
    chosen["network"] = None if chosen["local"] else _network({key: node.try_get_context(key) for key in NETWORK})
    return replace(STAGES[stage], **chosen)


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
