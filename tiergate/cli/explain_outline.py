"""What ``tiergate explain`` tells people."""

from collections.abc import Iterator
from typing import Any

import click

from tiergate.cli.columns import tell_rows
from tiergate.cli.output import labelled
from tiergate.domain.messages import Response
from tiergate.domain.moments import utc
from tiergate.domain.refusals import REFUSALS
from tiergate.explain.asked import Recorded
from tiergate.explain.policy import PolicyExplanation, Value
from tiergate.explain.request import Explanation
from tiergate.explain.trial import NOT_ASKED

HEADINGS = {
    "operation": "Operation {}",
    "api": "API version {}",
    "route": "Route of {}",
    "operations": "Operations of {} with words of their own",
    "product": "Product {}",
    "plan": "Plan {}",
}


def tell_policy(told: PolicyExplanation) -> None:
    for number, section in enumerate(each for each in told.sections if each.values):
        click.echo(("\n" if number else "") + HEADINGS[section.kind].format(section.name))
        tell_rows([row for value in section.values for row in _rows(value)])


def _rows(value: Value) -> Iterator[tuple[str, str, str]]:
    yield value.key, _shown(value.value), str(value.place or "default")
    for place, replaced in value.replaced:
        yield "", f"  in place of {_shown(replaced)}", str(place)


def _shown(value: Any) -> str:
    if value is None or value in ("", [], {}):
        return "-"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_shown(each)}" for name, each in value.items())
    if isinstance(value, list):
        parts = [" and ".join(each) if isinstance(each, list) else _shown(each) for each in value]
        return (" or " if isinstance(value[0], list) else ", ").join(parts)
    return str(value)


def tell_request(explanation: Explanation) -> None:
    asked, decision, answer = explanation.trial.asked, explanation.decision, explanation.answer
    verdict = "allow" if decision.allowed else f"deny: {decision.reason}, {answer.status}"
    if decision.reason == NOT_ASKED:
        verdict = f"none: the gateway answers it itself, {answer.status}"
    recorded = asked.recorded
    labelled(
        [
            ("call", f"{asked.method} {asked.path}"),
            ("at", utc(asked.now)),
            ("decision", verdict),
            ("recorded", _recorded(recorded, explanation) if recorded else ""),
        ]
    )
    click.echo("\nRules it met, in order")
    tell_rows([(f"{'✗' if rule.refusal else '✓'} {rule.name}", rule.says, rule.origin) for rule in explanation.rules])
    click.echo("\nThe caller reads")
    tell_rows([*_answer(explanation, answer)])
    if explanation.assumed:
        click.echo("\nAssumed, as it cannot be known here")
        tell_rows([("-", each, "") for each in explanation.assumed])


def _recorded(recorded: Recorded, explanation: Explanation) -> str:
    told = " ".join(filter(None, (recorded.decision, recorded.reason, recorded.status))) or "no decision"
    if explanation.differs:
        return f"{told}; the policies, the records or what was used have changed since, or it is assumed below"
    return told


def _answer(explanation: Explanation, answer: Response) -> Iterator[tuple[str, str, str]]:
    body = explanation.body
    if explanation.decision.allowed:
        yield "answer", "the upstream's, with these fields added", ""
    elif body and "detail" in body:
        yield "status", f"{answer.status} {REFUSALS[explanation.decision.reason].title}", ""
        yield "detail", body["detail"], ""
        yield "next", body["next"], ""
    elif body:
        yield "status", f"{answer.status}, {body['message']}: API Gateway's own answer", ""
    else:
        yield "status", str(answer.status), ""
    for name, text in answer.headers:
        if name not in {"content-type", "cache-control", "x-www-authenticate", "x-request-id"} and text:
            yield name, text, ""
