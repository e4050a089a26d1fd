"""What the gateway proves itself to upstreams with: one of four ways, by an API's ``upstream_auth``."""

import math
import time
from collections.abc import Callable

from tiergate.adapters.aws_clients import Client, kms_client, region_of, secrets_client
from tiergate.adapters.remembered import PAUSE
from tiergate.adapters.telemetry import log
from tiergate.adapters.upstream_proofs import LEAST_LEFT, UNPROVEN, HeaderSecret, Proof
from tiergate.domain.catalogue import FUNCTION, ApiVersion
from tiergate.domain.decision import Decision
from tiergate.domain.failures import UpstreamFailure
from tiergate.domain.messages import Request, Response
from tiergate.domain.store import StoreUnavailable

Send = Callable[[str, Request, float], Response]
"""Sends a request to an upstream within so many seconds."""


class UpstreamAuth:
    """Sends with the proof that an API's upstream asks for.

    ``identity_key``: the ARN of the KMS key that tells upstreams who calls, ``identity_issuer`` in whose name; empty
    where no API needs them. ``authorities``: see ``AwsJson``. ``now``: microseconds.
    """

    def __init__(
        self,
        send: Send,
        *,
        identity_key: str = "",
        identity_issuer: str = "",
        authorities: str | None = None,
        now: Callable[[], int] = lambda: time.time_ns() // 1000,
    ) -> None:
        self._send = send
        self._identity = identity_key, identity_issuer
        self._authorities = authorities
        self._now = now
        self._proofs: dict[str, Proof] = {}
        self._secrets: dict[str, Client] = {}
        self._kms: Client | None = None
        self._told: dict[str, int] = {}

    def send(self, api: ApiVersion, request: Request, decision: Decision) -> Response:
        """The upstream's answer. Where it refuses the proof (401), and there are another one and time, it is asked once
        more.

        Raises
        ------
        UpstreamFailure
            ``upstream_unauthorized``: no proof can be had. And all that ``Upstreams.send`` raises.
        """
        deadline = time.monotonic() + api.timeout
        proof = self._proofs.get(api.name) or self._proofs.setdefault(api.name, self._proof(api))
        proven = self._put(proof, api, request, decision, deadline)
        answer = self._send(api.upstream, proven, _left(api, deadline))
        if answer.status != 401 or not proof.renewable:
            return answer
        proof.forget()
        again = self._another(proof, api, request, decision, deadline)
        if again is not None and again != proven:
            answer = self._send(api.upstream, again, _left(api, deadline))
        if answer.status == 401:
            self._tell_of_refusal(api)
        return answer

    def _another(
        self, proof: Proof, api: ApiVersion, request: Request, decision: Decision, deadline: float
    ) -> Request | None:
        """The request with the proof of now; None where there is none, or no time left to get and send it."""
        if deadline - time.monotonic() <= LEAST_LEFT:
            return None
        try:
            again = self._put(proof, api, request, decision, deadline)
        except UpstreamFailure:
            return None
        return again if time.monotonic() < deadline else None

    def _put(self, proof: Proof, api: ApiVersion, request: Request, decision: Decision, deadline: float) -> Request:
        try:
            return proof.put(request, decision, self._now(), deadline)
        except StoreUnavailable as error:
            raise UpstreamFailure(UNPROVEN, f"{_named(api)}: {error}") from error

    def _proof(self, api: ApiVersion) -> Proof:
        """Each way brings its own modules, which a function that has no such API need not load."""
        raw = api.upstream_auth or {}
        kind = raw["kind"]
        if kind == "header":
            return HeaderSecret(raw, self._client_of(raw["secret"]))
        if kind == "oauth":
            from tiergate.adapters.upstream_oauth import ClientCredentials  # noqa: PLC0415

            return ClientCredentials(raw, self._client_of(raw["secret"]))
        if kind == "sigv4":
            from tiergate.adapters.upstream_sigv4 import SignatureV4  # noqa: PLC0415

            return SignatureV4(api.upstream, raw["service"], raw["region"])
        from tiergate.adapters.identity import Identity  # noqa: PLC0415

        key, issuer = self._identity
        self._kms = self._kms or kms_client(authorities=self._authorities)
        return Identity(raw, self._kms, key=key, issuer=issuer)

    def _client_of(self, secret: str) -> Client:
        """One for each region, and so one connection."""
        region = region_of(secret)
        if region not in self._secrets:
            self._secrets[region] = secrets_client(region, authorities=self._authorities)
        return self._secrets[region]

    def _tell_of_refusal(self, api: ApiVersion) -> None:
        """Not with every call: a 401 may also be meant for the caller."""
        now = self._now()
        if not 0 <= now - self._told.get(api.name, -PAUSE) < PAUSE:
            self._told[api.name] = now
            log("WARNING", "upstream answered 401", api=api.name, proof=_named(api))


def _named(api: ApiVersion) -> str:
    """What an API's proof is made with, for the log."""
    raw = api.upstream_auth or {}
    return str(raw.get("secret", raw["kind"]))


def _left(api: ApiVersion, deadline: float) -> float:
    """Seconds. Whole ones for functions, each of whose time-outs has a client of its own."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise UpstreamFailure("upstream_timeout", f"{_named(api)}: {api.timeout:g} s went by before the call")
    return min(api.timeout, math.ceil(seconds)) if api.upstream.startswith(FUNCTION) else seconds
