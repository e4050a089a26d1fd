"""Pictures that a page shows as they are: PNG, and SVG that only draws."""

import re
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

LARGEST = 100_000
PNG = b"\x89PNG\r\n\x1a\n"
SVG, XLINK, XML = (f"{{http://www.w3.org/{name}}}" for name in ("2000/svg", "1999/xlink", "XML/1998/namespace"))
DRAWING = frozenset(
    {"circle", "clippath", "defs", "desc", "ellipse", "g", "line", "lineargradient", "mask", "path", "pattern"}
    | {"polygon", "polyline", "radialgradient", "rect", "stop", "style", "svg", "symbol", "text", "title", "tspan"}
    | {"use"}
)
"""Elements that draw, or say what is drawn, in lower case; a logo may have no other."""
NAMED = {"href": "href", f"{XLINK}href": "href", f"{XML}space": "space", f"{XML}lang": "lang"}
"""Attributes that may have a namespace; other programs' own stay away."""
ENCODING = re.compile(r"<\?xml[^>]*\bencoding\s*=\s*['\"](?!utf-?8['\"])", re.IGNORECASE)
FETCHED = re.compile(r"url\(\s*['\"]?\s*(?!['\"\s#])|@import|\\|expression\(|image-set|src\(", re.IGNORECASE)
"""In a style: what leads out of the picture, and what may hide it."""


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
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "is no SVG in UTF-8; save it as one"
    if "\0" in text or ENCODING.match(text):
        return "is no SVG in UTF-8; save it as one"
    try:
        parser = ElementTree.XMLParser(target=_Drawing())  # noqa: S314  # entities are refused before any is read
        parser.feed(text)
        parser.close()
    except _RefusedError as refused:
        return str(refused)
    except (ElementTree.ParseError, ValueError) as error:
        return f"is no SVG: {error}"
    return ""


class _RefusedError(Exception):
    """Something else than a drawing."""


class _Drawing:
    """What an XML parser tells of a picture, judged as it comes.

    Raises
    ------
    _RefusedError
        It does more than draw; so all methods.
    """

    def __init__(self) -> None:
        self._open: list[str] = []
        self._style = ""

    def doctype(self, *_: object) -> None:
        raise _RefusedError("has a DOCTYPE; remove it, as pictures need none")

    def pi(self, target: str, _: object) -> None:
        raise _RefusedError(f"has <?{target}?>, which does more than draw; remove it")

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        name = tag[len(SVG) :].lower() if tag.startswith(SVG) else ""
        if not self._open and name != "svg":
            raise _RefusedError('is no SVG; its first element must be svg, with xmlns="http://www.w3.org/2000/svg"')
        if name not in DRAWING or "style" in self._open:
            told = tag.rpartition("}")[2]
            raise _RefusedError(f"has <{told}>, which does more than draw; remove it, or save it as a plain SVG")
        for attribute, value in attributes.items():
            _require_harmless(attribute, value)
        self._open.append(name)

    def data(self, text: str) -> None:
        if self._open[-1] == "style":
            self._style += text

    def end(self, _: str) -> None:
        if self._open.pop() == "style" and FETCHED.search(self._style):
            raise _RefusedError("has a style that fetches something; put it into the picture")

    def close(self) -> None:
        """All of it drew."""


def _require_harmless(attribute: str, value: str) -> None:
    """
    Raises
    ------
    _RefusedError
        The attribute does more than draw.
    """
    name, told = NAMED.get(attribute, attribute), attribute.rpartition("}")[2]
    if "}" in name or name.lower().startswith("on") or name == "src":
        raise _RefusedError(f"has {told}=, which does more than draw; remove it, or save it as a plain SVG")
    if (name == "href" and not value.startswith("#")) or FETCHED.search(value):
        raise _RefusedError(f"has {told}= that leads out of the picture; put into it what it shows")
