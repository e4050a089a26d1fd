"""Keys of other makes: which texts may be one, who is let in by one, and what made-up ones cost."""

import hashlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.test_authorizer import BUNDLE, KEY, NOW
from tests.fakes import FakeCounters, FakeRegistry
from tiergate.domain import keys
from tiergate.domain.admission import Admission
from tiergate.domain.authorizer import Authorizer
from tiergate.domain.calls import Call
from tiergate.domain.catalogue import Catalogue
from tiergate.domain.decision import Decision
from tiergate.domain.imported_keys import ID, LONGEST, SHORTEST, id_of
from tiergate.domain.limits import SECOND
from tiergate.domain.lookups import BURST, PER_SECOND, BoundedLookups, key_id_of
from tiergate.domain.registry import CACHE_TIME, Application, CachedRegistry, Credential, Subscription

THEIRS = "Zx81kQ0aVb93LmNtR5yWc2Ge7Hj4Pd6F"
"""As API Gateway makes them."""

HASH = keys.fingerprint(THEIRS)


class Gateway:
    """An authorizer on fakes to which keys of other makes are good; one partner has such a key and one of ours."""

    def __init__(self, key_id_of: Callable[[str, str], str | None] = key_id_of) -> None:
        self.now = NOW
        self.registry = FakeRegistry(
            Credential(KEY.id, "app_1", KEY.hash),
            Credential(id_of(HASH), "app_1", HASH),
            Application("app_1", "acme", {"retail": Subscription("sub_1", "retail", "free")}),
        )
        self.reported: list[Exception] = []
        self.authorizer = Authorizer(
            catalogue=Catalogue.of({**BUNDLE, "plans": {"free": {"limits": {"quota": {"hour": 1_000_000}}}}}),
            registry=CachedRegistry(BoundedLookups(self.registry, lambda: self.now)),
            admission=Admission(FakeCounters()),
            env="dev",
            report=self.reported.append,
            key_id_of=key_id_of,
        )

    def call(self, key: str) -> Decision:
        return self.authorizer.decide(Call("bank/v1", "GET", "/accounts", key, "192.0.2.77"), self.now)


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


def junk(number: int) -> str:
    return f"made-up-key-{number:010}"


def test_a_key_of_another_make_is_admitted_by_its_text(gateway: Gateway) -> None:
    decision = gateway.call(THEIRS)
    assert decision.allowed
    assert (decision.credential, decision.application) == (hashlib.sha256(THEIRS.encode()).hexdigest()[:24], "app_1")
    assert THEIRS not in str(decision)


@pytest.mark.parametrize("state", ["suspended", "revoked"])
def test_it_is_ended_as_one_of_ours_is(gateway: Gateway, state: str) -> None:
    gateway.registry.put(Credential(id_of(HASH), "app_1", HASH, state=state))
    assert gateway.call(THEIRS).reason == f"credential_{state}"


def test_the_id_opens_nothing_nor_does_the_fingerprint(gateway: Gateway) -> None:
    for text in (id_of(HASH), HASH):
        assert gateway.call(text).reason == "credential_unknown"


def test_a_key_that_shares_the_id_alone_is_unknown(gateway: Gateway) -> None:
    gateway.registry.put(Credential(id_of(HASH), "app_1", HASH[:24] + "0" * 40))
    assert gateway.call(THEIRS).reason == "credential_unknown"


@pytest.mark.parametrize(
    "text",
    [
        "x" * (SHORTEST - 1),
        "x" * (LONGEST + 1),
        "sixteen letters and spaces",
        "sixteen\tletters\tand\ttabs",
        "sechzehn-Zeichen-süß",
        THEIRS + "\n",
        KEY.text[:-1] + "~",
        keys.derived("prod", b"another environment").text,
        "tg_" + "x" * 40,
    ],
)
def test_what_no_key_can_be_or_what_is_nearly_one_of_ours_is_refused_without_a_read(
    gateway: Gateway, text: str
) -> None:
    assert gateway.call(text).reason == "credential_malformed"
    assert gateway.registry.reads == 0


@pytest.mark.parametrize("text", ["x" * SHORTEST, "~" * LONGEST, "a=!,;:%{}\"'\\/<>@", "TG_" + "x" * 40])
def test_any_other_text_is_looked_up(gateway: Gateway, text: str) -> None:
    assert gateway.call(text).reason == "credential_unknown"
    assert gateway.registry.reads == 1


def test_ids_of_the_two_kinds_never_meet() -> None:
    assert ID.fullmatch(id_of(HASH))
    assert not ID.fullmatch(KEY.id)
    assert key_id_of(KEY.text, "dev") == KEY.id
    assert keys.key_id_of(THEIRS, "dev") is None


@settings(max_examples=500)
@given(st.text(st.characters(codec="utf-8"), max_size=300) | st.from_regex(r"[!-~]{16,64}", fullmatch=True))
def test_a_key_that_was_not_imported_is_never_admitted(text: str) -> None:
    if text in {THEIRS, KEY.text}:
        return
    gateway = Gateway()
    assert not gateway.call(text).allowed
    assert gateway.registry.reads <= 1
    assert gateway.reported == []


def test_ten_thousand_made_up_keys_cost_no_more_reads_than_the_bound(gateway: Gateway) -> None:
    reasons = [gateway.call(junk(number)).reason for number in range(10_000)]
    assert gateway.registry.reads == BURST
    assert reasons == ["credential_unknown"] * BURST + ["lookup_limited"] * (10_000 - BURST)
    assert gateway.reported == []


def test_over_time_they_cost_as_many_as_the_bound_allows_a_second(gateway: Gateway) -> None:
    for number in range(10_000):
        gateway.now = NOW + number * SECOND // 1000
        gateway.call(junk(number))
    assert gateway.registry.reads == BURST + PER_SECOND * 10 - 1


def test_who_is_limited_is_told_when_to_come_back_and_is_let_in_then(gateway: Gateway) -> None:
    for number in range(BURST):
        gateway.call(junk(number))
    decision = gateway.call(THEIRS)
    assert (decision.reason, decision.wait, decision.credential) == ("lookup_limited", 1, "")
    gateway.now += decision.wait * SECOND
    assert gateway.call(THEIRS).allowed


def test_keys_that_an_instance_knows_go_on_through_a_flood_of_made_up_ones(gateway: Gateway) -> None:
    """Also where they are read again, as their time in the cache ends ten times."""
    assert gateway.call(THEIRS).allowed
    for number in range(10_000):
        gateway.now = NOW + number * CACHE_TIME // 1000
        gateway.call(junk(number))
        assert gateway.call(THEIRS).allowed
        assert gateway.call(KEY.text).allowed


def test_a_made_up_key_again_is_answered_from_memory(gateway: Gateway) -> None:
    for _ in range(1_000):
        assert gateway.call(junk(7)).reason == "credential_unknown"
    assert gateway.registry.reads == 1


def test_keys_that_are_there_use_nothing_of_the_bound(gateway: Gateway) -> None:
    texts = [f"partner-of-old-{number:06}" for number in range(1_000)]
    for text in texts:
        fingerprint = keys.fingerprint(text)
        gateway.registry.put(Credential(id_of(fingerprint), "app_1", fingerprint))
    assert all(gateway.call(text).allowed for text in texts)
    for number in range(BURST):
        assert gateway.call(junk(number)).reason == "credential_unknown"
    assert gateway.call(junk(BURST)).reason == "lookup_limited"


def test_a_clock_that_is_set_back_locks_nobody_out(gateway: Gateway) -> None:
    gateway.call(junk(0))
    gateway.now -= 3600 * SECOND
    assert gateway.call(junk(1)).reason == "lookup_limited"
    gateway.now += SECOND
    assert gateway.call(junk(2)).reason == "credential_unknown"
    assert gateway.call(THEIRS).allowed


def test_of_the_keys_that_were_found_those_read_last_are_remembered(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many as the cache holds; one more puts out a single one."""
    monkeypatch.setattr("tiergate.domain.lookups.MOST_CACHED", 2)
    texts = [THEIRS, "partner-of-old-000001", "partner-of-old-000002"]
    for text in texts[1:]:
        gateway.registry.put(Credential(id_of(keys.fingerprint(text)), "app_1", keys.fingerprint(text)))
    for text in (*texts[:2], texts[0], texts[2]):
        assert gateway.call(text).allowed
        gateway.now += CACHE_TIME
    for number in range(2 * BURST):
        gateway.call(junk(number))
    assert [gateway.call(text).reason for text in texts] == ["admitted", "lookup_limited", "admitted"]


def test_a_key_that_was_deleted_is_made_up_from_then_on(gateway: Gateway) -> None:
    assert gateway.call(THEIRS).allowed
    del gateway.registry.records[id_of(HASH)]
    for number in range(BURST):
        gateway.call(junk(number))
    gateway.now += CACHE_TIME
    for number in range(BURST):
        gateway.call(junk(BURST + number))
    assert gateway.call(THEIRS).reason == "credential_unknown"
    gateway.now += CACHE_TIME
    for number in range(BURST):
        gateway.call(junk(2 * BURST + number))
    assert gateway.call(THEIRS).reason == "lookup_limited"


def test_made_up_keys_of_our_own_form_are_no_part_of_the_bound(gateway: Gateway) -> None:
    for _ in range(2 * BURST):
        assert gateway.call(keys.mint("dev").text).reason == "credential_unknown"


def test_a_record_that_cannot_be_read_uses_nothing_of_the_bound(gateway: Gateway) -> None:
    gateway.registry.broken.add(id_of(HASH))
    assert {gateway.call(THEIRS).reason for _ in range(2 * BURST)} == {"gateway_fault"}
    assert gateway.call(junk(1)).reason == "credential_unknown"


def test_while_the_store_is_down_a_known_key_has_its_plans_grace_and_another_is_undecided(gateway: Gateway) -> None:
    assert gateway.call(THEIRS).allowed
    gateway.registry.down = True
    assert gateway.call(junk(1)).reason == "admission_unavailable"
    gateway.now += CACHE_TIME
    decision = gateway.call(THEIRS)
    assert (decision.allowed, decision.fallback) == (True, "grace")


def test_made_up_keys_are_no_burden_to_a_store_that_does_not_answer(gateway: Gateway) -> None:
    gateway.registry.down = True
    reasons = [gateway.call(junk(number)).reason for number in range(10 * BURST)]
    assert gateway.registry.reads == BURST
    assert reasons == ["admission_unavailable"] * BURST + ["lookup_limited"] * 9 * BURST
    gateway.registry.down = False
    gateway.now += SECOND
    assert gateway.call(THEIRS).allowed


def test_without_the_setting_such_a_key_is_malformed_and_never_read() -> None:
    gateway = Gateway(keys.key_id_of)
    assert gateway.call(THEIRS).reason == "credential_malformed"
    assert gateway.registry.reads == 0
