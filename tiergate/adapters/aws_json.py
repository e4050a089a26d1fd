"""The client of the request path for services of AWS that speak JSON, where boto3 would cost most of a request."""

import contextlib
import json
import os
import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from zlib import crc32

from tiergate.adapters.aws_wire import Answer, BrokenAnswer, Connection
from tiergate.adapters.connecting import connect, resolve
from tiergate.adapters.signing import Credentials, Endpoint, signed_request
from tiergate.domain.limits import SECOND
from tiergate.domain.store import StoreUnavailable

if TYPE_CHECKING:
    import ssl

CONNECT_TIMEOUT = 1.0
"""Seconds for connecting, the name, all addresses and TLS included."""

THROTTLES = frozenset(
    {
        "BandwidthLimitExceeded",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "SlowDown",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
"""Errors that say to come back later, beside those that have ``Throttl`` in their names."""

VARIABLES = {"secretsmanager": "SECRETS_MANAGER"}
"""How the SDKs' variables name a service, where it is not as its host does."""

REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]+)+-[0-9]{1,2}")
ENDPOINT = re.compile(r"(https?)://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?/?")
VISIBLE = re.compile(r"[!-~]+")
NAME = re.compile(r"[A-Za-z0-9_.]{1,100}")
DATE = re.compile(r"[A-Z][a-z]{2}, ([0-9]{2}) ([A-Z][a-z]{2}) ([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) GMT")
PORTS = {"http": 80, "https": 443}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_encoded = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


class AwsJson:
    """Requests and answers of one service in its wire form, over one kept connection; serves one request at a time.

    ``service``: its name in host names and signatures. ``prefix``: what stands before an operation in
    ``X-Amz-Target``. ``kind``: the media type that it speaks.

    ``environ`` has the SDKs' variables. Read once: the region, unless ``region`` names another (``AWS_REGION``,
    ``AWS_DEFAULT_REGION``), and the endpoint (``AWS_ENDPOINT_URL_<SERVICE>``, ``AWS_ENDPOINT_URL``, otherwise the
    region's own). Read at each call, as they are rotated: ``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY`` and
    ``AWS_SESSION_TOKEN``. There are no other sources of credentials, so none for a function with SnapStart, whose
    credentials come from a container's endpoint.

    ``authorities``: a PEM file with those that AWS's own endpoints' certificates lead to. For these endpoints it stands
    in for all that the machine trusts, whose reading is a fifth of a cold start. All are read where the file cannot
    be, or if one day it does not suffice.

    ``timeout``: seconds for an answer; ``connect_timeout``: for connecting. ``off``: how far ahead of the
    service's ``clock`` (seconds) was at the last answer, to the second.

    A call is made once. Only one that is ``repeatable``, and whose kept connection ends before any of the answer came,
    is made once more, on a new one. Whatever fails closes the connection, so that no late answer is taken for the
    next call's.

    Raises
    ------
    ValueError
        No region, or an endpoint that is none.
    """

    def __init__(
        self,
        service: str,
        prefix: str,
        *,
        kind: str = "application/x-amz-json-1.1",
        environ: Mapping[str, str] = os.environ,
        region: str = "",
        authorities: str | None = None,
        timeout: float,
        connect_timeout: float = CONNECT_TIMEOUT,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._environ = environ
        self._prefix = prefix
        region = _region(region or environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or "")
        scheme, self._host, self._port, authority, own = _endpoint(environ, service, region)
        self._endpoint = Endpoint(service, kind, authority, region)
        self._authorities = authorities if own else None
        self._tls = _tls(self._authorities) if scheme == "https" else None
        self._timeout = timeout
        self._connect_timeout = connect_timeout
        self._clock = clock
        self._kept: Connection | None = None
        self.off: int | None = None

    def call(self, operation: str, request: Mapping[str, Any], *, repeatable: bool) -> dict[str, Any]:
        """The answer to one operation.

        Raises
        ------
        StoreUnavailable
            ``untouched`` where the service said that it did nothing, or was never asked.
        """
        self.off = None
        body = _encoded(request).encode()
        target = f"{self._prefix}.{operation}"
        message = signed_request(self._endpoint, target, body, _credentials(self._environ), self._clock())
        try:
            answer = self._exchange(message, repeatable)
        except BrokenAnswer as error:
            raise StoreUnavailable("garbage", str(error)) from error
        except TimeoutError as error:
            raise StoreUnavailable("slow", f"no answer in {self._timeout:g} s") from error
        except OSError as error:
            raise StoreUnavailable("unreachable", type(error).__name__) from error
        at = _micros(answer.fields.get("date", ""))
        self.off = None if at is None else int(self._clock() * SECOND) - at
        try:
            return self._result(answer)
        except StoreUnavailable as error:
            if not error.untouched:
                self._close()
            raise

    def _result(self, answer: Answer) -> dict[str, Any]:
        status, checksum = answer.status, answer.fields.get("x-amz-crc32")
        if status >= 500:
            raise StoreUnavailable("unreachable", f"status {status}")
        if checksum is not None and checksum != str(crc32(answer.body)):
            raise StoreUnavailable("garbage", "wrong checksum")
        try:
            found = json.loads(answer.body)
        except (ValueError, RecursionError) as error:
            raise StoreUnavailable("garbage", f"status {status}, not JSON") from error
        if not isinstance(found, dict):
            raise StoreUnavailable("garbage", f"status {status}, not an object")
        if status == 200:
            return found
        raise self._refusal(status, found)

    def _refusal(self, status: int, found: Mapping[str, Any]) -> Exception:
        """What an error of the service's means. Its message stays here: it may repeat what was asked."""
        kind = found.get("__type")
        name = kind.rpartition("#")[2] if isinstance(kind, str) else ""
        if status < 400 or not NAME.fullmatch(name):
            return StoreUnavailable("garbage", f"status {status}, no error of AWS's")
        return self._failure(status, name, found)

    def _failure(self, status: int, name: str, _found: Mapping[str, Any]) -> Exception:
        """What an error of that name means."""
        if status == 429 or name in THROTTLES or "Throttl" in name:
            return StoreUnavailable("throttled", name, untouched=True)
        return StoreUnavailable("refused", name, untouched=True)

    def _exchange(self, message: bytes, repeatable: bool) -> Answer:
        kept, self._kept = self._kept, None
        if kept is not None and kept.usable():
            try:
                return self._on(kept, message)
            except TimeoutError:
                raise
            except OSError:
                if kept.heard or not repeatable:
                    raise
        elif kept is not None:
            kept.close()
        return self._on(self._connected(), message)

    def _on(self, connection: Connection, message: bytes) -> Answer:
        reusable = False
        try:
            answer = connection.exchange(message, time.monotonic() + self._timeout)
            reusable = not answer.last
        finally:
            if not reusable:
                connection.close()
        if reusable:
            self._kept = connection
        return answer

    def _close(self) -> None:
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    def _connected(self) -> Connection:
        deadline = time.monotonic() + self._connect_timeout
        try:
            addresses = resolve(self._host, self._port, deadline)
            try:
                return Connection(connect(addresses, self._host, deadline, self._tls))
            except OSError as error:
                if self._authorities is None or not _is_untrusted(error):
                    raise
                self._tls, self._authorities = _tls(), None
                return Connection(connect(addresses, self._host, deadline, self._tls))
        except (OSError, ValueError) as error:  # ValueError: a name that nobody can have
            raise StoreUnavailable("unreachable", f"connecting: {type(error).__name__}", untouched=True) from error


def _region(region: str) -> str:
    if not REGION.fullmatch(region):
        raise ValueError(f"AWS_REGION is {region!r}, expected the name of a region such as eu-central-1")
    return region


def _endpoint(environ: Mapping[str, str], service: str, region: str) -> tuple[str, str, int, str, bool]:
    """Scheme, host and port to connect to, the authority to ask for, and whether it is AWS's own."""
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    own = f"https://{service}.{region}.{suffix}"
    variable = f"AWS_ENDPOINT_URL_{VARIABLES.get(service, service.upper())}"
    url = environ.get(variable) or environ.get("AWS_ENDPOINT_URL") or own
    found = ENDPOINT.fullmatch(url)
    if found is None or int(found[3] or 1) not in range(1, 65_536):
        raise ValueError(f"{variable} or AWS_ENDPOINT_URL is no endpoint; expected https://HOST[:PORT]")
    scheme, host, port = found.groups()
    authority = f"{host}:{port}" if port else host
    return scheme, host.strip("[]"), int(port or PORTS[scheme]), authority, url == own


def _tls(authorities: str | None = None) -> "ssl.SSLContext":
    """Made when the function starts, which has a whole processor then. Trusts what the machine does without a file."""
    import ssl  # noqa: PLC0415 - a third of a start over plain HTTP

    if authorities is not None:
        with contextlib.suppress(OSError):
            return ssl.create_default_context(cafile=authorities)
    return ssl.create_default_context()


def _is_untrusted(error: OSError) -> bool:
    """Whether a certificate could not be verified: ``ssl.SSLCertVerificationError``."""
    return bool(getattr(error, "verify_code", 0))


def _credentials(environ: Mapping[str, str]) -> Credentials:
    return _checked(
        environ.get("AWS_ACCESS_KEY_ID", ""),
        environ.get("AWS_SECRET_ACCESS_KEY", ""),
        environ.get("AWS_SESSION_TOKEN", ""),
    )


@lru_cache(maxsize=1)
def _checked(key_id: str, secret: str, token: str) -> Credentials:
    if not VISIBLE.fullmatch(key_id) or not VISIBLE.fullmatch(secret):
        detail = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set, in visible ASCII"
        raise StoreUnavailable("refused", detail, untouched=True)
    if token and not VISIBLE.fullmatch(token):
        raise StoreUnavailable("refused", "AWS_SESSION_TOKEN must be visible ASCII", untouched=True)
    return Credentials(key_id, secret, token)


@lru_cache(maxsize=1)
def _micros(date: str) -> int | None:
    """A Date field (RFC 9110, 5.6.7) as microseconds. Seconds change rarely."""
    found = DATE.fullmatch(date)
    if found is None or found[2] not in MONTHS:
        return None
    day, month, year, hour, minute, second = found.groups()
    try:
        at = datetime(int(year), MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second), tzinfo=UTC)
    except ValueError:
        return None
    return int(at.timestamp()) * SECOND
