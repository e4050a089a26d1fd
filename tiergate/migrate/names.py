"""Names of what an account has, made safe for policy files and for the registry, and unique."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping

from tiergate.domain.names import ascii_slug

LONGEST = 40
LONGEST_SHOWN = 80
DIGITS = (8, 16, 24)
"""Of a digest that tells equal names apart: more of them where fewer do not."""


def file_name(text: str, fallback: str) -> str:
    """A name of a policy file: at most ``LONGEST`` lower-case letters, digits and hyphens, a letter first."""
    made = ascii_slug(text, LONGEST) or ascii_slug(fallback, LONGEST)
    return (made if made[:1].isalpha() else f"a-{made}")[:LONGEST].rstrip("-")


def file_names(wanted: Iterable[tuple[str, str]], given: Mapping[str, str]) -> dict[str, str]:
    """By id the name of each: the one that is ``given`` for it, else of its text.

    Those whose texts come to the same are told apart by what their ids are, so that another beside them changes no name
    of those that were told apart already.

    Raises
    ------
    ValueError
        A name is given twice.
    """
    made = {id_: given.get(id_) or file_name(text, id_) for id_, text in wanted}
    for digits in (0, *DIGITS):
        counts = Counter(made.values())
        made = {
            id_: name if id_ in given or counts[name] == 1 else _told_apart(name, id_, digits)
            for id_, name in made.items()
        }
    if len({*made.values()}) < len(made):
        raise ValueError("names are given twice")
    return made


def _told_apart(name: str, id_: str, digits: int) -> str:
    """The name with something of an id behind it: so many digits of its digest; 0: the id itself, where it is short."""
    end = _digest(id_, digits or 8) if digits or len(id_) > 20 else file_name(id_, id_)
    return f"{name[: LONGEST - 1 - len(end)].rstrip('-')}-{end}"


def shown_name(text: str) -> str:
    """A name for people on one line; empty where nothing of it can be shown."""
    plain = "".join(each if each.isprintable() else " " for each in text)
    return " ".join(plain.split())[:LONGEST_SHOWN].strip()


def organization_names(names: Iterable[str]) -> dict[str, str]:
    """By name the same name, or one that differs from all others by what the registry makes ids of.

    Names that come to one id differently written are told apart, and so are those without an ASCII letter or digit,
    whose ids would be random: the same name always has the same id.
    """
    all_names = sorted({*names})
    ids: dict[str, list[str]] = {}
    for name in all_names:
        ids.setdefault(ascii_slug(name, LONGEST), []).append(name)
    made = {}
    for id_, same in ids.items():
        for name in same:
            made[name] = name if id_ and len(same) == 1 else f"{name[:28].strip()} ({_digest(name)})"
    return made


def _digest(text: str, digits: int = 8) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:digits]
