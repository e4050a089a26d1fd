"""What people read in the terminal of a deploy that was refused."""

from collections.abc import Sequence

from botocore.exceptions import BotoCoreError, ClientError

from tiergate.domain.gate import Holder, Refusal
from tiergate.domain.registry import RecordMalformed

MOST_NAMED = 10
"""Subscriptions of one refusal."""

MOST_BYTES = 1900
"""Of the whole text: CloudFormation's answers are bounded, and terminals too."""

HEAD = "No API was changed: this deploy would strand partners."


class TooLate(Exception):
    """The time was over before all subscriptions were read."""


class Overtaken(Exception):
    """Another deploy, or the rollback, was judged meanwhile."""


def refused(refusals: Sequence[Refusal], target: str) -> str:
    """Each refusal with those whom it concerns and what to do; those that no longer fit are counted.

    ``target``: the command line's ``--stage``.
    """
    shown: list[str] = []
    for refusal in refusals:
        text = _text(refusal, target)
        if shown and len("\n".join([*shown, text]).encode()) > MOST_BYTES - 300:
            break
        shown.append(text)
    rest = len(refusals) - len(shown)
    more = [f"- … and {rest} more"] if rest else []
    return _plain(
        "\n".join([HEAD, *shown, *more, f"All that a deploy would change: tiergate preview --stage {target}"])
    )


def unjudged(error: Exception, *, stack: str, resource: str) -> str:
    """Why the gate cannot tell whom a deploy would strand. Repeats nothing that the store said but its code.

    ``stack``, ``resource``: what CloudFormation calls the gate's.
    """
    if isinstance(error, RecordMalformed):
        reason = f"{error}; mend it or delete it"
    elif isinstance(error, TooLate):
        reason = "the registry is too large to be read in the gate's time; raise TIMEOUT in stacks/gate.py"
    elif isinstance(error, Overtaken):
        reason = "another deploy, or a rollback, came in between; deploy again when it has ended"
    elif isinstance(error, BotoCoreError | ClientError):
        response = getattr(error, "response", {})
        code = response.get("Error", {}).get("Code") or type(error).__name__
        reason = f"the registry could not be read or written ({code}); deploy again when it can"
    else:
        reason = f"{type(error).__name__}; the log of the gate's function has more"
    return _plain(
        f"No API was changed: whom this deploy would strand could not be judged: {reason}. Where the stack's rollback "
        f"fails too: aws cloudformation continue-update-rollback --stack-name {stack} --resources-to-skip {resource}"
    )


def _text(refusal: Refusal, target: str) -> str:
    loss, holders = refusal
    count = len(holders)
    named = ", ".join(map(_name, holders[:MOST_NAMED]))
    rest = f" and {count - MOST_NAMED} more" if count > MOST_NAMED else ""
    have = f"{count} subscription{' has' if count == 1 else 's have'} it"
    mend = loss.mend.replace("{stage}", target)
    return f"- {loss.what}, and {have}: {named}{rest}. Instead: {mend}."


def _name(holder: Holder) -> str:
    return f"{holder.subscription} ({holder.organization})"


def _plain(text: str) -> str:
    """Without what a terminal obeys."""
    return "".join(each if each.isprintable() or each == "\n" else "?" for each in text)
