"""The whole site in a folder, and nothing done where nothing changed."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tiergate.policy import markdown
from tiergate.policy.garbage import uncollected
from tiergate.policy.load import Policies
from tiergate.policy.markdown import inline, plain
from tiergate.policy.portal import FOLDER, Portal
from tiergate.portal import bundling
from tiergate.portal.brand import brand
from tiergate.portal.changelog import changelog, feed
from tiergate.portal.content import content, text

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
    report: Callable[[], object] = lambda: None,
) -> Site:
    """Make the site of checked policies in ``out``, which is replaced as a whole; the same files on every machine.

    ``catalogue``: what is published of the policies. ``root``: the project's folder. ``report`` is called when there is
    something to do: where all is as it was when ``out`` was made, it stays.

    Raises
    ------
    NoPortal
        The policies have none.
    bundling.NotInstalled, bundling.BundlingError
        See `bundling.bundled`.
    """
    if policies.portal is None:
        raise NoPortal("the policies have no portal.yaml; write one with at least headline:")
    known, wanted = out.with_name(f"{out.name}.digest"), _inputs(policies, catalogue, root)
    digest = _digest(out)
    if known.is_file() and known.read_text(encoding="utf-8") == f"{wanted} {digest}":
        return Site(out, digest)
    report()
    out.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}-"))
    try:
        made.chmod(0o755)
        _make(policies, policies.portal.value, catalogue, made, root / SOURCE)
        known.unlink(missing_ok=True)
        shutil.rmtree(out, ignore_errors=True)
        made.replace(out)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    digest = _digest(out)
    known.write_text(f"{wanted} {digest}", encoding="utf-8")
    return Site(out, digest)


def _make(policies: Policies, portal: Portal, catalogue: Mapping[str, Any], out: Path, source: Path) -> None:
    title = portal.name or catalogue["platform"]["name"]
    bundling.copied(source / "public", out)
    scripts = bundling.bundled(source, out, brand(portal.colours))
    page = (source / "index.html").read_text(encoding="utf-8")
    description = plain(inline(portal.intro or portal.headline))
    (out / "index.html").write_text(
        bundling.page(page, scripts, title=title, description=description), encoding="utf-8", newline="\n"
    )
    logo = _logo(policies, portal)
    shown = bundling.asset(out / bundling.ASSETS, logo.name, logo.read_bytes()) if logo else None
    for name, value in content(policies, portal, catalogue, shown):
        file = out / "content" / f"{name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text(value), encoding="utf-8", newline="\n")
    told = changelog(policies.changelog, catalogue["apis"])
    (out / "changelog.xml").write_bytes(feed(told, title, portal.url or ""))


def _logo(policies: Policies, portal: Portal) -> Path | None:
    assert policies.portal is not None  # noqa: S101  # build has made sure
    return Path(policies.portal.source.file).parent / FOLDER / portal.logo if portal.logo else None


def _inputs(policies: Policies, catalogue: Mapping[str, Any], root: Path) -> str:
    """A digest of all that the site is made of, and of what makes it."""
    assert policies.portal is not None  # noqa: S101  # build has made sure
    portal = policies.portal.value
    logo = _logo(policies, portal)
    stated = [
        repr(portal),
        repr(sorted(policies.guides.items())),
        repr(policies.changelog),
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
