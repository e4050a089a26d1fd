"""What each function's package holds: the shared domain and adapters, its own folder, the bundle if it needs it.

Packages are staged below the folder of the synth's output, so that an edit to one function leaves the others' hashes
as they were.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stacks.settings import ROOT
from tiergate.domain.catalogue import FILE
from tiergate.policy.bundle import serialized

SHARED = ("tiergate/__init__.py", "tiergate/domain", "tiergate/adapters", "lambdas/__init__.py")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc")


class AssetError(Exception):
    """There is no such function."""


def packed(bundle: Mapping[str, Any]) -> str:
    """The compiled bundle as packages hold it: without what only the stacks read.

    So a change of where one API runs is no change of every function.
    """
    apis = {name: {key: value for key, value in api.items() if key != "deploy"} for name, api in bundle["apis"].items()}
    return serialized({**bundle, "apis": apis})


def stage(function: str, out: Path, bundle: str | None = None, *, shared: bool = True) -> Path:
    """Lay out a function's package in ``out/<function>`` and return that folder.

    ``bundle`` is what `packed` makes of it; ``shared=False`` leaves out Tiergate's own code, for a function that
    uses none of it.

    Raises
    ------
    AssetError
        ``lambdas/<function>/handler.py`` does not exist.
    """
    source = ROOT / "lambdas" / function
    if not (source / "handler.py").is_file():
        raise AssetError(f"lambdas/{function}/handler.py does not exist; an upstream lambda:{function} needs it")
    target = out / function
    shutil.rmtree(target, ignore_errors=True)
    parts = [*(SHARED if shared else ("lambdas/__init__.py",)), f"lambdas/{function}"]
    for part in parts:
        _copy(ROOT / part, target / part)
    if bundle is not None:
        (target / FILE).write_text(bundle, encoding="utf-8")
    return target


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=LEFT_OUT)
    else:
        shutil.copyfile(source, target)
