"""A payment order: read with every fault named, then refused for a reason or accepted; nothing is kept."""

import json
import re
from collections.abc import Mapping
from datetime import date

from .answers import Fault, Refused, invalid
from .data import BANK_CLOCK, BANK_DAY, Account, new_id
from .iban import fault_in
from .ledger import BY_ID, Payment, available
from .request import Request, calendar_day

_ACCOUNT_ID = re.compile(r"acc_[0-9a-f]{12}")
_KEY = re.compile(r"[A-Za-z0-9_.:-]{8,64}")
_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,8})\.[0-9]{2}")
_ORDER = {  # the fields, and which of them an order cannot do without
    "debtorAccountId": True,
    "creditor": True,
    "amount": True,
    "description": False,
    "executionDate": False,
}


class _Reader:
    """Takes a JSON document apart by name and notes every fault with its pointer."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def fault(self, pointer: str, detail: str) -> None:
        self.faults.append(Fault("body", pointer, detail))

    def members(self, value: object, pointer: str, fields: Mapping[str, bool]) -> Mapping[str, object]:
        """The members of an object that has all `fields` marked True and none beside the fields."""
        if not isinstance(value, dict):
            self.fault(pointer, f"must be an object with {', '.join(fields)}")
            return {}
        for name in value.keys() - fields.keys():
            escaped = name.replace("~", "~0").replace("/", "~1")
            self.fault(f"{pointer}/{escaped}", f"is not a field here; there are {', '.join(fields)}")
        for name in (name for name, needed in fields.items() if needed and name not in value):
            self.fault(f"{pointer}/{name}", "is required")
        return value

    def text(self, members: Mapping[str, object], name: str, pointer: str, longest: int) -> str:
        """A member of 1 to `longest` printable characters; empty when it is absent or faulty."""
        value = members.get(name, "")
        if name not in members:
            return ""
        if not isinstance(value, str):
            self.fault(pointer, "must be a string")
        elif not value.strip() or len(value) > longest or not value.isprintable():
            self.fault(pointer, f"must have 1 to {longest} printable characters, not only spaces")
        else:
            return value
        return ""


def read_order(request: Request) -> Payment:
    """The order in a request, with the id that the same Idempotency-Key and order always get.

    Raises Refused: 415 when it is not JSON, 400 with all faults of header and body.
    """
    _require_json(request)
    reader = _Reader()
    key = request.headers.get("idempotency-key", "")
    if not _KEY.fullmatch(key):
        detail = "must have 8 to 64 letters, digits or _ . : - (a new UUID does)"
        reader.faults.append(Fault("header", "/Idempotency-Key", detail if key else f"is required; it {detail}"))
    try:
        body = json.loads(request.body_bytes())
    except (ValueError, RecursionError):
        reader.fault("", "must be a JSON document in UTF-8")
        raise invalid(reader.faults) from None
    return _order(reader, key, body)


def _require_json(request: Request) -> None:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise Refused(
            415,
            "media_type_unsupported",
            "Unsupported media type",
            detail="A payment order is JSON, and the request does not say that it is.",
            then="Send JSON with the header Content-Type: application/json.",
            headers={"accept": "application/json"},
        )


def _order(reader: _Reader, key: str, body: object) -> Payment:
    order = reader.members(body, "", _ORDER)
    account_id = reader.text(order, "debtorAccountId", "/debtorAccountId", 40)
    if account_id and not _ACCOUNT_ID.fullmatch(account_id):
        reader.fault("/debtorAccountId", "must be the id of an account; GET /accounts lists them")
    name, number = _creditor(reader, order)
    cents = _amount(reader, order)
    description = reader.text(order, "description", "/description", 140)
    day = _execution_date(reader, order)
    if reader.faults:
        raise invalid(sorted(reader.faults, key=lambda fault: (fault.place != "header", fault.pointer)))
    return Payment(
        id=new_id("pay", key, account_id, name, number, cents, description, str(day)),
        status="accepted" if day == BANK_DAY else "scheduled",
        account_id=account_id,
        cents=cents,
        creditor=name,
        creditor_iban=number,
        text=description,
        day=day,
        created_at=BANK_CLOCK,
    )


def _creditor(reader: _Reader, order: Mapping[str, object]) -> tuple[str, str]:
    if "creditor" not in order:
        return "", ""
    creditor = reader.members(order["creditor"], "/creditor", {"name": True, "iban": True})
    name = reader.text(creditor, "name", "/creditor/name", 70)
    number = reader.text(creditor, "iban", "/creditor/iban", 34)
    if number and (fault := fault_in(number)):
        reader.fault("/creditor/iban", fault)
    return name, number


def _amount(reader: _Reader, order: Mapping[str, object]) -> int:
    if "amount" not in order:
        return 0
    amount = reader.members(order["amount"], "/amount", {"value": True, "currency": True})
    if amount.get("currency", "EUR") != "EUR":
        reader.fault("/amount/currency", "must be EUR: the demo bank knows no other currency")
    if "value" not in amount:
        return 0
    value = amount["value"]
    if isinstance(value, str) and _AMOUNT.fullmatch(value) and value != "0.00":
        return int(value.replace(".", ""))
    reader.fault("/amount/value", 'must be a string with two decimals above zero, such as "12.50"')
    return 0


def _execution_date(reader: _Reader, order: Mapping[str, object]) -> date:
    if "executionDate" not in order:
        return BANK_DAY
    day = calendar_day(order["executionDate"])
    if day is None or day < BANK_DAY:
        reader.fault("/executionDate", f"must be a calendar day from {BANK_DAY} on: in this bank that is today")
    return day or BANK_DAY


def accept(order: Payment) -> Payment:
    """The order itself when its account can pay it. Raises Refused (422) with every reason why not."""
    account = BY_ID.get(order.account_id)
    if account is None:
        faults = [Fault("body", "/debtorAccountId", "is no account here; GET /accounts lists them")]
    else:
        faults = _reasons_against(order, account)
    if faults:
        raise Refused(
            422,
            "payment_refused",
            "The payment is refused",
            detail="The order is well-formed, but the bank will not carry it out.",
            then="Change what `errors` lists and send it with a new Idempotency-Key.",
            faults=faults,
        )
    return order


def _reasons_against(order: Payment, account: Account) -> list[Fault]:
    faults = []
    if account.closed:
        faults.append(Fault("body", "/debtorAccountId", "is a closed account; pay from an open one"))
    elif order.cents > available(account):
        faults.append(Fault("body", "/amount/value", "is above what the account has available; see its balances"))
    if order.creditor_iban == account.iban:
        faults.append(Fault("body", "/creditor/iban", "is the paying account itself"))
    return faults
