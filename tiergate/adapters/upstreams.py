"""Sends a request to whatever kind of upstream an API has, with the proof that it asks for."""

from typing import TYPE_CHECKING

from tiergate.adapters.settings import ProxySettings
from tiergate.adapters.upstream_http import HttpUpstreams
from tiergate.domain.catalogue import FUNCTION, ApiVersion
from tiergate.domain.decision import Decision
from tiergate.domain.messages import Request, Response

if TYPE_CHECKING:
    from tiergate.adapters.upstream_auth import UpstreamAuth
    from tiergate.adapters.upstream_function import FunctionUpstreams


class Upstreams:
    """What only some upstreams need is loaded with the first call of one."""

    def __init__(self, settings: ProxySettings) -> None:
        self._settings = settings
        self._http = HttpUpstreams()
        self._lambda: FunctionUpstreams | None = None
        self._auth: UpstreamAuth | None = None

    def forward(self, api: ApiVersion, request: Request, decision: Decision) -> Response:
        """The answer of an API's upstream to an admitted call, within the API's time-out.

        Raises
        ------
        RequestRefused, UpstreamFailure
            There was none that can be passed on.
        """
        if api.upstream_auth is None:
            return self.send(api.upstream, request, api.timeout)
        if self._auth is None:
            from tiergate.adapters.upstream_auth import UpstreamAuth  # noqa: PLC0415 - with hashes and TLS for AWS

            self._auth = UpstreamAuth(
                self.send,
                identity_key=self._settings.identity_key,
                identity_issuer=self._settings.identity_issuer,
                authorities=self._settings.authorities,
            )
        return self._auth.send(api, request, decision)

    def send(self, upstream: str, request: Request, timeout: float) -> Response:
        """The upstream's answer within ``timeout`` seconds to the request as it is. Raises as ``forward`` does."""
        if not upstream.startswith(FUNCTION):
            return self._http.send(upstream, request, timeout)
        if self._lambda is None:
            from tiergate.adapters.upstream_function import FunctionUpstreams  # noqa: PLC0415 - boto3 only if needed

            self._lambda = FunctionUpstreams()
        name = upstream.removeprefix(FUNCTION)
        return self._lambda.send(self._settings.functions.get(name, name), request, timeout)
