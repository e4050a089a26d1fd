"""Names of what an account has, made safe for policy files and for the registry, and unique."""

import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping

LONGEST = 40
LONGEST_SHOWN = 200
_WORDS = re.compile(r"[^a-z0-9]+")


def file_name(text: str, fallback: str) -> str:
    """A name of a policy file: at most ``LONGEST`` lower-case letters, digits and hyphens, a letter first."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    made = _WORDS.sub("-", plain).strip("-")
    if not made:
        made = _WORDS.sub("-", fallback.lower()).strip("-")
    return (made if made[:1].isalpha() else f"a-{made}")[:LONGEST].rstrip("-")


def file_names(
    wanted: Iterable[tuple[str, str]], given: Mapping[str, str], taken: Collection[str] = ()
) -> dict[str, str]:
    """By id the name of each: the one that is ``given`` for it, else of its text.

    Those whose texts come to the same are told apart by what their ids are, so that another beside them changes no name
    of those that were told apart already.
    """
    made = {id_: given.get(id_) or file_name(text, id_) for id_, text in wanted}
    counts: dict[str, int] = {}
    for name in made.values():
        counts[name] = counts.get(name, 0) + 1
    return {
        id_: name if id_ in given or (counts[name] == 1 and name not in taken) else told_apart(name, id_)
        for id_, name in made.items()
    }


def told_apart(name: str, id_: str) -> str:
    """The name with something of an id behind it."""
    end = file_name(id_, id_) if len(id_) <= 20 else _digest(id_)
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
        ids.setdefault(_registry_id(name), []).append(name)
    made = {}
    for id_, same in ids.items():
        for name in same:
            made[name] = name if id_ and len(same) == 1 else f"{name[:28].strip()} ({_digest(name)})"
    return made


def _registry_id(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return _WORDS.sub("-", plain).strip("-")[:LONGEST].rstrip("-")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
