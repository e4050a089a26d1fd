"""The files of a policy folder as they stand: read once, whatever is wrong with their parts."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import BaseModel

from tiergate.policy import articles, extent
from tiergate.policy.articles import Entry, Guide
from tiergate.policy.garbage import uncollected
from tiergate.policy.issuers import Issuer
from tiergate.policy.openapi import Document, operations
from tiergate.policy.parts import ID, IN_WORDS, VERSION
from tiergate.policy.portal import FILE as PORTAL_FILE
from tiergate.policy.portal import FOLDER as PORTAL
from tiergate.policy.portal import Portal
from tiergate.policy.schema import Api, Environment, Plan, Platform, Product, nearest, part_faults, unknown
from tiergate.policy.source import Fault, Faults, Source, mapping, read

ENVIRONMENTS = ("dev", "staging", "prod")
"""The stages that a deploy can be of."""

KINDS = ("apis", "issuers", "plans", "products")
FOLDERS = (*KINDS, "environments", "governance", PORTAL, "schemas")
"""Those of a policy folder."""

TOLD = ("changelog", "guides")
"""Those of the portal's."""

KNOWN = ("platform.yaml", PORTAL_FILE)
"""Files beside them."""

DOCUMENTS = ("openapi.yaml", "openapi.yml", "openapi.json")

MISSING = {
    "api.yaml": "missing; write it with at least state: and upstream:, or have tiergate api add write it",
    "platform.yaml": "missing; write it with name: and support:",
}
"""What is told of files that a folder needs."""

LARGEST = 250_000
"""Bytes of a policy file: every line of it may be a fault. Documents may have far more."""


@dataclass(slots=True)
class Files:
    """What could be read, and the faults of the rest. Names of API versions are ``<api>/<version>``.

    ``root``: the folder, which no link leads out of: what a fault quotes of a file, whoever made the link gets to see.
    ``stated``: by kind and name what has a file, None where it cannot be read. ``documents``: of each API version that
    can be routed, whatever its ``api.yaml`` says. ``environments``: what holds in one alone. ``guides``, ``changelog``:
    what the portal tells.
    """

    root: Path
    platform: Source | None = None
    portal: Source | None = None
    guides: dict[str, Guide] = field(default_factory=dict)
    changelog: tuple[Entry, ...] = ()
    stated: dict[str, dict[str, Source | None]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    documents: dict[str, Document] = field(default_factory=dict)
    environments: dict[str, Source] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


@uncollected()
def read_files(folder: Path) -> Files:
    """Read a policy folder. Faults name files as ``<folder>/…``."""
    files = Files(folder.resolve())
    if not folder.is_dir():
        files.faults.append(Fault(str(folder), 1, "no such folder; make it, or name another with --policies"))
        return files
    for path in sorted(folder.iterdir()):
        if path.is_dir() and path.name not in FOLDERS and not path.name.startswith("."):
            files.faults.append(Fault(str(path), 1, f"unknown folder{nearest(path.name, FOLDERS)}"))
        if path.is_file() and path.suffix in {".yaml", ".yml"} and path.name not in KNOWN:
            files.faults.append(Fault(str(path), 1, f"unknown file{nearest(path.name, KNOWN)}"))
    files.platform = _read(files, Platform, folder / "platform.yaml")
    for kind, model in (("issuers", Issuer), ("plans", Plan), ("products", Product)):
        for path in _yaml(files, folder / kind):
            if _well_named(files, path, path.stem, ID):
                files.stated[kind][path.stem] = _read(files, model, path)
    _apis(files, folder / "apis")
    _portal(files, folder)
    for path in _yaml(files, folder / "environments"):
        _environment(files, path)
    return files


def _portal(files: Files, folder: Path) -> None:
    """The portal's file, where there is one, and what is told in it."""
    if os.path.lexists(folder / PORTAL_FILE):
        files.portal = _read(files, Portal, folder / PORTAL_FILE)
        files.faults += _strays(folder / PORTAL)
    elif _shown(folder / PORTAL):
        message = f"is shown nowhere, as there is no {PORTAL_FILE}; write one, which may be empty, or remove this"
        files.faults.append(Fault(str(folder / PORTAL), 1, message))
    files.guides = articles.guides(folder / PORTAL / "guides", files.root, files.faults)
    files.changelog = articles.changelog(folder / PORTAL / "changelog", files.root, files.faults)


def _strays(folder: Path) -> Iterator[Fault]:
    """What people wrote for the portal and put where it is not looked for."""
    for path in _shown(folder):
        if path.is_dir() and path.name not in TOLD:
            yield Fault(str(path), 1, f"unknown folder{nearest(path.name, TOLD)}")
        elif path.suffix == ".md":
            yield Fault(str(path), 1, "is shown nowhere; move it to guides/ or changelog/")


def _yaml(files: Files, folder: Path) -> list[Path]:
    shown = _shown(folder)
    files.faults += [
        Fault(str(path), 1, "not a policy file; its name must end in .yaml") for path in shown if path.suffix != ".yaml"
    ]
    return [path for path in shown if path.suffix == ".yaml"]


def _apis(files: Files, folder: Path) -> None:
    for api in _shown(folder):
        if not api.is_dir():
            files.faults.append(Fault(str(api), 1, "expected a folder for each API, with one for each version in it"))
        elif _well_named(files, api, api.name, ID):
            versions = _shown(api)
            if not versions:
                files.faults.append(Fault(str(api), 1, "expected a folder for each version, for example v1"))
            for version in versions:
                _version(files, version)


def _version(files: Files, folder: Path) -> None:
    if not folder.is_dir():
        files.faults.append(Fault(str(folder), 1, "expected a folder for each version, for example v1"))
    elif _well_named(files, folder, folder.name, VERSION):
        name = f"{folder.parent.name}/{folder.name}"
        files.stated["apis"][name] = _read(files, Api, folder / "api.yaml")
        document = _document(files, folder)
        if document is not None:
            files.documents[name] = document


def _document(files: Files, folder: Path) -> Document | None:
    paths = [folder / name for name in DOCUMENTS if (folder / name).exists()]
    if len(paths) != 1:
        there = "none" if not paths else " and ".join(path.name for path in paths)
        files.faults.append(Fault(str(folder), 1, f"expected one of {', '.join(DOCUMENTS)}; found {there}"))
        return None
    try:
        source = _source(files, paths[0])
        return Document(source, operations(source))
    except Faults as faults:
        files.faults += faults.faults
        return None


def _environment(files: Files, path: Path) -> None:
    if path.stem not in ENVIRONMENTS:
        message = f'there is no environment "{path.stem}"{nearest(path.stem, ENVIRONMENTS)}'
        files.faults.append(Fault(str(path), 1, message))
        return
    source = _read(files, Environment, path)
    if source is None:
        return
    files.environments[path.stem] = source
    if files.portal is None and mapping(source.data, "portal"):
        files.faults.append(source.fault(f"portal: there is no {PORTAL_FILE}, in whose place this would be", "portal"))
    for kind in KINDS:
        for name, hint in unknown(mapping(source.data, kind), files.stated[kind]):
            files.faults.append(source.fault(f'{kind}: there is no "{name}"{hint}', kind, name))


def _read(files: Files, model: type[BaseModel], path: Path) -> Source | None:
    """A file, and what is wrong with it by itself, though every environment should say something else in its place."""
    try:
        source = _source(files, path, LARGEST)
    except Faults as unreadable:
        files.faults += unreadable.faults
        return None
    if model is Portal and source.data is None:
        source = replace(source, data={})  # an empty one says all that it has to: that there is a portal
    files.faults += part_faults(model, source)
    return source


def _source(files: Files, path: Path, largest: int = extent.LARGEST) -> Source:
    """
    Raises
    ------
    Faults
        It cannot be read, is missing, or lies outside.
    """
    if path.name in MISSING and not os.path.lexists(path):
        raise Faults([Fault(str(path), 1, MISSING[path.name])])
    if not Path(os.path.realpath(path)).is_relative_to(files.root):
        message = "a link that leads out of the policies, which is not followed; save a copy of the file in its place"
        raise Faults([Fault(str(path), 1, message)])
    return read(path, largest=largest)


def _shown(folder: Path) -> list[Path]:
    """What is in a folder, without what begins with a dot."""
    return sorted(path for path in folder.glob("*") if not path.name.startswith("."))


def _well_named(files: Files, path: Path, name: str, pattern: str) -> bool:
    if re.fullmatch(pattern, name):
        return True
    files.faults.append(Fault(str(path), 1, f'name "{name}" {IN_WORDS[pattern]}'))
    return False
