"""The portal's own document is held to the rules that its partners' are."""

import pytest

from tests.functions.portal_api.document import FILE
from tests.governance.conftest import Read
from tiergate.governance.engine import Engine

pytestmark = pytest.mark.synth

TRYING = "POST /try-keys"
"""Anybody may: that is what it is for."""


def test_the_portals_document_breaks_no_rule_but_for_what_anybody_may_do(engine: Engine, read: Read):
    report = engine.lint(read(FILE.read_text(encoding="utf-8")))
    assert [each.rule for each in report.findings] == ["owasp-write-open"]
    assert TRYING in report.findings[0].message
