"""The whole site in a folder, and nothing done where nothing changed."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from tiergate.domain.site_files import ADDRESS, FEED
from tiergate.policy import markdown
from tiergate.policy.garbage import uncollected
from tiergate.policy.load import Entry, Policies
from tiergate.policy.markdown import inline, plain
from tiergate.policy.portal import FOLDER, Portal
from tiergate.portal import bundling
from tiergate.portal.brand import brand, manifest, mark
from tiergate.portal.changelog import changelog, feed
from tiergate.portal.content import content, pooled, text

OWN = Path(__file__).parent
SOURCE = "portal"
"""The folder of the browser's modules, in the project's."""


INSTALLED = bundling.MODULES / ".package-lock.json"
"""What npm says it installed."""


@dataclass(frozen=True, slots=True)
class Site:
    """A folder to be served, and a digest of all that is in it."""

    folder: Path
    digest: str


class NoPortal(Exception):
    """The policies have no ``portal.yaml``."""


@uncollected()
def build(
    policies: Policies,
    catalogue: Mapping[str, Any],
    *,
    out: Path,
    root: Path,
    today: date,
    report: Callable[[], object] = lambda: None,
) -> Site:
    """Make the site of checked policies in ``out``, which is replaced as a whole; the same files on every machine.

    ``catalogue``: what is published of the policies. ``root``: the project's folder. ``today``: what is dated after it
    is not told yet. ``report`` is called when there is something to do: where all is as it was when ``out`` was made,
    it stays.

    Raises
    ------
    NoPortal
        The policies have none.
    NotInstalled, bundling.BundlingError
        See `bundling.bundled`.
    Faults
        See `content.content`.
    """
    if policies.portal is None:
        raise NoPortal("the policies have no portal.yaml; write one, which may be empty")
    portal, told = policies.portal, changelog(policies.changelog, catalogue["apis"], today)
    logo = _logo(portal)
    known, wanted = out.with_name(f"{out.name}.digest"), _inputs(policies, portal.value, catalogue, told, logo, root)
    digest = _digest(out)
    if known.is_file() and known.read_text(encoding="utf-8") == f"{wanted} {digest}":
        return Site(out, digest)
    report()
    out.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}-"))
    title = portal.value.name or catalogue["platform"]["name"]
    try:
        made.chmod(0o755)
        shown = _page(portal.value, title, made, root / SOURCE, logo)
        for name, value in content(policies, portal.value, catalogue, today, shown):
            file = made / "content" / f"{name}.json"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text(value), encoding="utf-8", newline="\n")
        (made / FEED).write_bytes(feed(told, title, portal.value.url or ADDRESS))
        known.unlink(missing_ok=True)
        shutil.rmtree(out, ignore_errors=True)
        made.replace(out)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    digest = _digest(out)
    known.write_text(f"{wanted} {digest}", encoding="utf-8")
    return Site(out, digest)


def _page(portal: Portal, title: str, out: Path, source: Path, logo: Path | None) -> str | None:
    """The page itself, its modules, styles and icon, and what is served as it is; the logo's address."""
    bundling.copied(source / "public", out)
    scripts, assets = bundling.bundled(source, out, brand(portal.colours)), out / bundling.ASSETS
    shown = bundling.asset(assets, logo.name, logo.read_bytes()) if logo else None
    icon = shown or bundling.asset(assets, "icon.svg", mark(portal.colours))
    (out / "manifest.webmanifest").write_bytes(manifest(title, icon))
    page = (source / "index.html").read_text(encoding="utf-8")
    description = plain(inline(portal.intro or portal.headline))
    written = bundling.page(page, scripts, title=title, description=description, icon=icon)
    (out / "index.html").write_text(written, encoding="utf-8", newline="\n")
    return shown


def _logo(portal: Entry[Portal]) -> Path | None:
    name = portal.value.logo
    return Path(portal.source.file).parent / FOLDER / name if name else None


def _inputs(
    policies: Policies, portal: Portal, catalogue: Mapping[str, Any], told: Any, logo: Path | None, root: Path
) -> str:
    """A digest of all that the site is made of, and of what makes it."""
    stated = [
        repr(portal),
        repr(sorted(policies.guides.items())),
        repr(told),
        repr(pooled(policies)),
        json.dumps(catalogue, sort_keys=True),
        *(f"{name} {policies.apis[name].document.text}" for name in catalogue["apis"] if name in policies.apis),
        _digest(root / SOURCE),
        _digest(OWN),
        *(_of(each) for each in (logo, INSTALLED, Path(markdown.__file__)) if each),
    ]
    return hashlib.sha256("\0".join(stated).encode("utf-8", "surrogatepass")).hexdigest()


def _digest(folder: Path) -> str:
    """Of all files of a folder, with their names."""
    total = hashlib.sha256()
    for file in sorted(Path(at) / name for at, _, names in os.walk(folder) for name in names):
        if file.suffix != ".pyc":
            total.update(f"{file.relative_to(folder).as_posix()} {_of(file)}\n".encode())
    return total.hexdigest()


def _of(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""
