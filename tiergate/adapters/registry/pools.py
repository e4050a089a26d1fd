"""A user pool as the registry needs one: it makes OAuth clients, and ends them."""

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from tiergate.adapters.registry.errors import RegistryError


class NewClient(NamedTuple):
    """A client that a user pool just made. ``secret`` is shown once and kept nowhere.

    ``scopes``: as they are asked for at ``token_url``.
    """

    id: str
    secret: str
    token_url: str
    scopes: tuple[str, ...]

    def __repr__(self) -> str:
        return f"NewClient(id={self.id!r})"


class ClientPool(Protocol):
    """``issuer``: its name among the policies. ``delete`` is False where there is no such client.

    Both raise ``RegistryError``: a scope is not known, or the pool cannot do it.
    """

    @property
    def issuer(self) -> str: ...

    def create(self, name: str, scopes: frozenset[str] | None) -> NewClient: ...

    def delete(self, id_: str) -> bool: ...


def withdraw(pool: ClientPool | None, refs: Iterable[str], mend: str) -> bool:
    """Take clients with which no call passes any more out of the user pool; other issuers' are not ours to end.

    False when none was there.

    Raises
    ------
    RegistryError
        Some are still there: which, why, and ``mend``: what to do about it.
    """
    found, left, cause = False, [], ""
    for issuer, _, id_ in (ref.partition("#") for ref in refs):
        if pool is None or issuer != pool.issuer:
            continue
        try:
            found |= pool.delete(id_)
        except RegistryError as error:
            left.append(id_)
            cause = str(error)
    if left:
        raise RegistryError(
            f"refused from now on, but still in the user pool: {', '.join(left)} ({cause})", command=mend
        )
    return found
