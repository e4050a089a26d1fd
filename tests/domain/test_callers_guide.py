"""``docs/callers.md`` shows how an edge signs; what it shows is what is verified."""

import re
import time
from pathlib import Path
from typing import Any

from tests.fakes.tokens import FakeEdgeKeys
from tiergate.domain.edge import Edge
from tiergate.domain.limits import SECOND

GUIDE = (Path(__file__).parents[2] / "docs" / "callers.md").read_text(encoding="utf-8")


def test_the_guides_way_of_signing_is_believed():
    (sample,) = re.findall(r"```python\n(.+?)```", GUIDE, re.DOTALL)
    names: dict[str, Any] = {}
    exec(sample, names)  # noqa: S102 - our own text
    field = names["edge_field"]("203.0.113.9", "k" * 32)
    assert Edge(FakeEdgeKeys(b"k" * 32)).address(field, time.time_ns() // 1000)[0] == "203.0.113.9"
    assert Edge(FakeEdgeKeys(b"o" * 32)).address(field, time.time_ns() // 1000)[0] is None
    assert field.split(";")[2] in {str(time.time_ns() // 1000 // SECOND - late) for late in range(60)}
