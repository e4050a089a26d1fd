"""What the demo bank can do: each function is the operation of that name in the OpenAPI document."""

from collections.abc import Callable, Sequence
from typing import TypeVar, get_args

from .answers import Response, answer, unknown
from .data import Account
from .ledger import BY_ID, PAYMENTS, TRANSACTIONS, PaymentStatus
from .orders import accept, read_order
from .request import Parameters, Request
from .views import Json, account_view, balances_view, payment_view, transaction_view

Item = TypeVar("Item")
Operation = Callable[..., Response]
"""Takes the request and the ids in its path; raises Refused."""


def list_accounts(_: Request) -> Response:
    return answer({"items": [account_view(account) for account in BY_ID.values()]})


def get_account(_: Request, account_id: str) -> Response:
    return answer(account_view(_account(account_id)))


def get_balances(_: Request, account_id: str) -> Response:
    return answer(balances_view(_account(account_id)))


def list_transactions(request: Request, account_id: str) -> Response:
    lines = TRANSACTIONS[_account(account_id).id]
    parameters = Parameters(request)
    first, last = parameters.period()
    return _page(parameters, [line for line in lines if first <= line.day <= last], transaction_view)


def get_transaction(_: Request, account_id: str, transaction_id: str) -> Response:
    for line in TRANSACTIONS[_account(account_id).id]:
        if line.id == transaction_id:
            return answer(transaction_view(line))
    raise unknown("The account has no such transaction.", "Take an id from the account's list of transactions.")


def create_payment(request: Request) -> Response:
    return answer(payment_view(accept(read_order(request))), status=201)


def list_payments(request: Request) -> Response:
    parameters = Parameters(request)
    status = parameters.choice("status", get_args(PaymentStatus))
    payments = [payment for payment in PAYMENTS.values() if status in {None, payment.status}]
    return _page(parameters, payments, payment_view)


def get_payment(_: Request, payment_id: str) -> Response:
    if payment_id in PAYMENTS:
        return answer(payment_view(PAYMENTS[payment_id]))
    detail = "There is no such payment; those that you make are answered but not kept."
    raise unknown(detail, "Take an id from GET /payments.")


ROUTES: dict[str, dict[str, Operation]] = {
    "/accounts": {"GET": list_accounts},
    "/accounts/{accountId}": {"GET": get_account},
    "/accounts/{accountId}/balances": {"GET": get_balances},
    "/accounts/{accountId}/transactions": {"GET": list_transactions},
    "/accounts/{accountId}/transactions/{transactionId}": {"GET": get_transaction},
    "/payments": {"GET": list_payments, "POST": create_payment},
    "/payments/{paymentId}": {"GET": get_payment},
}


def _account(account_id: str) -> Account:
    if account_id in BY_ID:
        return BY_ID[account_id]
    raise unknown("There is no such account.", "Take an id from GET /accounts.")


def _page(parameters: Parameters, items: Sequence[Item], view: Callable[[Item], Json]) -> Response:
    limit, start = parameters.limit(), parameters.offset()
    parameters.check()
    following = parameters.cursor(start + limit) if start + limit < len(items) else None
    return answer({"items": [view(item) for item in items[start : start + limit]], "nextCursor": following})
