"""The call to be explained: as somebody describes it, or as a line of the access log has it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from tiergate.domain.decision import API_KEY, BEARER
from tiergate.domain.keys import PATTERN

UNSET = "-"
"""What a line says of a field that was not known."""

LATEST = "9999999999999"
"""Milliseconds, in the year 2286: as far as calendars are asked."""

NEEDED = ("time", "method", "path", "decision", "reason")
"""Fields without which a line is none of the access log's."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a line of the access log says was decided; empty where it says nothing."""

    decision: str
    reason: str
    status: str = ""
    cause: str = ""
    scheme: str = ""
    application: str = ""
    organization: str = ""
    subscription: str = ""
    product: str = ""
    plan: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """One call at ``now`` (microseconds). ``path`` is whole and decoded, ``/<api>/<version>/…``.

    ``key_id``, ``client_id``: whose credentials it has, none where empty. ``scopes``: those of its token, None where
    that is not said; so with an empty ``address`` and ``subject``. ``recorded``: what was decided on it.
    """

    method: str
    path: str
    now: int
    key_id: str = ""
    client_id: str = ""
    issuer: str = ""
    address: str = ""
    subject: str = ""
    scopes: frozenset[str] | None = None
    recorded: Recorded | None = None

    @property
    def api(self) -> str:
        """``<api>/<version>``; less where the path has less."""
        return "/".join(self.path.lstrip("/").split("/")[:2])

    @property
    def below(self) -> str:
        """The path behind ``/<api>/<version>``."""
        return "/" + "/".join(self.path.lstrip("/").split("/")[2:])


def whole_path(text: str) -> str:
    """A path as API Gateway hands it on, decoded but for ``%25``, of an address or of a path with or without a query.

    Raises
    ------
    ValueError
        It does not begin with a slash.
    """
    path = urlsplit(text).path if "://" in text else text.partition("?")[0].partition("#")[0]
    if not path.startswith("/"):
        raise ValueError(f"{text!r} is no path; give it whole: /<api>/<version>/…, for example /bank/v1/accounts")
    return unquote(path.replace("%25", "%2525"))


def of_line(text: str) -> Asked:
    """The call of a line of the access log, at its time.

    Raises
    ------
    ValueError
        It is no such line; the text says what is missing.
    """
    try:
        line = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("not JSON; give one line of the access log, as docs/access-log.md shows it") from None
    if not isinstance(line, Mapping):
        raise ValueError("no JSON object; give one line of the access log, as docs/access-log.md shows it")
    missing = [name for name in NEEDED if not isinstance(line.get(name), str)]
    if missing:
        raise ValueError(f"no line of the access log: it lacks {', '.join(missing)}; docs/access-log.md has all fields")
    if not (line["time"].isascii() and line["time"].isdecimal() and len(line["time"]) <= len(LATEST)):
        raise ValueError("no line of the access log: its time is no number of milliseconds since 1970")
    credential, scheme = _text(line, "credential"), _text(line, "scheme")
    return Asked(
        method=line["method"],
        path=whole_path(line["path"]),
        now=int(line["time"]) * 1000,
        key_id=_without_secret(credential) if scheme == API_KEY else "",
        client_id=credential if scheme == BEARER else "",
        address=_text(line, "address"),
        recorded=Recorded(**{name: _text(line, name) for name in Recorded.__slots__}),
    )


def _text(line: Mapping[str, Any], name: str) -> str:
    value = line.get(name)
    return value if isinstance(value, str) and value != UNSET else ""


def _without_secret(text: str) -> str:
    whole = PATTERN.fullmatch(text)
    return whole[2] if whole else text
