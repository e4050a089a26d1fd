"""What each function but the authorizer is told through its environment; the stacks write it, handlers read it here."""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from tiergate.adapters.packaged import AUTHORITIES, packaged


class ProxySettings(NamedTuple):
    """``functions``: the ARN of each Lambda upstream by the name it has in the policies.

    ``identity_key``: the KMS key that tokens on callers are signed with, by ARN; ``identity_issuer``: their issuer.
    Both empty where no API has them. ``authorities``: see ``adapters.aws_json.AwsJson``.
    """

    functions: Mapping[str, str]
    identity_key: str = ""
    identity_issuer: str = ""
    authorities: str = ""

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "ProxySettings":
        return cls(
            functions=json.loads(environ.get("UPSTREAM_FUNCTIONS", "{}")),
            identity_key=environ.get("IDENTITY_KEY", ""),
            identity_issuer=environ.get("IDENTITY_ISSUER", ""),
            authorities=packaged(AUTHORITIES, environ),
        )


class JwksSettings(NamedTuple):
    """``keys``: ARNs of the KMS keys that identity tokens may be signed with; ``issuer``: theirs."""

    keys: tuple[str, ...]
    issuer: str
    authorities: str

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "JwksSettings":
        return cls(
            tuple(json.loads(environ["IDENTITY_KEYS"])),
            environ["IDENTITY_ISSUER"],
            packaged(AUTHORITIES, environ),
        )


class OnboardingSettings(NamedTuple):
    """``mac_key``: the KMS key (HMAC_256) that new customers' API keys are derived with."""

    registry_table: str
    env: str
    mac_key: str

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "OnboardingSettings":
        return cls(environ["REGISTRY_TABLE"], environ["KEY_ENV"], environ["MAC_KEY"])


class RollUpSettings(NamedTuple):
    """``records_table``: where the records of actual use are kept."""

    registry_table: str
    records_table: str
    stage: str

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "RollUpSettings":
        return cls(environ["REGISTRY_TABLE"], environ["USAGE_RECORDS_TABLE"], environ["STAGE"])


class CallRecordsSettings(NamedTuple):
    """``records_table``: where what the access log tells is kept, beside the records of actual use."""

    records_table: str
    stage: str

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "CallRecordsSettings":
        return cls(environ["USAGE_RECORDS_TABLE"], environ["STAGE"])


class GateSettings(NamedTuple):
    """``target``: what the command line calls the deployment, as ``--stage`` takes it."""

    registry_table: str
    target: str

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "GateSettings":
        return cls(environ["REGISTRY_TABLE"], environ["TARGET"])


class NoticesSettings(NamedTuple):
    """``records_table``: where use is read, and kept who was told."""

    registry_table: str
    records_table: str
    stage: str

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "NoticesSettings":
        return cls(environ["REGISTRY_TABLE"], environ["USAGE_RECORDS_TABLE"], environ["STAGE"])


class SyncSettings(NamedTuple):
    """``queue`` and ``dead_letters``: URLs. ``mac_key``: the KMS key (HMAC_256) that makes the root of native keys, by
    ARN; empty where no REST API is named."""

    registry_table: str
    stage: str
    queue: str
    dead_letters: str
    mac_key: str = ""

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "SyncSettings":
        return cls(
            environ["REGISTRY_TABLE"],
            environ["STAGE"],
            environ["QUEUE"],
            environ["DEAD_LETTERS"],
            environ.get("MAC_KEY", ""),
        )


class SignUpSettings(NamedTuple):
    """``domains``: the mail domains that may sign up for the portal; empty for all."""

    registry_table: str
    stage: str
    domains: tuple[str, ...]

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "SignUpSettings":
        domains = tuple(filter(None, environ.get("SIGN_UP_DOMAINS", "").split(",")))
        return cls(environ["REGISTRY_TABLE"], environ["STAGE"], domains)


class PortalSettings(NamedTuple):
    """``user_pool``: of the people who sign in. ``mac_key``: the KMS key (HMAC_256) that API keys are derived with.

    ``try_keys``: the policies' terms for keys to try an API, none where nobody may. ``portal_url``: the site's address.
    """

    registry_table: str
    usage_table: str
    records_table: str
    env: str
    stage: str
    user_pool: str
    mac_key: str
    portal_url: str = ""
    try_keys: Mapping[str, Any] = MappingProxyType({})

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "PortalSettings":
        return cls(
            environ["REGISTRY_TABLE"],
            environ["USAGE_TABLE"],
            environ["USAGE_RECORDS_TABLE"],
            environ["KEY_ENV"],
            environ["STAGE"],
            environ["USER_POOL_ID"],
            environ["MAC_KEY"],
            environ.get("PORTAL_URL", ""),
            json.loads(environ.get("TRY", "{}")),
        )
