"""What policies decide on a recorded call, in the order of the authorizer's rules (``domain/authorizer.py``).

Of what a log leaves out, an answer is only given where it follows: from what was decided then, where the policies
under which that was are known and say the same; or from the registry. Otherwise the call is undecided.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from tiergate.domain.access_log import (
    CREDENTIAL,
    FAILED,
    LIMITS,
    MATCH,
    PLACE,
    SCOPES,
    STANDING,
    Line,
)
from tiergate.domain.catalogue import BOTH, EITHER, KEY, TOKEN, ApiVersion, Catalogue, Operation
from tiergate.domain.conditions import NONE
from tiergate.domain.counters import BY_ADDRESS
from tiergate.domain.decision import ADMITTED, API_KEY, BEARER, UNKNOWN
from tiergate.domain.imported_keys import ID
from tiergate.domain.limits import Limits
from tiergate.domain.networks import allowed
from tiergate.domain.registry import Application, Credential, effective
from tiergate.replay.counting import OutOfOrder, Usage, whole
from tiergate.replay.places import INSIDE, OUTSIDE, place
from tiergate.replay.routes import Way

MOST_PLACES = 50_000
"""Networks that are remembered, with each API's verdict on them."""

UNDECIDED = {
    "credential_unread": "refused before its credential was read, and would get further now",
    "address_shortened": "the log keeps the first part of addresses, and the rule is finer",
    "certificate_unlogged": "the rule is about client certificates, which the log does not have",
    "sent_unlogged": "what else the call sent is not in the log",
    "subscriptions_unknown": "another subscription of the application may cover the API",
    "scopes_unknown": "the scopes of its key or token are not in the log",
    "counted_by_address": "calls without a credential are counted by whole addresses",
    "unrouted": "API Gateway had no route for it, and would have one now",
    "out_of_order": "its time lies far behind calls before it in the log",
}
"""Why the log does not tell what would be decided."""


class Answer(NamedTuple):
    """``admitted`` None: undecided; then the reason is one of ``UNDECIDED``."""

    admitted: bool | None
    reason: str


@dataclass(frozen=True, slots=True)
class People:
    """What the registry says: applications by id, keys and OAuth clients by scheme and id, where that is one's."""

    applications: Mapping[str, Application] = field(default_factory=dict)
    credentials: Mapping[tuple[str, str], Credential] = field(default_factory=dict)


class _Same(NamedTuple):
    """What of an API is as it was when calls to it were recorded."""

    networks: bool
    """Where they may come from."""
    subjects: bool
    """With which client certificates."""
    anybody: bool
    """What is decided on calls without a credential."""


class _Call(NamedTuple):
    line: Line
    api: ApiVersion
    operation: Operation
    api_before: ApiVersion | None
    operation_before: Operation | None


_ADMITTED = Answer(True, ADMITTED)
_UNDECIDED = {reason: Answer(None, reason) for reason in UNDECIDED}


class Judge:
    """Decides on the calls of a log in their order, counting as it goes.

    ``before``: the policies under which the calls were decided, None where they are not known. ``people``: as they are
    today.
    """

    def __init__(self, catalogue: Catalogue, before: Catalogue | None, people: People) -> None:
        self._catalogue = catalogue
        self._before = before
        self._people = people
        self._usage = Usage()
        self._imported = catalogue.imported_keys
        self._newly_imported = catalogue.imported_keys and not (before and before.imported_keys)
        self._limits = {name: whole(plan.limits) for name, plan in catalogue.plans.items()}
        self._overrides = {
            each.id: each.override
            for application in people.applications.values()
            for each in application.subscriptions.values()
            if each.override is not None
        }
        self._same = {name: self._alike(api) for name, api in catalogue.apis.items()}
        self._allowed = {
            name: allowed(api.conditions.allowed, api.conditions.denied)
            for name, api in catalogue.apis.items()
            if api.conditions.allowed or api.conditions.denied
        }
        self._place = lru_cache(maxsize=MOST_PLACES)(self._placed)
        self._covering = {name: _products(catalogue, name) for name in catalogue.apis}
        self._newly = {name: found - _products(before, name) for name, found in self._covering.items()}
        """Products that cover an API and did not, or may not have."""

    def answer(self, line: Line, way: Way, before: Way) -> Answer:
        """The decision on the next call. ``way``: where it leads, and ``before``: where it led."""
        api, operation = way.api, way.operation
        if api is None or operation is None:
            gone = way.reason == "api_not_found" and api is not None and api.retired(line.now)
            return Answer(False, "api_retired" if gone else way.reason)
        if line.stage <= MATCH:
            return self._as_recorded(line) if line.stage == FAILED else _UNDECIDED["credential_unread"]
        doubt = ""
        call = _Call(line, api, operation, before.api, before.operation)
        if api.conditions is not NONE or line.stage == PLACE:
            refused, doubt = self._from_where(call)
            if refused is not None:
                return refused
        return self._by_whom(call, doubt)

    def _alike(self, api: ApiVersion) -> _Same:
        before = self._before.apis.get(api.name) if self._before else None
        if self._before is None or before is None:
            return _Same(False, False, False)
        now, then = api.conditions, before.conditions
        return _Same(
            (now.allowed, now.denied) == (then.allowed, then.denied),
            now.subjects == then.subjects,
            _publicly(self._catalogue, api) == _publicly(self._before, before),
        )

    def _from_where(self, call: _Call) -> tuple[Answer | None, str]:
        """The refusal by an API's conditions, or why they leave doubt."""
        line, same = call.line, self._same[call.api.name]
        if line.stage == PLACE:
            kept = same.networks if line.reason == "address_not_allowed" else same.subjects
            out = not kept and self._place(call.api.name, line.address) == OUTSIDE
            return self._as_recorded(line) if kept or out else _UNDECIDED["credential_unread"], ""
        found = INSIDE if same.networks else self._place(call.api.name, line.address)
        if found == OUTSIDE:
            return Answer(False, "address_not_allowed"), ""
        subjects = call.api.conditions.subjects
        before = call.api_before.conditions.subjects if call.api_before else frozenset[str]()
        if subjects and not (before and before <= subjects):
            return None, "certificate_unlogged"
        return None, "" if found == INSIDE else "address_shortened"

    def _placed(self, api: str, address: str) -> str:
        return place(self._allowed[api], address) if api in self._allowed else INSIDE

    def _by_whom(self, call: _Call, doubt: str) -> Answer:
        line = call.line
        if line.stage == CREDENTIAL:
            return self._without(call, doubt)
        if line.application == UNKNOWN:
            if line.stage == STANDING:
                return self._as_recorded(line)
            if self._overlooked(call):
                return _UNDECIDED["sent_unlogged"]
            return self._anybody(call, doubt) if call.operation.public else Answer(False, "credential_missing")
        accepts, before = call.api.accepts, call.api_before.accepts if call.api_before else ""
        if accepts != before:
            key, token = line.scheme == API_KEY or before == BOTH, line.scheme == BEARER or before == BOTH
            if accepts == BOTH and token and not before:
                return _UNDECIDED["sent_unlogged"]
            if not {KEY: key, TOKEN: token, EITHER: key or token, BOTH: key and token}[accepts]:
                ignored = accepts != BOTH and call.operation.public
                return self._anybody(call, doubt) if ignored else Answer(False, "credential_missing")
        if not self._imported and line.scheme == API_KEY and ID.fullmatch(line.credential):
            return Answer(False, "credential_malformed")
        if line.stage == STANDING:
            return self._as_recorded(line)
        return self._subscribed(call, doubt)

    def _without(self, call: _Call, doubt: str) -> Answer:
        """On a call whose credential was refused, or that had none of those that were accepted."""
        line = call.line
        if line.reason == "credential_malformed" and self._newly_imported:
            return _UNDECIDED["credential_unread"]
        if line.reason != "credential_missing":
            return self._as_recorded(line)
        if self._overlooked(call):
            return _UNDECIDED["sent_unlogged"]
        if call.operation.public and line.scheme == UNKNOWN:
            return self._anybody(call, doubt)
        return self._as_recorded(line)

    def _overlooked(self, call: _Call) -> bool:
        """Whether a call may have had a credential that was not accepted then, and may be now."""
        return call.api_before is not None and call.api_before.accepts not in {EITHER, call.api.accepts}

    def _subscribed(self, call: _Call, doubt: str) -> Answer:
        """On a call of an application that may call."""
        line = call.line
        found = self._entitled(call)
        if isinstance(found, Answer):
            return found
        subscription, plan = found
        unsure = self._scoped(call)
        if unsure == "scope_missing":
            return Answer(False, unsure)
        doubt = doubt or unsure
        if self._dark(call):
            return Answer(False, "api_brownout")
        limits = self._of(plan, subscription, line.now)
        if limits is None:
            return Answer(False, "plan_not_deployed")
        if not line.unchecked:
            try:
                refused = self._usage.take(subscription, limits, call.operation.cost, line.now)
            except OutOfOrder:
                return _UNDECIDED["out_of_order"]
            if refused:
                return Answer(False, refused)
        return _UNDECIDED[doubt] if doubt else _ADMITTED

    def _entitled(self, call: _Call) -> Answer | tuple[str, str]:
        """The subscription and its plan by which an application calls."""
        line, api = call.line, call.api.name
        recorded = line.subscription != UNKNOWN
        covers = recorded and self._catalogue.covers(line.product, api)
        others = (self._covering if recorded and not covers else self._newly)[api] - {line.product}
        if covers and (self._before is None or not others):
            return line.subscription, line.plan
        application = self._people.applications.get(line.application)
        if application is None:
            return _UNDECIDED["subscriptions_unknown"] if others else Answer(False, "subscription_missing")
        found = self._first(api, application, line)
        return (line.subscription, line.plan) if covers and isinstance(found, Answer) else found

    def _first(self, api: str, application: Application, line: Line) -> Answer | tuple[str, str]:
        """As ``Authorizer`` picks it, the recorded one taken for active with the plan that it had."""
        reason = "subscription_missing"
        for each in application.subscriptions.values():
            if self._catalogue.covers(each.product, api):
                if each.id == line.subscription:
                    return each.id, line.plan
                if each.state == "active":
                    return each.id, each.plan
                reason = "subscription_suspended"
        return Answer(False, reason)

    def _scoped(self, call: _Call) -> str:
        """Nothing, ``scope_missing``, or why neither can be told."""
        line = call.line
        asked = call.operation.scopes
        if not asked:
            return ""
        before = None if call.operation_before is None else call.operation_before.scopes
        if before is not None:
            if line.stage > SCOPES and (
                before == asked or (before and all(any(new <= old for new in asked) for old in before))
            ):
                return ""
            if line.stage == SCOPES and all(any(old <= new for old in before) for new in asked):
                return "scope_missing"
        credential = self._people.credentials.get((line.scheme, line.credential))
        if credential is None:
            return "scopes_unknown"
        if not credential.covers(asked):
            return "scope_missing"
        accepts = KEY if call.api_before is None else call.api_before.accepts
        alone = accepts == KEY or (accepts == EITHER and line.stage > SCOPES)
        return "" if line.scheme == API_KEY and alone else "scopes_unknown"

    def _dark(self, call: _Call) -> bool:
        lifecycle = call.api.lifecycle
        return lifecycle is not None and lifecycle.brownout(call.line.now) > 0

    def _of(self, plan: str, subscription: str, now: int) -> Limits | None:
        limits = self._limits.get(plan)
        override = self._overrides.get(subscription)
        if limits is None or override is None or not override.holds(now):
            return limits
        return whole(effective(self._catalogue.plans[plan].limits, override, now))

    def _anybody(self, call: _Call, doubt: str) -> Answer:
        """On a call without a credential; where all of its network as one caller passes, so does each in it."""
        line, api = call.line, call.api
        if self._dark(call):
            return Answer(False, "api_brownout")
        limits = self._limits.get(api.public_plan)
        if limits is None:
            return Answer(False, "plan_not_deployed")
        refused, name = "", f"{BY_ADDRESS}{api.name}#{line.address}"
        if not (limits.metered or line.unchecked):
            if line.stage == LIMITS and line.application == UNKNOWN and self._same[api.name].anybody:
                return _UNDECIDED[doubt] if doubt and line.admitted else self._as_recorded(line)
            try:
                refused = self._usage.take(name, limits, call.operation.cost, line.now, anyway=True)
            except OutOfOrder:
                return _UNDECIDED["out_of_order"]
        doubt = doubt or ("counted_by_address" if refused else "")
        return _UNDECIDED[doubt] if doubt else _ADMITTED

    def _as_recorded(self, line: Line) -> Answer:
        return _ADMITTED if line.admitted else Answer(False, line.reason)


def _products(catalogue: Catalogue | None, api: str) -> frozenset[str]:
    """Those that cover an API."""
    return frozenset(name for name in catalogue.products if catalogue.covers(name, api)) if catalogue else frozenset()


def _publicly(catalogue: Catalogue, api: ApiVersion) -> tuple[object, ...]:
    """All that decides on calls without a credential."""
    plan = catalogue.plans.get(api.public_plan)
    return plan and plan.limits, api.state, api.operations, api.routes, api.accepts, api.conditions, api.lifecycle
