"""Where what holds for an operation is said."""

from tiergate.policy.load import ApiEntry
from tiergate.policy.source import Place, Source


def operation_place(entry: ApiEntry, operation: str) -> Place:
    """In the document."""
    line = next(each.line for each in entry.operations if each.id == operation)
    return Place(entry.document.file, line)


def scopes_place(entry: ApiEntry, operation: str) -> Place:
    """Of the operation's ``security``, or else the document's; the operation itself where neither has one."""
    found = next(each for each in entry.operations if each.id == operation)
    document = entry.document
    own = document.origin("paths", found.template, found.method.lower(), "security")
    return own or document.origin("security") or Place(document.file, found.line)


def cost_place(policy: Source, operation: str) -> Place | None:
    """Of its own cost, or its API's; None for the built-in one."""
    return policy.origin("operations", operation, "cost") or policy.origin("cost")
