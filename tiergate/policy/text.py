"""The text of a file: an ordinary one, not too large, in UTF-8."""

import codecs
import re
import stat
from pathlib import Path

from tiergate.policy.extent import LARGEST
from tiergate.policy.nodes import Malformed

KINDS = ((stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"), (stat.S_ISCHR, "a device"), (stat.S_ISBLK, "a device"))
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
"""UTF-32 begins like them, or with two zeros."""

MARKUP = re.compile(r"\s*<(?:!doctype|html|\?xml|!--)", re.IGNORECASE)


def text_of(path: Path, largest: int = LARGEST) -> str:
    """The text of a file of at most so many bytes. Nothing is read of one that is larger, or that is no file.

    Raises
    ------
    Malformed
        It cannot be read, and what would mend that.
    """
    try:
        status = path.stat()
        kind = next((name for is_kind, name in KINDS if is_kind(status.st_mode)), None)
        if kind is not None:
            raise Malformed(1, f"cannot be read: it is {kind}; save what it holds to a file")
        _bounded(status.st_size, largest)
        with path.open("rb") as file:
            return decoded(file.read(largest + 1), largest)
    except OSError as error:
        raise Malformed(1, f"cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise Malformed(1, f"cannot be read: {error}") from error


def decoded(data: bytes, largest: int = LARGEST) -> str:
    """What bytes say; see `text_of`."""
    _bounded(len(data), largest)
    if data.startswith(UTF_16) or b"\0" in data[:4]:
        raise Malformed(1, "not UTF-8 text but UTF-16 or UTF-32; save the file as UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Malformed(line, "not UTF-8 text; save the file as UTF-8") from error
    if MARKUP.match(text):
        raise Malformed(
            1, "a page of HTML or XML, neither YAML nor JSON; save the document itself, not a page that shows it"
        )
    return text


def _bounded(size: int, largest: int) -> None:
    if size > largest:
        raise Malformed(
            1,
            f"too large: {size:,} bytes, and {largest:,} are the most that is read; split it into several, or leave "
            "out what repeats itself",
        )
