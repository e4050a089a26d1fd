"""Waivers: what they cover, and every mistake in their file at once."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.governance.conftest import Read
from tiergate.governance.findings import Finding
from tiergate.governance.waivers import Register, Waiver, register

TODAY = date(2026, 11, 23)
RULES = ("operation-tag", "example-response")
WAIVER = """\
  - rule: operation-tag
    api: shop/v1
    owner: anna@shop.example
    reason: The portal has no groups yet.
    expires: 2026-11-23
"""


def finding(**changes: object) -> Finding:
    values = {"rule": "operation-tag", "severity": "warning", "file": "f", "line": 3, "message": "m"} | changes
    return Finding(**values)  # type: ignore[arg-type]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path("waivers.yaml")


def read_register(file: Path, text: str, read: Read, good: str) -> Register:
    file.write_text(f"waivers:\n{text}", encoding="utf-8")
    return register(file, RULES, {"shop/v1": read(good), "shop/v2": read(good)}, TODAY)


def faults(file: Path, text: str, read: Read, good: str) -> list[str]:
    return list(map(str, read_register(file, text, read, good).faults))


def test_a_waiver_covers_its_rule_of_its_api_until_the_end_of_its_day(file: Path, read: Read, good: str) -> None:
    found = read_register(file, WAIVER, read, good)
    assert found.faults == []
    assert found.applied("shop/v1", finding()).waived == (
        "until 2026-11-23 by anna@shop.example: The portal has no groups yet."
    )
    assert not found.applied("shop/v2", finding()).waived
    assert not found.applied("shop/v1", finding(rule="example-response")).waived
    assert found.unused({"shop/v1"}) == []


@pytest.mark.parametrize(
    ("key", "covered", "other"),
    [
        ("operation: listOrders", {"operation": "listOrders"}, {"operation": "placeOrder"}),
        ("path: /paths/~1orders", {"path": ("paths", "/orders", "get")}, {"path": ("paths", "/orders-2")}),
        ("path: /tags/1", {"path": ("tags", 1, "name")}, {"path": ("tags", 11)}),
    ],
)
def test_a_waiver_may_cover_a_part(
    key: str, covered: dict[str, object], other: dict[str, object], file: Path, read: Read, good: str
) -> None:
    found = read_register(file, f"{WAIVER}    {key}\n", read, good)
    assert found.faults == []
    assert found.applied("shop/v1", finding(**covered)).waived
    assert not found.applied("shop/v1", finding(**other)).waived


def test_an_expired_waiver_is_a_fault_that_names_owner_and_day_and_covers_nothing(
    file: Path, read: Read, good: str
) -> None:
    found = read_register(file, WAIVER.replace("11-23", "11-22"), read, good)
    assert list(map(str, found.faults)) == [
        "waivers.yaml:6: waivers.0.expires: expired on 2026-11-22; anna@shop.example has to mend what breaks "
        "operation-tag, or to give a new date with the reason for it"
    ]
    assert not found.applied("shop/v1", finding()).waived


def test_a_waiver_that_nothing_needs_is_told_where_its_api_was_linted(file: Path, read: Read, good: str) -> None:
    found = read_register(file, WAIVER, read, good)
    assert list(map(str, found.unused({"shop/v1"}))) == [
        "waivers.yaml:2: waivers.0: nothing breaks operation-tag there; remove it"
    ]
    assert found.unused({"shop/v2"}) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("    owner: anna@shop.example\n", "", 'waivers.yaml:2: waivers.0: missing key "owner"'),
        ("    reason: The portal has no groups yet.\n", "", 'waivers.yaml:2: waivers.0: missing key "reason"'),
        ("    expires: 2026-11-23\n", "", 'waivers.yaml:2: waivers.0: missing key "expires"'),
        ("    owner:", "    ower:", 'waivers.yaml:4: waivers.0: unknown key "ower"; did you mean "owner"?'),
        ("2026-11-23", "soon", 'waivers.yaml:6: waivers.0.expires: must be a day, such as 2027-01-31; found "soon"'),
        (
            "2026-11-23",
            "2026-11-31",
            'waivers.yaml:6: waivers.0.expires: must be a day, such as 2027-01-31; found "2026-11-31"',
        ),
        (
            "rule: operation-tag",
            "rule: operation-tags",
            'waivers.yaml:2: waivers.0.rule: no rule "operation-tags" is switched on; did you mean "operation-tag"?',
        ),
        (
            "api: shop/v1",
            "api: shop/v3",
            'waivers.yaml:3: waivers.0.api: there is no "shop/v3"; did you mean "shop/v2"?',
        ),
        (
            "expires: 2026-11-23",
            "expires: 2026-11-23\n    operation: listOrder",
            'waivers.yaml:7: waivers.0.operation: shop/v1 has no "listOrder"; did you mean "listOrders"?',
        ),
        (
            "expires: 2026-11-23",
            "expires: 2026-11-23\n    path: paths",
            "waivers.yaml:7: waivers.0.path: must be a JSON pointer, such as /components/schemas/Money",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line(old: str, new: str, told: str, file: Path, read: Read, good: str) -> None:
    assert old in WAIVER
    assert told in faults(file, WAIVER.replace(old, new), read, good)


def test_all_mistakes_are_told_at_once(file: Path, read: Read, good: str) -> None:
    text = WAIVER.replace("shop/v1", "shop/v9") + WAIVER.replace("2026-", "2025-").replace("operation-tag", "none")
    assert len(faults(file, text, read, good)) == 3
    malformed = WAIVER.replace("    owner: anna@shop.example\n", "")
    told = [fault.partition(": ")[2] for fault in faults(file, malformed + text, read, good)]
    assert [fault.partition(":")[0] for fault in told] == [
        *("waivers.0", "waivers.1.api", "waivers.2.rule", "waivers.2.expires"),
    ]


def test_what_a_finding_costs_does_not_grow_with_the_waivers(file: Path, read: Read, good: str) -> None:
    class Counted(list[tuple[int, Waiver]]):
        looks = 0

        def __iter__(self) -> Iterator[tuple[int, Waiver]]:
            self.looks += 1
            return super().__iter__()

        def __reversed__(self) -> Iterator[tuple[int, Waiver]]:
            self.looks += 1
            return super().__reversed__()

    (_, one), *_ = read_register(file, WAIVER, read, good).valid
    waivers = Counted((number, one.model_copy(update={"path": f"/paths/{number}"})) for number in range(1000))
    many = Register(valid=waivers)
    for number in range(1000):
        assert many.applied("shop/v1", finding(path=("paths", f"{number}", "get"))).waived
    assert waivers.looks == 1


def test_of_two_waivers_of_one_finding_the_first_counts(file: Path, read: Read, good: str) -> None:
    narrow = f"{WAIVER}    operation: listOrders\n    path: /paths\n"
    for text in (WAIVER + narrow, narrow + WAIVER, WAIVER + WAIVER):
        found = read_register(file, text, read, good)
        assert found.applied("shop/v1", finding(operation="listOrders", path=("paths", "/orders"))).waived
        assert [fault.message.partition(":")[0] for fault in found.unused({"shop/v1"})] == ["waivers.1"]


def test_without_the_file_nothing_is_waived(file: Path) -> None:
    assert register(file, RULES, {}, TODAY) == Register()


def test_a_file_that_cannot_be_read_is_told(file: Path) -> None:
    file.write_text("waivers: [", encoding="utf-8")
    assert register(file, RULES, {}, TODAY).faults
