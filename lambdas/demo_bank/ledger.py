"""The books of the demo bank: every transaction, balance and payment, computed once from the facts in `data`.

Nothing here is random: the "chance" of a habit is a hash of its name and the day, so that every instance
of the function, on every Python, tells the same story. Every booked transaction adds up to the balance.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from hashlib import sha256
from typing import Literal

from .data import (
    ACCOUNTS,
    BANK_DAY,
    FIRST_DAY,
    HABITS,
    RECURRING,
    Account,
    EntryKind,
    Habit,
    Recurring,
    iban_of,
    new_id,
)

PaymentStatus = Literal["accepted", "scheduled", "settled", "rejected"]


@dataclass(frozen=True, slots=True)
class Transaction:
    """One line of an account statement, in cents; `balance_after` is None while it is pending."""

    id: str
    account_id: str
    day: date
    cents: int
    kind: EntryKind
    party: str
    party_iban: str | None
    text: str
    balance_after: int | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment order, in cents; `transaction_id` names the booking of a settled one."""

    id: str
    status: PaymentStatus
    account_id: str
    cents: int
    creditor: str
    creditor_iban: str
    text: str
    day: date
    created_at: str
    transaction_id: str | None = None
    reason: str | None = None


def _draw(label: str, below: int) -> int:
    return int.from_bytes(sha256(label.encode()).digest()[:8], "big") % below


def _days() -> Iterator[date]:
    for offset in range((BANK_DAY - FIRST_DAY).days + 1):
        yield FIRST_DAY + timedelta(days=offset)


def _working_day(day: date) -> date:
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


def _entry(item: Recurring | Habit, day: date, cents: int) -> list[Transaction]:
    """The line on the item's account and, when its party is an account here too, the mirror on that one."""
    account, other = ACCOUNTS[item.account], ACCOUNTS.get(item.party)
    text = item.text.format(month=f"{day:%Y-%m}")
    if other is None:
        number = None if item.kind in {"card", "interest"} else iban_of("FICT", item.party)
        return [_line(account, day, cents, kind=item.kind, party=item.party, number=number, text=text)]
    return [
        _line(mine, day, value, kind=item.kind, party=theirs.holder, number=theirs.iban, text=text)
        for mine, theirs, value in ((account, other, cents), (other, account, -cents))
    ]


def _line(
    account: Account, day: date, cents: int, *, kind: EntryKind, party: str, number: str | None, text: str
) -> Transaction:
    name = new_id("txn", account.id, str(day), cents, party, text)
    return Transaction(name, account.id, day, cents, kind, party, number, text)


def _entries() -> Iterator[Transaction]:
    for month in (day for day in _days() if day.day == 1):
        for item in RECURRING:
            day = _working_day(month.replace(day=item.day))
            if month.month in item.months and day <= BANK_DAY:
                yield from _entry(item, day, item.cents)
    for day in _days():
        for habit in HABITS:
            label = f"{habit.account} {habit.party} {day}"
            if day.weekday() in habit.weekdays and _draw(label, 100) < habit.percent:
                spread = _draw(label + " cents", abs(habit.high - habit.low) + 1)
                yield from _entry(habit, day, habit.low + (spread if habit.low > 0 else -spread))


def _is_pending(line: Transaction) -> bool:
    """Card payments of the last two days."""
    return line.kind == "card" and line.day >= BANK_DAY - timedelta(days=1)


def _statement(account: Account, lines: list[Transaction]) -> tuple[Transaction, ...]:
    """The lines newest first, pending ones before all, with the balance after each booked one."""
    balance, statement = account.opening, []
    for line in sorted(lines, key=lambda line: (_is_pending(line), line.day, line.id)):
        if not _is_pending(line):
            balance += line.cents
        statement.append(line if _is_pending(line) else replace(line, balance_after=balance))
    return tuple(reversed(statement))


def _payments() -> tuple[Payment, ...]:
    """The orders behind the outgoing transfers of the last two months, two still to come, one rejected."""
    orders = [
        _order("scheduled", "joint", 3, cents=1_475_00, to="Stichting Wonen Veldkamp", text="Rent 2026-11"),
        _order("scheduled", "bakery", 13, cents=4_860_00, to="Ovenlease Twente B.V.", text="Advance, deck oven 4"),
        _order("rejected", "daily", -3, cents=7_950_00, to="Fietsatelier Wildgans", text="Cargo bicycle 20611"),
    ]
    settled = [
        Payment(
            id=new_id("pay", line.id),
            status="settled",
            account_id=line.account_id,
            cents=-line.cents,
            creditor=line.party,
            creditor_iban=line.party_iban,
            text=line.text,
            day=line.day,
            created_at=f"{line.day}T07:{_draw(line.id, 60):02d}:00Z",
            transaction_id=line.id,
        )
        for statement in TRANSACTIONS.values()
        for line in statement
        if line.kind == "transfer" and line.cents < 0 and line.party_iban and line.day >= date(2026, 9, 1)
    ]
    return tuple(sorted(orders + settled, key=lambda payment: (payment.created_at, payment.id), reverse=True))


def _order(status: PaymentStatus, key: str, days: int, *, cents: int, to: str, text: str) -> Payment:
    """An order that was not carried out (yet), for `days` after the bank's day."""
    day = BANK_DAY + timedelta(days=days)
    return Payment(
        id=new_id("pay", key, str(day), cents, text),
        status=status,
        account_id=ACCOUNTS[key].id,
        cents=cents,
        creditor=to,
        creditor_iban=iban_of("FICT", to),
        text=text,
        day=day,
        created_at=f"{min(day, BANK_DAY - timedelta(days=1))}T16:05:00Z",
        reason="insufficientFunds" if status == "rejected" else None,
    )


_ALL = tuple(_entries())
BY_ID = {account.id: account for account in ACCOUNTS.values()}
TRANSACTIONS = {
    account_id: _statement(account, [line for line in _ALL if line.account_id == account_id])
    for account_id, account in BY_ID.items()
}
"""The statement of every account by its id, newest first, pending on top."""
PAYMENTS = {payment.id: payment for payment in _payments()}
"""Every payment that can be read, newest first."""


def booked(account: Account) -> int:
    """The balance of everything booked, in cents."""
    return account.opening + sum(line.cents for line in TRANSACTIONS[account.id] if not _is_pending(line))


def pending(account: Account) -> int:
    """The sum of what is made and not booked yet, in cents; negative when it will leave the account."""
    return sum(line.cents for line in TRANSACTIONS[account.id] if _is_pending(line))


def available(account: Account) -> int:
    """What the holder can spend now, in cents: booked, pending and the credit limit together."""
    return booked(account) + pending(account) + account.credit_limit
