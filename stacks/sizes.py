"""``make sizes``: what each function's package weighs, zipped as it is deployed."""

import sys
import tempfile
import zipfile
from pathlib import Path

from stacks.assets import packed, stage
from stacks.settings import ROOT
from tiergate.policy.bundle import compiled
from tiergate.policy.check import checked


def main() -> None:
    bundle = packed(compiled(checked(ROOT / "policies")))
    with tempfile.TemporaryDirectory() as folder:
        for handler in sorted((ROOT / "lambdas").glob("*/handler.py")):
            name = handler.parent.name
            reads = "load_catalogue" in handler.read_text(encoding="utf-8")
            package = stage(name, Path(folder), bundle if reads else None)
            sys.stdout.write(f"{name:<16}{_zipped(package) / 1024:8.1f} KB zipped\n")


def _zipped(package: Path) -> int:
    archive = package.with_suffix(".zip")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        for path in sorted(package.rglob("*")):
            zipped.write(path, path.relative_to(package))
    return archive.stat().st_size


if __name__ == "__main__":
    main()
