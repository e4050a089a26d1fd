"""The reference of an API version: its document in parts, one for each tag, as a page shows it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tiergate.policy.load import ApiEntry
from tiergate.policy.markdown import nodes
from tiergate.policy.openapi import METHODS, plain
from tiergate.policy.references import References
from tiergate.policy.source import Faults, Source
from tiergate.portal.addresses import Slugs, outward, safe
from tiergate.portal.keywords import FLOW, SCHEME, Fits, fits
from tiergate.portal.operations import Operations, Part
from tiergate.portal.schemas import Schemas
from tiergate.portal.sizes import LARGEST, LARGEST_PART, Sizes

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


def reference(name: str, api: ApiEntry, told: Mapping[str, Any], *, addresses: bool = True) -> Reference:
    """``told``: its entry in the published catalogue.

    ``addresses``: whether tokens come from where the document says, and not from a user pool that the deploy makes.

    Raises
    ------
    Faults
        It is too large for pages to show.
    """
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
    parts = _parts(found, schemas, api.document)
    schemes = dict(_schemes(document, references, addresses=addresses))
    outline = {"security_schemes": schemes, "tags": [tag.listed() for tag in found]}
    return Reference(_index(name, api, told, document) | outline, found, parts)


def _parts(tags: Iterable[Tag], schemas: Schemas, document: Source) -> dict[str, Part]:
    """
    Raises
    ------
    Faults
        They are too large.
    """
    sizes, total, parts = Sizes(), 0, dict[str, Part]()
    for tag in tags:
        part = parts[tag.slug] = {
            "tag": {key: getattr(tag, key) for key in ("slug", "name", "description", "external_docs")},
            "operations": tag.operations,
            "schemas": schemas.reached(tag.used),
        }
        total += sizes.of(part)
        for size, most, what in (
            (sizes.of(part), LARGEST_PART, f'the page of the tag "{plain(tag.name)}"'),
            (total, LARGEST, "all pages of its reference"),
        ):
            if size > most:
                message = (
                    f"too large for browsers: with what it refers to written out, {what} would have {size:,} bytes "
                    f"or more, and {most:,} are the most; shorten what is referred to most often, such as examples"
                )
                raise Faults([document.fault(message, "paths")])
    return parts


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
        slugs = Slugs(TAKEN)
        for tag in tags:
            tag.slug = slugs.of(tag.name)
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


def _index(name: str, api: ApiEntry, told: Mapping[str, Any], document: Mapping[str, Any]) -> Part:
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


def _schemes(document: Mapping[str, Any], references: References, *, addresses: bool) -> Iterator[tuple[str, Part]]:
    components = document.get("components")
    stated = components.get("securitySchemes") if isinstance(components, Mapping) else None
    for name, scheme in stated.items() if isinstance(stated, Mapping) else ():
        found, _ = references.followed(scheme)
        if isinstance(found, Mapping):
            description, flows = found.get("description"), found.get("flows")
            told = _typed(SCHEME, found) | {"description": nodes(description) if isinstance(description, str) else []}
            known = {key for key in FLOW if addresses or key == "scopes"}
            by_name = {
                flow: {key: value for key, value in _typed(FLOW, each).items() if key in known}
                for flow, each in (flows.items() if isinstance(flows, Mapping) else ())
                if isinstance(each, Mapping) and not flow.startswith("x-")
            }
            yield name, told | ({"flows": by_name} if by_name else {})


def _typed(kind: Mapping[str, Fits], stated: Mapping[str, Any]) -> Part:
    """The keywords of a kind alone."""
    return {key: value for key, value in stated.items() if key in kind and fits(kind, key, value)}


def _reasons(card: Mapping[str, Any]) -> list[str]:
    return [f"{each['rule']}: {each['broken']} of {each['places']}" for each in card["costs"] if each["points"]]
