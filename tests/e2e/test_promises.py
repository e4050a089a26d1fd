"""What is promised of changes: they take effect on every instance within 60 seconds, end to end."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.deployment import Deployment
from tests.e2e.conftest import Answer, Call, done
from tests.e2e.oauth import READ, made
from tiergate.domain.limits import SECOND

pytestmark = pytest.mark.ministack

PROMISED = 60.0
CLIENTS = 8
SETTLED = 3
"""So many bursts in a row without an old answer show that no instance has one."""

ACCOUNTS = "/bank/v1/accounts"

Changed = Callable[[Answer], bool]


def test_revoke_rotate_suspend_and_override_reach_every_instance_within_sixty_seconds(
    deployment: Deployment, call: Call, warm: int
):
    registry = deployment.registry
    partners = {name: deployment.partner() for name in ("revoke", "suspend key", "suspend all", "restrict", "raise")}
    application = deployment.partner().application
    client, old = (made(deployment, "create", "--app", application, "--scopes", READ) for _ in range(2))
    credentials = {name: {"key": partner.key.text} for name, partner in partners.items()}
    credentials |= {"revoke client": {"token": client.token()}, "rotate client": {"token": old.token()}}

    def burst() -> dict[str, list[Answer]]:
        """Calls at once with every credential, so that several instances answer for each."""
        jobs = [(name, sent) for name, sent in credentials.items() for _ in range(CLIENTS)]
        with ThreadPoolExecutor(warm) as pool:
            answers = pool.map(lambda job: (job[0], call(ACCOUNTS, **job[1])), jobs)
            found: dict[str, list[Answer]] = {name: [] for name in credentials}
            for name, answer in answers:
                found[name].append(answer)
        return found

    before = burst()
    assert {answer.status for answers in before.values() for answer in answers} == {200}

    start = time.monotonic()
    done(deployment, "client", "revoke", client.id)
    new = made(deployment, "rotate", old.id, "--grace", "1s").token()
    registry.keys.revoke(partners["revoke"].key.id)
    registry.keys.suspend(partners["suspend key"].key.id)
    registry.organizations.suspend(partners["suspend all"].organization)
    registry.subscriptions.suspend(partners["restrict"].subscription.id)
    registry.subscriptions.override(partners["raise"].subscription.id, {"hour": 123_456}, until=None)
    changed: dict[str, Changed] = {
        "revoke": lambda answer: answer.status == 401 and answer.json["code"] == "credential_revoked",
        "revoke client": lambda answer: answer.status == 401 and answer.json["code"] == "credential_revoked",
        "rotate client": lambda answer: answer.status == 401 and answer.json["code"] == "credential_expired",
        "suspend key": lambda answer: answer.status == 403 and answer.json["code"] == "credential_suspended",
        "suspend all": lambda answer: answer.status == 403 and answer.json["code"] == "organization_suspended",
        "restrict": lambda answer: answer.status == 403 and answer.json["code"] == "subscription_suspended",
        "raise": lambda answer: '"hour";q=123456;' in answer.headers["ratelimit-policy"],
    }
    believed, settled = set(), 0
    while settled < SETTLED:
        sent = time.monotonic() - start
        stale = {name for name, answers in burst().items() if not all(map(changed[name], answers))}
        assert not stale or sent < PROMISED, f"still believed {sent:.0f} s after the change: {stale}"
        believed |= stale
        settled = 0 if stale else settled + 1
    assert believed == set(credentials), "no instance had the old record: this run has shown nothing"
    assert call(ACCOUNTS, token=new).status == 200


def test_a_key_expires_to_the_second_without_waiting_for_a_cache(deployment: Deployment, call: Call):
    partner = deployment.partner()
    expires = time.time_ns() // 1000 + 4 * SECOND
    key = deployment.registry.keys.create(partner.application, expires=expires).key.text
    assert call(ACCOUNTS, key=key).status == 200
    while call(ACCOUNTS, key=key).status == 200:
        assert time.time_ns() // 1000 < expires + SECOND
    refused = call(ACCOUNTS, key=key)
    assert (refused.status, refused.json["code"]) == (401, "credential_expired")
    assert time.time_ns() // 1000 >= expires
