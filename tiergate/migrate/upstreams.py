"""Where the calls of a migrated API go: past the REST API where nothing would be lost, else to it as it stands."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tiergate.domain.rest_account import ANY, Method, Stage
from tiergate.policy.changes.change import listed
from tiergate.policy.upstream import upstream_fault

_VARIABLE = re.compile(r"\$\{stageVariables\.(\w+)\}")


class Destination(NamedTuple):
    """``upstream``: empty where there is none. ``keyed``: it is the REST API itself, and asks for a key of its own."""

    upstream: str
    keyed: bool
    notes: tuple[str, ...]


def destination(stage: Stage) -> Destination:
    """Straight to a stage's back end, where all its methods pass calls on unchanged to one; else to the stage."""
    methods = [method for method in stage.methods if not preflight(method)]
    lost = [*stage.guards, *_lost(methods)]
    base = _base(methods, stage.variables)
    if base and not lost:
        return Destination(base, False, (f"calls go straight to {base}, no longer by way of the REST API",))
    why = ", ".join(lost) if lost else "its methods do not all pass calls on to one HTTP address"
    if stage.private:
        told = (
            f"it is private ({why}), and cannot be called from outside its network: wrap what is behind it by hand, "
            "with tiergate api add and listener: (docs/direct-mode.md)"
        )
        return Destination("", False, (told,))
    if stage.closed:
        told = (
            "its own address is switched off (disableExecuteApiEndpoint), so that it cannot be wrapped: switch it on, "
            "with a resource policy or a key of its own"
        )
        return Destination("", False, (told,))
    keyed = any(method.keyed for method in methods)
    return Destination(
        stage.url, keyed, (f"the REST API stays behind it as it stands, for {why}", *_own_key(stage, keyed))
    )


def preflight(method: Method) -> bool:
    """Whether the gateway itself answers browsers that ask before they call."""
    return method.method == "OPTIONS" and method.integration == "MOCK"


def open_methods(stage: Stage) -> list[str]:
    """Those that anybody may call now, as messages name them."""
    found = (method for method in stage.methods if not preflight(method))
    return [_name(method) for method in found if not method.keyed and method.authorization == "NONE"]


def _own_key(stage: Stage, keyed: bool) -> Iterator[str]:
    if keyed:
        yield (
            "it asks for a key, and the partners' ends at the gateway: make one for the gateway, in a usage plan of "
            f"{stage.id} without limits, put it into Secrets Manager and name that with --upstream-key ARN"
        )


def _lost(methods: list[Method]) -> Iterator[str]:
    """What would no longer be done if calls went past the REST API."""
    kinds: dict[str, list[str]] = {}
    for method in methods:
        if method.authorization != "NONE":
            kinds.setdefault(f"authorization {method.authorization}", []).append(_name(method))
        for each in method.mapped:
            kinds.setdefault(each, []).append(_name(method))
        if method.integration not in {"HTTP_PROXY", "HTTP"}:
            kinds.setdefault(f"{method.integration} integrations", []).append(_name(method))
    return (f"{what} ({listed(names)})" for what, names in kinds.items())


def _base(methods: list[Method], variables: Mapping[str, str]) -> str:
    """The address that all of them have before their paths; empty where there is no such one."""
    bases = {_before(method, variables) for method in methods}
    base = bases.pop() if len(bases) == 1 else ""
    return "" if not base or upstream_fault(base) else base


def _before(method: Method, variables: Mapping[str, str]) -> str:
    if method.verb not in {method.method, ANY} or (method.method == ANY and method.verb != ANY):
        return ""
    uri = _VARIABLE.sub(lambda found: variables.get(found[1], found[0]), method.uri)
    path = method.path.replace("+}", "}").rstrip("/")
    plain = uri.rstrip("/")
    if not plain.endswith(path) or "${" in plain:
        return ""
    return plain.removesuffix(path)


def _name(method: Method) -> str:
    return f"{method.method} {method.path}"
