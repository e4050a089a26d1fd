"""The site's files as they come: a ZIP of a folder that the deploy made."""

import posixpath
import stat
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, NamedTuple

from tiergate.domain.site_files import PAGE

MOST_FILES, MOST_BYTES, LARGEST = 5_000, 400_000_000, 20_000_000
"""Of one site, unpacked; the largest is what one file may be, as eight are in memory at a time."""

CONFIG = "config.json"
"""Written by the deploy, never taken from the files."""

LONGEST_NAME = 1024
"""Bytes of an object's key in S3."""


class ArchiveRefused(Exception):
    """The files are not those of a site; the text says why."""


class File(NamedTuple):
    name: str
    content: bytes


class Archive:
    """The files of a site, its pages last: whoever gets one finds all that it names.

    Raises
    ------
    ArchiveRefused
        It is no ZIP, has no page, is too large, or a name in it leads elsewhere.
    """

    def __init__(self, archive: IO[bytes]) -> None:
        try:
            self._zip = zipfile.ZipFile(archive)
        except zipfile.BadZipFile as error:
            raise ArchiveRefused(f"the files are no ZIP: {error}") from None
        entries = [entry for entry in self._zip.infolist() if not entry.is_dir()]
        for entry in entries:
            _require_plain(entry)
        self._entries = {entry.filename: entry for entry in entries}
        if len(self._entries) != len(entries):
            raise ArchiveRefused("a name is there twice")
        if len(entries) > MOST_FILES or sum(entry.file_size for entry in entries) > MOST_BYTES:
            raise ArchiveRefused(f"a site has at most {MOST_FILES} files and {MOST_BYTES // 1_000_000} MB")
        if PAGE not in self._entries:
            raise ArchiveRefused(f"there is no {PAGE}")
        self.names = frozenset(self._entries)

    def files(self, names: frozenset[str]) -> Iterator[File]:
        """Those of these names, one in memory at a time."""
        for name in sorted(names):
            entry = self._entries[name]
            try:
                content = self._zip.read(entry)
            except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
                raise ArchiveRefused(f"{name} cannot be read: {error}") from None
            yield File(name, content)


def _require_plain(entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    plain = name and name == posixpath.normpath(name) and "\\" not in name and name.isprintable()
    if not plain or name.startswith(("/", "../")) or name == "..":
        raise ArchiveRefused(f"{name!r} is not a name below the site's folder")
    mode = entry.external_attr >> 16
    if stat.S_IFMT(mode) not in {0, stat.S_IFREG}:
        raise ArchiveRefused(f"{name!r} is not a file")
    if len(name.encode()) > LONGEST_NAME:
        raise ArchiveRefused(f"{name[:40]!r}… has more than {LONGEST_NAME} bytes, which S3 does not take")
    if name == CONFIG:
        raise ArchiveRefused(f"{CONFIG} is the deploy's to write")
    if entry.file_size > LARGEST:
        raise ArchiveRefused(f"{name} has {entry.file_size} bytes; a file has {LARGEST} at most")
