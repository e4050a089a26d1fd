"""What the portal tells in Markdown: guides, and entries of the changelog.

A file may begin with keys between two lines of ``---``; then comes ``# Its title``, and what it says.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import Field

from tiergate.policy import markdown
from tiergate.policy.nodes import Malformed
from tiergate.policy.parts import OptionalPart, Part
from tiergate.policy.schema import nearest, validate
from tiergate.policy.source import Fault, Faults, Source, parse, shown
from tiergate.policy.text import text_of

LARGEST = 100_000
"""Bytes of a file."""
MOST_FILES = 500
"""Of a folder."""
LONGEST_TITLE = 120
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
DATED = re.compile(r"(2[0-9]{3}-[0-9]{2}-[0-9]{2})-([a-z0-9]+(?:-[a-z0-9]+)*)")
TITLE = re.compile(r"# +(\S.*?)[ #]*")
FENCE = "---"
PAGES = frozenset({"apis", "apps", "changelog", "guides", "invitations", "notices", "organization", "start"})
"""First parts of the portal's own addresses."""


class GuideHead(OptionalPart):
    """``order``: guides are listed from the lowest on, and by name where it is the same."""

    summary: Annotated[str, Field(min_length=1, max_length=300)] | None = None
    order: Annotated[int, Field(ge=0, le=10_000)] = 1000


class EntryHead(Part):
    """``api``: the version that an entry is about."""

    kind: Literal["release", "deprecation", "retirement", "news"]
    api: str = ""


Head = TypeVar("Head", bound=Part)


@dataclass(frozen=True, slots=True)
class Text:
    """A title, and what is under it; ``line``: where ``body`` begins. ``file``: as faults name it."""

    file: str
    slug: str
    title: str
    body: str
    line: int


@dataclass(frozen=True, slots=True)
class Guide:
    text: Text
    summary: str
    order: int


@dataclass(frozen=True, slots=True)
class Entry:
    """``date``: as in 2027-06-30. ``api``: the version that it is about, or empty; ``line``: where that is said."""

    text: Text
    date: str
    kind: str
    api: str
    line: int


def guides(folder: Path, root: Path, faults: list[Fault]) -> dict[str, Guide]:
    """The guides of a folder by slug; what is wrong is added to ``faults``. No link leads out of ``root``."""
    read: dict[str, Guide] = {}
    for path in _files(folder, root, faults):
        if not SLUG.fullmatch(path.stem):
            wanted = "must be lowercase letters, digits and hyphens, for example first-call.md"
            faults.append(Fault(str(path), 1, f'name "{path.stem}" {wanted}'))
            continue
        found = _article(GuideHead, path, path.stem, faults)
        if found is not None:
            head, text, _ = found
            read[path.stem] = Guide(text, head.summary or markdown.first_sentence(text.body), head.order)
    return dict(sorted(read.items(), key=lambda each: (each[1].order, each[0])))


def changelog(folder: Path, root: Path, faults: list[Fault]) -> tuple[Entry, ...]:
    """The entries of a folder, the newest first; see `guides`."""
    entries: list[Entry] = []
    for path in _files(folder, root, faults):
        named = DATED.fullmatch(path.stem)
        if named is None or not _exists(named[1]):
            wanted = "must be a date and a name in lower case, for example 2027-06-30-bank-v2.md"
            faults.append(Fault(str(path), 1, f'name "{path.stem}" {wanted}'))
            continue
        found = _article(EntryHead, path, path.stem, faults)
        if found is not None:
            head, text, source = found
            entries.append(Entry(text, named[1], head.kind, head.api, source.line("api")))
    return tuple(sorted(entries, key=lambda each: each.text.slug, reverse=True))


def article_faults(told: Mapping[str, Guide], entries: Collection[Entry], apis: Collection[str]) -> Iterator[Fault]:
    """Links that lead nowhere, and entries about API versions that are not there."""
    places = {entry.text.slug for entry in entries}
    for text in (*(guide.text for guide in told.values()), *(entry.text for entry in entries)):
        here = places if text.slug in places else ()
        for href, line in markdown.links(text.body):
            wrong = _link_fault(href, told, apis, here)
            if wrong:
                yield Fault(text.file, text.line + line - 1, f"link {shown(href)}: {wrong}")
        for slip, line in markdown.slips(text.body):
            yield Fault(text.file, text.line + line - 1, slip)
    for entry in entries:
        if entry.api and entry.api not in apis:
            yield Fault(entry.text.file, entry.line, f'api: there is no "{entry.api}"{nearest(entry.api, apis)}')


def _link_fault(href: str, told: Collection[str], apis: Collection[str], here: Collection[str]) -> str:
    """``here``: places on the same page."""
    if href.startswith("#") and href[1:] not in here:
        return "there is no such place on its page, as headings have no addresses; lead to a page"
    if not markdown.HREF.fullmatch(href):
        return "must be an https:// or mailto: address, or a path of the portal such as /guides/first-call"
    if not href.startswith("/"):
        return ""
    first, *rest = re.split(r"[?#]", href)[0].strip("/").split("/")
    if first and "." not in first and first not in PAGES:
        return f'the portal has no page "/{first}"{nearest(first, PAGES)}'
    if first == "guides" and rest and rest[0] not in told:
        return f'there is no guide "{rest[0]}"{nearest(rest[0], told)}'
    if first == "apis" and rest and not any(f"{name}/".startswith("/".join([*rest[:2], ""])) for name in apis):
        return f'there is no API "{"/".join(rest[:2])}"{nearest("/".join(rest[:2]), apis)}'
    return ""


def _files(folder: Path, root: Path, faults: list[Fault]) -> Iterator[Path]:
    paths = sorted(path for path in folder.glob("*") if not path.name.startswith("."))
    if len(paths) > MOST_FILES:
        faults.append(Fault(str(folder), 1, f"{len(paths):,} files, and {MOST_FILES} are the most; remove old ones"))
        return
    for path in paths:
        if path.suffix != ".md" or path.is_dir():
            faults.append(Fault(str(path), 1, "no Markdown file; its name must end in .md"))
        elif not path.resolve().is_relative_to(root):
            message = (
                "a link that leads out of the policies, which is not followed; save a copy of the file in its place"
            )
            faults.append(Fault(str(path), 1, message))
        else:
            yield path


def _article(model: type[Head], path: Path, slug: str, faults: list[Fault]) -> tuple[Head, Text, Source] | None:
    """A file's keys, its text, and where the keys stand; None where something is faulty."""
    try:
        lines = text_of(path, LARGEST).splitlines()
        head, source, begin = _head(model, lines, str(path))
    except Malformed as error:
        faults.append(Fault(str(path), error.line, error.message))
        return None
    except Faults as wrong:
        faults += wrong.faults
        return None
    at = next((number for number in range(begin, len(lines)) if lines[number].strip()), begin)
    title = TITLE.fullmatch(lines[at].strip()) if at < len(lines) else None
    if title is None or len(title[1]) > LONGEST_TITLE:
        wanted = f"must begin with its title, of at most {LONGEST_TITLE} characters, for example # Your first call"
        faults.append(Fault(str(path), at + 1, wanted))
        return None
    if not "".join(lines[at + 1 :]).strip():
        faults.append(Fault(str(path), at + 1, "says nothing under its title; write it, or remove the file"))
        return None
    words = markdown.plain(markdown.inline(title[1]))
    return head, Text(str(path), slug, words, "\n".join(lines[at + 1 :]), at + 2), source


def _head(model: type[Head], lines: list[str], file: str) -> tuple[Head, Source, int]:
    """The keys, where they stand, and how many lines they take.

    Raises
    ------
    Faults
        They are not right, or do not end.
    """
    stated, taken = "{}", 0
    if lines and lines[0].rstrip() == FENCE:
        end = next((number for number in range(1, len(lines)) if lines[number].rstrip() == FENCE), None)
        if end is None:
            raise Faults([Fault(file, 1, "its keys do not end; close them with another line of ---")])
        stated, taken = "\n".join(["", *lines[1:end]]) + "\n", end + 1
    source = parse(stated, file)
    value, faults = validate(model, source)
    if value is None:
        raise Faults(faults)
    return value, source, taken


def _exists(day: str) -> bool:
    with suppress(ValueError):
        return bool(date.fromisoformat(day))
    return False
