"""The edge's keys, as a secret has them: when they are asked for, and what is no set of keys."""

import pytest

from tiergate.adapters.edge_keys import SecretEdgeKeys
from tiergate.adapters.secrets import Secrets
from tiergate.domain.limits import SECOND
from tiergate.domain.store import StoreUnavailable

NOW = 1_795_392_610 * SECOND
OLD, NEW = "o" * 32, "n" * 40


class FakeSecretsManager:
    def __init__(self, text: str) -> None:
        self.text = text
        self.asked: list[dict[str, object]] = []
        self.down = False

    def call(self, _operation: str, request: dict[str, object], *, repeatable: bool) -> dict[str, object]:
        assert repeatable
        self.asked.append(request)
        if self.down:
            raise StoreUnavailable("slow", "no answer in 2 s")
        return {"SecretString": self.text}


def keys_of(manager: FakeSecretsManager) -> SecretEdgeKeys:
    return SecretEdgeKeys("arn:edge", Secrets(manager))


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        (NEW, [NEW]),
        (f"{NEW}\n{OLD}", [NEW, OLD]),
        (f"\r\n {NEW} \r\n\r\n{OLD}\r\n", [NEW, OLD]),
    ],
)
def test_a_secret_is_one_key_a_line(text: str, keys: list[str]) -> None:
    assert keys_of(FakeSecretsManager(text))(NOW) == [key.encode() for key in keys]


@pytest.mark.parametrize("text", ["\n", "x" * 31, f"{NEW}\n{'x' * 31}", f"{NEW}\n{OLD}\n{OLD}", '{"key": "x"}'])
def test_what_is_no_set_of_keys_is_named_without_what_it_says(text: str) -> None:
    with pytest.raises(StoreUnavailable, match="one key a line, 2 at most, of 32 characters or more") as raised:
        keys_of(FakeSecretsManager(text))(NOW)
    assert text.strip() == "" or text.strip() not in str(raised.value)


def test_a_rotated_secret_is_known_within_six_minutes_and_no_call_asks_before_that() -> None:
    manager = FakeSecretsManager(NEW)
    keys = keys_of(manager)
    for second in range(300):
        keys(NOW + second * SECOND)
        assert keys.asked == NOW + second // 60 * 60 * SECOND, "a call that did not wait takes units ahead"
    assert manager.asked == [{"SecretId": "arn:edge"}]
    manager.text = OLD
    assert keys(NOW + 360 * SECOND) == [OLD.encode()]
    assert keys.asked == NOW + 360 * SECOND


def test_keys_are_believed_for_an_hour_while_they_cannot_be_read_and_no_longer() -> None:
    manager = FakeSecretsManager(NEW)
    keys = keys_of(manager)
    keys(NOW)
    manager.down = True
    for minute in range(1, 59):
        assert keys(NOW + minute * 60 * SECOND) == [NEW.encode()]
    with pytest.raises(StoreUnavailable, match="no answer"):
        keys(NOW + 62 * 60 * SECOND)
