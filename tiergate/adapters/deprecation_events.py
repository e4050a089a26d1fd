"""Events that tell consumers of the end of an API version; ``docs/lifecycle.md`` shows one."""

from tiergate.adapters.events import Events, moment
from tiergate.domain.consumers import Consumer
from tiergate.domain.lifecycle import Lifecycle
from tiergate.domain.limits import SECOND
from tiergate.domain.notices import Notice

DEPRECATED = "API version deprecated"


class DeprecationEvents(Events):
    """One deployment's, on the bus of its account and region."""

    def deprecated(self, consumer: Consumer, lifecycle: Lifecycle, notice: Notice, now: int) -> None:
        """Tell who still calls an API version that it ends; with the same ``id`` when it is told again.

        ``now`` in microseconds: brownouts that have ended by then are left out.

        Raises
        ------
        EventRefused
            The bus took none, and none when it was asked once more.
        """
        sunset = moment(lifecycle.sunset * SECOND)
        detail = {
            "id": notice.id(consumer.subscription, consumer.api, sunset),
            "stage": self._stage,
            "organization": consumer.organization,
            "application": consumer.application,
            "subscription": consumer.subscription,
            "product": consumer.product,
            "plan": consumer.plan,
            "api": consumer.api,
            "notice": notice.kind,
            "deprecated": moment(lifecycle.deprecated * SECOND),
            "sunset": sunset,
            "days_left": notice.days_left,
            "successor": lifecycle.successor_address,
            "guide": lifecycle.guide,
            "brownouts": [
                {"start": moment(start * SECOND), "end": moment(end * SECOND)}
                for start, end in lifecycle.brownouts_after(now)
            ],
            "units": consumer.units,
            "last_day": consumer.last_day,
        }
        self._put(DEPRECATED, detail)
