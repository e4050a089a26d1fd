"""What keeps a change from being made."""


class RegistryError(Exception):
    """A change that cannot be made; the text says why and what to do."""


class Missing(RegistryError):
    """There is no such record."""


class Deleted(RegistryError):
    """There was such a record, and its id is not given again."""


class Taken(RegistryError):
    """What was to be made is there already."""


class NotOffered(RegistryError):
    """There is no such product, or it does not have the plan, in what is deployed."""


class Conflict(RegistryError):
    """Somebody else changed the same thing between the reading and the writing; nothing was changed."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} was changed by somebody else just now; try again")
