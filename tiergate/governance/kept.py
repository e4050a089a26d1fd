"""Values that took long to find, kept in a folder from one run to the next."""

import hashlib
import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

MOST_BYTES = 50_000_000
"""Of all files together; those that were not read for longest go first."""


class Kept:
    """Values of JSON by key, each in a file, which several processes may use at once.

    A broken file is as none, and where nothing can be written nothing is kept.
    """

    def __init__(self, folder: Path, *, most: int = MOST_BYTES) -> None:
        self._folder, self._most = folder, most

    def get(self, key: str) -> Any:
        """The value of a key; None where there is none."""
        file = self._file(key)
        try:
            checksum, _, body = file.read_bytes().partition(b"\n")
        except OSError:
            return None
        with suppress(OSError):
            os.utime(file)
        return json.loads(body) if checksum == _checksum(body) else None

    def keep(self, key: str, value: Any) -> None:
        """Keep it for the next run, in place of what was kept."""
        body = json.dumps(value, separators=(",", ":")).encode()
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as file:
                file.write(_checksum(body) + b"\n" + body)
            Path(file.name).replace(self._file(key))

    def trim(self) -> None:
        """Throw away what is beyond the most."""
        with suppress(OSError):
            files = [(file.stat(), file) for file in self._folder.iterdir()]
            room = self._most
            for found, file in sorted(files, key=lambda each: each[0].st_mtime_ns, reverse=True):
                room -= found.st_size
                if room < 0:
                    file.unlink(missing_ok=True)

    def _file(self, key: str) -> Path:
        return self._folder / hashlib.sha256(key.encode()).hexdigest()


def _checksum(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest().encode()
