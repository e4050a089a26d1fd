"""The access log in CloudWatch Logs: page after page, of the time that is asked for."""

from typing import Any

from tiergate.adapters.access_logs import recorded


class FakeLogs:
    """``pages`` of a log group; ``asked``: what the paginator was asked for; ``given``: pages that were taken."""

    def __init__(self, *pages: list[tuple[int, str]]) -> None:
        self.pages = pages
        self.asked: dict[str, Any] = {}
        self.given = 0

    def get_paginator(self, name: str) -> "FakeLogs":
        assert name == "filter_log_events"
        return self

    def paginate(self, **asked: Any) -> Any:
        self.asked = asked
        for page in self.pages:
            self.given += 1
            yield {"events": [{"timestamp": time, "message": text} for time, text in page]}
        yield {}


def test_lines_of_all_pages_come_in_order_with_their_times() -> None:
    logs = FakeLogs([(1, "a"), (2, "b")], [], [(3, "c")])
    assert [*recorded(logs, "group", 1, 9)] == [(1, "a"), (2, "b"), (3, "c")]
    assert logs.asked == {"logGroupName": "group", "startTime": 1, "endTime": 9}


def test_no_page_is_fetched_before_it_is_needed() -> None:
    logs = FakeLogs([(1, "a")], [(2, "b")])
    next(recorded(logs, "group", 0, 9))
    assert logs.given == 1
