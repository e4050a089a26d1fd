"""How often something may be done: counted in the registry table, in windows of a fixed length.

What is counted is named by its hash, so that neither an address nor a mail address is kept.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from tiergate.adapters.wire import to_wire


class Allowances:
    """Counts in any number of instances at once are exact: each is one conditional write.

    ``what``: anything, such as ``try-key 192.0.2.1``. ``seconds``: the length of a window, of which the first began in
    1970; None: one that never ends.
    """

    def __init__(self, client: Any, table: str, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._table = table
        self._clock = clock

    def take(self, what: str, most: int, seconds: int) -> int:
        """Count it, at most ``most`` times in a window: 0, or how many seconds to wait, and nothing was counted.

        Raises botocore's errors.
        """
        try:
            self._client.update_item(TableName=self._table, **self.one(what, most, seconds))
        except self._client.exceptions.ConditionalCheckFailedException:
            return self.wait(seconds)
        return 0

    def wait(self, seconds: int) -> int:
        """Seconds until the next window begins, 1 or more."""
        return seconds - int(self._clock().timestamp()) % seconds

    def one(self, what: str, most: int, seconds: int | None) -> dict[str, Any]:
        """An update of the registry that counts one, or fails: for a change that it is a part of."""
        window, ends = "", ""
        values = {":one": 1, ":most": most}
        if seconds is not None:
            number = int(self._clock().timestamp()) // seconds
            window, ends = f"#{seconds}#{number}", " SET #ttl = :ttl"
            values[":ttl"] = (number + 1) * seconds
        name = hashlib.sha256(what.encode()).hexdigest()[:32]
        return {
            "Key": to_wire({"pk": f"LIMIT#{name}{window}", "sk": "-"}),
            "UpdateExpression": f"ADD #n :one{ends}",
            "ConditionExpression": "attribute_not_exists(#n) OR #n < :most",
            "ExpressionAttributeNames": {"#n": "n"} | ({"#ttl": "ttl"} if ends else {}),
            "ExpressionAttributeValues": to_wire(values),
        }
