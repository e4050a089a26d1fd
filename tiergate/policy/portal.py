"""``portal.yaml``: how the portal of partners is called and looks, who may sign up, and what can be tried at once.

The rules judge by what the file says, so that a fault elsewhere in it hides none of theirs.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, ConfigDict, Field

from tiergate.policy.colours import GROUNDS, HEX, TEXT, contrast, nearest
from tiergate.policy.layers import Layered
from tiergate.policy.lifecycle import Address
from tiergate.policy.markdown import nodes
from tiergate.policy.openapi import Document
from tiergate.policy.parts import LABEL, LOGO, MAIL_DOMAIN, OptionalPart, Part, Scope
from tiergate.policy.pictures import picture_fault
from tiergate.policy.schema import Quota, Rate, unknown
from tiergate.policy.source import Fault, Source, found, listed_twice, mapping, shown
from tiergate.policy.trial import Files, trial_faults

FOLDER, FILE = "portal", "portal.yaml"
"""Beside the file: the logo, and what is told in guides and in the changelog."""

MOST_LISTED = 2500
"""Characters of a list that the portal's functions get by their environment, which Lambda bounds at 4 KB in all."""

ACCENTS = {"accent": "#4338ca", "accent_dark": "#a5b4fc"}
THEMES = {"accent": "light", "accent_dark": "dark"}


def _colour(text: str) -> str:
    if not HEX.fullmatch(text):
        raise ValueError(f"must be a colour such as #4338ca, in quotes; found {shown(text)}")
    return text.lower()


def _place(text: str) -> str:
    if urlsplit(text)[2:] not in {("", "", ""), ("/", "", "")}:
        raise ValueError(f"must be the portal's address without a path; found {shown(text)}")
    return text


def _one_paragraph(text: str) -> str:
    if [block[0] for block in nodes(text)] != ["p"]:
        raise ValueError("must be one paragraph, without headings, lists and blank lines")
    return text


Label = Annotated[str, Field(pattern=LABEL)]
Colour = Annotated[str, AfterValidator(_colour)]
Paragraph = Annotated[str, Field(min_length=1, max_length=1000)]


class Colours(OptionalPart):
    """Of what can be clicked, by theme."""

    accent: Colour = ACCENTS["accent"]
    accent_dark: Colour = ACCENTS["accent_dark"]


class Link(Part):
    title: Label
    url: Address


class Texts(OptionalPart):
    """What a platform says in its own words."""

    sign_up: Paragraph | None = None
    upgrade: Paragraph | None = None
    footer: Paragraph | None = None


class SignUp(OptionalPart):
    """``domains``: of the mail addresses that may sign up; all where there are none."""

    domains: Annotated[list[Annotated[str, Field(pattern=MAIL_DOMAIN)]], Field(max_length=200)] = []


class Try(Part):
    """What a key that anybody gets for a few minutes opens, and how much it lets through."""

    model_config = ConfigDict(title="Try")

    product: str
    plan: str
    scopes: Annotated[list[Scope], Field(max_length=50)] = []
    rate: Rate | None = None
    quota: Quota | None = None


class Portal(OptionalPart):
    """``portal.yaml``. Without it there is no portal."""

    name: Label | None = None
    url: Annotated[Address, AfterValidator(_place)] | None = None
    headline: Label = "Build on our APIs"
    intro: Annotated[Paragraph, AfterValidator(_one_paragraph)] | None = None
    logo: Annotated[str, Field(pattern=LOGO)] | None = None
    colours: Colours = Colours()
    links: Annotated[list[Link], Field(max_length=12)] = []
    texts: Texts = Texts()
    categories: dict[str, Label] = {}
    sign_up: SignUp = SignUp()
    trial: Annotated[Try | None, Field(alias="try")] = None

    def compiled(self) -> dict[str, Any]:
        """For the functions of the portal: who may sign up, and what keys without a sign-up open."""
        trial = self.trial.model_dump(exclude_none=True) if self.trial else None
        return {"sign_up": self.sign_up.model_dump(), "try": trial}


def portal_faults(portal: Layered, folder: Path, files: Files, documents: Mapping[str, Document]) -> Iterator[Fault]:
    """What is wrong with the file and its logo, but for single keys; for the others see `trial_faults`."""
    yield from _contrasts(portal)
    yield from _logo(portal, folder)
    apis = {name.partition("/")[0] for name in files["apis"]}
    for name, near in unknown(mapping(portal.data, "categories"), apis):
        yield portal.fault(f'categories: there is no API "{name}"{near}', "categories", name)
    yield from listed_twice(portal, found(portal.data, ("sign_up", "domains")), "sign_up", "domains")
    yield from _too_long(portal, "sign_up", "domains")
    yield from _too_long(portal, "try", "scopes")
    if mapping(portal.data, "try"):
        yield from trial_faults(portal, files, documents)


def _too_long(portal: Source, *path: str) -> Iterator[Fault]:
    listed = found(portal.data, path)
    texts = [each for each in listed if isinstance(each, str)] if isinstance(listed, list) else []
    length = sum(len(each) + 1 for each in texts)
    if length > MOST_LISTED:
        yield portal.fault(
            f"{'.'.join(path)}: {len(texts)} {path[-1]} have {length:,} characters together, commas included, and "
            f"{MOST_LISTED:,} are the most; name fewer",
            *path,
        )


def _contrasts(portal: Source) -> Iterator[Fault]:
    for key, theme in THEMES.items():
        stated, ground = mapping(portal.data, "colours").get(key), GROUNDS[theme]
        if isinstance(stated, str) and HEX.fullmatch(stated) and contrast(stated, ground) < TEXT:
            near = nearest(stated, ground)
            yield portal.fault(
                f"colours.{key}: {shown(stated)} has a contrast of {contrast(stated, ground):.1f}:1 in the {theme} "
                f'theme, and text needs {TEXT}:1; the nearest that has it is "{near}"',
                *("colours", key),
            )


def _logo(portal: Source, folder: Path) -> Iterator[Fault]:
    name = found(portal.data, ("logo",))
    if isinstance(name, str) and re.fullmatch(LOGO, name):
        fault = picture_fault(folder / FOLDER / name, folder)
        if fault:
            yield portal.fault(f"logo: {shown(name)} {fault}", "logo")
