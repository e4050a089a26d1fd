"""YAML text → nodes, with the scalars of YAML 1.2's core schema (``on`` and ``2024-01-01`` are text) and merge keys."""

import re
from typing import Any

import yaml
from yaml.composer import ComposerError
from yaml.reader import Reader

from tiergate.policy.extent import Extent, Part
from tiergate.policy.nodes import Malformed

CORE = "tag:yaml.org,2002:"
TAGS = frozenset(
    CORE + kind
    for kind in (
        *("binary", "bool", "float", "int", "map", "merge", "null", "omap"),
        *("pairs", "seq", "set", "str", "timestamp", "value"),
    )
)
"""Those of YAML's own types. Of them only numbers, ``bool`` and ``null`` change what is read."""

BARE_COLOUR = re.compile(r"[{\[,][^\n\"'#]*\s(#[0-9a-fA-F]{6})\b")
"""In braces or brackets, whose rest is a comment then."""


def compose(text: str) -> yaml.Node | None:
    """The root node; None for an empty text.

    Raises
    ------
    Malformed
        It is not YAML, or holds more than is read.
    """
    unprintable = Reader.NON_PRINTABLE.search(text)
    if unprintable:
        line = text.count("\n", 0, unprintable.start()) + 1
        raise Malformed(line, f"not YAML: it holds the control character U+{ord(unprintable[0]):04X}; remove it")
    loader = _Loader(text)
    try:
        return loader.document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        bare = list(BARE_COLOUR.finditer(text, 0, mark.index)) if mark else []
        if bare:
            message = f'not YAML: # begins a comment; write a colour in quotes: "{bare[-1][1]}"'
            raise Malformed(text.count("\n", 0, bare[-1].start(1)) + 1, message) from error
        raise Malformed(mark.line + 1 if mark else 1, f"not YAML: {_problem(error, text)}") from error
    except yaml.YAMLError as error:
        raise Malformed(1, f"not YAML: {error}") from error
    finally:
        loader.dispose()


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Composes nodes itself: PyYAML's composers count nothing, and its C one ends the process on a deep text."""

    yaml_implicit_resolvers: dict[str, list[Any]] = {}

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._extent = Extent()
        self._anchors: dict[str, tuple[yaml.Node, Part] | None] = {}
        """None while the anchor's value is being composed."""

    def document(self) -> yaml.Node | None:
        self.get_event()
        if self.check_event(yaml.StreamEndEvent):
            return None
        begin = self.get_event().start_mark
        root = self._node(self.get_event())
        self.get_event()
        if not self.check_event(yaml.StreamEndEvent):
            mark = self.get_event().start_mark
            raise ComposerError("expected a single document in the stream", begin, "but found another document", mark)
        return root

    def _node(self, event: Any) -> yaml.Node:
        if type(event) is yaml.AliasEvent:
            return self._alias(event)
        if event.anchor is None:
            return self._own(event)
        if event.anchor in self._anchors:
            raise ComposerError(None, None, f"the anchor {event.anchor} is defined twice", event.start_mark)
        self._anchors[event.anchor] = None
        outer = self._extent.anchored()
        node = self._own(event)
        self._anchors[event.anchor] = node, self._extent.part(outer)
        return node

    def _alias(self, event: Any) -> yaml.Node:
        if event.anchor not in self._anchors:
            raise ComposerError(None, None, f"found undefined alias {event.anchor!r}", event.start_mark)
        found = self._anchors[event.anchor]
        if found is None:
            raise Malformed(event.start_mark.line + 1, "an alias that contains itself")
        node, part = found
        self._extent.alias(event.start_mark.line + 1, part)
        return node

    def _own(self, event: Any) -> yaml.Node:
        tag: Any = event.tag
        begin: Any = event.start_mark
        end: Any = event.end_mark
        if tag is not None and tag != "!" and tag not in TAGS:
            raise Malformed(begin.line + 1, f"the tag {_shown(tag)} is not read; write the value itself, without a tag")
        if type(event) is yaml.ScalarEvent:
            self._extent.scalar(begin.line + 1, event.value)
            if tag is None or tag == "!":
                tag = self.resolve(yaml.ScalarNode, event.value, event.implicit)
            return yaml.ScalarNode(tag, event.value, begin, end, style=event.style)
        self._extent.begin(begin.line + 1)
        value: list[Any] = []
        node: yaml.Node
        if type(event) is yaml.SequenceStartEvent:
            node = yaml.SequenceNode(tag or f"{CORE}seq", value, begin, None, flow_style=event.flow_style)
            while type(item := self.get_event()) is not yaml.SequenceEndEvent:
                value.append(self._node(item))
        else:
            node = yaml.MappingNode(tag or f"{CORE}map", value, begin, None, flow_style=event.flow_style)
            while type(item := self.get_event()) is not yaml.MappingEndEvent:
                value.append((self._node(item), self._node(self.get_event())))
        self._extent.end()
        node.end_mark = item.end_mark
        return node


def _resolver(kind: str, pattern: str, first: str) -> None:
    _Loader.add_implicit_resolver(f"{CORE}{kind}", re.compile(pattern), list(first))


_resolver("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF")
_resolver("null", r"^(?:~|null|Null|NULL|)$", "~nN\0")
_resolver("int", r"^(?:[-+]?[0-9]{1,300}|0o[0-7]{1,300}|0x[0-9a-fA-F]{1,300})$", "-+0123456789")
_resolver("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+.0123456789")
_resolver("merge", r"^<<$", "<")
_Loader.yaml_implicit_resolvers.setdefault("", []).extend(_Loader.yaml_implicit_resolvers.get("\0", []))


def _shown(tag: str) -> str:
    short = tag.replace(CORE, "!!", 1)
    return short if len(short) <= 60 else f"{short[:57]}…"


def _problem(error: yaml.MarkedYAMLError, text: str) -> str:
    problem, context = error.problem or "", error.context or ""
    mark, begin = error.problem_mark, error.context_mark
    if mark is not None and text[mark.index : mark.index + 1] == "\t":
        return f"{problem}; indent with spaces instead of tabs"
    if problem.startswith("mapping values are not allowed"):
        return f'{problem}; indent it like its neighbours, and quote a text that has ": " in it'
    if not context.startswith("while"):
        return f"{context}, {problem}" if context else problem
    colon = mark is not None and text[mark.index : mark.index + 1] == ":"
    hint = "; quote a text that begins or ends with a colon" if colon else ""
    return f"{problem} {context}" + (f" that begins on line {begin.line + 1}" if begin else "") + hint
