"""What grows without end elsewhere ends here: parts of a run, and the texts of letters and audit entries."""

from pathlib import Path

import pytest

from tests.functions.conftest import Gateway
from tests.functions.syncing import LETTERS, QUEUE, Function, changed, deployed, failed, stream
from tiergate.adapters.mirror import Outcome


@pytest.fixture
def sync(gateway: Gateway, tmp_path: Path) -> Function:
    return deployed(gateway, tmp_path)


def test_a_run_that_goes_on_for_ever_begins_again_later(sync: Function) -> None:
    sync.mirror.runs = [Outcome(created=1, complete=False)]
    sync.full(parts=99)
    (left,) = sync.queues.bodies(QUEUE)
    assert (left["full"]["attempt"], left["full"]["parts"]) == (2, 0)


def test_what_a_letter_and_an_audit_entry_say_is_bounded(sync: Function) -> None:
    sync.mirror.outcomes["app_1"] = Outcome(failed=(failed("app_1", again=False, reason="x" * 5000),))
    assert sync.stuck(stream(changed("app_1"))) == []
    assert (len(sync.queues.reasons(LETTERS)[0]), len(sync.trail()[0].after["failures"][0])) == (1000, 500)
