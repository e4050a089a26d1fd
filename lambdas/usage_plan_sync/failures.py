"""An error that nobody foresaw, as one of a run's failures."""

import traceback

from tiergate.adapters.mirror.outcome import Failure, reason_of
from tiergate.adapters.telemetry import log


def logged_failure(what: str, error: Exception, application: str = "") -> Failure:
    """Trying again may help. The log has where it came from, without what it says itself, which may be anything."""
    reason = reason_of(error)
    log("ERROR", "not in step, to be tried again", what=what, reason=reason, trace=_places(error))
    return Failure(what, application, reason, again=True)


def _places(error: Exception) -> str:
    return "".join(traceback.format_tb(error.__traceback__))
