"""An account with REST APIs that commands migrate, and its policies once they are written."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.rest_account import FakeRestAccount
from tiergate.cli import migrate, migrate_partners
from tiergate.cli.running import RunningUnknown

Run = Callable[..., Any]
MOBILE, WEB, OFF = (f"{name}-Zk3vQ9sT7wXy1bN5mR8pL2dF6hJ4cG0a" for name in ("mobile", "web", "off"))
SECRETS = (MOBILE, WEB, OFF)
POLICIES = Path("policies")


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def account(registry: Any, monkeypatch: pytest.MonkeyPatch) -> FakeRestAccount:
    """Two REST APIs; three keys in a plan of both, one of them disabled, one in a second plan too."""
    fake = FakeRestAccount()
    fake.api("a1b2c3d4e5", "Museum")
    fake.api("f6g7h8i9j0", "Stock", base="https://stock.example")
    throttle, quota = {"rateLimit": 5.0, "burstLimit": 10}, {"limit": 700, "period": "WEEK", "offset": 0}
    fake.plan("gold01", "Gold", "a1b2c3d4e5/prod", throttle=throttle, quota=quota)
    fake.plan("stock1", "Stock only", "f6g7h8i9j0/prod")
    fake.key("kmobile", MOBILE, "gold01", "stock1", name="Mobile", customerId="Acme GmbH")
    fake.key("kweb", WEB, "gold01", name="Web", customerId="Acme GmbH")
    fake.key("koff", OFF, "gold01", name="Off", enabled=False)
    fake.used["gold01"] = {"kmobile": [[1200, 0], [34, 0]]}
    monkeypatch.setattr(migrate, "rest_client", lambda *_: fake.client())
    unknown = RunningUnknown("nothing runs in this test")
    monkeypatch.setattr(migrate_partners, "running", lambda _: (_ for _ in ()).throw(unknown))
    return fake


@pytest.fixture
def migrated(account: FakeRestAccount, made: Callable[..., Any]) -> Callable[[], list[str]]:
    """The policies are written; returns what tells all files of the working directory with their contents."""
    made("migrate", "run", "policies", "--apply")
    return lambda: sorted(f"{path} {sha(path.read_text())}" for path in Path().rglob("*.*") if path.is_file())


def document(run: Run, *arguments: str, code: int = 0) -> Any:
    result = run("migrate", *arguments, "--json")
    assert result.exit_code == code, result.stderr
    return json.loads(result.stdout)
