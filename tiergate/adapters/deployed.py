"""The policies that a deployed gateway runs by: the bundle in its authorizer's own package.

It is what was deployed last, whoever did it and from where, and there is no record beside it that could be another.
"""

import io
import json
import zipfile
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, Request, build_opener

from tiergate.domain.addresses import is_loopback
from tiergate.domain.catalogue import FILE

MOST_ZIPPED = 50_000_000
"""Bytes of a package: what Lambda takes at most."""

MOST_BUNDLE = 100_000_000
"""Bytes of the bundle, unpacked."""

PATIENCE = 30
"""Seconds for each read."""


class DeployedUnreadable(Exception):
    """What runs cannot be read; the text says why, without the signed address of the package."""


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def deployed_bundle(client: Any, function: str, *, local: bool = False) -> Mapping[str, Any]:
    """The bundle in a function's package. ``client``: of Lambda. ``local``: the package is at this machine's emulator.

    Raises
    ------
    DeployedUnreadable
        The package cannot be fetched, is too large, or has no bundle in it.
    botocore.exceptions.ClientError
        The function is not there, or may not be read (``lambda:GetFunction``).
    """
    location = client.get_function(FunctionName=function)["Code"].get("Location", "")
    package = _fetched(location, function, local=local)
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as files, files.open(FILE) as file:
            text = file.read(MOST_BUNDLE + 1)
    except (zipfile.BadZipFile, KeyError, NotImplementedError) as error:
        raise DeployedUnreadable(f"the package of {function} has no {FILE} that can be read; deploy again") from error
    if len(text) > MOST_BUNDLE:
        raise DeployedUnreadable(f"{FILE} of {function} has more than {MOST_BUNDLE // 1_000_000} MB")
    try:
        bundle = json.loads(text)
    except ValueError as error:
        raise DeployedUnreadable(f"{FILE} of {function} is no JSON; deploy again") from error
    if not isinstance(bundle, dict):
        raise DeployedUnreadable(f"{FILE} of {function} is no bundle; deploy again")
    return bundle


def _fetched(location: str, function: str, *, local: bool) -> bytes:
    parts = urlsplit(location)
    safe = parts.scheme == "https" or (local and parts.scheme == "http" and is_loopback(parts.hostname or ""))
    if not safe:
        raise DeployedUnreadable(f"AWS names no https:// address for the package of {function}")
    try:
        with _opener(local=local).open(Request(location), timeout=PATIENCE) as answer:  # noqa: S310 - judged above
            package: bytes = answer.read(MOST_ZIPPED + 1)
    except (URLError, HTTPException, OSError) as error:
        why = getattr(error, "code", None) or getattr(error, "reason", None) or type(error).__name__
        raise DeployedUnreadable(f"the package of {function} cannot be fetched ({why}); try again") from None
    if len(package) > MOST_ZIPPED:
        raise DeployedUnreadable(f"the package of {function} has more than {MOST_ZIPPED // 1_000_000} MB")
    return package


def _opener(*, local: bool) -> OpenerDirector:
    """Follows nobody elsewhere; the emulator is asked without a proxy between."""
    return build_opener(_NoRedirect, *([ProxyHandler({})] if local else []))
