"""What changed for partners: what the platform team tells, and the dates at which API versions end."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from xml.etree import ElementTree

from tiergate.domain.lifecycle import RETIRED
from tiergate.policy.articles import Entry
from tiergate.policy.markdown import HREF, Nodes, nodes, plain
from tiergate.portal.addresses import page_of

ATOM = "http://www.w3.org/2005/Atom"
MOST_TOLD = 100
"""Entries of the feed."""


def changelog(entries: Iterable[Entry], apis: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """All entries, the newest first. ``apis``: of the published catalogue.

    Those about versions that are not published, such as drafts, are left out.
    """
    told = [_told(entry) for entry in entries if not entry.api or entry.api in apis]
    told += (each for name, api in apis.items() for each in _ends(name, api))
    return sorted(told, key=lambda each: (each["date"], each["slug"]), reverse=True)


def feed(entries: list[dict[str, Any]], title: str, url: str) -> bytes:
    """RSS 2.0; ``url``: where the portal is, empty where that is not known, which leaves paths."""
    base = url.rstrip("/")
    root = ElementTree.Element("rss", {"version": "2.0"})
    channel = ElementTree.SubElement(root, "channel")
    _add(channel, title=f"{title}: changelog", link=f"{base}/changelog", description=f"What changes in {title}.")
    if base:
        ElementTree.SubElement(
            channel, f"{{{ATOM}}}link", {"href": f"{base}/changelog.xml", "rel": "self", "type": "application/rss+xml"}
        )
    for each in entries[:MOST_TOLD]:
        item = ElementTree.SubElement(channel, "item")
        day = datetime.fromisoformat(each["date"]).replace(tzinfo=UTC)
        _add(item, title=each["title"], link=f"{base}/changelog#{each['slug']}", description=plain(each["body"]))
        _add(item, category=each["kind"], pubDate=format_datetime(day))
        ElementTree.SubElement(item, "guid", {"isPermaLink": "false"}).text = each["slug"]
    ElementTree.register_namespace("atom", ATOM)
    ElementTree.indent(root)
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _add(parent: ElementTree.Element, **texts: str) -> None:
    """Elements with texts, without what XML cannot hold."""
    for name, text in texts.items():
        kept = "".join(each if each.isprintable() or each in "\n\t" else " " for each in text)
        ElementTree.SubElement(parent, name).text = kept


def _told(entry: Entry) -> dict[str, Any]:
    about = {"api": entry.api} if entry.api else {}
    common = {"date": entry.date, "title": entry.text.title, "slug": entry.text.slug, "kind": entry.kind}
    return common | about | {"body": nodes(entry.text.body)}


def _ends(name: str, api: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    life = api["lifecycle"]
    if life is None:
        return
    title, sunset = f"{api['title']} {name.partition('/')[2]}", life["sunset"][:10]
    yield _end(name, life["deprecated"][:10], f"{title} is deprecated", "deprecation", _until(life, sunset))
    if api["state"] == RETIRED:
        text: Nodes = [["p", {}, "It answers no calls any more. ", *_onward(life)]]
        yield _end(name, sunset, f"{title} is retired", "retirement", text)


def _until(life: Mapping[str, Any], sunset: str) -> Nodes:
    told: Nodes = [["p", {}, "It answers until ", ["strong", {}, sunset], " at least. ", *_onward(life)]]
    if life["brownouts"]:
        starts = [f"{each['start'][:10]} {each['start'][11:16]} UTC" for each in life["brownouts"]]
        told.append(["p", {}, f"Before that it refuses calls for some minutes at {', '.join(starts)}."])
    return told


def _onward(life: Mapping[str, Any]) -> Nodes:
    """Where to go instead."""
    told: Nodes = []
    successor, guide = life["successor"], life["guide"]
    if successor:
        told += ["Use ", _link(successor if HREF.fullmatch(successor) else page_of(successor), successor), " instead. "]
    if guide:
        told += ["The ", _link(guide, "guide"), " says how."]
    return told


def _link(href: str, text: str) -> Any:
    return ["a", {"href": href}, text] if HREF.fullmatch(href) else text


def _end(name: str, date: str, title: str, kind: str, body: Nodes) -> dict[str, Any]:
    slug = f"{date}-{name.replace('/', '-')}-{kind}"
    return {"date": date, "title": title, "slug": slug, "kind": kind, "api": name, "body": body}
