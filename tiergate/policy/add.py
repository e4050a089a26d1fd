"""``tiergate api add``: wraps an existing API by its OpenAPI document, taken as it is."""

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import yaml

from tiergate.policy.check import upstream_fault
from tiergate.policy.load import load
from tiergate.policy.openapi import operations
from tiergate.policy.schema import ID, VERSION, nearest
from tiergate.policy.source import Fault, Faults, read


class AddError(Exception):
    """The API cannot be added as asked; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Added:
    """What was written. ``in_product`` is the product that now sells the API, if one was asked for."""

    folder: Path
    operations: int
    in_product: str | None


def add_api(
    policies: Path,
    name: str,
    *,
    document: Path,
    upstream: str,
    version: str = "v1",
    owner: str | None = None,
    product: str | None = None,
) -> Added:
    """Write ``apis/<name>/<version>/`` with the document unchanged, and list it in a product.

    Nothing is written unless all of it can be.

    Raises
    ------
    AddError
        A name, the upstream or the product is wrong, or the API version exists.
    Faults
        The document cannot be routed; every fault with its line.
    """
    for text, pattern, what in ((name, ID, "API name"), (version, VERSION, "version")):
        if not re.fullmatch(pattern, text):
            raise AddError(f'{what} "{text}" must match {pattern}')
    fault = upstream_fault(upstream)
    if fault:
        raise AddError(f"upstream {upstream}: {fault}")
    folder = policies / "apis" / name / version
    if folder.exists():
        raise AddError(f"{folder} exists; choose another --version, or remove it first")
    source = read(document)
    found = operations(source)
    loaded = load(policies)
    listing = None
    if product is not None:
        if product not in loaded.products:
            raise AddError(f'there is no product "{product}"{nearest(product, loaded.products)}')
        listing = _listed(policies / "products" / f"{product}.yaml", f"{name}/{version}")
    owner = owner or (loaded.platform.value.support if loaded.platform else "unknown")
    folder.mkdir(parents=True)
    suffix = "json" if source.text.lstrip().startswith("{") else "yaml"
    shutil.copyfile(document, folder / f"openapi.{suffix}")
    (folder / "api.yaml").write_text(
        f"title: {_quoted(source.data['info']['title'])}\n"
        f"owner: {_quoted(owner)}\n"
        f"state: published\n"
        f"upstream: {upstream}\n",
        encoding="utf-8",
    )
    if listing is not None:
        (policies / "products" / f"{product}.yaml").write_text(listing, encoding="utf-8")
    return Added(folder, len(found), product)


def _listed(path: Path, api: str) -> str:
    """A product file's text with one more API in its list, all else untouched."""
    source = read(path)
    root = source.root
    listing = next(value for key, value in root.value if key.value == "apis") if root is not None else None
    if not isinstance(listing, yaml.SequenceNode) or not listing.value:
        raise Faults([Fault(str(path), source.line("apis"), "apis: must be a list")])
    last = listing.value[-1]
    if listing.flow_style:
        at = last.end_mark.index
        return source.text[:at] + f", {api}" + source.text[at:]
    lines = source.text.splitlines(keepends=True)
    at = last.start_mark.line
    indent = re.match(r"\s*", lines[at])
    if not lines[at].endswith("\n"):
        lines[at] += "\n"
    lines.insert(at + 1, f"{indent[0] if indent else ''}- {api}\n")
    return "".join(lines)


def _quoted(text: str) -> str:
    """As a YAML scalar; JSON's strings are YAML's."""
    return json.dumps(text, ensure_ascii=False)
