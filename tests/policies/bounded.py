"""``python -m tests.policies.bounded FILE``: a document is read, routed and written out in 20 s of CPU and 1 GiB."""

import json
import resource
import sys
from pathlib import Path

from tiergate.policy.openapi import operations
from tiergate.policy.routes import tree
from tiergate.policy.source import Faults, read

CPU, MEMORY = 20, 2**30
"""Seconds, and bytes of address space. A small document takes a second and an eighth of that."""


def main(file: str) -> int:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU, CPU))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    try:
        source = read(Path(file), "f")
        found = operations(source)
    except Faults as faults:
        print("\n".join(str(fault) for fault in faults.faults[:3]))
        return 0
    written = sum(map(len, json.JSONEncoder().iterencode(source.data)))
    print(f"{len(found)} operations, {len(tree(found))} kinds of segments, {written} characters")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
