"""Commands whose modules are loaded when they are asked for: a short one would spend half its time on the others."""

from collections.abc import Iterator, Mapping, MutableMapping
from importlib import import_module

import click


class Loading(MutableMapping[str, click.Command]):
    """Commands by name. ``places``: where each is that is not given by itself, as ``module:attribute``."""

    def __init__(self, places: Mapping[str, str]) -> None:
        self._known: dict[str, click.Command | str] = dict(places)

    def __getitem__(self, name: str) -> click.Command:
        known = self._known[name]
        if isinstance(known, str):
            module, _, attribute = known.partition(":")
            command: click.Command = getattr(import_module(module), attribute)
            known = self._known[name] = command
        return known

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._known[name] = command

    def __delitem__(self, name: str) -> None:
        del self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)
