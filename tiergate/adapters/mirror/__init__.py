"""Native usage plans and API keys of an account's REST APIs, kept in step with policies and registry.

Nothing is remembered between runs: each looks at what is there and at what should be, and does what lies between. So a
run that was cut off anywhere, or went by what was changed meanwhile, is mended by the next one.
"""

from tiergate.adapters.mirror.mirror import Mirror
from tiergate.adapters.mirror.outcome import Failure, Outcome
from tiergate.adapters.mirror.work import MARGIN

__all__ = ["MARGIN", "Failure", "Mirror", "Outcome"]
