"""Pictures that a page shows as they are: PNG, and SVG that only draws."""

import re
from pathlib import Path
from xml.etree import ElementTree

LARGEST = 100_000
PNG = b"\x89PNG\r\n\x1a\n"
ACTIVE = frozenset({"script", "foreignobject", "iframe", "object", "embed", "audio", "video", "handler", "set"})
"""Elements that do more than draw, in lower case."""
FETCHED = re.compile(r"url\(\s*['\"]?\s*(?!#)|@import|expression\(", re.IGNORECASE)


def picture_fault(file: Path, root: Path) -> str:
    """What keeps the file from being shown; empty where nothing does. No link leads out of ``root``."""
    if not file.is_file():
        return f"is not there; save it as {file}"
    if not file.resolve().is_relative_to(root.resolve()):
        return "is a link that leads out of the policies, which is not followed; save a copy of the file in its place"
    if file.stat().st_size > LARGEST:
        return f"has {file.stat().st_size:,} bytes, and {LARGEST:,} are the most; draw it simpler, or smaller"
    data = file.read_bytes()
    if file.suffix == ".png":
        return "" if data.startswith(PNG) else "is no PNG; save it as one"
    return _svg_fault(data)


def _svg_fault(data: bytes) -> str:
    if b"<!DOCTYPE" in data.upper() or b"<!ENTITY" in data.upper():
        return "has a DOCTYPE; remove it, as pictures need none"
    try:
        root = ElementTree.fromstring(data)  # noqa: S314  # no entities are declared in it
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        return f"is no SVG: {error}"
    if _local(root.tag) != "svg":
        return "is no SVG; its first element must be svg"
    for element in root.iter():
        tag = _local(element.tag)
        if tag in ACTIVE:
            return f"has <{tag}>, which does more than draw; remove it"
        if tag == "style" and FETCHED.search(element.text or ""):
            return "has a style that fetches something; put it into the picture"
        for attribute, value in element.attrib.items():
            name = _local(attribute)
            if name.startswith("on"):
                return f"has {name}=, which does more than draw; remove it"
            if (name in {"href", "src"} and not value.startswith("#")) or FETCHED.search(value):
                return f"has {name}= that leads out of the picture; put into it what it shows"
    return ""


def _local(name: object) -> str:
    """A name without its namespace."""
    return str(name).rpartition("}")[2].lower()
