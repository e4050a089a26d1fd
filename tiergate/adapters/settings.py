"""What each function is told through its environment; the stacks write it, the handlers read it here."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tiergate.domain.catalogue import FILE, Catalogue


@dataclass(frozen=True, slots=True)
class AuthorizerSettings:
    """``managed``: refusals are left to the proxy; otherwise (direct) the gateway refuses."""

    registry_table: str
    usage_table: str
    env: str
    managed: bool

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "AuthorizerSettings":
        mode = environ["MODE"]
        if mode not in {"managed", "direct"}:
            raise ValueError(f"MODE is {mode!r}, expected managed or direct")
        return cls(environ["REGISTRY_TABLE"], environ["USAGE_TABLE"], environ["KEY_ENV"], mode == "managed")


@dataclass(frozen=True, slots=True)
class ProxySettings:
    """``functions``: the ARN of each Lambda upstream by the name it has in the policies."""

    functions: Mapping[str, str]

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "ProxySettings":
        return cls(json.loads(environ.get("UPSTREAM_FUNCTIONS", "{}")))


@dataclass(frozen=True, slots=True)
class OnboardingSettings:
    """``mac_key``: the KMS key (HMAC_256) that new customers' API keys are derived with."""

    registry_table: str
    env: str
    mac_key: str

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "OnboardingSettings":
        return cls(environ["REGISTRY_TABLE"], environ["KEY_ENV"], environ["MAC_KEY"])


def load_catalogue(environ: Mapping[str, str]) -> Catalogue:
    """The definitions that were deployed with this function."""
    path = Path(environ.get("BUNDLE") or Path(environ.get("LAMBDA_TASK_ROOT", ".")) / FILE)
    return Catalogue.of(json.loads(path.read_text()))
