"""How accounts, transactions and payments look in an answer: the schemas of the OpenAPI document."""

from .data import BANK_CLOCK, BIC, Account
from .ledger import Payment, Transaction, available, booked, pending

Json = dict[str, object]


def money(cents: int) -> Json:
    """An amount in euro, the value as a decimal string.

    >>> money(-5)
    {'value': '-0.05', 'currency': 'EUR'}
    """
    return {
        "value": f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}",
        "currency": "EUR",
    }


def account_view(account: Account) -> Json:
    """The schema `Account`."""
    return {
        "id": account.id,
        "iban": account.iban,
        "bic": BIC,
        "name": account.name,
        "holder": account.holder,
        "kind": account.kind,
        "status": "closed" if account.closed else "open",
        "currency": "EUR",
        "openedOn": account.opened,
    }


def balances_view(account: Account) -> Json:
    """The schema `Balances`."""
    return {
        "accountId": account.id,
        "asOf": BANK_CLOCK,
        "booked": money(booked(account)),
        "pending": money(pending(account)),
        "creditLimit": money(account.credit_limit),
        "available": money(available(account)),
    }


def transaction_view(line: Transaction) -> Json:
    """The schema `Transaction`."""
    return {
        "id": line.id,
        "accountId": line.account_id,
        "status": "pending" if line.balance_after is None else "booked",
        "date": str(line.day),
        "amount": money(line.cents),
        "balanceAfter": None if line.balance_after is None else money(line.balance_after),
        "kind": line.kind,
        "counterparty": {"name": line.party, "iban": line.party_iban},
        "description": line.text,
    }


def payment_view(payment: Payment) -> Json:
    """The schema `Payment`."""
    return {
        "id": payment.id,
        "status": payment.status,
        "statusReason": payment.reason,
        "debtorAccountId": payment.account_id,
        "creditor": {"name": payment.creditor, "iban": payment.creditor_iban},
        "amount": money(payment.cents),
        "description": payment.text,
        "executionDate": str(payment.day),
        "createdAt": payment.created_at,
        "transactionId": payment.transaction_id,
    }
