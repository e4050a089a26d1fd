"""What can be searched: APIs, their tags and operations, and guides."""

from collections.abc import Iterator, Mapping
from typing import Any

from tiergate.policy.articles import Guide
from tiergate.policy.markdown import first_sentence, plain
from tiergate.portal.addresses import page_of
from tiergate.portal.reference import Reference

MOST_TEXT = 140
"""Characters that are told of each."""


def search(
    catalogue: Mapping[str, Any], references: Mapping[str, Reference], guides: Mapping[str, Guide]
) -> list[dict[str, Any]]:
    """Everything once, in the order in which the pages have it."""
    return [*_apis(catalogue, references), *_guides(guides)]


def _apis(catalogue: Mapping[str, Any], references: Mapping[str, Reference]) -> Iterator[dict[str, Any]]:
    for name, api in catalogue["apis"].items():
        summary = first_sentence(api["description"], MOST_TEXT)
        ends = {"deprecated": True} if api["state"] != "published" else {}
        yield {"kind": "api", "title": api["title"], "text": summary, "url": page_of(name), "api": name, **ends}
        if name in references:
            yield from _reference(name, references[name])


def _reference(name: str, reference: Reference) -> Iterator[dict[str, Any]]:
    told: set[str] = set()
    for tag in reference.tags:
        text = _cut(plain(tag.description))
        yield {"kind": "tag", "title": tag.name, "text": text, "url": page_of(name, tag.slug), "api": name}
        for operation in tag.operations:
            if operation["id"] not in told:
                told.add(operation["id"])
                yield {
                    "kind": "operation",
                    "title": operation["summary"] or operation["id"],
                    "text": _cut(plain(operation["description"])),
                    "url": page_of(name, tag.slug, operation["id"]),
                    "method": operation["method"],
                    "path": operation["path"],
                    "api": name,
                    **({"deprecated": True} if operation["deprecated"] else {}),
                }


def _guides(guides: Mapping[str, Guide]) -> Iterator[dict[str, Any]]:
    for slug, guide in guides.items():
        yield {"kind": "guide", "title": guide.text.title, "text": _cut(guide.summary), "url": f"/guides/{slug}"}


def _cut(text: str) -> str:
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT].rsplit(' ', 1)[0]} …"
