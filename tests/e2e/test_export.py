"""What a deployed gateway knows, exported, lost and restored: the old key works and its quota stands where it was."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.deployment import Deployment
from tests.e2e.conftest import Call, done

pytestmark = pytest.mark.ministack

ACCOUNTS = "/bank/v1/accounts"
QUOTA, BEFORE = 20, 7
"""Calls an hour of plan ``tiny``, and those before the loss."""

TABLES = {
    "RegistryTable": ("pk", "sk"),
    "UsageTable": ("subscription",),
    "UsageRecordsTable": ("subscription", "period"),
}


Lost = Callable[[str, dict[str, Any]], bool]


def lose(deployment: Deployment, lost: Lost) -> None:
    """Delete items, by the output of their table."""
    client, outputs = deployment.client("dynamodb"), deployment.running.outputs["tiergate-dev-data"]
    for output, names in TABLES.items():
        for page in client.get_paginator("scan").paginate(TableName=outputs[output]):
            for item in page["Items"]:
                if lost(output, item):
                    client.delete_item(TableName=outputs[output], Key={name: item[name] for name in names})


def is_of_a_test(output: str, item: dict[str, Any]) -> bool:
    """Of one that counts for what is no subscription, which nothing but a test does."""
    return output == "UsageTable" and "#" not in (id_ := item["subscription"]["S"]) and not id_.startswith("sub_")


def is_of_customers(_output: str, item: dict[str, Any]) -> bool:
    """All but what deploys have put there: other tests go on with it."""
    return not item.get("pk", {"S": ""})["S"].startswith(("CATALOGUE", "OFFER#", "GATE"))


def test_a_key_and_its_quota_outlive_the_loss_of_all_tables(deployment: Deployment, call: Call, tmp_path: Path) -> None:
    lose(deployment, is_of_a_test)
    while True:
        hour = time.time() // 3600
        partner = deployment.partner(plan="tiny")
        assert {call(ACCOUNTS, key=partner.key.text).status for _ in range(BEFORE)} == {200}
        file = tmp_path / f"{partner.application}.jsonl"
        assert done(deployment, "export", "--out", str(file))["unreadable"] == []

        lose(deployment, is_of_customers)
        nothing = done(deployment, "restore", str(file), "--dry-run")["records"]
        assert {counts["there"] for counts in nothing.values()} == {0}
        restored = done(deployment, "restore", str(file), "--reason", "drill")["records"]
        assert all(counts["written"] == counts["file"] for counts in restored.values())

        answers = [call(ACCOUNTS, key=partner.key.text).status for _ in range(QUOTA - BEFORE + 1)]
        if time.time() // 3600 == hour:
            break
    assert answers == [200] * (QUOTA - BEFORE) + [429]
    assert partner.key.text not in file.read_text()
    customers = tmp_path / "again.jsonl"
    done(deployment, "export", "--only", "customers", "--out", str(customers))
    assert set(customers.read_text().splitlines()[1:-1]) <= set(file.read_text().splitlines())
    last = json.loads(file.read_text().splitlines()[-1])
    assert len(customers.read_text().splitlines()) - 2 == sum(
        last["records"][kind] for kind in ("organization", "application", "key", "client")
    )
    done(deployment, "sync")  # what deploys make anew, for those who come after
