"""What records have to do with each other, which a line says once: the lower one names the one above it."""

from collections.abc import Sequence
from typing import Protocol


class Relations(Protocol):
    """What a file's lines say together."""

    def applications(self, organization: str) -> Sequence[str]:
        """Their ids."""
        ...

    def keys(self, application: str) -> Sequence[str]:
        """Their ids."""
        ...

    def clients(self, application: str) -> Sequence[str]:
        """Their refs."""
        ...

    def members(self, organization: str) -> Sequence[str]:
        """Their ids."""
        ...

    def invitations(self, organization: str) -> Sequence[str]:
        """Their ids."""
        ...

    def state(self, organization: str) -> str: ...


class NoRelations:
    """Of a line that is looked at alone."""

    def applications(self, _organization: str) -> Sequence[str]:
        return ()

    def keys(self, _application: str) -> Sequence[str]:
        return ()

    def clients(self, _application: str) -> Sequence[str]:
        return ()

    def members(self, _organization: str) -> Sequence[str]:
        return ()

    def invitations(self, _organization: str) -> Sequence[str]:
        return ()

    def state(self, _organization: str) -> str:
        return "active"
