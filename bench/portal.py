"""``python -m bench.portal``: what building the portal takes, for 50 APIs with every document of a folder beside them.

The first build of each round starts from nothing; the one after it finds everything as it was.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench import BenchError
from bench.machine import machine
from bench.policies import ROOT, _sample, _table, _target
from bench.report import spread
from bench.targets import Target
from tests.policies.many import names, write_many
from tiergate.policy.add import add_api

RESULTS = Path(__file__).parent / "results" / "portal.json"
COMMANDS = ("build", "again")
TARGET = Target("tiergate portal build", 5.0, "s", ("commands", "build", "seconds"))
LIBRARIES = ("click", "markdown-it-py", "pydantic", "pyyaml")


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    try:
        figures = _figures(options.rounds, options.documents)
    except BenchError as error:
        print(f"FAILED: {error}", file=sys.stderr)
        return 1
    print(_table(figures))
    if options.rounds > 1:
        RESULTS.write_text(json.dumps(figures, indent=2) + "\n")
        print(f"\nwritten to {RESULTS}")
    return 0


def _figures(rounds: int, documents: Path | None) -> dict[str, Any]:
    started = machine()
    samples: dict[str, list[dict[str, float]]] = {name: [] for name in COMMANDS}
    with tempfile.TemporaryDirectory(prefix="tiergate-bench-") as folder:
        place = Path(folder)
        added = _write(place / "policies", documents)
        for number in range(rounds):
            out = place / f"site-{number}"
            command = [sys.executable, "-m", "tiergate", "portal", "build", "--out", str(out)]
            for taken in samples.values():
                sample = _sample([*command, "--policies", str(place / "policies")], place / "compiled", place / "state")
                taken.append(sample)
            last = ", ".join(f"{name} {taken[-1]['seconds']:.2f} s" for name, taken in samples.items())
            print(f"round {number + 1} of {rounds}: {last}", file=sys.stderr, flush=True)
        made = [file for file in (place / "site-0").rglob("*") if file.is_file()]
    figures: dict[str, Any] = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": f"python -m bench.portal --rounds {rounds}{' --documents DIR' if documents else ''}",
        "machine": started,
        "versions": {name: version(name) for name in LIBRARIES},
        "versions_of_apis": len(names()),
        "documents_beside_them": added,
        "files": len(made),
        "commands": {
            name: {figure: spread([each[figure] for each in taken]) for figure in taken[0]}
            for name, taken in samples.items()
        },
    }
    return figures | {"targets": [_target(TARGET, figures)]}


def _write(policies: Path, documents: Path | None) -> list[str]:
    """The folder of 50 APIs with a portal, and the other documents; their names."""
    write_many(policies)
    shutil.copytree(ROOT / "policies/portal/guides", policies / "portal/guides")
    (policies / "portal.yaml").write_text("headline: Build on Example Bank\n", encoding="utf-8")
    found = [ROOT / "policies/apis/bank/v1/openapi.yaml", *(sorted(documents.glob("*.yaml")) if documents else ())]
    product = min((policies / "products").iterdir()).stem
    added = []
    for number, file in enumerate(found):
        name = f"sample-{number}"
        add_api(policies, name, document=file, upstream="https://upstream.example", product=product)
        added.append(file.parent.parent.name if file.stem == "openapi" else file.stem)
    return added


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.portal",
        description=f"Time and memory of building the portal's site. The result goes to {RESULTS.relative_to(ROOT)}.",
    )
    samples = os.environ.get("TIERGATE_SAMPLES")
    parser.add_argument("--rounds", type=int, default=5, help="builds (default 5); one writes no result")
    parser.add_argument(
        "--documents",
        type=Path,
        default=Path(samples) if samples else None,
        help="folder of OpenAPI documents to add (default: $TIERGATE_SAMPLES)",
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
