"""The policy folder as values: platform, issuers, plans, products, and each API version with its OpenAPI document."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic

from tiergate.policy.issuers import Issuer
from tiergate.policy.openapi import Document, Operation, operations
from tiergate.policy.parts import ID, IN_WORDS, VERSION
from tiergate.policy.schema import Api, Model, Plan, Platform, Product, nearest, validate
from tiergate.policy.source import Fault, Faults, Source, read

FOLDERS = ("apis", "issuers", "plans", "products")
DOCUMENTS = ("openapi.yaml", "openapi.yml", "openapi.json")


@dataclass(frozen=True, slots=True)
class Entry(Generic[Model]):
    """One policy file: where it stands and what it says."""

    source: Source
    value: Model


@dataclass(frozen=True, slots=True)
class ApiEntry:
    """One API version: its policy, its document, and the document's operations."""

    source: Source
    value: Api
    document: Source
    operations: tuple[Operation, ...]


@dataclass(slots=True)
class Policies:
    """Everything that could be read, and the faults of the rest. Names of API versions are ``<api>/<version>``."""

    platform: Entry[Platform] | None = None
    platform_file: Source | None = None
    """``platform.yaml`` as it stands, even with faults."""
    issuers: dict[str, Entry[Issuer]] = field(default_factory=dict)
    plans: dict[str, Entry[Plan]] = field(default_factory=dict)
    products: dict[str, Entry[Product]] = field(default_factory=dict)
    apis: dict[str, ApiEntry] = field(default_factory=dict)
    files: dict[str, dict[str, Source | None]] = field(default_factory=lambda: {folder: {} for folder in FOLDERS})
    """What has a file, even one with faults: a reference to it does not dangle. None: it cannot be read."""
    documents: dict[str, Document] = field(default_factory=dict)
    """The document of each API version where it can be routed, whatever its ``api.yaml`` says."""
    faults: list[Fault] = field(default_factory=list)


def load(folder: Path) -> Policies:
    """Read a policy folder, all of it whatever is wrong with its parts. Faults name files as ``<folder>/…``."""
    policies = Policies()
    if not folder.is_dir():
        policies.faults.append(Fault(str(folder), 1, "no such folder; make it, or name another with --policies"))
        return policies
    for path in sorted(folder.iterdir()):
        if path.is_dir() and path.name not in FOLDERS and not path.name.startswith("."):
            policies.faults.append(Fault(str(path), 1, f"unknown folder{nearest(path.name, FOLDERS)}"))
        if path.is_file() and path.suffix in {".yaml", ".yml"} and path.name != "platform.yaml":
            policies.faults.append(Fault(str(path), 1, f"unknown file{nearest(path.name, ['platform.yaml'])}"))
    policies.platform_file, policies.platform = _read(policies, Platform, folder / "platform.yaml")
    _entries(policies, folder / "issuers", Issuer, policies.issuers)
    _entries(policies, folder / "plans", Plan, policies.plans)
    _entries(policies, folder / "products", Product, policies.products)
    _apis(policies, folder / "apis")
    return policies


def _entries(policies: Policies, folder: Path, model: type[Model], found: dict[str, Entry[Model]]) -> None:
    for path in _shown(folder):
        if path.suffix != ".yaml":
            policies.faults.append(Fault(str(path), 1, "not a policy file; its name must end in .yaml"))
            continue
        if _well_named(policies, path, path.stem, ID):
            policies.files[folder.name][path.stem], value = _read(policies, model, path)
            if value is not None:
                found[path.stem] = value


def _apis(policies: Policies, folder: Path) -> None:
    for api in _shown(folder):
        if not api.is_dir():
            policies.faults.append(
                Fault(str(api), 1, "expected a folder for each API, with one for each version in it")
            )
        elif _well_named(policies, api, api.name, ID):
            versions = _shown(api)
            if not versions:
                policies.faults.append(Fault(str(api), 1, "expected a folder for each version, for example v1"))
            for version in versions:
                _version(policies, version)


def _version(policies: Policies, folder: Path) -> None:
    if not folder.is_dir():
        policies.faults.append(Fault(str(folder), 1, "expected a folder for each version, for example v1"))
    elif _well_named(policies, folder, folder.name, VERSION):
        name = f"{folder.parent.name}/{folder.name}"
        policies.files["apis"][name], entry = _read(policies, Api, folder / "api.yaml")
        document = _document(policies, folder)
        if document is not None:
            policies.documents[name] = document
        if entry is not None and document is not None:
            policies.apis[name] = ApiEntry(entry.source, entry.value, document.source, document.operations)


def _document(policies: Policies, folder: Path) -> Document | None:
    files = [folder / name for name in DOCUMENTS if (folder / name).exists()]
    if len(files) != 1:
        found = "none" if not files else " and ".join(file.name for file in files)
        policies.faults.append(Fault(str(folder), 1, f"expected one of {', '.join(DOCUMENTS)}; found {found}"))
        return None
    try:
        source = read(files[0])
        return Document(source, operations(source))
    except Faults as faults:
        policies.faults += faults.faults
        return None


def _read(policies: Policies, model: type[Model], path: Path) -> tuple[Source | None, Entry[Model] | None]:
    """The file as it stands, and as a value where it has no fault."""
    try:
        source = read(path)
    except Faults as unreadable:
        policies.faults += unreadable.faults
        return None, None
    value, faults = validate(model, source)
    policies.faults += faults
    return source, (Entry(source, value) if value is not None else None)


def _shown(folder: Path) -> list[Path]:
    """What is in a folder, without what begins with a dot."""
    return sorted(path for path in folder.glob("*") if not path.name.startswith("."))


def _well_named(policies: Policies, path: Path, name: str, pattern: str) -> bool:
    if re.fullmatch(pattern, name):
        return True
    policies.faults.append(Fault(str(path), 1, f'name "{name}" {IN_WORDS[pattern]}'))
    return False
