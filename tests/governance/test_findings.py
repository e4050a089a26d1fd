"""What the engine tells of a document, as findings with lines and operations."""

from collections.abc import Iterator
from dataclasses import replace

from tests.governance.conftest import Read
from tiergate.governance.findings import answer
from tiergate.policy.openapi import Operation


def told(path: list[str]) -> dict[str, object]:
    return {"rule": "r", "severity": "error", "message": "m", "path": path, "place": 1}


def test_a_finding_has_the_line_and_the_operation_of_its_place(read: Read, good: str) -> None:
    document = read(good)
    operation = ["paths", "/orders", "post"]
    raw = [told([*operation, "summary"]), told(["paths", "/orders"]), told([]), told(["tags"])]
    found = answer(document, {"findings": raw, "places": {"r": 4}, "failed": {}})
    assert [each.operation for each in found.findings] == ["placeOrder", "", "", ""]
    assert found.findings[0].line == document.source.line(*operation, "summary")


def test_what_a_finding_costs_does_not_grow_with_the_operations(read: Read, good: str) -> None:
    class Counted(tuple[Operation, ...]):
        looks = 0

        def __iter__(self) -> Iterator[Operation]:
            Counted.looks += 1
            return super().__iter__()

    document = read(good)
    document = replace(document, operations=Counted(document.operations))
    raw = [told(["paths", "/orders", "post"])] * 100
    assert len(answer(document, {"findings": raw, "places": {}, "failed": {}}).findings) == 100
    assert Counted.looks == 1


def test_a_rule_that_failed_is_told_at_the_document_beside_what_the_others_found(read: Read, good: str) -> None:
    raw = {"findings": [told(["paths"])], "places": {"r": 1}, "failed": {"broken": "no luck"}}
    found = answer(read(good), raw)
    assert len(found.findings) == 1
    assert list(map(str, found.faults)) == [
        "f:1: the rule broken failed on this document: no luck; mend the document, or the rule"
    ]
