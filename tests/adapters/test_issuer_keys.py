"""Where an issuer's keys come from, how long they are believed, and when they are fetched again."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from tests.fakes.issuer import FakeIssuer, SigningKey
from tests.fakes.upstream import Line, ScriptedUpstream, answers
from tiergate.adapters import issuer_keys
from tiergate.adapters.issuer_keys import FRESH, MOST_BYTES, PAUSE, HttpFetch, IssuerKeys, metadata_addresses
from tiergate.adapters.jws import parse
from tiergate.domain.failures import UpstreamFailure
from tiergate.domain.issuers import Issuer
from tiergate.domain.limits import SECOND
from tiergate.domain.messages import Response
from tiergate.domain.tokens import IssuerUnavailable, TokenRefused

NOW = 1_795_000_000 * SECOND
OLD, NEW = SigningKey("ES256", "old"), SigningKey("ES256", "new", number=1)
URL = "https://login.acme.example/tenant"
CONFIGURATION = "/.well-known/openid-configuration"


class Web:
    """Answers by address without a network, and tells what was ``asked``; ``down`` breaks every connection."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers
        self.asked: list[str] = []
        self.down = False

    def __call__(self, where: str, timeout: float) -> Response:
        assert 0 < timeout <= 2
        self.asked.append(where)
        if self.down:
            raise UpstreamFailure("upstream_unreachable", "ConnectionRefusedError")
        answer = self.answers.get(where)
        if isinstance(answer, Response):
            return answer
        return Response(404, [], b"") if answer is None else Response(200, [], json.dumps(answer).encode())


def key_set(*keys: SigningKey) -> dict[str, Any]:
    return {"keys": [key.jwk for key in keys]}


def issuer_of(**changes: Any) -> Issuer:
    raw = {"url": URL, "algorithms": ["ES256"], "types": [""], "client": "c", "scope": "s", "stale": 14_400}
    return Issuer.of("acme", raw | changes)


class Scene:
    """Keys at an address, and what reads them."""

    def __init__(self, *keys: SigningKey, **changes: Any) -> None:
        self.where = "https://login.acme.example/keys"
        self.web = Web({self.where: key_set(*keys)})
        self.reports: list[Exception] = []
        self.keys = IssuerKeys(issuer_of(jwks=self.where, **changes), self.web, self.reports.append)

    def publish(self, *keys: SigningKey) -> None:
        self.web.answers[self.where] = key_set(*keys)

    def outcome(self, key: SigningKey, now: int) -> str:
        """Whether there is a key for what that one signed: its name, or why not."""
        try:
            (found,) = self.keys.signers(signed_by(key), now)
        except TokenRefused as refused:
            return refused.code
        except IssuerUnavailable:
            return "unavailable"
        return found.kid or ""

    @property
    def fetches(self) -> int:
        return len(self.web.asked)


def signed_by(key: SigningKey) -> Any:
    return parse(key.sign({"alg": key.algorithm, "kid": key.kid}, {}))


def test_keys_are_fetched_with_the_first_token_and_then_kept() -> None:
    scene = Scene(OLD)
    assert scene.fetches == 0
    assert [scene.outcome(OLD, NOW + step) for step in (0, 1, FRESH - 1)] == ["old"] * 3
    assert scene.fetches == 1


def test_keys_are_fetched_again_on_use_when_they_have_aged() -> None:
    scene = Scene(OLD)
    scene.outcome(OLD, NOW)
    scene.publish(NEW)
    assert scene.outcome(OLD, NOW + FRESH - 1) == "old"
    assert scene.outcome(OLD, NOW + FRESH) == "token_untrusted"
    assert scene.fetches == 2


def test_a_new_key_is_found_at_once_and_the_version_tells_when_an_old_one_goes() -> None:
    scene = Scene(OLD)
    scene.outcome(OLD, NOW)
    scene.publish(OLD, NEW)
    assert scene.outcome(NEW, NOW + PAUSE) == "new"
    assert scene.keys.version == 0
    scene.publish(NEW)
    scene.keys.renew(NOW + PAUSE + FRESH)
    assert scene.keys.version == 1


def test_a_key_that_was_replaced_under_its_name_changes_the_version() -> None:
    scene = Scene(OLD)
    scene.outcome(OLD, NOW)
    scene.publish(SigningKey("ES256", "old", number=1))
    scene.keys.renew(NOW + FRESH)
    assert scene.keys.version == 1


def test_unknown_keys_have_them_fetched_no_more_often_than_every_10_seconds() -> None:
    scene = Scene(OLD)
    scene.outcome(OLD, NOW)
    assert {scene.outcome(NEW, NOW + step * SECOND) for step in range(10)} == {"token_untrusted"}
    assert scene.fetches == 1
    scene.publish(OLD, NEW)
    assert scene.outcome(NEW, NOW + PAUSE - 1) == "token_untrusted"
    assert scene.outcome(NEW, NOW + PAUSE) == "new"
    assert scene.fetches == 2


def test_old_keys_serve_while_the_issuer_is_away_and_each_failure_is_told_once() -> None:
    scene = Scene(OLD)
    scene.outcome(OLD, NOW)
    scene.web.down = True
    away = NOW + FRESH
    assert [scene.outcome(OLD, away + step * SECOND) for step in (0, 5, 9, 10, 15)] == ["old"] * 5
    assert scene.fetches == 3
    assert [str(each) for each in scene.reports] == ["issuer acme: ConnectionRefusedError"] * 2
    assert scene.keys.version == 0


@pytest.mark.parametrize(("stale", "believed"), [(0, FRESH), (600, FRESH), (3_600, 3_600 * SECOND)])
def test_old_keys_are_believed_no_longer_than_the_issuers_file_says(stale: int, believed: int) -> None:
    scene = Scene(OLD, stale=stale)
    scene.outcome(OLD, NOW)
    scene.web.down = True
    assert scene.outcome(OLD, NOW + believed - 1) == "old"
    assert scene.outcome(OLD, NOW + believed) == "unavailable"
    assert scene.keys.version == 1
    scene.web.down = False
    assert scene.outcome(OLD, NOW + believed + PAUSE) == "old"


def test_a_failure_of_which_somebody_is_refused_is_told_to_the_caller_alone() -> None:
    scene = Scene(OLD)
    scene.web.down = True
    assert scene.outcome(OLD, NOW) == "unavailable"
    assert scene.reports == []


def test_without_any_keys_nobody_is_judged_and_the_issuer_is_left_in_peace() -> None:
    scene = Scene(OLD)
    scene.web.down = True
    assert {scene.outcome(OLD, NOW + step * SECOND) for step in range(10)} == {"unavailable"}
    assert scene.fetches == 1
    scene.web.down = False
    assert scene.outcome(OLD, NOW + PAUSE) == "old"


def test_an_unknown_key_is_not_judged_while_nobody_can_ask() -> None:
    scene = Scene(OLD)
    scene.outcome(OLD, NOW)
    scene.web.down = True
    assert scene.outcome(NEW, NOW + PAUSE) == "unavailable"
    assert scene.outcome(NEW, NOW + PAUSE + 1) == "unavailable"
    assert scene.outcome(OLD, NOW + PAUSE + 1) == "old"
    assert scene.fetches == 2


def test_an_issuer_that_publishes_no_key_to_verify_with_is_unavailable_at_once() -> None:
    scene = Scene(OLD)
    scene.outcome(OLD, NOW)
    scene.web.answers[scene.where] = {"keys": [OLD.jwk | {"use": "enc"}]}
    assert scene.outcome(OLD, NOW + FRESH) == "unavailable"
    assert scene.keys.version == 1


def test_a_clock_that_is_set_back_again_and_again_has_the_keys_fetched_once_a_pause() -> None:
    scene = Scene(OLD)
    scene.outcome(OLD, NOW)
    assert [scene.outcome(OLD, NOW - step * SECOND) for step in range(60)] == ["old"] * 60
    assert scene.fetches == 1
    back = NOW - 59 * SECOND + PAUSE
    assert [scene.outcome(OLD, back - 1), scene.fetches] == ["old", 1]
    assert [scene.outcome(OLD, back), scene.fetches] == ["old", 2]


def test_a_refused_caller_is_told_when_the_issuer_is_asked_again() -> None:
    scene = Scene(OLD)
    scene.web.down = True
    waits = []
    for late in (0, 1, PAUSE - 1, PAUSE):
        with pytest.raises(IssuerUnavailable) as unavailable:
            scene.keys.renew(NOW + late)
        waits.append(unavailable.value.wait)
    assert waits == [PAUSE, PAUSE - 1, 1, PAUSE]


def test_of_a_failure_no_more_is_told_than_a_log_line_should_hold() -> None:
    def failing(where: str, timeout: float) -> Response:
        raise UpstreamFailure("upstream_unreachable", "x" * 100_000)

    with pytest.raises(IssuerUnavailable) as unavailable:
        IssuerKeys(issuer_of(), failing, print).renew(NOW)
    assert str(unavailable.value) == f"issuer acme: {'x' * 200}"


@pytest.mark.parametrize(
    ("issuer", "usual", "other"),
    [
        (
            "https://a.example",
            f"https://a.example{CONFIGURATION}",
            "https://a.example/.well-known/oauth-authorization-server",
        ),
        (
            "https://a.example/",
            f"https://a.example{CONFIGURATION}",
            "https://a.example/.well-known/oauth-authorization-server",
        ),
        (
            "https://a.example:8443/t/1",
            f"https://a.example:8443/t/1{CONFIGURATION}",
            "https://a.example:8443/.well-known/oauth-authorization-server/t/1",
        ),
    ],
)
def test_metadata_is_looked_for_where_both_standards_say(issuer: str, usual: str, other: str) -> None:
    assert list(metadata_addresses(issuer)) == [usual, other]


@pytest.mark.parametrize("place", [0, 1])
def test_keys_are_discovered_by_either_metadata(place: int) -> None:
    addresses = list(metadata_addresses(URL))
    metadata = {"issuer": URL, "jwks_uri": "https://keys.acme.example/set?v=1"}
    web = Web({addresses[place]: metadata, metadata["jwks_uri"]: key_set(OLD)})
    assert IssuerKeys(issuer_of(), web, print).signers(signed_by(OLD), NOW)
    assert web.asked == [*addresses[: place + 1], metadata["jwks_uri"]]


ANOTHERS = "its metadata is another issuer's"
UNSAFE = "the address of its keys does not begin with https"


@pytest.mark.parametrize(
    ("metadata", "cause"),
    [
        ({}, ANOTHERS),
        ({"jwks_uri": "https://keys.acme.example/"}, ANOTHERS),
        ({"issuer": URL + "/", "jwks_uri": "https://keys.acme.example/"}, ANOTHERS),
        ({"issuer": "https://login.evil.example/", "jwks_uri": "https://keys.acme.example/"}, ANOTHERS),
        *(
            ({"issuer": URL, "jwks_uri": where}, UNSAFE)
            for where in (
                *(None, "", "/keys", ["https://keys.acme.example/"]),
                *("http://keys.acme.example/", "http://127.0.0.1/", "http://localhost/", "file:///etc/passwd"),
                *("https:///keys", "https://[::1/", "https://ann@keys.acme.example/"),
            )
        ),
        ({"issuer": URL}, UNSAFE),
    ],
)
def test_metadata_of_another_issuer_or_without_a_safe_address_is_not_followed(
    metadata: dict[str, Any], cause: str
) -> None:
    usual, _ = metadata_addresses(URL)
    web = Web({usual: metadata})
    with pytest.raises(IssuerUnavailable, match=f"^issuer acme: {cause}$"):
        IssuerKeys(issuer_of(), web, print).signers(signed_by(OLD), NOW)
    assert web.asked == [usual]


def test_without_metadata_anywhere_the_status_is_told() -> None:
    web = Web({})
    with pytest.raises(IssuerUnavailable, match=r"^issuer acme: its metadata is answered with status 404$"):
        IssuerKeys(issuer_of(), web, print).renew(NOW)
    assert web.asked == [*metadata_addresses(URL)]


def test_keys_over_http_are_had_from_this_machine_alone() -> None:
    here = "http://127.0.0.1:9/k"
    for url, where in (("http://127.0.0.1:9", here), ("http://localhost:9", "http://[::1]:9/k"), (URL, here)):
        web = Web({where: key_set(OLD)})
        assert IssuerKeys(issuer_of(url=url, jwks=where), web, print).signers(signed_by(OLD), NOW)


ELSEWHERE = [("location", "https://login.acme.example/elsewhere")]
NO_OBJECT = f"its answer is no JSON object of at most {MOST_BYTES} bytes"
NO_SET = "no set of at most 100 keys"


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (Response(302, ELSEWHERE, b""), "its keys are answered with status 302"),
        (Response(302, ELSEWHERE, json.dumps(key_set(OLD)).encode()), "its keys are answered with status 302"),
        (Response(201, [], json.dumps(key_set(OLD)).encode()), "its keys are answered with status 201"),
        (Response(500, [], json.dumps(key_set(OLD)).encode()), "its keys are answered with status 500"),
        (Response(204, [], b""), "its keys are answered with status 204"),
        (Response(200, [], b"<html>"), NO_OBJECT),
        (Response(200, [], b'{"keys": [], "keys": []}'), NO_OBJECT),
        (Response(200, [], json.dumps(key_set(OLD) | {"more": "x" * MOST_BYTES}).encode()), NO_OBJECT),
        (Response(200, [], json.dumps([OLD.jwk]).encode()), NO_OBJECT),
        ({"keys": [OLD.jwk] * 101}, NO_SET),
        ({"keys": None}, NO_SET),
    ],
    ids=range(11),
)
def test_an_answer_that_is_no_set_of_keys_leaves_the_old_ones(answer: Any, cause: str) -> None:
    scene = Scene(OLD)
    scene.outcome(OLD, NOW)
    scene.web.answers[scene.where] = answer
    assert scene.outcome(OLD, NOW + FRESH) == "old"
    assert [str(each) for each in scene.reports] == [f"issuer acme: {cause}"]
    assert scene.web.asked == [scene.where] * 2


def test_keys_that_a_redirect_brings_along_are_not_taken() -> None:
    """Over HTTP: neither those of its body, nor those of where it points."""
    body = json.dumps(key_set(OLD)).encode()
    with FakeIssuer(OLD) as elsewhere:
        head = f"HTTP/1.1 302 Found\r\nlocation: {elsewhere.jwks}\r\ncontent-length: {len(body)}\r\n\r\n"
        with ScriptedUpstream(answers(head.encode() + body)) as server:
            keys = IssuerKeys(issuer_of(url=server.url, jwks=f"{server.url}/keys"), HttpFetch(), print)
            with pytest.raises(IssuerUnavailable, match=r"^issuer acme: its keys are answered with status 302$"):
                keys.signers(signed_by(OLD), NOW)
        assert elsewhere.asked == []


def test_keys_come_over_http_with_a_query_and_over_one_connection() -> None:
    with FakeIssuer(OLD) as issuer:
        issuer.documents["/t/keys?v=1"] = key_set(OLD)
        keys = IssuerKeys(issuer.issuer(jwks=f"{issuer.origin}/t/keys?v=1"), HttpFetch(), print)
        assert keys.signers(signed_by(OLD), NOW)
        keys.renew(NOW + FRESH)
        assert issuer.asked == ["/t/keys?v=1"] * 2


def test_metadata_and_keys_have_one_deadline_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issuer_keys, "TIMEOUT", 0.2)

    def silent(line: Line) -> None:
        line.released.wait(10)

    with ScriptedUpstream(silent, silent) as server:
        keys = IssuerKeys(issuer_of(url=server.url), HttpFetch(), print)
        with pytest.raises(IssuerUnavailable, match=r"no answer in 0\.[0-9]* s"):
            keys.renew(NOW)
        assert server.connections == 1


def test_no_time_is_left_for_keys_when_the_metadata_took_all(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([0.0, 0.5, 2.0])
    monkeypatch.setattr(issuer_keys, "time", SimpleNamespace(monotonic=lambda: next(times)))
    usual, _ = metadata_addresses(URL)
    web = Web({usual: {"issuer": URL, "jwks_uri": f"{URL}/keys"}})
    with pytest.raises(IssuerUnavailable, match="no answer in 2 s"):
        IssuerKeys(issuer_of(), web, print).renew(NOW)
    assert web.asked == [usual]
