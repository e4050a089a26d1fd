"""``make sizes``: what each function's package and each layer weighs, zipped as they are deployed."""

import sys
import tempfile
import zipfile
from pathlib import Path

from stacks.assets import AssetError, packed, stage, unused
from stacks.layers import POWERTOOLS, TOKENS, installed
from stacks.settings import ROOT
from tiergate.policy.bundle import compiled, serialized
from tiergate.policy.check import checked
from tiergate.policy.published import published


def main() -> None:
    policies = checked(ROOT / "policies", "dev")
    whole = compiled(policies)
    bundle, catalogue = packed(whole), serialized(published(policies, {}))
    with tempfile.TemporaryDirectory() as folder:
        for handler in sorted((ROOT / "lambdas").glob("*/handler.py")):
            name = handler.parent.name
            reads = "adapters.packaged" in handler.read_text(encoding="utf-8")
            package = stage(
                name,
                Path(folder),
                bundle if reads else None,
                catalogue=catalogue if name in {"portal_api", "usage_plan_sync"} else None,
                without=unused(whole, edge=False) if name == "authorizer" else (),
            )
            _tell(name, package, Path(folder))
        for layer in (TOKENS, POWERTOOLS):
            _tell(f"{layer.name} layer", installed(layer, local=False), Path(folder))


def _tell(name: str, folder: Path, out: Path) -> None:
    archive = out / "weighed.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        for path in sorted(folder.rglob("*")):
            zipped.write(path, path.relative_to(folder))
    sys.stdout.write(f"{name:<16}{archive.stat().st_size / 1024:8.1f} KB zipped\n")


if __name__ == "__main__":
    try:
        main()
    except AssetError as error:
        sys.exit(str(error))
