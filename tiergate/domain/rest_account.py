"""What an account has of REST APIs, as far as a migration asks: stages, usage plans, and keys without their text."""

from collections.abc import Mapping
from typing import NamedTuple

from tiergate.domain.gate import Offer

ANY = "ANY"


class Method(NamedTuple):
    """One method of a stage. ``keyed``: it asks for a key. ``verb`` and ``uri``: of its integration, which may be of
    the account's functions. ``mapped``: the gateway changes its calls or answers on the way, in words."""

    method: str
    path: str
    keyed: bool
    authorization: str
    integration: str
    verb: str = ""
    uri: str = ""
    mapped: tuple[str, ...] = ()


class Stage(NamedTuple):
    """One stage of a REST API.

    ``document``: its OpenAPI document as exported, empty where ``unread`` says why there is none. ``private``: of a
    virtual network alone. ``closed``: its own address is switched off. ``guards``: what else the gateway does there, in
    words.
    """

    api: str
    name: str
    stage: str
    url: str
    document: str = ""
    unread: str = ""
    methods: tuple[Method, ...] = ()
    variables: Mapping[str, str] = {}
    private: bool = False
    closed: bool = False
    guards: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """``<REST API>/<stage>``."""
        return f"{self.api}/{self.stage}"


class AccountUsagePlan(NamedTuple):
    """A usage plan. ``rate`` a second and ``burst``, ``quota`` a ``period`` (DAY, WEEK, MONTH): None where not limited.

    ``offset``: calls that the first period is short of. ``stages`` as ``Stage.id`` has them; ``throttled``: those with
    rates of single methods. ``keys``: ids. ``used``: calls by key of the last days, None where nobody tells.
    """

    id: str
    name: str
    rate: float | None = None
    burst: int | None = None
    quota: int | None = None
    period: str = ""
    offset: int = 0
    stages: tuple[str, ...] = ()
    throttled: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    used: Mapping[str, int] | None = None


class RestKey(NamedTuple):
    """An API key. ``fingerprint``: the SHA-256 of its text; empty where ``fault`` says why it cannot be imported."""

    id: str
    name: str
    fingerprint: str
    enabled: bool = True
    customer: str = ""
    tags: Mapping[str, str] = {}
    fault: str = ""


class RestAccount(NamedTuple):
    """What was read of one account and region."""

    region: str
    stages: tuple[Stage, ...]
    plans: tuple[AccountUsagePlan, ...]
    keys: tuple[RestKey, ...]
    notes: tuple[str, ...] = ()


class Partner(NamedTuple):
    """One key and what it is to become. ``ref``: what people know it by."""

    ref: str
    organization: str
    application: str
    name: str
    fingerprint: str
    active: bool
    offers: tuple[Offer, ...]
