"""An issuer's keys as they are now: found, fetched, kept for a while, and fetched again when a token names another.

Only the policies and the issuer's own metadata say where they are, never a token.
"""

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from tiergate.adapters.jwks import Key, candidates, usable_keys
from tiergate.adapters.jws import Jws, json_object
from tiergate.domain.addresses import is_loopback
from tiergate.domain.failures import UpstreamFailure
from tiergate.domain.issuers import Issuer
from tiergate.domain.limits import SECOND
from tiergate.domain.messages import Request, Response
from tiergate.domain.tokens import IssuerUnavailable, TokenRefused

if TYPE_CHECKING:
    from tiergate.adapters.upstream_http import HttpUpstreams

FRESH = 15 * 60 * SECOND
"""How long keys are used before they are fetched again."""

PAUSE = 10 * SECOND
"""Between two attempts to fetch an issuer's keys, whatever tokens ask for."""

TIMEOUT = 2.0
"""Seconds for all that a fetch takes, the metadata included."""

MOST_BYTES = 262_144
"""Of an answer."""

MOST_CAUSE = 200
"""Characters of a failure that are told."""

NEVER = -(2**62)
FIELDS = [("accept", "application/json, application/jwk-set+json"), ("user-agent", "tiergate")]

Fetch = Callable[[str, float], Response]
"""GETs an address within so many seconds, redirects not followed; raises ``UpstreamFailure``."""

Report = Callable[[Exception], None]


class IssuerKeys:
    """``version`` changes whenever a key that was good no longer is. ``attempts``: how often they were asked for.

    ``report`` hears of failures that stop nobody.
    """

    def __init__(self, issuer: Issuer, fetch: Fetch, report: Report) -> None:
        self._issuer = issuer
        self._fetch = fetch
        self._report = report
        self._keys: list[Key] = []
        self._fetched = NEVER
        self._tried = NEVER
        self._failure = ""
        self.version = 0
        self.attempts = 0

    def renew(self, now: int) -> None:
        """See that the keys are not too old to be believed.

        Raises
        ------
        IssuerUnavailable
            There are none, and none can be had.
        """
        if 0 <= now - self._fetched < FRESH:
            return
        failed = self._attempt(now)
        if now - self._fetched >= max(FRESH, self._issuer.stale):
            self._replace([])
        if not self._keys:
            raise self._unavailable(now)
        if failed:
            self._report(self._unavailable(now))

    def signers(self, jws: Jws, now: int) -> list[Key]:
        """The keys that may have signed it.

        Raises
        ------
        IssuerUnavailable
            The keys cannot be had, or it names another one and nobody can tell whether there is.
        TokenRefused
            ``token_untrusted``: none of the issuer's keys is for it.
        """
        self.renew(now)
        found = candidates(self._keys, jws)
        if not found:
            self._attempt(now)
            found = candidates(self._keys, jws)
        if found:
            return found
        if self._failure:
            raise self._unavailable(now)
        raise TokenRefused("token_untrusted", "the issuer has no key that it could be signed with")

    def _attempt(self, now: int) -> bool:
        """Fetch the keys, unless that was tried a moment ago. Whether it failed now."""
        self._tried = min(self._tried, now)  # later: the clock was set back
        if now - self._tried < PAUSE:
            return False
        self._tried = now
        self.attempts += 1
        try:
            keys = self._current()
        except (UpstreamFailure, ValueError) as error:
            self._failure = str(error)[:MOST_CAUSE]
            return True
        self._fetched = now
        self._failure = "" if keys else "none of its keys is for the algorithms that are believed"
        self._replace(keys)
        return False

    def _replace(self, keys: list[Key]) -> None:
        now_good = [key.jwk for key in keys]
        if any(key.jwk not in now_good for key in self._keys):
            self.version += 1
        self._keys = keys

    def _unavailable(self, now: int) -> IssuerUnavailable:
        return IssuerUnavailable(self._issuer.name, self._failure, self._tried + PAUSE - now)

    def _current(self) -> list[Key]:
        """What the issuer answers now; raises UpstreamFailure, or ValueError where it is none that can be used."""
        deadline = time.monotonic() + TIMEOUT
        where = self._issuer.jwks or self._discovered(deadline)
        if not _secure(where, self._issuer.jwks or self._issuer.url):
            raise ValueError("the address of its keys does not begin with https")
        answer = self._get(where, deadline)
        if answer.status != 200:
            raise ValueError(f"its keys are answered with status {answer.status}")
        return usable_keys(_document(answer), self._issuer.algorithms)

    def _discovered(self, deadline: float) -> str:
        """Where its metadata says that its keys are (OpenID Connect Discovery, 4; RFC 8414, 3)."""
        for where in metadata_addresses(self._issuer.url):
            answer = self._get(where, deadline)
            if answer.status == 200:
                metadata = _document(answer)
                if metadata.get("issuer") != self._issuer.url:
                    raise ValueError("its metadata is another issuer's")
                return str(metadata.get("jwks_uri", ""))
        raise ValueError(f"its metadata is answered with status {answer.status}")

    def _get(self, where: str, deadline: float) -> Response:
        left = deadline - time.monotonic()
        if left <= 0:
            raise ValueError(f"no answer in {TIMEOUT:g} s")
        return self._fetch(where, left)


class HttpFetch:
    """Fetches over kept-alive connections; HTTP and TLS are loaded with the first."""

    def __init__(self) -> None:
        self._upstreams: HttpUpstreams | None = None

    def __call__(self, where: str, timeout: float) -> Response:
        from tiergate.adapters.upstream_http import HttpUpstreams  # noqa: PLC0415 - TLS, only where a token comes

        self._upstreams = self._upstreams or HttpUpstreams()
        url = urlsplit(where)
        request = Request("GET", url.path or "/", url.query, FIELDS, b"")
        return self._upstreams.send(f"{url.scheme}://{url.netloc}", request, timeout)


def metadata_addresses(issuer: str) -> Iterator[str]:
    """Where an issuer's metadata may be, the usual place first."""
    url = urlsplit(issuer)
    path = url.path.rstrip("/")
    yield f"{url.scheme}://{url.netloc}{path}/.well-known/openid-configuration"
    yield f"{url.scheme}://{url.netloc}/.well-known/oauth-authorization-server{path}"


def _document(answer: Response) -> dict[str, Any]:
    """Raises ValueError where it is no JSON object of a size that is read."""
    document = json_object(answer.body) if len(answer.body) <= MOST_BYTES else None
    if document is None:
        raise ValueError(f"its answer is no JSON object of at most {MOST_BYTES} bytes")
    return document


def _secure(where: str, named: str) -> bool:
    """Over https, or over http on this machine where what was ``named`` to the gateway is there too."""
    try:
        url, own = urlsplit(where), urlsplit(named)
    except ValueError:
        return False
    https = url.scheme == "https" and bool(url.hostname)
    return url.username is None and (https or (_local(url) and _local(own)))


def _local(url: SplitResult) -> bool:
    return url.scheme == "http" and is_loopback(url.hostname or "")
