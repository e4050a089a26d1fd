"""Who banks here and what happens on their accounts: the invented facts that the ledger is made from.

People, companies and bank codes are made up. Amounts are whole cents; a negative one leaves the account.
"""

from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Literal

from .iban import iban

BANK_DAY = date(2026, 10, 30)
"""The day it always is in the demo bank, a Friday: answers are the same today and next year."""
BANK_CLOCK = f"{BANK_DAY}T09:30:00Z"
FIRST_DAY = date(2026, 5, 1)
BIC = "TGDBNL2A"

AccountKind = Literal["current", "savings", "business"]
EntryKind = Literal["card", "transfer", "directDebit", "interest"]


def new_id(prefix: str, *parts: object) -> str:
    """An id such as `acc_4b1f09c27e5d`, always the same for the same parts: `prefix` names the kind."""
    return f"{prefix}_{sha256(repr(parts).encode()).hexdigest()[:12]}"


def iban_of(bank: str, owner: str) -> str:
    """A Dutch-looking IBAN at a bank code that no bank has, always the same for the same owner."""
    return iban("NL", f"{bank}{int.from_bytes(sha256(owner.encode()).digest()[:8], 'big') % 10**10:010d}")


@dataclass(frozen=True, slots=True)
class Account:
    """One account; `credit_limit` and `opening` (the balance before `FIRST_DAY`) are cents."""

    key: str
    name: str
    holder: str
    kind: AccountKind
    opened: str
    credit_limit: int
    opening: int
    closed: bool = False

    @property
    def iban(self) -> str:
        return iban_of("TGDB", self.key)

    @property
    def id(self) -> str:
        return new_id("acc", self.iban)


@dataclass(frozen=True, slots=True)
class Recurring:
    """A payment on the same day of every month in `months`, or on the Monday after when that is a weekend."""

    account: str
    day: int
    cents: int
    party: str
    text: str
    kind: EntryKind = "transfer"
    months: tuple[int, ...] = tuple(range(1, 13))


@dataclass(frozen=True, slots=True)
class Habit:
    """A payment of `low` to `high` cents on `percent` of the days in `weekdays` (Monday is 0)."""

    account: str
    percent: int
    low: int
    high: int
    party: str
    text: str
    kind: EntryKind = "card"
    weekdays: tuple[int, ...] = tuple(range(7))


_SANNE = "Sanne Verhoeven"
_BAKERY = "Bakkerij De Zilveren Korst B.V."
_ACCOUNTS = (
    Account("daily", "Daily account", _SANNE, "current", "2014-09-01", 500_00, 1_842_37),
    Account("joint", "Household", f"{_SANNE} and Joris Akkerman", "current", "2019-03-18", 0, 2_464_10),
    Account("savings", "Rainy days", _SANNE, "savings", "2016-01-04", 0, 11_250_00),
    Account("bakery", "Business account", _BAKERY, "business", "2011-05-23", 10_000_00, 18_406_55),
    Account("reserve", "Tax reserve", _BAKERY, "savings", "2012-02-01", 0, 9_120_00),
    Account("student", "Student account", "Noor Benali", "current", "2020-08-27", 0, 84_15, closed=True),
)
ACCOUNTS = {account.key: account for account in _ACCOUNTS}
"""By the key that the tables below use; `GET /accounts` keeps this order."""

_QUARTERS = (6, 9)
RECURRING = (
    Recurring("daily", 25, 3_184_62, "Atelier Noorderlicht B.V.", "Salary {month}"),
    Recurring("daily", 1, -148_75, "Zorgkring Merwede U.A.", "Health insurance {month}", "directDebit"),
    Recurring("daily", 5, -18_50, "Klinkklaar Telecom B.V.", "Mobile plan {month}", "directDebit"),
    Recurring("daily", 8, -24_95, "Sportzaal De Springbok", "Membership {month}", "directDebit"),
    Recurring("daily", 26, -1_250_00, "joint", "My half of the household, {month}"),
    Recurring("daily", 27, -600_00, "savings", "Rainy days"),
    Recurring("joint", 26, 1_250_00, "J. Akkerman", "My half of the household, {month}"),
    Recurring("joint", 1, -1_475_00, "Stichting Wonen Veldkamp", "Rent {month}, Lindenkade 212"),
    Recurring("joint", 12, -162_00, "Lichtkracht Energie U.A.", "Power and heat {month}", "directDebit"),
    Recurring("joint", 15, -28_40, "Waterschap Duinzoom", "Drinking water {month}", "directDebit"),
    Recurring("joint", 20, -42_50, "Glasdraad Internet B.V.", "Fibre 500 {month}", "directDebit"),
    Recurring("savings", 30, 49_22, "Tiergate Demo Bank", "Quarterly interest", "interest", _QUARTERS),
    Recurring("bakery", 1, -2_350_00, "Vastgoed Brouwersplein C.V.", "Shop rent {month}"),
    Recurring("bakery", 9, 1_486_40, "Hotel De Gouden Reiger", "Breakfast bread, invoice R-{month}"),
    Recurring("bakery", 12, -1_184_00, "Lichtkracht Energie U.A.", "Ovens and shop {month}", "directDebit"),
    Recurring("bakery", 16, 742_85, "Café Lindenhof", "Cakes and pastry, invoice L-{month}"),
    Recurring("bakery", 18, -640_00, "Ovenlease Twente B.V.", "Deck oven 3, term {month}", "directDebit"),
    Recurring("bakery", 24, -13_846_30, "Loonbureau Horizon", "Wages {month}, 7 people"),
    Recurring("bakery", 28, -4_200_00, "reserve", "Set aside for tax {month}"),
    Recurring("reserve", 30, -12_385_00, "Belastingkantoor Duinzoom", "VAT second quarter 2026", months=(7,)),
    Recurring("student", 29, -84_15, "N. Benali", "Closing balance", months=(6,)),
)
_OPEN = (0, 1, 2, 3, 4, 5)
HABITS = (
    Habit("daily", 32, -8_00, -44_00, "Buurtsuper Van Loo", "Groceries"),
    Habit("daily", 28, -3_10, -7_40, "Koffiebar Het Perron", "Coffee"),
    Habit("daily", 24, -6_20, -27_80, "Polderspoor", "Train travel", weekdays=(0, 1, 2, 3, 4)),
    Habit("daily", 7, -9_95, -38_50, "Boekhandel Inktvis", "Books"),
    Habit("daily", 20, -22_00, -74_50, "Trattoria Bellavista", "Dinner", weekdays=(4, 5)),
    Habit("joint", 55, -24_00, -96_00, "Buurtsuper Van Loo", "Groceries", weekdays=(1, 3, 5)),
    Habit("joint", 12, -14_90, -129_00, "Warenhuis Klaver", "For the house", weekdays=(5,)),
    Habit(
        "bakery",
        100,
        720_00,
        1_480_00,
        "Betaalkas Afrekening",
        "Shop takings",
        "transfer",
        (0, 1, 2, 3, 4, 5),
    ),
    Habit("bakery", 100, -640_00, -910_00, "Molen De Zwaluw", "Flour and grain", "transfer", (1,)),
    Habit("bakery", 100, -310_00, -520_00, "Zuivelhoeve Weideblik", "Butter, milk, eggs", "transfer", (3,)),
)
