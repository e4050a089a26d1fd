"""Admitted calls that get no answer of their upstream."""


class Failure(Exception):
    """An admitted call that its upstream could not answer. ``code`` is a refusal; the text is for the log only."""

    def __init__(self, code: str, cause: object = "") -> None:
        super().__init__(str(cause))
        self.code = code


class UpstreamFailure(Failure):
    """The upstream gave no usable answer."""


class RequestRefused(Failure):
    """The request is none that can be sent to the upstream."""
