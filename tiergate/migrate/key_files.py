"""Files of keys: API Gateway's own CSV, and SHA-256 from elsewhere. Faults name lines, and repeat nothing of a key."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO

from tiergate.domain.gate import Offer
from tiergate.domain.imported_keys import FINGERPRINT, fault_of
from tiergate.domain.keys import fingerprint
from tiergate.domain.redaction import Redaction
from tiergate.migrate.partners import Brought
from tiergate.policy.parts import ID
from tiergate.policy.source import Fault, Faults

NATIVE = ("name", "key", "description", "enabled", "usageplanids")
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/api-key-file-format.html"""

HASHES = ("name", "sha256", "organization", "plan")
ENABLED = {"true": True, "false": False, "": True}
LARGEST = 100_000_000
"""Bytes of a file."""

NOTHING = fingerprint("")
PLAN_ID = re.compile(r"[a-z0-9]{1,12}")
"""What is longer may be a key, where columns are mixed up, and is not repeated."""


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
    product, _, plan = text.partition("/")
    if not (re.fullmatch(ID, product) and re.fullmatch(ID, plan)):
        raise ValueError("a product and a plan are written product/plan, for example open-banking/free")
    return product, plan


class _Native:
    needed, known = ("name", "key"), NATIVE

    def __init__(self, offers: Mapping[str, Offer], other: Offer | None) -> None:
        self._offers = offers
        self._other = other

    @staticmethod
    def secret(row: Mapping[str, str]) -> str:
        return row["key"]

    def brought(self, ref: str, row: Mapping[str, str]) -> Brought:
        fault = fault_of(row["key"])
        if fault:
            raise ValueError(f"key: {fault}")
        enabled = ENABLED.get(row.get("enabled", "").lower())
        if enabled is None:
            raise ValueError("enabled: must be true or false")
        ids = _usage_plans(row)
        unknown = [each for each in ids if each not in self._offers]
        if unknown:
            told = ", ".join(each for each in unknown if PLAN_ID.fullmatch(each)) or f"{len(unknown)} of them"
            raise ValueError(
                f"usageplanIds: no usage plan that is migrated: {told}; name what each stands for with "
                "--plan ID=PRODUCT/PLAN"
            )
        offers = tuple(dict.fromkeys(self._offers[each] for each in ids)) or _other(self._other)
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
        if stated == NOTHING:
            raise ValueError("sha256: is that of an empty text, and of no key")
        plan = row.get("plan", "")
        try:
            offers = (offer_of(plan),) if plan else _other(self._other)
        except ValueError as fault:
            raise ValueError(f"plan: {fault}") from None
        return Brought(ref, row.get("organization", ""), row["name"], stated, True, offers)


def _other(offer: Offer | None) -> tuple[Offer, ...]:
    if offer is None:
        raise ValueError("it names no plan; name one for all that do not with --offer PRODUCT/PLAN")
    return (offer,)


def _read(kind: _Native | _Hashed, text: str, file: str) -> tuple[Brought, ...]:
    faults: list[Fault] = []
    found: list[Brought] = []
    seen: dict[str, int] = {}
    rows = [*_rows(kind.needed, kind.known, text, file)]
    secrets = {kind.secret(row) for _, row in rows if not isinstance(row, str)} - {""}
    redaction = Redaction(secrets)
    for line, row in rows:
        try:
            if isinstance(row, str):
                raise ValueError(row)
            named = [row["name"], row.get("organization", "")]
            if not row["name"]:
                raise ValueError("name: is empty; give one")
            if secrets & {*named} or any(map(redaction.holds, named)):
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
    reader = csv.reader(StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    header: list[str] | None = None
    line = 1
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                line = reader.line_num + 1
                continue
            if header is None:
                header = _header(cells, needed, known, file)
            else:
                yield line, _row(header, cells)
            line = reader.line_num + 1
    except csv.Error as error:
        yield line, f"not CSV: {error}"
    if header is None:
        raise Faults([Fault(file, 1, f"empty; its first line names the columns: {','.join(known)}")])


def _row(header: Sequence[str], cells: Sequence[str]) -> Mapping[str, str] | str:
    row = cells if len(cells) <= len(header) else _joined(cells)
    if len(row) != len(header):
        return f"has {len(cells)} columns and the header {len(header)}; quote what has a comma in it"
    return {name: cell.strip() for name, cell in zip(header, row, strict=True)}


def _joined(cells: Sequence[str]) -> list[str]:
    """A row's cells where single quotes hold one together that has commas, as API Gateway takes them too."""
    made: list[str] = []
    quoted: list[str] = []
    for cell in cells:
        if quoted or (cell.startswith("'") and not cell.endswith("'")):
            quoted.append(cell)
        else:
            made.append(cell)
        if quoted and cell.endswith("'"):
            made.append(",".join(quoted)[1:-1])
            quoted = []
    return made + quoted


def _usage_plans(row: Mapping[str, str]) -> list[str]:
    return [each for text in row.get("usageplanids", "").split(",") if (each := text.strip(" '"))]


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
    return frozenset(each for row in rows for each in _usage_plans(row))
