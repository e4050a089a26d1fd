"""The managed proxies: one that APIs share, one for private upstreams, one of its own for each isolated API."""

from collections.abc import Sequence
from pathlib import Path

from aws_cdk import Duration, Stack
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration

from stacks.constructs.function import PythonFunction
from stacks.constructs.identity_keys import IdentityKeys
from stacks.constructs.upstream_auth import allow_upstream_auth
from stacks.constructs.upstreams import UpstreamFunctions
from stacks.serving import Serving
from stacks.settings import Settings

INTEGRATION_TIMEOUT = 29
"""Seconds; the longest that the CDK lets an HTTP API wait. An upstream gets at most 27 of them."""

MEMORY = 256
"""MB, and with it the share of a core. A proxy mostly waits for its upstreams, and what waiting costs goes by memory.
It is enough: ``make soak`` has 105 MiB after 90,000 calls, the authorizer and what verifies tokens included, and 6 MB
of four-byte characters each way, the most that a call takes, were 165 MiB at their peak, 184 with a Lambda upstream."""

SHARED, PRIVATE = "shared", "private"


class Proxies:
    """``functions`` by name: ``shared``, ``private``, or the isolated API's ``<api>/<version>``.

    Each may invoke the Lambda upstreams of its own APIs and read their secrets, and no others. All hold the same
    bundle, which has every API's address. ``keys``: for identity tokens; None where no API has them.
    """

    def __init__(
        self,
        stack: Stack,
        *,
        settings: Settings,
        apis: Sequence[Serving],
        upstreams: UpstreamFunctions,
        asset: Path,
        keys: IdentityKeys | None,
    ) -> None:
        self._stack, self._settings, self._upstreams, self._asset = stack, settings, upstreams, asset
        self._keys = keys
        groups: dict[str, list[Serving]] = {SHARED: []}
        for api in apis:
            groups.setdefault(self._proxy_of(api), []).append(api)
        self.functions = {name: self._function(name, group) for name, group in groups.items()}
        self._integrations = {name: _integration(name, function) for name, function in self.functions.items()}

    def integration(self, api: Serving) -> HttpLambdaIntegration:
        """What the API's calls go to; for a direct API, its preflights."""
        return self._integrations[self._proxy_of(api)]

    def _proxy_of(self, api: Serving) -> str:
        if api.isolated:
            return api.name
        return PRIVATE if self._private(api) else SHARED

    def _private(self, api: Serving) -> bool:
        """Whether its calls need the VPC; a direct API's go through the VPC link."""
        return api.private and not api.direct and not self._settings.local

    def _function(self, name: str, apis: Sequence[Serving]) -> PythonFunction:
        managed = [api for api in apis if not api.direct]
        called = sorted({api.function for api in managed if api.function})
        arns = {function: self._upstreams.arn(function) for function in called}
        deployed = {function: arn for function, arn in arns.items() if function != arn}
        isolated = next((api for api in managed if api.isolated), None)
        proxy = PythonFunction(
            self._stack,
            f"Isolated-{isolated.id}" if isolated else {SHARED: "Proxy", PRIVATE: "PrivateProxy"}[name],
            settings=self._settings,
            name="proxy",
            asset=self._asset,
            environment={"UPSTREAM_FUNCTIONS": self._stack.to_json_string(deployed), **self._identity(managed)},
            memory=MEMORY,
            timeout=INTEGRATION_TIMEOUT,
            concurrency=self._concurrency(isolated),
            network=self._settings.network if any(self._private(api) for api in managed) else None,
        )
        for arn in arns.values():
            proxy.allow("lambda:InvokeFunction", on=arn)
        allow_upstream_auth(proxy, managed, signing=self._keys.signing if self._keys else None)
        return proxy

    def _identity(self, apis: Sequence[Serving]) -> dict[str, str]:
        if self._keys is None or not any(api.identity for api in apis):
            return {}
        return {"IDENTITY_KEY": self._keys.signing, "IDENTITY_ISSUER": self._keys.issuer}

    def _concurrency(self, isolated: Serving | None) -> int | None:
        if isolated is None:
            return self._settings.proxy_concurrency
        default = self._settings.isolated_concurrency
        return None if default is None else isolated.concurrency or default


def _integration(name: str, proxy: PythonFunction) -> HttpLambdaIntegration:
    return HttpLambdaIntegration(
        "Managed" if name == SHARED else f"Managed-{name.replace('/', '-')}",
        proxy.function,
        timeout=Duration.seconds(INTEGRATION_TIMEOUT),
        scope_permission_to_route=False,
    )
