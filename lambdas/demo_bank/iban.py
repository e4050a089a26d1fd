"""International bank account numbers: check digits after ISO 13616 (ISO 7064, MOD 97-10)."""

import re

_SHAPE = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")


def iban(country: str, bban: str) -> str:
    """The IBAN of an account: `country` (two letters), check digits, `bban` (bank code and number).

    >>> iban("NL", "TGDB0417164300")
    'NL79TGDB0417164300'
    """
    return f"{country}{98 - _remainder(country + '00' + bban):02d}{bban}"


def fault_in(text: str) -> str | None:
    """What is wrong with `text` as an IBAN in electronic form (no spaces), or None when nothing is.

    Shape and check digits are looked at, for every country; the length that a country prescribes is not.
    """
    if not _SHAPE.fullmatch(text):
        return "must be an IBAN without spaces: two letters, two digits, 11 to 30 letters or digits, all capital"
    if iban(text[:2], text[4:]) != text:
        return "is not a valid IBAN: the check digits do not fit the rest; look for a mistyped character"
    return None


def _remainder(text: str) -> int:
    return int("".join(str(int(character, 36)) for character in text[4:] + text[:4])) % 97
