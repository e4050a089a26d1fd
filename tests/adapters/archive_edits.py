"""What makes a good file a bad one, each with what is told of it."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from tiergate.adapters.archive.lines import LONGEST, canonical

Edit = Callable[[list[dict[str, Any]]], object]


def signed(documents: list[Any]) -> list[bytes]:
    """Lines under a last one that fits them."""
    body = [each if isinstance(each, bytes) else canonical(each) for each in documents]
    kinds = [each["kind"] for each in documents[1:] if isinstance(each, dict)]
    last = {"kind": "end", "records": {kind: kinds.count(kind) for kind in kinds}}
    return [*body, canonical(last | {"sha256": hashlib.sha256(b"".join(body)).hexdigest()})]


def of(documents: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    return next(each for each in documents if each["kind"] == kind)


EDITS: dict[str, tuple[str, Edit]] = {
    "a field is missing": ('line 2: "name" is missing', lambda lines: of(lines, "organization").pop("name")),
    "a field is of another version": (
        'line 2: there is no field "vip"; if a later version',
        lambda lines: of(lines, "organization").update(vip=True),
    ),
    "a state is none": (
        'line 4: "state" must be one of active, suspended, revoked; found "gone"',
        lambda lines: of(lines, "key").update(state="gone"),
    ),
    "a number is a text": (
        'line 3: "version" must be a whole number, 1 or more; found "1"',
        lambda lines: of(lines, "application").update(version="1"),
    ),
    "a hash is a key": (
        'line 4: "sha256" must be 64 hexadecimal digits; found "(a key)"',
        lambda lines: of(lines, "key").update(sha256="tg_dev_0pW4ylgVHlvq_" + "x" * 38),
    ),
    "a network has bits of a host": (
        'line 4: "addresses" must be a list, each of it a network such as 203.0.113.0/24',
        lambda lines: of(lines, "key").update(addresses=["203.0.113.1/24"]),
    ),
    "a moment has no zone": (
        'line 4: "expires" must be null or a time in UTC',
        lambda lines: of(lines, "key").update(expires="2027-01-31T12:00:00"),
    ),
    "a moment is written otherwise": (
        "line 4: it is not written as an export writes it",
        lambda lines: of(lines, "key").update(expires="2027-01-31T12:00:00.000Z"),
    ),
    "a record is larger than the store takes": (
        "line 2: it is larger than the 400 KB that DynamoDB keeps of a record",
        lambda lines: of(lines, "organization").update(name="x" * 410_000),
    ),
    "a record of many parts is": (
        "it is larger than the 400 KB that DynamoDB keeps of a record",
        lambda lines: of(lines, "counters").update(counters={f"bank/v1@{n:010}": 10**15 for n in range(15_000)}),
    ),
    "a name is empty": (
        "a name in it is empty",
        lambda lines: of(lines, "usage").update(units={"": {"1": 1}}),
    ),
    "the header leaves out what the lines have": (
        "the first line does not tell of counters",
        lambda lines: lines[0].update(parts=["customers", "audit", "usage"]),
    ),
    "a limit is unknown": (
        'line 3: "subscriptions" must be a list',
        lambda lines: of(lines, "application")["subscriptions"][0].update(
            override={"limits": {"minute": 1}, "until": None}
        ),
    ),
    "a product twice": (
        "line 3: it is not written as an export writes it",
        lambda lines: of(lines, "application")["subscriptions"].append(
            of(lines, "application")["subscriptions"][0] | {"id": "sub_2"}
        ),
    ),
    "an organization is missing": ("which the file does not have", lambda lines: lines.pop(1)),
    "an organization is deleted": (
        "line 3: application",
        lambda lines: of(lines, "organization").update(state="deleted", name=""),
    ),
    "an application is missing": ("which the file does not have", lambda lines: lines.pop(2)),
    "a record twice": ("is in line 2 too", lambda lines: lines.append(lines[1])),
    "a subscription twice": (
        "is in the file twice",
        lambda lines: lines.append(of(lines, "application") | {"id": "app_2"}),
    ),
    "a kind nobody knows": (
        'line 10: there is no kind "portal"; known: organization',
        lambda lines: lines.append({"kind": "portal"}),
    ),
    "no period": (
        '"period" must be a day or a month',
        lambda lines: of(lines, "usage").update(period="2026-13"),
    ),
    "a counter is no number": (
        '"counters" must be an object, each of it a whole number',
        lambda lines: of(lines, "counters").update(counters={"w": 1.5}),
    ),
    "a number beyond the store": (
        "a number of it is too large",
        lambda lines: of(lines, "counters").update(counters={"w": 10**38}),
    ),
    "half a letter": (
        "half of a surrogate pair",
        lambda lines: lines.append(json.dumps({"kind": "audit", "who": "\ud800"}).encode() + b"\n"),
    ),
    "facts too deep": (
        "levels deep",
        lambda lines: of(lines, "audit").update(after=json.loads('{"a":' * 40 + "1" + "}" * 40)),
    ),
    "deeper than any stack": ("nested too deeply", lambda lines: lines.append(b"[" * 100_000 + b"\n")),
    "a field twice": ("it has a field twice", lambda lines: lines.append(b'{"kind":"key","kind":"audit"}\n')),
    "no JSON": ("it is no JSON (Expecting value, column 1)", lambda lines: lines.append(b"hello\n")),
    "an empty line": ("it is no JSON", lambda lines: lines.append(b"\n")),
    "no object": ('it is no object with a "kind"', lambda lines: lines.append(b"[]\n")),
    "not UTF-8": ("it is not UTF-8", lambda lines: lines.append(b'{"kind":"\xff"}\n')),
    "no number": ("it has a number that is none", lambda lines: lines.append(b'{"kind":NaN}\n')),
    "a line without end": (
        f"line 10: it is longer than {LONGEST:,} bytes",
        lambda lines: lines.append(b'{"kind":"' + b"x" * (3 * LONGEST) + b'"}\n'),
    ),
    "a later format": ("line 1: the file has format 2, and this version", lambda lines: lines[0].update(format=2)),
    "a part without customers": (
        "restore one that was exported without --only",
        lambda lines: lines[0].update(parts=["audit"]),
    ),
    "another first line": ("line 1: this is no file that tiergate export wrote", lambda lines: lines.pop(0)),
}
