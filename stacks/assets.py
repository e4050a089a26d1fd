"""What each function's package holds: its own folder, what it imports of Tiergate, the bundle if it needs it, and with
our client of AWS the authorities that AWS's own certificates lead to.

Packages are staged below the folder of the synth's output, so that an edit to one function, or to what it alone
imports, leaves the others' hashes as they were.
"""

import ast
import os
import shutil
import ssl
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import certifi

from stacks.settings import ROOT
from tiergate.domain.catalogue import FILE
from tiergate.domain.published import FILE as CATALOGUE
from tiergate.policy.bundle import serialized
from tiergate.policy.shipped import shipped

LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", "openapi.yaml")
"""A document of a function's routes is read where it is checked and published, not by the function."""

RUNTIME = (3, 13)
"""Python in Lambda. Another version's bytecode would be of no use there."""

TASK_ROOT = "/var/task"
"""Where Lambda puts a package. Bytecode names its source; so it names none of this machine's."""

CLIENT = Path("tiergate/adapters/aws_json.py")

AUTHORITIES = "authorities.pem"
"""Where `tiergate.adapters.packaged` looks for them in a package."""

AMAZON_ROOTS = (
    "Amazon Root CA 1",
    "Amazon Root CA 2",
    "Amazon Root CA 3",
    "Amazon Root CA 4",
    "Starfield Services Root Certificate Authority - G2",
)
"""Common names of Amazon Trust Services' roots: https://www.amazontrust.com/repository/."""


TOKENS, EDGE_KEYS = "tiergate.adapters.tokens", "tiergate.adapters.edge_keys"
LOOKUPS = "tiergate.domain.lookups"
"""What the authorizer imports for issuers, for an edge, and for keys of other makes."""


class AssetError(Exception):
    """There is no such function, no such authority, or a layer could not be installed."""


def packed(bundle: Mapping[str, Any]) -> str:
    """The compiled bundle as packages hold it."""
    return serialized(shipped(bundle))


def unused(bundle: Mapping[str, Any], *, edge: bool) -> list[str]:
    """The modules that an authorizer of this bundle never imports, with an edge in front or without."""
    imported = bundle.get("platform", {}).get("imported_keys")
    needed = {TOKENS: bundle.get("issuers"), EDGE_KEYS: edge, LOOKUPS: imported}
    return [module for module, by in needed.items() if not by]


def stage(
    function: str,
    out: Path,
    bundle: str | None = None,
    *,
    catalogue: str | None = None,
    without: Collection[str] = (),
) -> Path:
    """Lay out a function's package in ``out/<function>`` and return that folder.

    ``bundle`` is what `packed` makes of it; ``catalogue`` the document to publish, as `serialized` writes it.
    ``without`` names modules that this deployment never imports: they stay out, and what they alone import too.
    Bytecode is in it when this is Lambda's version of Python; otherwise each cold start compiles the package anew.

    Raises
    ------
    AssetError
        ``lambdas/<function>/handler.py`` does not exist, or `amazon_roots` raises it.
    """
    source = ROOT / "lambdas" / function
    if not (source / "handler.py").is_file():
        raise AssetError(f"lambdas/{function}/handler.py does not exist; an upstream lambda:{function} needs it")
    target = out / function
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target / "lambdas" / function, ignore=LEFT_OUT)
    imported = _imported(source, {file for module in without for file in _files(module) if file.stem != "__init__"})
    for file in [ROOT / "lambdas/__init__.py", *imported]:
        copy = target / file.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)
    if bundle is not None:
        (target / FILE).write_text(bundle, encoding="utf-8")
    if catalogue is not None:
        (target / CATALOGUE).write_text(catalogue, encoding="utf-8")
    if ROOT / CLIENT in imported:
        (target / AUTHORITIES).write_text(amazon_roots(), encoding="ascii")
    if sys.version_info[:2] == RUNTIME:
        compile_package(target, docstrings=False)
    return target


def amazon_roots() -> str:
    """Certificates of ``AMAZON_ROOTS`` out of Mozilla's authorities, as certifi brings them; PEM, in that order.

    Raises
    ------
    AssetError
        certifi has not all of them.
    """
    mozillas = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    mozillas.load_verify_locations(certifi.where())
    names = map(_common_name, mozillas.get_ca_certs())
    found = dict(zip(names, mozillas.get_ca_certs(binary_form=True), strict=True))
    if missing := [name for name in AMAZON_ROOTS if name not in found]:
        raise AssetError(
            f"{certifi.where()} does not have {', '.join(missing)}, which certificates of AWS's services may lead to; "
            "delete .venv and run make setup, which installs the pinned certifi"
        )
    return "".join(ssl.DER_cert_to_PEM_cert(found[name]) for name in AMAZON_ROOTS)


def _common_name(certificate: Mapping[str, Any]) -> str:
    """Empty where it has none. ``certificate``: as ``ssl`` decodes it."""
    return str(dict(attribute for (attribute, *_) in certificate["subject"]).get("commonName", ""))


def compile_package(package: Path, root: str = TASK_ROOT, *, docstrings: bool = True) -> None:
    """Put bytecode beside every source: unchecked, as deploying changes the times of files.

    ``root``: where Lambda puts what is in the folder. It is made by a process of its own, as the bytes depend on what
    else a process has loaded. Without ``docstrings``, which are a tenth of a package, it has no ``assert`` either;
    Python takes such bytecode for its usual one by the name alone (docs/decisions/0011-bytecode-without-docstrings.md).
    """
    options = ["-q", "-f", "--invalidation-mode", "unchecked-hash", "-s", str(package), "-p", root]
    options += [] if docstrings else ["-o", "2"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "compileall", *options, str(package)], env=environment, check=True
    )
    for bytecode in package.rglob("*.opt-2.pyc"):
        bytecode.rename(bytecode.with_name(bytecode.name.replace(".opt-2", "")))


def _imported(folder: Path, without: Collection[Path]) -> set[Path]:
    """Tiergate's modules that those of a folder import, by way of each other too, and the packages around them."""
    found: set[Path] = set()
    waiting = set(folder.rglob("*.py"))
    while waiting:
        source = waiting.pop().read_text(encoding="utf-8")
        files = {file for name in _names(source) for file in _files(name)} - found - {*without}
        found |= files
        waiting |= files
    return found


@cache
def _names(source: str) -> frozenset[str]:
    """What a module may import of Tiergate when it runs. What follows ``from … import`` may be a module or not."""
    found: set[str] = set()
    for node in _running(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        found |= {name for name in names if name.split(".", 1)[0] == "tiergate"}
    return frozenset(found)


def _running(node: ast.AST) -> Iterator[ast.AST]:
    """A tree's statements, without what is there for type checkers alone."""
    if isinstance(node, ast.expr):
        return
    if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _running(child)


def _files(name: str) -> Iterator[Path]:
    parts = name.split(".")
    for count in range(1, len(parts) + 1):
        path = ROOT.joinpath(*parts[:count])
        yield from (file for file in (path / "__init__.py", path.with_suffix(".py")) if file.is_file())
