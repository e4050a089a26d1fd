"""What docs/gate.md tells is so: its message is the gate's own, and its commands name what there is."""

import re

from lambdas.gate.message import refused
from stacks.settings import ROOT
from tiergate.domain.gate import Definitions, Holder, judged, losses, stated

GUIDE = (ROOT / "docs/gate.md").read_text(encoding="utf-8")
BUNDLE = {"products": {"open-banking": {"plans": ["free", "partner"]}}, "plans": ["free", "partner"], "apis": {}}


def words(text: str) -> str:
    return " ".join(text.split())


def test_the_message_is_what_the_gate_says():
    without = {"products": {"open-banking": {"plans": ["free"]}}, "plans": ["free"], "apis": {}}
    old, new = (Definitions.of(stated(each)) for each in (BUNDLE, without))
    ids = (("sub_4nlFGTR5dqkL", "acme"), ("sub_Qm2c8Yt1RkVe", "globex"))
    holders = [Holder(id_, organization, "open-banking", "partner") for id_, organization in ids]
    assert words(refused(judged(losses(old, new, 0), holders), "prod")) in words(GUIDE)


def test_a_stack_is_deployed_by_the_name_that_the_app_gives_it():
    """``--exclusively`` takes the app's own names, not those of the deployed stacks."""
    app = (ROOT / "app.py").read_text(encoding="utf-8")
    (named,) = re.findall(r"cdk deploy --exclusively (\S+)", GUIDE)
    assert re.search(rf'Stack\(\s*(self\.)?app,\s*"{re.escape(named)}"', app)
