"""API keys: what is a key, and what proves one."""

import re
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiergate.domain import keys

SECURITY = Path(__file__).parents[2] / "SECURITY.md"
PUBLISHED = re.compile(re.findall(r"`(tg_[^`]+)`", SECURITY.read_text(encoding="utf-8"))[0])
"""What SECURITY.md tells secret scanners to look for."""


def test_a_minted_key_is_recognized_in_its_environment_only():
    key = keys.mint("dev")
    assert keys.key_id_of(key.text, "dev") == key.id
    assert keys.key_id_of(key.text, "prod") is None


def test_the_regex_for_secret_scanners_is_the_one_that_keys_are_recognized_by():
    assert PUBLISHED.pattern == keys.PATTERN.pattern.replace("(", "").replace(")", "")


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        '{{"headers": {{"X-Api-Key": "{}"}}}}',
        "https://bank.example/v1/accounts?key={}&page=2",
        "https://user:{}@bank.example/",
        "TIERGATE_KEY={}\nOTHER=1",
        "export KEY='{}';",
        "2026-11-23T12:00:00Z INFO calling with {}, try 2",
        "curl -H 'X-Api-Key:{}' https://bank.example",
        "key: {}  # temporary",
        "<key>{}</key>",
        "`{}`",
        "prefix_{}",
        "zuerst {}。",
        "a\x00{}\x00b",
    ],
)
@pytest.mark.parametrize("env", ["dev", "staging", "prod", "xx", "productive"])
def test_a_scanner_finds_every_key_in_any_text_around_it(text, env):
    minted = [keys.mint(env).text for _ in range(20)]
    for key in minted:
        assert PUBLISHED.findall(text.format(key)) == [key]
    assert PUBLISHED.findall("\n".join(map(text.format, minted))) == minted


@pytest.mark.parametrize(
    "change",
    [
        lambda key: key[:-1],
        lambda key: key.replace("tg_", "tg-", 1),
        lambda key: key.upper(),
        lambda key: key.replace("_dev_", "_Dev_"),
        lambda key: key.replace("_dev_", "_d_"),
        lambda key: key.replace("_dev_", "_developments_"),
        lambda key: key.replace("_dev_", "_dev_x"),
        lambda key: key[:-10] + "\n" + key[-10:],
        lambda key: key[:-10] + "-" + key[-9:],
        lambda key: key[:-10] + "٣" + key[-9:],
        lambda key: key.rpartition("_")[0],
        lambda key: f"tg_dev_{key[7:19]}",
    ],
)
def test_a_scanner_does_not_find_look_alikes(change):
    assert PUBLISHED.findall(change(keys.mint("dev").text)) == []


def test_the_checksum_rules_out_look_alikes_of_the_right_shape():
    for made_up in ("tg_dev_" + "a" * 12 + "_" + "b" * 38, "tg_test_EXAMPLEEXAMP_" + "x" * 38):
        (found,) = PUBLISHED.findall(made_up)
        assert keys.key_id_of(found, found.split("_")[1]) is None


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
