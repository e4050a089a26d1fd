"""Files of keys: API Gateway's own CSV, and SHA-256 from elsewhere. Faults name lines, and repeat nothing of a key."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO

from tiergate.domain.imported_keys import FINGERPRINT, PATTERN
from tiergate.domain.keys import fingerprint
from tiergate.migrate.partners import Brought
from tiergate.migrate.proposal import Offer
from tiergate.policy.source import Fault, Faults

NATIVE = ("name", "key", "description", "enabled", "usageplanids")
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/api-key-file-format.html"""

HASHES = ("name", "sha256", "organization", "plan")
ENABLED = {"true": True, "false": False, "": True}
SINGLE_QUOTED = re.compile(r"(^|,)'([A-Za-z0-9, ]*)'(?=,|\r?$)", re.MULTILINE)
"""API Gateway takes lists of usage plans in single quotes too."""

LARGEST = 100_000_000
"""Bytes of a file."""

OFFER = re.compile(r"([a-z][a-z0-9-]{0,39})/([a-z][a-z0-9-]{0,39})")


def native_keys(text: str, file: str, offers: Mapping[str, Offer], other: Offer | None) -> tuple[Brought, ...]:
    """API Gateway's format. ``offers``: by id of a usage plan. ``other``: for keys that name no plan.

    Raises
    ------
    Faults
        Every faulty line, without the key.
    """
    return _read(_Native(offers, other), text, file)


def hashed_keys(text: str, file: str, other: Offer | None) -> tuple[Brought, ...]:
    """``name,sha256`` and, where they are known, ``organization,plan`` (``product/plan``). Raises as `native_keys`."""
    return _read(_Hashed(other), text, file)


def offer_of(text: str) -> Offer:
    """``product/plan``; raises ValueError."""
    found = OFFER.fullmatch(text)
    if found is None:
        raise ValueError("a product and a plan are written product/plan, for example open-banking/free")
    return found[1], found[2]


class _Native:
    needed, known = ("name", "key"), NATIVE

    def __init__(self, offers: Mapping[str, Offer], other: Offer | None) -> None:
        self._offers = offers
        self._other = other

    @staticmethod
    def secret(row: Mapping[str, str]) -> str:
        return row["key"]

    def brought(self, ref: str, row: Mapping[str, str]) -> Brought:
        if not PATTERN.fullmatch(row["key"]):
            raise ValueError("key: must be 16 to 256 characters of ASCII without spaces, and not begin with tg_")
        enabled = ENABLED.get(row.get("enabled", "").lower())
        if enabled is None:
            raise ValueError("enabled: must be true or false")
        ids = [each.strip() for each in row.get("usageplanids", "").split(",") if each.strip()]
        unknown = sum(each not in self._offers for each in ids)
        if unknown:  # not repeated: where columns are mixed up, it may be the key
            raise ValueError(
                f"usageplanIds: {unknown} of them {'is' if unknown == 1 else 'are'} no usage plan that is migrated; "
                "name what each stands for with --plan ID=PRODUCT/PLAN"
            )
        offers = tuple(dict.fromkeys(self._offers[each] for each in ids)) or _only(self._other)
        return Brought(ref, "", row["name"], fingerprint(row["key"]), enabled, offers)


class _Hashed:
    needed, known = ("name", "sha256"), HASHES

    def __init__(self, other: Offer | None) -> None:
        self._other = other

    @staticmethod
    def secret(row: Mapping[str, str]) -> str:
        return row["sha256"]

    def brought(self, ref: str, row: Mapping[str, str]) -> Brought:
        stated = row["sha256"].lower()
        if not FINGERPRINT.fullmatch(stated):
            raise ValueError("sha256: must be 64 hexadecimal digits, the SHA-256 of the key's whole text")
        plan = row.get("plan", "")
        try:
            offers = (offer_of(plan),) if plan else _only(self._other)
        except ValueError as fault:
            raise ValueError(f"plan: {fault}") from None
        return Brought(ref, row.get("organization", ""), row["name"], stated, True, offers)


def _only(offer: Offer | None) -> tuple[Offer, ...]:
    if offer is None:
        raise ValueError("it names no plan; name one for all that do not with --offer PRODUCT/PLAN")
    return (offer,)


def _read(kind: _Native | _Hashed, text: str, file: str) -> tuple[Brought, ...]:
    faults: list[Fault] = []
    found: list[Brought] = []
    seen: dict[str, int] = {}
    rows = [*_rows(kind.needed, kind.known, text, file)]
    secrets = {kind.secret(row) for _, row in rows if not isinstance(row, str)} - {""}
    for line, row in rows:
        try:
            if isinstance(row, str):
                raise ValueError(row)
            named = [row["name"], row.get("organization", "")]
            if not row["name"]:
                raise ValueError("name: is empty; give one")
            if secrets & {*named} or (kind.secret(row) and any(kind.secret(row) in each for each in named)):
                raise ValueError("name: holds a key, and would be kept; give another")
            made = kind.brought(f"line {line}", row)
            first = seen.setdefault(made.fingerprint, line)
            if first != line:
                raise ValueError(f"it has the same key as line {first}")
            found.append(made)
        except ValueError as fault:
            faults.append(Fault(file, line, str(fault)))
    if faults:
        raise Faults(faults)
    return tuple(found)


def _rows(
    needed: Sequence[str], known: Sequence[str], text: str, file: str
) -> Iterator[tuple[int, Mapping[str, str] | str]]:
    """Rows by column, each with its line, or what is wrong with it as a whole."""
    plain = SINGLE_QUOTED.sub(r'\1"\2"', text.removeprefix("\ufeff"))
    reader = csv.reader(StringIO(plain, newline=""), strict=True)
    header: list[str] | None = None
    line = 1
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                line = reader.line_num + 1
                continue
            if header is None:
                header = _header(cells, needed, known, file)
            elif len(cells) != len(header):
                yield line, f"has {len(cells)} columns and the header {len(header)}; quote what has a comma in it"
            else:
                yield line, {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
            line = reader.line_num + 1
    except csv.Error as error:
        yield line, f"not CSV: {error}"
    if header is None:
        raise Faults([Fault(file, 1, f"empty; its first line names the columns: {','.join(known)}")])


def _header(cells: Sequence[str], needed: Sequence[str], known: Sequence[str], file: str) -> list[str]:
    """Its columns in lower case; those that are not known are ignored, as API Gateway does. None is repeated: without
    this line, it may be a key."""
    names = [cell.strip().lower() for cell in cells]
    missing = [name for name in needed if name not in names]
    twice = any(names.count(name) > 1 for name in known)
    if missing or twice:
        told = f"; it lacks {' and '.join(missing)}" if missing else "; one is there twice"
        raise Faults([Fault(file, 1, f"the first line must name the columns: {','.join(known)}{told}")])
    return names


def plans_named(text: str, file: str) -> frozenset[str]:
    """The usage plans that a file in API Gateway's format names; raises Faults where its first line is wrong."""
    rows = (row for _, row in _rows(_Native.needed, NATIVE, text, file) if not isinstance(row, str))
    return frozenset(each.strip() for row in rows for each in row.get("usageplanids", "").split(",") if each.strip())
