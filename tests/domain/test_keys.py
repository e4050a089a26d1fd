"""API keys: what is a key, and what proves one."""

import zlib

from hypothesis import given
from hypothesis import strategies as st

from tiergate.domain import keys


def test_a_minted_key_is_recognized_in_its_environment_only():
    key = keys.mint("dev")
    assert keys.key_id_of(key.text, "dev") == key.id
    assert keys.key_id_of(key.text, "prod") is None


def test_the_published_regex_matches_every_minted_key_whole():
    for env in ("dev", "staging", "prod"):
        assert keys.PATTERN.fullmatch(keys.mint(env).text)


def test_a_key_proves_itself_and_no_other():
    key, other = keys.mint("dev"), keys.mint("dev")
    assert keys.proves(key.text, key.hash)
    assert not keys.proves(other.text, key.hash)


def test_the_secret_is_not_in_what_a_log_would_show():
    key = keys.mint("dev")
    assert key.text not in repr(key)
    assert key.hash not in repr(key)


def test_keys_do_not_repeat():
    assert len({keys.mint("dev").text for _ in range(1000)}) == 1000


@given(st.text())
def test_the_checksum_is_crc32_as_six_base62_digits(body):
    digits = keys.checksum(body)
    value = 0
    for digit in digits:
        value = value * 62 + keys.ALPHABET.index(digit)
    assert len(digits) == 6
    assert value == zlib.crc32(body.encode())


@given(st.integers(0, 57), st.sampled_from(keys.ALPHABET))
def test_one_changed_character_makes_junk_of_a_key(place, character):
    key = keys.mint("dev").text
    changed = key[:place] + character + key[place + 1 :]
    assert changed == key or keys.key_id_of(changed, "dev") is None


@given(st.text())
def test_junk_is_never_a_key(text):
    assert keys.key_id_of(text, "dev") is None


def test_look_alike_digits_of_other_scripts_are_junk():
    key = keys.mint("dev").text
    assert keys.key_id_of(key[:-1] + "٣", "dev") is None
    assert keys.key_id_of(key + "\n", "dev") is None
