"""The reference of an API version: its document in parts, one for each tag, as a page shows it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tiergate.policy.load import ApiEntry
from tiergate.policy.markdown import nodes
from tiergate.policy.openapi import METHODS
from tiergate.policy.references import References
from tiergate.portal.addresses import outward, safe, slug
from tiergate.portal.operations import Operations, Part
from tiergate.portal.schemas import Schemas

TAKEN = ("index", "openapi")
"""Names of files beside those of the tags."""
ALONE, OTHERS, WEBHOOKS = "Operations", "Other operations", "Webhooks"
"""Tags of operations that have none: where no operation has one, and where some have."""


@dataclass(slots=True)
class Tag:
    """A part of a reference. ``used``: names of schemas that its operations refer to."""

    slug: str
    name: str
    description: list[Any] = field(default_factory=list)
    external_docs: Any = None
    operations: list[Part] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def listed(self) -> Part:
        """For an outline of the whole."""
        keys = ("id", "method", "path", "summary", "deprecated", "public", "webhook")
        brief = [{key: each[key] for key in keys if key in each} for each in self.operations]
        return {"slug": self.slug, "name": self.name, "description": self.description, "operations": brief}


@dataclass(frozen=True, slots=True)
class Reference:
    """All parts of an API version's reference."""

    index: Part
    tags: tuple[Tag, ...]
    parts: Mapping[str, Part]
    """The content of each tag's page by the tag's slug."""


def reference(name: str, api: ApiEntry, told: Mapping[str, Any]) -> Reference:
    """``told``: its entry in the published catalogue."""
    document = api.document.data
    references = References(document)
    schemas = Schemas(document, references, siblings=not str(document["openapi"]).startswith("3.0"))
    operations = Operations(document, references, schemas)
    tags = _Tags(document.get("tags"))
    for each in told["operations"]:
        item, _ = references.followed(document["paths"][each["path"]])
        tags.add(item, each["method"].lower(), _served(name, each) | operations.read(item, each["method"].lower()))
        tags.use(operations)
    for title, method, item in _webhooks(document, references):
        own = {"id": f"{method.upper()} {title}", "method": method.upper(), "path": title, "webhook": True}
        operation = own | operations.read(item, method) | {"scopes": [], "cost": 0, "public": True, "servers": []}
        tags.add(item, method, operation, untagged=WEBHOOKS)
        tags.use(operations)
    found = tags.found()
    index = _index(name, api, told, document, references) | {"tags": [tag.listed() for tag in found]}
    return Reference(
        index,
        found,
        {
            tag.slug: {
                "tag": {key: getattr(tag, key) for key in ("slug", "name", "description", "external_docs")},
                "operations": tag.operations,
                "schemas": schemas.reached(tag.used),
            }
            for tag in found
        },
    )


class _Tags:
    """Operations by tag: those that the document describes first, then in the order in which they turn up."""

    def __init__(self, stated: Any) -> None:
        self._tags: dict[str, Tag] = {}
        self._untagged: dict[str, list[Tag]] = {}
        self._latest: list[Tag] = []
        for each in stated if isinstance(stated, list) else ():
            if isinstance(each, Mapping) and isinstance(each.get("name"), str):
                tag = self._tag(each["name"])
                description = each.get("description")
                tag.description = nodes(description) if isinstance(description, str) else []
                tag.external_docs = outward(each.get("externalDocs"))

    def add(self, item: Mapping[str, Any], method: str, operation: Part, untagged: str = "") -> None:
        """Add an operation to each of its tags, or to the one of those that have none."""
        stated = item[method].get("tags")
        names = [each for each in stated if isinstance(each, str)] if isinstance(stated, list) else []
        self._latest = [self._tag(each) for each in dict.fromkeys(names or [untagged])]
        for tag in self._latest:
            tag.operations.append(operation)

    def use(self, operations: Operations) -> None:
        """Note which schemas the operation that was added last refers to."""
        for tag in self._latest:
            tag.used |= operations.used
        operations.used = set()

    def found(self) -> tuple[Tag, ...]:
        """Those with operations."""
        tags = [tag for tag in self._tags.values() if tag.operations]
        for tag in tags:
            if not tag.name:
                tag.name = ALONE if all(each.name in {"", WEBHOOKS} for each in tags) else OTHERS
        tags.sort(key=lambda tag: tag.name == OTHERS)
        taken = list(TAKEN)
        for tag in tags:
            tag.slug = slug(tag.name, taken)
            taken.append(tag.slug)
        return tuple(tags)

    def _tag(self, name: str) -> Tag:
        return self._tags.setdefault(name, Tag("", name))


def _served(name: str, told: Mapping[str, Any]) -> Part:
    """What the gateway knows of an operation. ``servers``: below the gateway's own address, which a deploy gives."""
    known = {key: told[key] for key in ("id", "method", "path", "scopes", "cost", "public")}
    return known | {"servers": [{"url": f"/{name}"}]}


def _webhooks(document: Mapping[str, Any], references: References) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    stated = document.get("webhooks")
    for title, item in stated.items() if isinstance(stated, Mapping) else ():
        found, _ = references.followed(item)
        for method in METHODS:
            if isinstance(found, Mapping) and isinstance(found.get(method), Mapping):
                yield str(title), method, found


def _index(
    name: str, api: ApiEntry, told: Mapping[str, Any], document: Mapping[str, Any], references: References
) -> Part:
    info = document["info"]
    card = told["scorecard"]
    return {
        "id": name,
        "title": api.title,
        "version": info["version"],
        "openapi": document["openapi"],
        "description": nodes(told["description"]),
        "contact": _contact(info.get("contact")),
        "license": _license(info.get("license")),
        "terms": safe(info.get("termsOfService")),
        "external_docs": outward(document.get("externalDocs")),
        "security_schemes": dict(_schemes(document, references)),
        "scorecard": card and {"grade": card["grade"], "score": card["points"], "reasons": _reasons(card)},
    }


def _contact(stated: Any) -> Part | None:
    if not isinstance(stated, Mapping):
        return None
    told = {key: stated[key] for key in ("name", "email") if isinstance(stated.get(key), str)}
    return told | ({"url": stated["url"]} if safe(stated.get("url")) else {}) or None


def _license(stated: Any) -> Part | None:
    if not isinstance(stated, Mapping):
        return None
    told = {key: stated[key] for key in ("name", "identifier") if isinstance(stated.get(key), str)}
    return told | ({"url": stated["url"]} if safe(stated.get("url")) else {}) or None


def _schemes(document: Mapping[str, Any], references: References) -> Iterator[tuple[str, Part]]:
    components = document.get("components")
    stated = components.get("securitySchemes") if isinstance(components, Mapping) else None
    for name, scheme in stated.items() if isinstance(stated, Mapping) else ():
        found, _ = references.followed(scheme)
        if isinstance(found, Mapping):
            kept = {key: value for key, value in found.items() if not key.startswith("x-") and key != "description"}
            description = found.get("description")
            yield name, kept | {"description": nodes(description) if isinstance(description, str) else []}


def _reasons(card: Mapping[str, Any]) -> list[str]:
    return [f"{each['rule']}: {each['broken']} of {each['places']}" for each in card["costs"] if each["points"]]
