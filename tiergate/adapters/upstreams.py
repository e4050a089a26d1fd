"""Sends a request to whatever kind of upstream an API has."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tiergate.adapters.upstream_http import HttpUpstreams
from tiergate.domain.catalogue import FUNCTION
from tiergate.domain.messages import Request, Response

if TYPE_CHECKING:
    from tiergate.adapters.upstream_function import FunctionUpstreams


class Upstreams:
    """``functions``: the ARN of each Lambda upstream by the name it has in the policies."""

    def __init__(self, functions: Mapping[str, str]) -> None:
        self._functions = functions
        self._http = HttpUpstreams()
        self._lambda: FunctionUpstreams | None = None

    def send(self, upstream: str, request: Request, timeout: float) -> Response:
        """The upstream's answer within ``timeout`` seconds.

        Raises
        ------
        UpstreamFailure
            There was none that can be passed on.
        """
        if not upstream.startswith(FUNCTION):
            return self._http.send(upstream, request, timeout)
        if self._lambda is None:
            from tiergate.adapters.upstream_function import FunctionUpstreams  # noqa: PLC0415 - boto3 only if needed

            self._lambda = FunctionUpstreams()
        name = upstream.removeprefix(FUNCTION)
        return self._lambda.send(self._functions.get(name, name), request, timeout)
