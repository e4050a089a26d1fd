"""What keeps a change from being made."""


class RegistryError(Exception):
    """A change that cannot be made; ``text`` says why, and to everybody what to do.

    ``command``: what those who have the command line can do besides, which is no use to others.
    """

    def __init__(self, text: str, *, command: str = "") -> None:
        super().__init__(f"{text}; {command}" if command else text)
        self.text = text


class Missing(RegistryError):
    """There is no such record."""


class Deleted(RegistryError):
    """There was such a record, and its id is not given again."""


class Taken(RegistryError):
    """What was to be made is there already."""


class AlreadyMember(Taken):
    """Whoever has the mail address is a member."""


class NotOffered(RegistryError):
    """There is no such product, or it does not have the plan, in what is deployed."""


class Invalid(RegistryError):
    """What was given cannot be kept: it is no name, no mail address, no moment to come."""


class Full(RegistryError):
    """There are as many of its kind as there can be."""


class LastOwner(RegistryError):
    """An organization always keeps an owner."""


class Ended(RegistryError):
    """It is too late for it."""


class Decided(RegistryError):
    """The request no longer waits."""


class Suspended(RegistryError):
    """The organization is suspended."""


class Withheld(RegistryError):
    """The platform suspended or limited it, which nobody else can undo."""


class Conflict(RegistryError):
    """Somebody else changed the same thing between the reading and the writing; nothing was changed."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} was changed by somebody else just now; try again")


class InTheWay(Conflict):
    """Another change of the same thing was just under way."""


class Stale(Conflict):
    """The record is no longer as it was when the change was asked for; nothing was changed."""

    def __init__(self, what: str) -> None:
        RegistryError.__init__(self, f"{what} was changed meanwhile; look at it again before you change it")
