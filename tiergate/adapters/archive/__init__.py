"""Everything that a deployment's tables know of customers, as a file of JSON Lines, and back into empty tables.

``docs/export.md`` documents the format. A line is a record; the first one says what the file is, the last one how many
records of each kind there are, with the SHA-256 of all lines before it.
"""

from tiergate.adapters.archive.errors import ArchiveError
from tiergate.adapters.archive.export import Export
from tiergate.adapters.archive.kinds import KINDS, PARTS, QUOTAS
from tiergate.adapters.archive.lines import Header
from tiergate.adapters.archive.restore import Restore
from tiergate.adapters.archive.tables import Tables

__all__ = ["KINDS", "PARTS", "QUOTAS", "ArchiveError", "Export", "Header", "Restore", "Tables"]
