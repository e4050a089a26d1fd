"""The call to be explained: as somebody describes it, or as a line of the access log has it."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from tiergate.domain.access_log import UNJUDGED, NotOurs, decoded, parted, read
from tiergate.domain.decision import API_KEY, BEARER, UNKNOWN
from tiergate.domain.keys import PATTERN


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
        return parted(self.path)[0]

    @property
    def below(self) -> str:
        """The path behind ``/<api>/<version>``."""
        return parted(self.path)[1]


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
    return decoded(path)


def of_line(raw: bytes) -> Asked:
    """The call of a line of the access log, at the time of its decision.

    Raises
    ------
    ValueError
        It is no such line; the text says why.
    """
    try:
        line = read(raw)
    except NotOurs as fault:
        raise ValueError(f"no line of the access log: {fault}; docs/access-log.md shows one") from None
    said = {name: "" if value == UNKNOWN else str(value) for name, value in line._asdict().items()}
    decision = "" if line.stage == UNJUDGED else "allow" if line.admitted else "deny"
    return Asked(
        method=line.method,
        path=line.path,
        now=line.now,
        key_id=_without_secret(said["credential"]) if line.scheme == API_KEY else "",
        client_id=said["credential"] if line.scheme == BEARER else "",
        address=said["address"],
        recorded=Recorded(decision, **{name: said[name] for name in Recorded.__slots__[1:]}),
    )


def _without_secret(text: str) -> str:
    whole = PATTERN.fullmatch(text)
    return whole[2] if whole else text
