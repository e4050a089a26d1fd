"""What changed for partners: what the platform team tells, and the dates at which API versions end."""

import html
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from email.utils import format_datetime
from typing import Any
from xml.etree import ElementTree

from tiergate.domain.lifecycle import RETIRED
from tiergate.domain.site_files import ADDRESS, FEED
from tiergate.policy.articles import Entry
from tiergate.policy.markdown import HREF, Nodes, nodes
from tiergate.portal.addresses import page_of

ATOM = "http://www.w3.org/2005/Atom"
MOST_TOLD = 100
"""Entries of the feed."""
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
EMPTY = frozenset({"br", "hr"})


def changelog(entries: Iterable[Entry], apis: Mapping[str, Mapping[str, Any]], today: date) -> list[dict[str, Any]]:
    """All entries, the newest first. ``apis``: of the published catalogue.

    Those about versions that are not published, such as drafts, are left out, and those that are dated after today.
    """
    told = [_told(entry) for entry in entries if not entry.api or entry.api in apis]
    told += (each for name, api in apis.items() for each in _ends(name, api))
    past = (each for each in told if each["date"] <= today.isoformat())
    return sorted(past, key=lambda each: (each["date"], each["slug"]), reverse=True)


def feed(entries: list[dict[str, Any]], title: str, url: str = ADDRESS) -> bytes:
    """RSS 2.0, with entries as HTML; ``url``: where the portal is."""
    base = url.rstrip("/")
    root = ElementTree.Element("rss", {"version": "2.0"})
    channel = ElementTree.SubElement(root, "channel")
    _add(channel, title=f"{title}: changelog", link=f"{base}/changelog", description=f"What changes in {title}.")
    own = {"href": f"{base}/{FEED}", "rel": "self", "type": "application/rss+xml"}
    ElementTree.SubElement(channel, f"{{{ATOM}}}link", own)
    for each in entries[:MOST_TOLD]:
        item = ElementTree.SubElement(channel, "item")
        day = datetime.fromisoformat(each["date"]).replace(tzinfo=UTC)
        _add(item, title=each["title"], link=f"{base}/changelog#{each['slug']}", description=_html(each["body"], base))
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


def _html(nodes: Nodes, base: str) -> str:
    """Nodes as text for readers of feeds, with whole addresses."""
    return "".join(html.escape(each) if isinstance(each, str) else _element(each, base) for each in nodes)


def _element(node: Any, base: str) -> str:
    tag, attributes, *inner = node
    href = attributes.get("href", "")
    whole = f"{base}{href}" if href.startswith("/") else f"{base}/changelog{href}" if href.startswith("#") else href
    begin = f'{tag} href="{html.escape(whole)}"' if href else tag
    return f"<{begin}>" if tag in EMPTY else f"<{begin}>{_html(inner, base)}</{tag}>"


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
    told: Nodes = [["p", {}, "It works as before, until ", ["strong", {}, _day(sunset)], " at least. ", *_onward(life)]]
    if life["brownouts"]:
        starts = [f"{_day(each['start'])}, {each['start'][11:16]} UTC" for each in life["brownouts"]]
        told.append(["p", {}, "For some minutes it refuses calls on purpose, so that nobody overlooks the date:"])
        told.append(["ul", {}, *(["li", {}, start] for start in starts)])
    return told


def _onward(life: Mapping[str, Any]) -> Nodes:
    """Where to go instead."""
    told: Nodes = []
    successor, guide = life["successor"], life["guide"]
    if successor:
        told += ["Use ", _link(successor if HREF.fullmatch(successor) else page_of(successor), successor), " instead. "]
    if guide:
        told += [_link(guide, "How to move"), "."]
    return told


def _day(moment: str) -> str:
    """As in 30 Jun 2027, which is how pages write it."""
    year, month, day = moment[:10].split("-")
    return f"{int(day)} {MONTHS[int(month) - 1]} {year}"


def _link(href: str, text: str) -> Any:
    return ["a", {"href": href}, text] if HREF.fullmatch(href) else text


def _end(name: str, date: str, title: str, kind: str, body: Nodes) -> dict[str, Any]:
    slug = f"{date}-{name.replace('/', '-')}-{kind}"
    return {"date": date, "title": title, "slug": slug, "kind": kind, "api": name, "body": body}
