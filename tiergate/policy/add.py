"""``tiergate api add``: wraps an existing API by its OpenAPI document, taken as it is."""

import json
import re
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import yaml

from tiergate.policy.load import Policies, load
from tiergate.policy.nodes import entries
from tiergate.policy.openapi import operations
from tiergate.policy.parts import ID, IN_WORDS, VERSION
from tiergate.policy.schema import nearest
from tiergate.policy.source import Faults, Source, parse, read
from tiergate.policy.upstream import missing_function, upstream_fault


class AddError(Exception):
    """The API cannot be added as asked; the text says why and what to do."""


MODELINE = "# yaml-language-server: $schema=../../../schemas/api.json\n"
"""Tells editors what the file may hold, where the policies have the schemas (docs/policies.md)."""


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
        A name, the upstream or the product is wrong, the API version exists, or the folder cannot be written.
    Faults
        The document cannot be routed, or the product's file is faulty; every fault with its line.
    """
    for text, pattern, what in ((name, ID, "API name"), (version, VERSION, "version")):
        if not re.fullmatch(pattern, text):
            raise AddError(f'{what} "{text}" {IN_WORDS[pattern]}')
    fault = upstream_fault(upstream) or missing_function(upstream)
    if fault:
        raise AddError(f"--upstream: {fault}")  # not repeated: it may hold a password
    folder = policies / "apis" / name / version
    if folder.exists():
        raise AddError(f"{folder} exists; choose another --version, or remove it first")
    source = read(document)
    found = operations(source)
    loaded = load(policies)
    if not policies.is_dir():
        raise Faults(loaded.faults)
    listing = None if product is None else _with_api(_selling(loaded, product), f"{name}/{version}")
    owner = _owner(loaded) if owner is None else owner
    policy = (
        (MODELINE if (policies / "schemas" / "api.json").is_file() else "")
        + f"title: {_quoted(source.data['info']['title'], name)}\n"
        + (f"owner: {_quoted(owner, 'unknown')}\n" if owner is not None else "")
        + f"state: published\n"
        f"upstream: {json.dumps(upstream)}\n"
    )
    try:
        folder.mkdir(parents=True)
        shutil.copyfile(document, folder / ("openapi.json" if source.text.lstrip()[:1] == "{" else "openapi.yaml"))
        (folder / "api.yaml").write_text(policy, encoding="utf-8")
        if listing is not None:
            (policies / "products" / f"{product}.yaml").write_bytes(listing.encode())
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):
            folder.parent.rmdir()
        raise AddError(f"{error.filename} cannot be written: {error.strerror}; nothing was added") from error
    return Added(folder, len(found), product)


def _owner(policies: Policies) -> str | None:
    """Who answers for an API of which nothing is said; None where the platform's defaults say it."""
    if policies.platform is None:
        return "unknown"
    platform = policies.platform.value
    return None if "owner" in platform.defaults else platform.support


def _selling(policies: Policies, product: str) -> Source:
    """The file of a product that exists and has no fault."""
    if product in policies.products:
        return policies.products[product].source
    file = ("products", f"{product}.yaml")
    faults = [fault for fault in policies.faults if Path(fault.file).parts[-2:] == file]
    if faults:
        raise Faults(faults)
    raise AddError(f'there is no product "{product}"{nearest(product, policies.files["products"])}')


def _with_api(product: Source, api: str) -> str:
    """A product file's text with one more API in its list, all else untouched."""
    listed = product.data.get("apis", [])
    if api in listed:
        return product.text
    wanted = product.data | {"apis": [*listed, api]}
    text = _inserted(product, api)
    try:
        if parse(text, product.file).data == wanted:
            return text
    except Faults:
        pass  # told as what it means: the list is not where it seems to be
    raise Faults([product.fault(f"apis: {api} cannot be added to a list written like this; add it by hand", "apis")])


def _inserted(product: Source, api: str) -> str:
    """The text with ``api`` behind the last item of ``apis``, written as that item is, or in a list of its own."""
    text, root = product.text, product.root
    stated = entries(root) if isinstance(root, yaml.MappingNode) else {}
    if "apis" not in stated:
        return "\n".join((text.removesuffix("\n"), f"apis: [{api}]", ""))
    listing = stated["apis"][1]
    if not isinstance(listing, yaml.SequenceNode):
        return text
    last = listing.value[-1]
    begin, end = last.start_mark.index, last.end_mark.index
    if listing.flow_style:
        quote = last.style or ""
        return f"{text[:end]}, {quote}{api}{quote}{text[end:]}"
    dash = text[text.rfind("\n", 0, begin) + 1 : begin]
    line_end = re.compile(r"\r?\n|$").search(text, end)
    at = line_end.start() if line_end else len(text)
    newline = (line_end[0] if line_end else "") or "\n"
    return f"{text[:at]}{newline}{dash}{api}{text[at:]}"


def _quoted(text: str, default: str) -> str:
    """As a YAML scalar on one line; JSON's strings are YAML's."""
    line = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return json.dumps(line[:2000] or default, ensure_ascii=False)
