"""What `stacks.assets` puts into a function's package beside its modules."""

import json
from collections.abc import Mapping
from typing import Any

from tiergate.domain.catalogue import FILE, Catalogue

AUTHORITIES = "authorities.pem"


def load_catalogue(environ: Mapping[str, str]) -> Catalogue:
    """The definitions that were deployed with this function."""
    return Catalogue.of(load_bundle(environ))


def load_bundle(environ: Mapping[str, str]) -> Any:
    """The same as they were compiled."""
    path = environ.get("BUNDLE") or packaged(FILE, environ)
    with open(path, encoding="utf-8") as file:  # noqa: PTH123 - pathlib takes 3 ms to import
        return json.load(file)


def packaged(file: str, environ: Mapping[str, str]) -> str:
    """Where a file of the package is."""
    return f"{environ.get('LAMBDA_TASK_ROOT', '.')}/{file}"
