"""The served API versions of a bundle as the stacks see them: where each one's calls go, and through what."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from stacks.settings import Settings, SettingsError
from tiergate.domain.addresses import is_loopback
from tiergate.domain.catalogue import FUNCTION
from tiergate.domain.lifecycle import DEPRECATED, RETIRED, Lifecycle
from tiergate.domain.limits import SECOND
from tiergate.policy.capacity import routed

IDENTITY = "identity"
"""The way of authenticating upstream that needs a signing key."""


@dataclass(frozen=True, slots=True)
class Serving:
    """One API version that has routes. ``name`` is ``<api>/<version>``; ``timeout`` in seconds.

    ``cors``: preflights are answered without a credential. ``concurrency``: instances that an isolated one asks for.
    ``auth``: how the proxy authenticates with the upstream, as the bundle has it; None when it does not.
    ``certificates``: its calls need a client certificate. ``lifecycle``: of one that is deprecated. One that is retired
    has a name and CORS alone: the shared proxy refuses its calls, whatever served them before.
    """

    name: str
    upstream: str
    timeout: float
    direct: bool
    cors: bool
    isolated: bool
    concurrency: int | None
    private: bool
    listener: str | None
    auth: Mapping[str, Any] | None
    certificates: bool
    lifecycle: Lifecycle | None = None

    @property
    def paths(self) -> tuple[str, str]:
        """The API's base, and all that is below it."""
        return f"/{self.name}", f"/{self.name}/{{proxy+}}"

    @property
    def id(self) -> str:
        """For the ids of constructs."""
        return self.name.replace("/", "-")

    @property
    def function(self) -> str | None:
        """The Lambda function that is its upstream: a folder in ``lambdas/`` or an ARN."""
        return self.upstream.removeprefix(FUNCTION) if self.upstream.startswith(FUNCTION) else None

    @property
    def identity(self) -> bool:
        """Whether its upstream is shown who calls in a signed token."""
        return self.auth is not None and self.auth["kind"] == IDENTITY


def served(bundle: Mapping[str, Any], now: int) -> list[Serving]:
    """Those that have routes in a deploy at ``now`` (Unix seconds): retired ones too, until they are gone.

    In the order of their names, so that a template depends on nothing else.
    """
    apis = sorted(bundle["apis"].items())
    return [
        _retired(name, api) if api["state"] == RETIRED else _serving(name, api)
        for name, api in apis
        if routed(api, now * SECOND)
    ]


def folders(apis: Iterable[Serving]) -> list[str]:
    """The functions of ``lambdas/`` that they have as upstreams; ARNs are other people's."""
    return sorted({api.function for api in apis if api.function and not api.function.startswith("arn:")})


def require_network(settings: Settings, apis: Iterable[Serving]) -> None:
    """See that private APIs can be reached.

    Raises
    ------
    SettingsError
        An API is private, and no network is given.
    """
    private = [each.name for each in apis if each.private]
    if private and settings.network is None and not settings.local:
        raise SettingsError(
            f"private in their api.yaml: {', '.join(private)}; give the VPC's subnets and security groups that reach "
            "their upstreams: -c subnets=subnet-…,subnet-… -c security_groups=sg-…"
        )


def require_mutual_tls(settings: Settings, apis: Iterable[Serving]) -> None:
    """See that APIs that ask for client certificates can be shown any.

    Raises
    ------
    SettingsError
        An API asks for one, and no truststore is given.
    """
    asking = [each.name for each in apis if each.certificates]
    if asking and not (settings.domain and settings.domain.truststore) and not settings.local:
        raise SettingsError(
            f"subjects in their api.yaml: {', '.join(asking)}; client certificates come through a domain with mutual "
            "TLS alone: -c domain=… -c certificate=arn:… -c truststore=s3://… (docs/domain.md)"
        )


def require_reachable(settings: Settings, apis: Iterable[Serving], issuers: Mapping[str, Mapping[str, Any]]) -> None:
    """See that those who sign or give tokens are not this machine, which is there to try things out.

    Raises
    ------
    SettingsError
        One is, and the stage is another than dev.
    """
    if settings.local or settings.stage == "dev":
        return
    stated = [(f"issuers/{name}.yaml", each.get(key, "")) for name, each in issuers.items() for key in ("url", "jwks")]
    stated += [(f"apis/{each.name}/api.yaml", each.auth.get("token_url", "")) for each in apis if each.auth]
    here = sorted({file for file, url in stated if is_loopback(urlsplit(url).hostname or "")})
    if here:
        raise SettingsError(
            f"addresses of this machine in {', '.join(here)}; no function reaches them: in the stage "
            f"{settings.stage}, give those of issuers and token endpoints that it can"
        )


def _serving(name: str, api: Mapping[str, Any]) -> Serving:
    deploy = api.get("deploy", {})
    return Serving(
        name,
        api["upstream"],
        api["timeout"],
        direct=api["mode"] == "direct",
        cors="cors" in api,
        isolated=deploy.get("isolated", False),
        concurrency=deploy.get("concurrency"),
        private=deploy.get("private", False),
        listener=deploy.get("listener"),
        auth=api.get("upstream_auth"),
        certificates=bool(api.get("conditions", {}).get("subjects")),
        lifecycle=Lifecycle.of(api["lifecycle"]) if api["state"] == DEPRECATED else None,
    )


def _retired(name: str, api: Mapping[str, Any]) -> Serving:
    return Serving(
        name,
        "",
        0,
        direct=False,
        cors="cors" in api,
        isolated=False,
        concurrency=None,
        private=False,
        listener=None,
        auth=None,
        certificates=False,
    )
