"""Which operation answers a call, so that it is told when another one does."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from tiergate.domain.operations import Node, match

PARAMETERS = re.compile(r"(?:\(\?:\(\?!.*?\)\.\)|\.)\{(\d+),\}", re.DOTALL)
"""What ``policy.routes`` makes of neighbouring parameters beside literals, and how many of them there are."""

RESERVED = re.compile(r"[{}/%]")

VALUE = "\ue000"
"""A parameter's: the shortest, and nothing that documents write."""


class Segment(NamedTuple):
    """One of a template: a literal; the regular expression of one with parameters in it; or a whole parameter."""

    literal: str | None = None
    regex: str = ""

    def __str__(self) -> str:
        """As a document could write it, without names: ``orders``, ``{}.pdf``, ``{}{}``."""
        if self.literal is not None:
            return _quoted(self.literal)
        texts = PARAMETERS.split(self.regex or ".{1,}")
        return "".join("{}" * int(text) if place % 2 else _quoted(_plain(text)) for place, text in enumerate(texts))

    def made(self, value: str = VALUE) -> str:
        """A text that it fits, with the same value for each parameter."""
        if self.literal is not None:
            return self.literal
        return _plain(PARAMETERS.sub(lambda found: value.ljust(int(found[1]), VALUE), self.regex)) or value

    def fits(self, text: str) -> bool:
        if self.literal is not None:
            return text == self.literal
        return bool(re.fullmatch(self.regex or ".+", text, re.DOTALL))

    def shared(self, other: "Segment") -> str | None:
        """A text that both fit, as far as one is found."""
        mine, theirs = self.made(), other.made()
        either = (mine, theirs, self.made(theirs), other.made(mine))
        return next((text for text in either if self.fits(text) and other.fits(text)), None)


Template = tuple[Segment, ...]


class Route(NamedTuple):
    """A method of a template, and its operation as the bundle has it. ``methods``: of the calls that it answers, as a
    GET does those of HEAD where its template has no HEAD."""

    template: Template
    methods: tuple[str, ...]
    operation: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answers:
    """What answers the calls of an API version: ``routes`` by method and template (``GET /orders/{}``)."""

    node: Node
    routes: Mapping[str, Route]
    names: Mapping[int, str]

    @classmethod
    def of(cls, api: Mapping[str, Any]) -> "Answers":
        found = {
            f"{method} /{'/'.join(map(str, template))}": (index, Route(template, _methods(method, methods), operation))
            for template, methods in _templates(api["routes"], ())
            for method, index in methods.items()
            for operation in (api["operations"][index],)
        }
        in_order = sorted(found.items(), key=lambda each: each[1][0])
        routes = {name: route for name, (_, route) in in_order}
        return cls(api["routes"], routes, {index: name for name, (index, _) in in_order})

    def to(self, method: str, path: str) -> str | None:
        """The name of the route that answers."""
        index, _ = match(self.node, method, path)
        return None if index is None else self.names[index]

    def instead(self, name: str, other: "Answers") -> list[str]:
        """The names of what answers calls in another one that this one's route answers, nearest first."""
        route = self.routes[name]
        paths = [made(route.template), *_shared(other.node, route.template, "")]
        calls = [(method, path) for path in paths for method in route.methods if self.to(method, path) == name]
        return [answer for answer in dict.fromkeys(other.to(*call) for call in calls) if answer is not None]


def made(template: Collection[Segment]) -> str:
    """A path of a template, and of as few others as can be."""
    return "".join(f"/{segment.made()}" for segment in template)


def _methods(method: str, beside: Collection[str]) -> tuple[str, ...]:
    return ("GET", "HEAD") if method == "GET" and "HEAD" not in beside else (method,)


def _templates(node: Node, above: Template) -> Iterator[tuple[Template, Mapping[str, int]]]:
    if "methods" in node:
        yield above, node["methods"]
    for segment, child in _children(node):
        yield from _templates(child, (*above, segment))


def _children(node: Node) -> Iterator[tuple[Segment, Node]]:
    for literal, child in node.get("literal", {}).items():
        yield Segment(literal), child
    for regex, child in node.get("pattern", ()):
        yield Segment(regex=regex), child
    if "any" in node:
        yield Segment(), node["any"]


def _shared(node: Node, template: Template, path: str) -> Iterator[str]:
    """A path for each template below a node that has calls in common with another template."""
    if not template:
        if "methods" in node:
            yield path
        return
    first, *rest = template
    for segment, child in _children(node):
        text = first.shared(segment)
        if text is not None:
            yield from _shared(child, tuple(rest), f"{path}/{text}")


def _plain(escaped: str) -> str:
    return re.sub(r"\\(.)", r"\1", escaped, flags=re.DOTALL)


def _quoted(text: str) -> str:
    """What would read like a parameter, or like two segments, as a document must write it."""
    return RESERVED.sub(lambda found: f"%{ord(found[0]):02X}", text)
