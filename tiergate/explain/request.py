"""Why a call is let through or refused: the authorizer's decision, every rule that led to it, and the answer."""

import json
from dataclasses import dataclass
from typing import Any

from tiergate.domain.catalogue import ApiVersion
from tiergate.domain.cors import Cors, Preflight
from tiergate.domain.decision import Decision
from tiergate.domain.deprecation import announced, fields
from tiergate.domain.lifecycle import SERVED
from tiergate.domain.messages import Response, gateway_fields
from tiergate.domain.moments import utc
from tiergate.domain.problems import problem
from tiergate.explain.rule import Rule
from tiergate.explain.rules import rules
from tiergate.explain.trial import NOT_ASKED, Trial

GATEWAYS_OWN = {403: b'{"message":"Forbidden"}', 404: b'{"message":"Not Found"}'}
"""What API Gateway answers by itself."""

REQUEST_ID = "(the request's id)"


@dataclass(frozen=True, slots=True)
class Explanation:
    """``answer``: what the caller reads; of an admitted call, what the gateway adds to the upstream's answer.
    ``assumed``: what could not be known."""

    trial: Trial
    decision: Decision
    rules: tuple[Rule, ...]
    answer: Response
    assumed: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """Whether the access log recorded another decision."""
        recorded = self.trial.asked.recorded
        return recorded is not None and bool(recorded.reason) and recorded.reason != self.decision.reason

    @property
    def body(self) -> Any:
        """Of the answer, which is JSON; None where it has none."""
        return json.loads(self.answer.body) if self.answer.body else None

    def document(self) -> dict[str, Any]:
        """As ``--json`` prints it; holds no secret."""
        asked, decision, answer = self.trial.asked, self.decision, self.answer
        recorded, context = asked.recorded, decision.context() if decision.reason != NOT_ASKED else {}
        return {
            "call": {
                "method": asked.method,
                "path": asked.path,
                "time": utc(asked.now),
                "address": asked.address,
                "key": asked.key_id,
                "client": asked.client_id,
            },
            "decision": context.get("decision", NOT_ASKED),
            "reason": decision.reason,
            "status": None if decision.allowed else answer.status,
            "context": context,
            "recorded": recorded
            and {"decision": recorded.decision, "reason": recorded.reason, "status": recorded.status},
            "differs": self.differs,
            "rules": [
                {
                    "rule": rule.name,
                    "verdict": "refuse" if rule.refusal else "pass",
                    "reason": rule.refusal,
                    "says": rule.says,
                    "origin": rule.origin,
                }
                for rule in self.rules
            ],
            "answer": {"fields": [list(field) for field in answer.headers], "body": self.body},
            "assumed": list(self.assumed),
        }


def explained(trial: Trial) -> Explanation:
    """Raises what the deployment's reads do."""
    decision, met = trial.decision, rules(trial)
    return Explanation(trial, decision, met, _answer(trial, decision), tuple(trial.notes))


def _answer(trial: Trial, decision: Decision) -> Response:
    api = trial.api
    if api is None or not (api.state in SERVED or api.retired(trial.asked.now)):
        return Response(404, [], GATEWAYS_OWN[404])
    if api.mode == "direct" and api.state in SERVED and not decision.allowed and not trial.unasked:
        return Response(403, [], GATEWAYS_OWN[403])
    if decision.reason == NOT_ASKED and api.cors is not None:
        below = trial.asked.below
        answer = Cors.of(api.cors).preflight(Preflight(api.name, below, origin="", asks=""), api.methods(below))
    elif decision.allowed:
        answer = Response(200, [*gateway_fields(decision, REQUEST_ID)], b"")
    else:
        answer = _refusal(trial, api, decision)
    return announced(answer, fields(api.lifecycle)) if api.lifecycle else answer


def _refusal(trial: Trial, api: ApiVersion, decision: Decision) -> Response:
    return problem(
        decision,
        request_id=REQUEST_ID,
        platform=trial.catalogue.platform,
        support=trial.catalogue.support,
        accepts=api.accepts,
        lifecycle=api.lifecycle,
        now=trial.asked.now,
    )
