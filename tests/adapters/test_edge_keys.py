"""The edge's keys, as a secret has them: when they are asked for, and what is no set of keys."""

import pytest

from tiergate.adapters.edge_keys import SecretEdgeKeys, keys_in
from tiergate.adapters.secrets import Secrets
from tiergate.domain.limits import SECOND
from tiergate.domain.store import EdgeUnavailable, StoreUnavailable

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


class Scene:
    """A secret, and what reads it."""

    def __init__(self, text: str) -> None:
        self.manager = FakeSecretsManager(text)
        self.reports: list[str] = []
        self.keys = SecretEdgeKeys(
            "arn:edge", Secrets(self.manager, keys_in), lambda error: self.reports.append(str(error))
        )

    def at(self, seconds: float) -> list[str]:
        """The keys so long after the first moment."""
        return [key.decode() for key in self.keys(NOW + int(seconds * SECOND))[0]]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        (NEW, [NEW]),
        (f"{NEW}\n{OLD}", [NEW, OLD]),
        (f"\r\n {NEW} \r\n\r\n{OLD}\r\n", [NEW, OLD]),
    ],
)
def test_a_secret_is_one_key_a_line(text: str, keys: list[str]) -> None:
    assert Scene(text).at(0) == keys


@pytest.mark.parametrize("text", ["\n", "x" * 31, f"{NEW}\n{'x' * 31}", f"{NEW}\n{OLD}\n{OLD}", '{"key": "x"}'])
def test_what_is_no_set_of_keys_is_named_without_what_it_says(text: str) -> None:
    with pytest.raises(EdgeUnavailable, match="one key a line, 2 at most, of 32 characters or more") as raised:
        Scene(text).at(0)
    assert text.strip() == "" or text.strip() not in str(raised.value)


def test_a_rotated_secret_is_known_within_five_minutes_and_no_call_asks_or_waits_before_that() -> None:
    scene = Scene(NEW)
    waited = [second for second in range(300) if scene.keys(NOW + second * SECOND)[1]]
    assert waited == [0]
    assert scene.manager.asked == [{"SecretId": "arn:edge"}]
    scene.manager.text = OLD
    assert scene.keys(NOW + 300 * SECOND) == ([OLD.encode()], True)


def test_a_call_that_waits_is_known_for_one_though_the_clock_was_set_back() -> None:
    scene = Scene(NEW)
    scene.at(0)
    assert scene.keys(NOW - SECOND)[1]


def test_keys_are_believed_for_an_hour_while_they_cannot_be_read_and_no_longer() -> None:
    scene = Scene(NEW)
    scene.at(0)
    scene.manager.down = True
    for minute in range(1, 60):
        assert scene.at(minute * 60) == [NEW]
    with pytest.raises(EdgeUnavailable, match="no answer"):
        scene.at(60 * 60)


def test_keys_are_believed_for_an_hour_after_the_secret_was_changed_into_nonsense() -> None:
    scene = Scene(NEW)
    scene.at(0)
    scene.manager.text = "too short"
    assert [scene.at(seconds) for seconds in (300, 305, 310, 3599)] == [[NEW]] * 4
    with pytest.raises(EdgeUnavailable, match="one key a line"):
        scene.at(3600)
    scene.manager.text = OLD
    assert scene.at(3610) == [OLD]


def test_a_secret_that_cannot_be_read_is_told_with_each_reading_long_before_it_stops_anybody() -> None:
    scene = Scene(NEW)
    scene.at(0)
    scene.manager.down = True
    for seconds in (300, 301, 309, 310):
        scene.at(seconds)
    assert scene.reports == ["slow: no answer in 2 s"] * 2
    scene.manager.down = False
    scene.at(320)
    assert len(scene.reports) == 2
