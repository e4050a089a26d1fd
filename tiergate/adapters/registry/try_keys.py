"""Keys for trying things out, without signing up: nobody's, tightly limited, and gone by themselves.

Their application and its subscription have ids of their own kind. So neither is in any list, nor is its use recorded;
no deploy waits for it, no REST API knows it, and no export has it.
"""

from collections.abc import Collection, Mapping, Sequence

from tiergate.adapters.registry.errors import Invalid
from tiergate.adapters.registry.inputs import masked, scopes_of
from tiergate.adapters.registry.items import application_item, credential_item
from tiergate.adapters.registry.keys import Issued, Keys
from tiergate.adapters.registry.subscriptions import Subscriptions
from tiergate.adapters.registry.table import RegistryTable
from tiergate.adapters.registry.writes import Write, put
from tiergate.domain.counters import BY_TRY
from tiergate.domain.keys import random_id
from tiergate.domain.limits import SECOND
from tiergate.domain.registry import Application, Override

KEPT = 3600
"""Seconds for which its records are kept when it has expired, so that a late call is told why it is refused."""

LONGEST = 24 * 60
"""Minutes for which one is good."""


class TryKeys:
    """Makes them; no audit entry tells of it, as no organization owns them."""

    def __init__(self, table: RegistryTable, subscriptions: Subscriptions, keys: Keys) -> None:
        self._table = table
        self._subscriptions = subscriptions
        self._keys = keys

    def create(
        self,
        product: str,
        plan: str,
        *,
        scopes: Collection[str] | None,
        minutes: int,
        limits: Mapping[str, float],
        also: Sequence[Write] = (),
    ) -> Issued:
        """Good for so many ``minutes``. ``limits``: in place of the plan's. ``scopes``: as of ``Terms``. ``also``: what
        is written with it, or not at all.

        Raises
        ------
        NotOffered
            There is no such product or plan, or a deploy is withdrawing it.
        Invalid
            The limits, the scopes or the minutes are none.
        """
        if not 0 < minutes <= LONGEST:
            raise Invalid(f"a key for trying things out is good for 1 to {LONGEST} minutes; found {minutes}")
        id_, expires = f"{BY_TRY}{random_id()}", self._table.now() + minutes * 60 * SECOND
        try:
            override = Override.of(dict(limits))
        except ValueError as error:
            raise Invalid(masked(str(error))) from None
        subscription = self._subscriptions.draft(id_, product, plan)._replace(id=id_, override=override)
        application = Application(id_, "", {product: subscription}, "Try key", created=subscription.created)
        key = self._keys.mint()
        credential = self._keys.draft(id_, key)._replace(expires=expires, scopes=scopes_of(scopes))
        unowned = [application_item(application, {key.id}), credential_item(credential)]
        ttl = expires // SECOND + KEPT
        self._table.write(
            self._subscriptions.on_offer(product, plan),
            *(
                put({name: each[name] for name in each if name != "owner"} | {"ttl": ttl}, "the key")
                for each in unowned
            ),
            *also,
        )
        return Issued(key, credential)
