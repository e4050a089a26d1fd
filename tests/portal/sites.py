"""Policies with documents of a test's own, and what the portal tells of them."""

import json
import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from tiergate.policy.check import checked
from tiergate.policy.load import Policies
from tiergate.policy.published import published
from tiergate.portal.content import content, text

ROOT = Path(__file__).parents[2]
PRODUCT = "title: Things\nplans: [free]\napis: [{}]\n"
API = "state: published\nupstream: https://upstream.internal.example\naccepts: key\n"
FILES = {
    "platform.yaml": "name: Shop\nsupport: https://shop.example/help\ndefaults: {owner: platform@shop.example}\n",
    "portal.yaml": "headline: Build on Shop\n",
    "plans/free.yaml": "title: Free\nlimits: {rate: {per_second: 5, burst: 10}}\napproval: automatic\n",
}
TODAY = date(2026, 11, 23)
INFO = {"title": "Things", "version": "1.0.0"}


def document(paths: Mapping[str, Any], openapi: str = "3.1.0", **parts: Any) -> str:
    """An OpenAPI document of these paths, as JSON."""
    return json.dumps({"openapi": openapi, "info": INFO, "paths": paths, **parts})


def write(folder: Path, documents: Mapping[str, str], files: Mapping[str, str] | None = None) -> Path:
    """A policy folder with a published API version for each document; ``files`` are laid over the others."""
    apis = {f"apis/{name}/api.yaml": API for name in documents}
    stated = {f"apis/{name}/openapi.yaml": text for name, text in documents.items()}
    product = {"products/things.yaml": PRODUCT.format(", ".join(documents))}
    for name, written in {**FILES, **product, **apis, **stated, **(files or {})}.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(written, encoding="utf-8")
    return folder


def site(
    folder: Path, documents: Mapping[str, str], files: Mapping[str, str] | None = None, **told: Any
) -> dict[str, Any]:
    """What the site tells of such a folder, read back. ``told``: keys of the catalogue in place of its own."""
    shutil.rmtree(folder, ignore_errors=True)
    return of(checked(write(folder, documents, files)), **told)


def of(policies: Policies, **told: Any) -> dict[str, Any]:
    """What the site tells of checked policies."""
    assert policies.portal is not None
    catalogue = {**published(policies, {}), **told}
    made = content(policies, policies.portal.value, catalogue, TODAY)
    return {name: json.loads(text(value)) for name, value in made}


def operations(found: Mapping[str, Any], name: str = "things/v1") -> dict[str, dict[str, Any]]:
    """The operations of an API version's reference by id, each with the ``schemas`` that it can refer to."""
    return {
        each["id"]: {**each, "schemas": found[f"apis/{name}/{tag['slug']}"]["schemas"]}
        for tag in found[f"apis/{name}/index"]["tags"]
        for each in found[f"apis/{name}/{tag['slug']}"]["operations"]
    }
