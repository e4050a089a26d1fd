"""A policy folder as values: platform, issuers, plans, products, and each API version with its OpenAPI document.

What an API version does not say, its products say under ``defaults:``, then the platform; what an environment's file
says goes before the file that it speaks of.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic

from tiergate.policy import articles
from tiergate.policy.files import ENVIRONMENTS, KINDS, Files, read_files
from tiergate.policy.issuers import Issuer
from tiergate.policy.layers import Layer, Layered, layered
from tiergate.policy.openapi import Document, Operation
from tiergate.policy.portal import Portal
from tiergate.policy.schema import Api, Defaults, Model, Plan, Platform, Product, part_faults, validate
from tiergate.policy.source import Fault, Source, mapping

__all__ = ["ENVIRONMENTS", "ApiEntry", "Entry", "Policies", "load", "resolved"]

DEFAULTS = "defaults"


@dataclass(frozen=True, slots=True)
class Entry(Generic[Model]):
    """One policy file: where it stands and what it says."""

    source: Layered
    value: Model


@dataclass(frozen=True, slots=True)
class ApiEntry:
    """One API version: its policy, its document, and the document's operations."""

    source: Layered
    value: Api
    document: Source
    operations: tuple[Operation, ...]

    @property
    def title(self) -> str:
        """Its own, or its document's."""
        return self.value.title or str(self.document.data["info"]["title"])


@dataclass(slots=True)
class Policies:
    """Everything that could be read, and the faults of the rest. Names of API versions are ``<api>/<version>``."""

    platform: Entry[Platform] | None = None
    platform_file: Layered | None = None
    """``platform.yaml`` as it holds, even with faults."""
    portal: Entry[Portal] | None = None
    portal_file: Layered | None = None
    """``portal.yaml`` as it holds, even with faults."""
    guides: dict[str, articles.Guide] = field(default_factory=dict)
    changelog: tuple[articles.Entry, ...] = ()
    """The newest first."""
    issuers: dict[str, Entry[Issuer]] = field(default_factory=dict)
    plans: dict[str, Entry[Plan]] = field(default_factory=dict)
    products: dict[str, Entry[Product]] = field(default_factory=dict)
    apis: dict[str, ApiEntry] = field(default_factory=dict)
    files: dict[str, dict[str, Layered | None]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    """What has a file, even one with faults: a reference to it does not dangle. None: it cannot be read."""
    documents: dict[str, Document] = field(default_factory=dict)
    """The document of each API version where it can be routed, whatever its ``api.yaml`` says."""
    faults: list[Fault] = field(default_factory=list)


def load(folder: Path, environment: str = "") -> Policies:
    """Read a policy folder, all of it whatever is wrong with its parts; see `resolved`."""
    return resolved(read_files(folder), environment)


def resolved(files: Files, environment: str = "") -> Policies:
    """What the files say in an environment; without one, what they say where no environment speaks."""
    policies = Policies(
        documents=files.documents, guides=files.guides, changelog=files.changelog, faults=list(files.faults)
    )
    overlay = files.environments.get(environment)
    if files.platform is not None:
        policies.platform_file = layered(files.platform, _own(files.platform, overlay, "platform"), "platform")
        policies.platform = _valid(policies, Platform, policies.platform_file)
        policies.faults += _default_faults(policies.platform_file)
    if files.portal is not None:
        policies.portal_file = layered(files.portal, _own(files.portal, overlay, "portal"), "portal")
        policies.portal = _valid(policies, Portal, policies.portal_file)
    for kind in KINDS:
        for name, source in files.stated[kind].items():
            if source is None or kind == "apis":
                policies.files[kind][name] = None
                continue
            policies.files[kind][name] = layered(source, _own(source, overlay, kind, name), name)
    _entries(policies, "issuers", Issuer, policies.issuers)
    _entries(policies, "plans", Plan, policies.plans)
    _entries(policies, "products", Product, policies.products)
    for product in policies.files["products"].values():
        policies.faults += _default_faults(product) if product else ()
    told = {(fault.file, fault.line) for fault in policies.faults}
    for name, source in files.stated["apis"].items():
        if source is not None:
            policies.faults += _api(policies, name, source, overlay, told)
    return policies


def _own(source: Source, overlay: Source | None, *path: str) -> Iterator[Layer]:
    """A file, and what an environment says in its place."""
    yield Layer(source)
    if overlay is not None:
        yield Layer(overlay, path)


def _entries(policies: Policies, kind: str, model: type[Model], entries: dict[str, Entry[Model]]) -> None:
    for name, source in policies.files[kind].items():
        value = _valid(policies, model, source) if source else None
        if value is not None:
            entries[name] = value


def _valid(policies: Policies, model: type[Model], source: Layered) -> Entry[Model] | None:
    value, faults = validate(model, source)
    policies.faults += faults
    return Entry(source, value) if value is not None else None


def _default_faults(source: Layered) -> Iterator[Fault]:
    if mapping(source.data, DEFAULTS):
        yield from part_faults(Defaults, source, DEFAULTS)


def _api(
    policies: Policies, name: str, source: Source, overlay: Source | None, told: Collection[tuple[str, int]]
) -> Iterator[Fault]:
    """Add an API version; what is wrong with it, but for what is ``told`` of the places that it takes over."""
    selling = [
        product
        for _, product in sorted(policies.files["products"].items())
        if product is not None and name in _listed(product)
    ]
    above = [each for each in (policies.platform_file, *selling) if each is not None]
    layers = [
        *(Layer(each.source, (*each.path, DEFAULTS), own=False) for file in above for each in file.layers),
        *_own(source, overlay, "apis", name),
    ]
    stated = layered(source, layers, name)
    policies.files["apis"][name] = stated
    yield from _contradictions(stated, selling)
    value, faults = validate(Api, stated)
    yield from (fault for fault in faults if not fault.takers or (fault.file, fault.line) not in told)
    document = policies.documents.get(name)
    if value is not None and document is not None:
        policies.apis[name] = ApiEntry(stated, value, document.source, document.operations)


def _listed(product: Source) -> list[object]:
    listed = product.data.get("apis") if isinstance(product.data, dict) else None
    return listed if isinstance(listed, list) else []


def _contradictions(api: Layered, products: list[Layered]) -> Iterator[Fault]:
    """Defaults of two products that sell an API which does not say itself what holds."""
    first: dict[str, Layered] = {}
    for product in products:
        for key, value in mapping(product.data, DEFAULTS).items():
            other = first.setdefault(key, product)
            if mapping(other.data, DEFAULTS)[key] != value and not api.states(key):
                yield product.fault(
                    f"{DEFAULTS}.{key}: {api.name} is in the product {other.name} too, which says otherwise; "
                    f"say in its api.yaml what holds",
                    *(DEFAULTS, key),
                )
