"""A secret is read seldom, followed soon when it is rotated, and kept while it cannot be read; it is never told."""

import pytest

from tests.fakes.aws_services import FakeAws
from tiergate.adapters.aws_json import AwsJson
from tiergate.adapters.secrets import Secrets
from tiergate.domain.limits import SECOND
from tiergate.domain.store import StoreUnavailable

NOON = 1_773_316_800 * SECOND
MINUTE = 60 * SECOND


@pytest.fixture
def secrets(services: FakeAws) -> Secrets[str]:
    return Secrets(AwsJson("secretsmanager", "secretsmanager", timeout=5), str)


def test_a_secret_is_read_once_in_five_minutes(services: FakeAws, secrets: Secrets[str]) -> None:
    arn = services.keep("orders", "s3cret")
    assert {secrets.value(arn, NOON + step * MINUTE) for step in range(5)} == {"s3cret"}
    assert services.calls == [("GetSecretValue", arn)]
    assert services.requests[0].headers["x-amz-target"] == "secretsmanager.GetSecretValue"
    services.keep("orders", "rotated")
    assert secrets.value(arn, NOON + 5 * MINUTE) == "rotated"
    assert services.asked("GetSecretValue") == 2


def test_secrets_are_kept_apart(services: FakeAws, secrets: Secrets[str]) -> None:
    one, other = services.keep("one", "1"), services.keep("other", "2")
    assert [secrets.value(one, NOON), secrets.value(other, NOON), secrets.value(one, NOON)] == ["1", "2", "1"]


def test_a_forgotten_secret_is_read_again_at_most_once_in_ten_seconds(services: FakeAws, secrets: Secrets[str]) -> None:
    """Whoever can have it forgotten at will costs no call each."""
    arn = services.keep("orders", "old")
    secrets.value(arn, NOON)
    services.keep("orders", "new")
    for second in range(10):
        secrets.forget(arn)
        assert secrets.value(arn, NOON + second * SECOND) == "old"
    assert secrets.value(arn, NOON + 10 * SECOND) == "new"
    assert services.asked("GetSecretValue") == 2
    assert secrets.value(arn, NOON + 20 * SECOND) == "new"
    assert services.asked("GetSecretValue") == 2


def test_the_last_secret_is_kept_for_an_hour_while_it_cannot_be_read(
    services: FakeAws, secrets: Secrets[str], capsys: pytest.CaptureFixture[str]
) -> None:
    arn = services.keep("orders", "s3cret")
    secrets.value(arn, NOON)
    services.down = True
    secrets.forget(arn)
    assert secrets.value(arn, NOON + 10 * SECOND) == "s3cret"
    assert secrets.value(arn, NOON + 60 * MINUTE - 1) == "s3cret"
    with pytest.raises(StoreUnavailable, match="503"):
        secrets.value(arn, NOON + 60 * MINUTE)
    services.down = False
    assert secrets.value(arn, NOON + 61 * MINUTE) == "s3cret"
    told = capsys.readouterr().out
    assert arn in told
    assert "s3cret" not in told


def test_a_failure_is_not_asked_for_again_by_every_call(services: FakeAws, secrets: Secrets[str]) -> None:
    arn = services.keep("orders", "s3cret")
    secrets.value(arn, NOON)
    services.down = True
    for second in range(300, 320):
        secrets.value(arn, NOON + second * SECOND)
    assert services.asked("GetSecretValue") == 3


def test_a_secret_that_was_never_read_is_asked_for_again_after_five_seconds(
    services: FakeAws, secrets: Secrets[str]
) -> None:
    arn = services.keep("orders", "s3cret")
    services.down = True
    for _ in range(3):
        with pytest.raises(StoreUnavailable):
            secrets.value(arn, NOON)
    assert services.asked("GetSecretValue") == 1
    services.down = False
    assert secrets.value(arn, NOON + 5 * SECOND) == "s3cret"


def test_a_clock_that_was_set_back_reads_again(services: FakeAws, secrets: Secrets[str]) -> None:
    arn = services.keep("orders", "old")
    secrets.value(arn, NOON)
    services.keep("orders", "new")
    assert secrets.value(arn, NOON - 60 * MINUTE) == "new"


@pytest.mark.parametrize("answer", [{}, {"SecretString": ""}, {"SecretBinary": "AAEC"}, {"SecretString": 7}])
def test_a_secret_without_text_is_none(services: FakeAws, secrets: Secrets[str], answer: dict[str, object]) -> None:
    services.answers["GetSecretValue"] = answer
    with pytest.raises(StoreUnavailable, match="holds no text"):
        secrets.value(services.keep("orders", "-"), NOON)


@pytest.mark.parametrize("fault", ["ResourceNotFoundException", "AccessDeniedException"])
def test_why_a_secret_cannot_be_read_is_told(services: FakeAws, secrets: Secrets[str], fault: str) -> None:
    arn = services.keep("orders", "-")
    services.faults[arn] = fault
    with pytest.raises(StoreUnavailable, match=fault):
        secrets.value(arn, NOON)


def test_a_secret_is_parsed_once_for_each_time_that_it_is_read(services: FakeAws) -> None:
    read: list[str] = []
    secrets = Secrets(AwsJson("secretsmanager", "secretsmanager", timeout=5), read.append)
    arn = services.keep("orders", "s3cret")
    for minute in range(6):
        secrets.value(arn, NOON + minute * MINUTE)
    assert read == ["s3cret", "s3cret"]


def test_a_secret_that_was_changed_into_nonsense_leaves_the_last_good_one_for_an_hour(services: FakeAws) -> None:
    secrets = Secrets(AwsJson("secretsmanager", "secretsmanager", timeout=5), numbered)
    arn = services.keep("orders", "7")
    assert secrets.value(arn, NOON) == 7
    services.keep("orders", "s3cret")
    assert secrets.value(arn, NOON + 60 * MINUTE - 1) == 7
    with pytest.raises(StoreUnavailable, match="no number"):
        secrets.value(arn, NOON + 60 * MINUTE)
    services.keep("orders", "8")
    assert secrets.value(arn, NOON + 61 * MINUTE) == 8


def numbered(text: str) -> int:
    if not text.isdecimal():
        raise StoreUnavailable("garbage", "the secret is no number")
    return int(text)
