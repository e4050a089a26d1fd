"""Every OpenAPI document of a folder is added, compiled and routed.

``TIERGATE_SAMPLES=DIR`` names the folder; the counts are printed for each document and in total.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tiergate.domain.catalogue import ApiVersion, Catalogue
from tiergate.policy.add import add_api
from tiergate.policy.bundle import compiled, serialized
from tiergate.policy.check import checked
from tiergate.policy.openapi import PARAMETER, Operation
from tiergate.policy.source import Faults

SAMPLES = os.environ.get("TIERGATE_SAMPLES", "")
SUFFIXES = {".yaml", ".yml", ".json"}
DOCUMENTS = sorted(path for path in Path(SAMPLES).resolve().glob("*") if SAMPLES and path.suffix in SUFFIXES)

pytestmark = [
    pytest.mark.samples,
    pytest.mark.skipif(not SAMPLES, reason="TIERGATE_SAMPLES names no folder of OpenAPI documents"),
]


def misrouted(api: ApiVersion, operations: tuple[Operation, ...]) -> Iterator[str]:
    """The operations that a call made from their template does not reach."""
    for operation in operations:
        path = PARAMETER.sub("Zq7", operation.template)
        found, _ = api.match(operation.method, path)
        if found is None or found.id != operation.id:
            yield f"{operation.method} {path} reached {found.id if found else 'nothing'} instead of {operation.id}"


def test_every_document_is_added_compiled_and_every_operation_routed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert DOCUMENTS, f"no .yaml, .yml or .json in {SAMPLES}"
    added: dict[str, str] = {}
    wrong: list[str] = []
    for number, document in enumerate(DOCUMENTS):
        try:
            add_api(folder, f"sample-{number}", document=document, upstream="https://x.example", product="shop")
            added[f"sample-{number}/v1"] = document.name
        except Faults as faults:
            wrong.append(str(faults))
    policies = checked(folder)
    catalogue = Catalogue.of(json.loads(serialized(compiled(policies))))
    assert catalogue.products["shop"].apis >= added.keys()
    rows: list[tuple[str, int]] = []
    for api, name in added.items():
        operations = policies.apis[api].operations
        failed = list(misrouted(catalogue.apis[api], operations))
        wrong += [f"{name}: {each}" for each in failed]
        rows.append((name, len(operations) - len(failed)))
    with capsys.disabled():
        width = max(len(name) for name in [*added.values(), "document"])
        print(f"\n{'document'.ljust(width)}  operations routed")
        for name, count in rows:
            print(f"{name.ljust(width)}  {count}")
        print(f"{'total'.ljust(width)}  {sum(count for _, count in rows)} in {len(rows)} of {len(DOCUMENTS)} documents")
    assert not wrong, "\n".join(wrong)
