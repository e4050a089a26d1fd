"""Which web pages may call an API version from a browser (the Fetch standard's CORS protocol).

https://fetch.spec.whatwg.org/#http-cors-protocol
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tiergate.domain.messages import Response

ANY = "*"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
"""What a page may ask for. Which of them a path has, the call itself says: a page can read its 404 or 405."""

SENT = ("X-Api-Key", "Authorization", "Content-Type", "Accept", "Idempotency-Key")
"""Request fields that pages may send to every API with a policy."""

READ = ("RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-Id")
"""Response fields that pages may read of every API with a policy."""

OWN_PORT = {"http": ":80", "https": ":443"}


@dataclass(frozen=True, slots=True)
class Preflight:
    """A call of ``OPTIONS``. ``asks``: the method that a browser wants to use, empty for any other client."""

    api: str
    path: str
    origin: str
    asks: str


@dataclass(frozen=True, slots=True)
class Cors:
    """One API version's policy. ``headers`` and ``expose`` are whole field values, ``max_age`` seconds."""

    origins: frozenset[str]
    headers: str
    expose: str
    credentials: bool
    max_age: int

    @classmethod
    def of(cls, raw: Mapping[str, Any], *read: str) -> "Cors":
        """From a compiled bundle. ``read``: response fields that its pages may read besides ``READ``."""
        origins = frozenset(_as_browsers_write(origin) for origin in raw["origins"])
        return cls(
            origins,
            ", ".join(_once((*SENT, *raw["headers"]))),
            ", ".join(_once((*READ, *read, *raw["expose"]))),
            raw["credentials"],
            raw["max_age"],
        )

    def preflight(self, call: Preflight, methods: Iterable[str]) -> Response:
        """The answer to ``OPTIONS``; nothing is allowed to an origin that is not the policy's.

        A client that does not ask for a method, as every browser does, is told the path's ``methods``.
        """
        fields = self._origin_fields(call.origin)
        if not call.asks:
            fields.append(("allow", ", ".join(sorted({*methods, "OPTIONS"}))))
        elif self._allows(call.origin):
            fields.append(("access-control-allow-methods", ", ".join(METHODS)))
            fields.append(("access-control-allow-headers", self.headers))
            fields.append(("access-control-max-age", str(self.max_age)))
        return Response(204, fields, b"")

    def share(self, response: Response, origin: str) -> Response:
        """An answer with this policy's fields in place of whatever an upstream says of sharing it."""
        headers = [field for field in response.headers if not field[0].startswith("access-control-")]
        added = self._origin_fields(origin)
        if self._allows(origin):
            added.append(("access-control-expose-headers", self.expose))
        if _varies(headers):
            added = [field for field in added if field[0] != "vary"]
        return Response(response.status, headers + added, response.body)

    def _origin_fields(self, origin: str) -> list[tuple[str, str]]:
        """Where origins are told apart, every answer says so, or a cache would give one origin's to another.

        Credentials are never allowed to every origin (Fetch §3.2.5).
        """
        if ANY in self.origins:
            return [("access-control-allow-origin", ANY)]
        fields = [("vary", "Origin")]
        if origin in self.origins:
            fields.append(("access-control-allow-origin", origin))
            if self.credentials:
                fields.append(("access-control-allow-credentials", "true"))
        return fields

    def _allows(self, origin: str) -> bool:
        return ANY in self.origins or origin in self.origins


def _varies(headers: Iterable[tuple[str, str]]) -> bool:
    named = ",".join([value for name, value in headers if name == "vary"])
    return any(name.strip().lower() in ("origin", ANY) for name in named.split(","))


def _as_browsers_write(origin: str) -> str:
    """In lower case and without the scheme's own port (HTML §7.1.1)."""
    scheme, _, authority = origin.lower().partition("://")
    return f"{scheme}://{authority.removesuffix(OWN_PORT.get(scheme, ':'))}" if authority else scheme


def _once(names: Iterable[str]) -> Iterable[str]:
    """Each name in its first spelling."""
    spelled: dict[str, str] = {}
    for name in names:
        spelled.setdefault(name.lower(), name)
    return spelled.values()
