"""What differs between stages, and the context that a synth is given; validated here and nowhere else."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # importing it starts Node
    from constructs import Node

ROOT = Path(__file__).resolve().parent.parent


class SettingsError(Exception):
    """The context is wrong; the text says what to give instead."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One stage of one deployment.

    ``throttle``: requests a second and burst of the whole stage, a backstop behind the plans' limits.
    ``authorizer_concurrency``: instances reserved for the authorizer; None leaves it the account's pool.
    """

    stage: str
    retain: bool
    backups: bool
    log_days: int
    throttle_rate: int
    throttle_burst: int
    authorizer_concurrency: int | None = None
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
    ),
}


def settings(node: "Node") -> Settings:
    """The settings of this synth, from ``-c stage=… -c policies=DIR -c local=1``.

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
    policies = node.try_get_context("policies")
    if policies:
        chosen["policies"] = Path(policies).resolve()
        if not chosen["policies"].is_dir():
            raise SettingsError(f"policies={policies}: there is no such folder")
    return replace(STAGES[stage], **chosen)
