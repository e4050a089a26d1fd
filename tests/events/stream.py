"""Records of a table's stream, as Lambda hands them to a function.

https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
"""

from collections.abc import Mapping
from typing import Any

from tiergate.domain.limits import SECOND


def written(
    subscription: str, item: Mapping[str, int], before: Mapping[str, int] | None = None, *, at: int, sequence: str = "1"
) -> dict[str, Any]:
    """A write of a counter item at ``at`` microseconds; ``before`` is what stood there, None for its first."""
    images = {"NewImage": _image(subscription, item)}
    if before is not None:
        images["OldImage"] = _image(subscription, before)
    return {
        "eventID": sequence.zfill(32),
        "eventName": "INSERT" if before is None else "MODIFY",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "eu-central-1",
        "eventSourceARN": "arn:aws:dynamodb:eu-central-1:123456789012:table/usage/stream/2026-11-01T00:00:00.000",
        "dynamodb": {
            "ApproximateCreationDateTime": float(at // SECOND),
            "Keys": {"subscription": {"S": subscription}},
            "SequenceNumber": sequence,
            "SizeBytes": 120,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
            **images,
        },
    }


def _image(subscription: str, item: Mapping[str, int]) -> dict[str, Any]:
    return {"subscription": {"S": subscription}} | {name: {"N": str(number)} for name, number in item.items()}
