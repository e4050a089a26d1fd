"""Which modules are fetched together. esbuild alone makes a file of every set of pages that share something, so a page
would be a dozen small ones; here what several pages share is put into a few.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

Graph = Mapping[str, Mapping[str, Any]]
"""Modules by path, each with its ``imports`` of ``path`` and ``kind``, as esbuild's report has them."""
Groups = Mapping[str, list[str]]
"""Modules by the name of what they are fetched in."""

STATIC, DYNAMIC = "import-statement", "dynamic-import"
OWN = "src/"
APART = {"account": "account", "call": "call", "reference": "reference", "samples": "reference", "try": "reference"}
"""The group of modules in folders of ``src`` that only some pages need; the others' is `COMMON`."""
ALWAYS, COMMON = "always", "parts"


def groups(graph: Graph, entry: str) -> Groups:
    """Those that the entry brings along, and of the others those that several pages share."""
    always = _reached(graph, entry)
    used: dict[str, int] = {}
    for page in pages(graph):
        for module in _reached(graph, page) - always:
            used[module] = used.get(module, 0) + 1
    found = {ALWAYS: sorted(module for module in always if module.startswith(OWN) and module != entry)}
    for module in sorted(module for module, times in used.items() if times > 1 and module.startswith(OWN)):
        found.setdefault(APART.get(PurePosixPath(module).parts[1], COMMON), []).append(module)
    return found


def pages(graph: Graph) -> list[str]:
    """Modules that are fetched only when they are needed."""
    return sorted({path for module in graph for path in _imports(graph, module, DYNAMIC) if path.startswith(OWN)})


def group(folder: Path, graph: Graph, entry: str) -> None:
    """Let entry and pages of a folder import whole groups, which esbuild then keeps together; the folder is changed."""
    found = groups(graph, entry)
    for name, modules in found.items():
        imports = (f'import "./{module.removeprefix(OWN)}";\n' for module in modules)
        (folder / OWN / f"group-{name}.js").write_text("".join(imports), encoding="utf-8")
    for page in [entry, *pages(graph)]:
        reached, file = _reached(graph, page), folder / page
        up = os.path.relpath(folder / OWN, file.parent)
        needed = (name for name, modules in sorted(found.items()) if not reached.isdisjoint(modules))
        imports = (f'import "./{up}/group-{name}.js";\n' for name in needed)
        file.write_text("".join(imports) + file.read_text(encoding="utf-8"), encoding="utf-8")


def _reached(graph: Graph, module: str) -> set[str]:
    """A module and all that it imports at once."""
    seen, left = {module}, [module]
    while left:
        for path in _imports(graph, left.pop(), STATIC):
            if path not in seen:
                seen.add(path)
                left.append(path)
    return seen


def _imports(graph: Graph, module: str, kind: str) -> Iterator[str]:
    for each in graph[module]["imports"]:
        if each["kind"] == kind and each["path"] in graph:
            yield each["path"]
