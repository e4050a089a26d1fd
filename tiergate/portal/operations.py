"""Operations of OpenAPI documents as the reference reads them: references followed, descriptions as nodes."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tiergate.policy.markdown import nodes
from tiergate.policy.openapi import METHODS
from tiergate.policy.references import References, refers
from tiergate.portal.addresses import outward
from tiergate.portal.keywords import PART, fits
from tiergate.portal.schemas import Schemas

DEEPEST = 3
"""Callbacks of callbacks that are told."""
MOST_CALLBACKS = 2000
"""Operations of callbacks that are told of one document: a few lines can refer to each other very often."""

Part = dict[str, Any]


class Operations:
    """Reads the operations of one document. ``used``: names of the schemas that those read since refer to."""

    def __init__(self, document: Mapping[str, Any], references: References, schemas: Schemas) -> None:
        self._document, self._references, self._schemas = document, references, schemas
        self._room = MOST_CALLBACKS
        self._made: dict[tuple[int, object], tuple[Part, set[str]]] = {}
        self.used: set[str] = set()

    def read(self, item: Any, method: str) -> Part:
        """One of a path; ``method`` in lower case."""
        return self._once((id(item), method), lambda: self._operation(_mapping(item), method, 0))

    def _once(self, key: tuple[int, object], make: Callable[[], Part]) -> Part:
        """What several refer to is read once, and shared. ``key``: of a part of the document, and how it is read."""
        if key not in self._made:
            before, self.used = self.used, set()
            self._made[key] = make(), self.used
            self.used = before
        made, used = self._made[key]
        self.used |= used
        return made

    def _operation(self, item: Mapping[str, Any], method: str, depth: int) -> Part:
        stated = _mapping(item.get(method))
        default = self._document.get("security", []) if depth == 0 else []
        return {
            "summary": _line(stated.get("summary") or item.get("summary")),
            "description": self._described(stated if stated.get("description") else item),
            "deprecated": stated.get("deprecated") is True,
            "parameters": list(self._parameters(item, stated)),
            "request_body": self._followed(stated.get("requestBody"), self._body),
            "responses": self._named(stated.get("responses"), self._response, extended=True),
            "callbacks": self._callbacks(stated.get("callbacks"), depth),
            "security": _security(stated.get("security", default)),
            "external_docs": outward(stated.get("externalDocs")),
        }

    def _parameters(self, item: Mapping[str, Any], stated: Mapping[str, Any]) -> Iterator[Part]:
        """The path's and the operation's own, which take the place of those of the same name and place."""
        merged: dict[tuple[str, str], Part] = {}
        for listed in (item.get("parameters"), stated.get("parameters")):
            for each in listed if isinstance(listed, list) else ():
                made = self._followed(each, self._parameter)
                if made is not None:
                    merged[(str(made.get("in")), str(made.get("name")))] = made
        yield from merged.values()

    def _parameter(self, stated: Mapping[str, Any]) -> Part:
        return self._field(stated) | {"name": str(stated.get("name", "")), "in": str(stated.get("in", ""))}

    def _field(self, stated: Mapping[str, Any]) -> Part:
        """What parameters and headers have in common."""
        return self._part(stated, schema=self._schema, content=self._content, examples=self._examples)

    def _body(self, stated: Mapping[str, Any]) -> Part:
        return self._part(stated, content=self._content)

    def _response(self, stated: Mapping[str, Any]) -> Part:
        return self._part(stated, headers=self._headers, content=self._content, links=self._links)

    def _headers(self, stated: Any) -> Part:
        return self._named(stated, self._field)

    def _content(self, stated: Any) -> Part:
        return {
            str(kind): self._part(
                _mapping(each), schema=self._schema, itemSchema=self._schema, examples=self._examples,
                encoding=self._encoding,
            )
            for kind, each in _mapping(stated).items()
        }  # fmt: skip

    def _encoding(self, stated: Any) -> Part:
        return {name: self._part(_mapping(each), headers=self._headers) for name, each in _mapping(stated).items()}

    def _examples(self, stated: Any) -> Part:
        return self._named(stated, self._part)

    def _links(self, stated: Any) -> Part:
        return self._named(stated, self._link)

    def _link(self, stated: Mapping[str, Any]) -> Part:
        return self._part({key: value for key, value in stated.items() if key != "server"})

    def _schema(self, stated: Any) -> Any:
        made, used = self._schemas.of(stated)
        self.used |= used
        return made

    def _callbacks(self, stated: Any, depth: int) -> Part:
        if depth >= DEEPEST:
            return {}
        told = {str(name): self._followed(each, dict) for name, each in _mapping(stated).items()}
        return {name: list(self._expressions(each, depth)) for name, each in told.items() if each is not None}

    def _expressions(self, stated: Mapping[str, Any], depth: int) -> Iterator[Part]:
        for expression, each in stated.items():
            item, _ = self._references.followed(each)
            for method in METHODS:
                if not expression.startswith("x-") and method in _mapping(item) and self._room > 0:
                    self._room -= 1
                    operation = {"method": method.upper(), **self._operation(_mapping(item), method, depth + 1)}
                    yield {"expression": expression, "operation": operation}

    def _named(self, stated: Any, reader: Callable[[Mapping[str, Any]], Part], *, extended: bool = False) -> Part:
        """``extended``: whether a name that begins with ``x-`` is an extension."""
        made = {
            str(name): self._followed(each, reader)
            for name, each in _mapping(stated).items()
            if not (extended and str(name).startswith("x-"))
        }
        return {name: each for name, each in made.items() if each is not None}

    def _followed(self, stated: Any, reader: Callable[[Mapping[str, Any]], Part]) -> Part | None:
        """What is at the end of its references; a description beside one counts (OpenAPI 3.1, 4.8.23)."""
        found, reference = self._references.followed(stated)
        if refers(found):
            name = reference.rpartition("/")[2]
            return reader({"name": name, "in": "", "description": f"Described elsewhere: {reference}"})
        if not isinstance(found, Mapping):
            return None
        beside = {key: stated[key] for key in ("description", "summary") if refers(stated) and key in stated}
        if beside or found is stated:
            return reader({**found, **beside})
        return self._once((id(found), reader), lambda: reader(found))

    def _part(self, stated: Mapping[str, Any], **readers: Callable[[Any], Any]) -> Part:
        """A part as it is, but for keys with readers of their own, its description, and extensions."""
        made = {
            key: readers[key](value) if key in readers else value
            for key, value in stated.items()
            if not key.startswith("x-") and key not in {"description", "externalDocs"} and fits(PART, key, value)
        }
        return made | ({"description": self._described(stated)} if "description" in stated else {})

    def _described(self, stated: Mapping[str, Any]) -> list[Any]:
        description = stated.get("description")
        return nodes(description) if isinstance(description, str) else []


def _security(stated: Any) -> list[dict[str, list[str]]]:
    """Alternatives, each of schemes that are needed together with their scopes."""
    return [
        {
            str(name): [str(scope) for scope in scopes] if isinstance(scopes, list) else []
            for name, scopes in each.items()
        }
        for each in (stated if isinstance(stated, list) else ())
        if isinstance(each, Mapping)
    ]


def _mapping(stated: Any) -> Mapping[str, Any]:
    return stated if isinstance(stated, Mapping) else {}


def _line(text: Any) -> str:
    return " ".join(text.split()) if isinstance(text, str) else ""
