"""YAML text → nodes, with the scalars of YAML 1.2's core schema (``on`` and ``2024-01-01`` are text) and merge keys."""

import re
from typing import Any

import yaml
from yaml.composer import Composer
from yaml.reader import Reader

from tiergate.policy.nodes import Malformed


def compose(text: str) -> yaml.Node | None:
    """The root node; None for an empty text.

    Raises
    ------
    Malformed
        It is not YAML, or nested too deeply.
    """
    unprintable = Reader.NON_PRINTABLE.search(text)
    if unprintable:
        line = text.count("\n", 0, unprintable.start()) + 1
        raise Malformed(line, f"not YAML: it holds the control character U+{ord(unprintable[0]):04X}; remove it")
    loader = _Loader(text)
    try:
        root: yaml.Node | None = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Malformed(mark.line + 1 if mark else 1, f"not YAML: {_problem(error, text)}") from error
    except yaml.YAMLError as error:
        raise Malformed(1, f"not YAML: {error}") from error
    except RecursionError:
        raise Malformed(1, "nested too deeply") from None
    finally:
        loader.dispose()
    return root


class _Composer(Composer):
    """Python's: the C one ends the process on a text nested too deeply."""


class _Loader(_Composer, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    yaml_implicit_resolvers: dict[str, list[Any]] = {}

    def __init__(self, text: str) -> None:
        Composer.__init__(self)
        super(Composer, self).__init__(text)


def _resolver(kind: str, pattern: str, first: str) -> None:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{kind}", re.compile(pattern), list(first))


_resolver("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF")
_resolver("null", r"^(?:~|null|Null|NULL|)$", "~nN\0")
_resolver("int", r"^(?:[-+]?[0-9]{1,300}|0o[0-7]{1,300}|0x[0-9a-fA-F]{1,300})$", "-+0123456789")
_resolver("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+.0123456789")
_resolver("merge", r"^<<$", "<")
_Loader.yaml_implicit_resolvers.setdefault("", []).extend(_Loader.yaml_implicit_resolvers.get("\0", []))


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
