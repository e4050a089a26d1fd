"""The text of a debit's write: how long it gets, and how often it is made."""

from tiergate.adapters.counters import expression
from tiergate.domain.counters import AheadDebit, BucketDebit, Debit, WindowDebit

DEBIT = Debit("sub", 1, 5, (), None)
LONGEST_EXPRESSION = 4_096
"""Bytes (Amazon DynamoDB Developer Guide, "Constraints"), of the condition and of the update, each by itself."""


def test_the_largest_write_is_one_that_dynamodb_takes():
    """All windows, 60 attributes to drop, four buckets to tidy, and 150 API versions and reasons to count."""
    request = expression(
        DEBIT._replace(
            windows=tuple(WindowDebit(f"{prefix}1", 9) for prefix in "udm"),
            bucket=BucketDebit("t5", 1, 1, 1, busy=True),
            ahead=AheadDebit("o0.1", 1, 1, tuple(f"o1.{epoch}" for epoch in range(6))),
            drop=tuple(f"bank/v{version}@1" for version in range(60)),
            idle=tuple(f"t{interval}" for interval in range(6, 10)),
            counts={f"bank/v{version}@5": 1 for version in range(150)},
        )
    )
    assert len(request["UpdateExpression"]) <= LONGEST_EXPRESSION
    assert len(request["ConditionExpression"]) <= LONGEST_EXPRESSION


def test_a_subscriptions_write_has_no_word_of_an_end_and_an_addresss_has():
    request = expression(DEBIT._replace(windows=(WindowDebit("u5", 9),)))
    assert request["UpdateExpression"] == "SET #w = :w ADD #u0 :k"
    assert request["ExpressionAttributeNames"] == {"#w": "w", "#u0": "u5"}
    request = expression(DEBIT._replace(windows=(WindowDebit("u5", 9),), expires=70))
    assert request["UpdateExpression"] == "SET #w = :w, #e = :expires ADD #u0 :k"
    assert request["ExpressionAttributeNames"]["#e"] == "ttl"
    assert request["ExpressionAttributeValues"][":expires"] == {"N": "70"}


def test_writes_of_one_shape_share_their_text_whatever_their_names_and_numbers():
    first, second = (
        expression(
            DEBIT._replace(hour=hour, windows=(WindowDebit(f"u{hour}", hour),), counts={f"bank/v1@{hour}": hour})
        )
        for hour in (5, 6)
    )
    assert first["UpdateExpression"] is second["UpdateExpression"]
    assert first["ConditionExpression"] is second["ConditionExpression"]
    assert first["ExpressionAttributeNames"] == {"#w": "w", "#u0": "u5", "#c0": "bank/v1@5"}
    assert second["ExpressionAttributeNames"] == {"#w": "w", "#u0": "u6", "#c0": "bank/v1@6"}
