"""The authorizer as deployed where keys of other makes are good: who gets in by one, and what made-up ones cost."""

import json

import pytest

from tests.events import authorizer_event
from tests.functions.conftest import Gateway
from tiergate.domain import keys
from tiergate.domain.decision import ADMITTED
from tiergate.domain.imported_keys import id_of
from tiergate.domain.limits import SECOND
from tiergate.domain.lookups import BURST

THEIRS = "Zx81kQ0aVb93LmNtR5yWc2Ge7Hj4Pd6F"
HASH = keys.fingerprint(THEIRS)


@pytest.fixture
def taking(gateway: Gateway) -> Gateway:
    """A gateway whose policies say ``imported_keys: true``."""
    bundle = json.loads(gateway.bundle.read_text())
    bundle["platform"]["imported_keys"] = True
    gateway.bundle.write_text(json.dumps(bundle))
    return gateway


@pytest.mark.parametrize("mode", ["managed", "direct"])
def test_a_partner_calls_with_the_key_that_was_imported_and_nothing_tells_its_text(
    taking: Gateway, mode: str, capsys: pytest.CaptureFixture[str]
) -> None:
    partner = taking.partner()
    taking.registry.keys.adopt(partner.application, HASH)

    answer = taking.authorizer(mode).handler(authorizer_event(key=THEIRS), None)

    assert answer["isAuthorized"] is True
    assert answer["context"]["reason"] == ADMITTED
    assert answer["context"]["credential"] == id_of(HASH)
    assert answer["context"]["application"] == partner.application
    assert taking.units(partner) == 1
    out = capsys.readouterr()
    assert THEIRS not in json.dumps(answer) + out.out + out.err + "".join(taking.metrics)


@pytest.mark.parametrize("mode", ["managed", "direct"])
def test_one_that_was_not_imported_is_unknown_after_one_read(taking: Gateway, mode: str) -> None:
    taking.partner()
    authorizer = taking.authorizer(mode)
    for _ in range(3):
        answer = authorizer.handler(authorizer_event(key=THEIRS), None)
        assert answer["isAuthorized"] is (mode == "managed")
        assert (answer["context"]["decision"], answer["context"]["reason"]) == ("deny", "credential_unknown")
    assert taking.reads == ["GetItem"]


def test_made_up_keys_cost_reads_up_to_the_bound_and_who_is_known_goes_on(taking: Gateway) -> None:
    partner = taking.partner()
    taking.registry.keys.adopt(partner.application, HASH)
    authorizer = taking.authorizer()
    assert authorizer.handler(authorizer_event(key=THEIRS), None)["context"]["reason"] == ADMITTED
    taking.reads.clear()

    reasons = []
    for number in range(200):
        context = authorizer.handler(authorizer_event(key=f"made-up-key-{number:04}"), None)["context"]
        reasons.append((context["reason"], context.get("wait")))

    assert reasons == [("credential_unknown", None)] * BURST + [("lookup_limited", "1")] * (200 - BURST)
    assert taking.reads == ["GetItem"] * BURST
    for key in (THEIRS, partner.key.text):
        assert authorizer.handler(authorizer_event(key=key), None)["context"]["reason"] == ADMITTED


def test_who_was_limited_is_let_in_a_second_later(taking: Gateway) -> None:
    partner = taking.partner()
    taking.registry.keys.adopt(partner.application, HASH)
    authorizer = taking.authorizer()
    for number in range(BURST):
        authorizer.handler(authorizer_event(key=f"made-up-key-{number:04}"), None)
    event = authorizer_event(key=THEIRS)
    assert authorizer.handler(event, None)["context"]["reason"] == "lookup_limited"
    taking.now += SECOND
    assert authorizer.handler(event, None)["context"]["reason"] == ADMITTED


def test_an_imported_key_that_was_revoked_is_refused_once_the_cache_time_is_over(taking: Gateway) -> None:
    taking.registry.keys.adopt(taking.partner().application, HASH)
    authorizer, event = taking.authorizer(), authorizer_event(key=THEIRS)
    assert authorizer.handler(event, None)["context"]["reason"] == ADMITTED
    taking.registry.keys.revoke(id_of(HASH))
    taking.now += 30 * SECOND
    assert authorizer.handler(event, None)["context"]["reason"] == "credential_revoked"


def test_junk_of_our_own_form_costs_no_read_here_either(taking: Gateway) -> None:
    good = taking.partner().key.text
    authorizer = taking.authorizer()
    for key in (good[:-1] + "~", keys.mint("prod").text, f"{good},{good}", "short", "x" * 8000):
        context = authorizer.handler(authorizer_event(key=key), None)["context"]
        assert context["reason"] == "credential_malformed"
    assert taking.reads == []


def test_where_the_policies_do_not_say_so_an_imported_key_is_malformed_and_never_read(gateway: Gateway) -> None:
    gateway.registry.keys.adopt(gateway.partner().application, HASH)
    gateway.reads.clear()
    context = gateway.authorizer().handler(authorizer_event(key=THEIRS), None)["context"]
    assert context["reason"] == "credential_malformed"
    assert gateway.reads == []
