"""Every rule that a call meets on its way, in the authorizer's order, up to the one that refuses it.

The rules judge anew, with the domain's own functions; ``tests/explain/test_rules.py`` holds that they end where the
authorizer does.
"""

from collections.abc import Iterator

from tiergate.domain.calls import well_formed
from tiergate.domain.catalogue import ApiVersion, Operation
from tiergate.domain.decision import ADMITTED, FAULT
from tiergate.domain.lifecycle import RETIRED, SERVED
from tiergate.domain.limits import SECOND
from tiergate.domain.moments import utc
from tiergate.domain.registry import Credential, RecordMalformed
from tiergate.explain.callers import caller_rules, network_rules
from tiergate.explain.entitlement import anybody_rules, entitlement_rules
from tiergate.explain.places import operation_place
from tiergate.explain.rule import THE_CALL, Rule, said
from tiergate.explain.trial import NOT_ASKED, Trial
from tiergate.policy.schema import nearest


def rules(trial: Trial) -> tuple[Rule, ...]:
    """All rules up to the one that decides. The last one agrees with the trial's decision, whatever the others say."""
    met: list[Rule] = []
    try:
        for rule in _way(trial):
            met.append(rule)
            if rule.refusal:
                break
    except RecordMalformed as error:
        met.append(Rule("record", str(error), "registry", FAULT))
    reason = trial.decision.reason
    if (met[-1].refusal or (NOT_ASKED if trial.unasked else ADMITTED)) == reason:
        return tuple(met)
    passed = [rule for rule in met if not rule.refusal]
    return *passed, Rule("authorizer", f"decides {reason}", "-", "" if reason == ADMITTED else reason)


def _way(trial: Trial) -> Iterator[Rule]:
    call, api = trial.call, trial.api
    good = well_formed(call.path)
    yield Rule("path", f"{'in' if good else 'not in'} normal form", THE_CALL, "" if good else "path_malformed")
    if api is None:
        says = f'there is no "{call.api}"{nearest(call.api, trial.catalogue.apis)}'
        yield Rule("api", says, THE_CALL, "api_not_found")
        return
    yield from _api(trial, api)
    operation = trial.operation
    if trial.unasked:
        yield from _unasked(trial, api)
        return
    if operation is None:
        yield _no_operation(trial, api)
        return
    yield _operation(trial, api, operation)
    yield from network_rules(trial, "api", api.conditions, trial.policy)
    callers: list[Credential] = []
    yield from caller_rules(trial, api, operation, callers)
    if callers:
        yield from entitlement_rules(trial, api, operation, callers)
    else:
        yield from anybody_rules(trial, api, operation)


def _api(trial: Trial, api: ApiVersion) -> Iterator[Rule]:
    yield Rule("api", api.name, f"{trial.policy.file}:1")
    origin = said(trial.policy, "state")
    if api.state in SERVED:
        yield Rule("state", api.state, origin)
    elif api.state == RETIRED and api.lifecycle is not None:
        end = utc(api.lifecycle.gone * SECOND)
        if api.retired(trial.asked.now):
            yield Rule("state", f"retired; it answers 410 until {end}", origin, "api_retired")
        else:
            yield Rule("state", f"retired, and gone since {end}", origin, "api_not_found")
    else:
        yield Rule("state", f"{api.state}: it has no routes", origin, "api_not_found")


def _unasked(trial: Trial, api: ApiVersion) -> Iterator[Rule]:
    trial.note("no browser asks: its preflight names a page and a method, and is told what cors allows that page")
    if api.methods(trial.asked.below):
        says = "the gateway answers OPTIONS itself, and no authorizer is asked"
        yield Rule("preflight", says, said(trial.policy, "cors"))
    else:
        yield _no_operation(trial, api)


def _no_operation(trial: Trial, api: ApiVersion) -> Rule:
    call, paths = trial.call, str(trial.policies.apis[api.name].document.place("paths"))
    methods = api.match(call.method, call.path)[1]
    if methods:
        says = f"{call.path} has {', '.join(methods)} and no {call.method}"
        return Rule("operation", says, paths, "method_not_allowed")
    return Rule("operation", f"the document has no path for {call.path}", paths, "operation_not_found")


def _operation(trial: Trial, api: ApiVersion, operation: Operation) -> Rule:
    entry = trial.policies.apis[api.name]
    described = next(each for each in entry.operations if each.id == operation.id)
    says = f"{operation.id} ({described.method} {described.template})"
    return Rule("operation", says, str(operation_place(entry, operation.id)))
