"""The browser's modules and styles → hashed files, by esbuild, and the page that names them."""

import hashlib
import html
import json
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tiergate.governance.engine import NotInstalled
from tiergate.portal.chunks import group

MODULES = Path(__file__).parents[2] / "node_modules"
ENTRY, STYLES = "src/app.js", "styles/site.css"
"""What the page names, below the portal's folder; the build puts hashed files of ``assets/`` in their place."""
ASSETS = "assets"
LICENCES = "licences.txt"
"""Of what others wrote and the modules hold, as their licences ask for."""
SECONDS = 60
MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64"}
"""What esbuild calls processors, where it is not what the system does."""
OPTIONS = (
    "--bundle",
    "--splitting",
    "--format=esm",
    "--minify",
    "--target=es2022",
    "--charset=utf8",
    "--legal-comments=none",
    "--entry-names=[name]-[hash]",
    "--chunk-names=[name]-[hash]",
    "--asset-names=[name]-[hash]",
    "--loader:.svg=file",
    "--log-level=warning",
    "--color=false",
)

Outputs = Mapping[str, Mapping[str, Any]]
"""Files that esbuild made, by path, as its report has them."""


class BundlingError(Exception):
    """The modules cannot be bundled; the text is esbuild's."""


@dataclass(frozen=True, slots=True)
class Bundled:
    """Addresses of what was made: the entry's script, the styles, and the modules that the entry imports at once."""

    script: str
    styles: str
    imports: tuple[str, ...]


def bundled(portal: Path, out: Path, brand: bytes) -> Bundled:
    """Bundle the modules below ``portal`` into ``out/assets``; the same files for the same modules on every machine.

    ``brand``: styles that stand behind all others.

    Raises
    ------
    NotInstalled
        esbuild is not there.
    BundlingError
        A module cannot be read, or imports what is not there.
    """
    with tempfile.TemporaryDirectory() as folder:
        graph = _run(portal, Path(folder) / "first")["inputs"]
        (out / LICENCES).write_text(_licences(portal, graph), encoding="utf-8", newline="\n")
        staged = Path(folder) / "portal"
        shutil.copytree(portal, staged)
        group(staged, graph, ENTRY)
        outputs: Outputs = _run(staged, out / ASSETS)["outputs"]
    script, styles = (_made(outputs, entry) for entry in (ENTRY, STYLES))
    imports = tuple(_address(name) for name in dict.fromkeys(_imports(outputs, script)))
    return Bundled(_address(script), branded(out / ASSETS / Path(styles).name, brand), imports)


def branded(styles: Path, brand: bytes) -> str:
    """Add styles behind those of a file, which gets another name; its address."""
    content = styles.read_bytes() + brand
    styles.unlink()
    return asset(styles.parent, "site.css", content)


def asset(folder: Path, name: str, content: bytes) -> str:
    """Write a file with its content's digest in its name; its address."""
    file = Path(name)
    hashed = f"{file.stem}-{hashlib.sha256(content).hexdigest()[:8].upper()}{file.suffix}"
    (folder / hashed).write_bytes(content)
    return _address(hashed)


def page(text: str, made: Bundled, *, title: str, description: str, icon: str) -> str:
    """The page's HTML with hashed addresses, the modules to fetch at once, the feed, and the portal's name and icon."""
    head = [
        f'<link rel="icon" href="{icon}">',
        *(f'<link rel="modulepreload" href="{address}">' for address in made.imports),
        f'<link rel="alternate" type="application/rss+xml" title="{html.escape(title)}" href="/changelog.xml">',
        f'<meta name="description" content="{html.escape(description)}">',
    ]
    text = text.replace(f'"/{ENTRY}"', f'"{made.script}"').replace(f'"/{STYLES}"', f'"{made.styles}"')
    text = re.sub(r"<title>[^<]*</title>", lambda _: f"<title>{html.escape(title)}</title>", text, count=1)
    return text.replace("</head>", "\n".join([*head, "</head>"]), 1)


def copied(public: Path, out: Path) -> None:
    """What is served as it is, such as robots.txt."""
    if public.is_dir():
        shutil.copytree(public, out, dirs_exist_ok=True)


def _run(portal: Path, out: Path) -> Any:
    """esbuild's report."""
    report = out / "metafile.json"
    command = [
        str(_esbuild()),
        ENTRY,
        STYLES,
        *OPTIONS,
        f"--metafile={report.absolute()}",
        f"--outdir={out.absolute()}",
    ]
    environment = {"NODE_PATH": str(MODULES)}
    try:
        done = subprocess.run(  # noqa: S603  # our own program and files, no shell
            command, cwd=portal, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise BundlingError(f"bundling {portal} took longer than {SECONDS} s") from None
    if done.returncode:
        raise BundlingError(f"the portal's modules cannot be bundled:\n{done.stderr.strip()}")
    told = json.loads(report.read_text(encoding="utf-8"))
    report.unlink()
    return told


def _esbuild() -> Path:
    """The program for this machine: a folder of packages may hold those of others too."""
    machine = platform.machine().lower()
    name = f"{sys.platform}-{MACHINES.get(machine, machine)}"
    found = MODULES / "@esbuild" / name / "bin" / "esbuild"
    if not found.is_file():
        raise NotInstalled(f"esbuild for {name}, which bundles the portal, is not in {MODULES}; run: make setup")
    return found


def _licences(portal: Path, inputs: Iterable[str]) -> str:
    """The licence of each package of which something was bundled, by name."""
    found = (re.match(r"(.*?node_modules/)((?:@[^/]+/)?[^/]+)/", name) for name in inputs)
    packages = {each[2]: portal / each[1] / each[2] for each in found if each}
    texts = ((name, sorted(folder.glob("LICEN[CS]E*"))) for name, folder in sorted(packages.items()))
    return "\n".join(f"{name}\n\n{files[0].read_text(encoding='utf-8')}" for name, files in texts if files)


def _made(outputs: Outputs, entry: str) -> str:
    return next(name for name, each in outputs.items() if each.get("entryPoint") == entry)


def _address(name: str) -> str:
    return f"/{ASSETS}/{Path(name).name}"


def _imports(outputs: Outputs, name: str) -> Iterator[str]:
    """What a module imports at once, and what that does."""
    seen, left = {name}, [name]
    while left:
        for each in outputs[left.pop()]["imports"]:
            if each["kind"] == "import-statement" and each["path"] in outputs and each["path"] not in seen:
                seen.add(each["path"])
                left.append(each["path"])
                yield each["path"]
