"""The portal's refusals: what the code raises, its table has, and the document tells, and nothing else."""

import re
from pathlib import Path

from lambdas.portal_api import problems
from lambdas.portal_api.refusals import REFUSALS
from tests.functions.portal_api.document import SCHEMAS

SOURCES = sorted(Path(problems.__file__).parent.glob("*.py"))


def test_the_document_has_the_codes_that_there_are():
    assert SCHEMAS["Problem"]["properties"]["code"]["enum"] == sorted(REFUSALS)


def test_every_refusal_is_used_and_every_used_one_is_there():
    raised = {code for each in SOURCES for code in re.findall(r'Refused\(\s*"(\w+)"', each.read_text())}
    assert raised | set(problems.MEANT.values()) == set(REFUSALS)
