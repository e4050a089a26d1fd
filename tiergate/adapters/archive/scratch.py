"""A database for the time of a run, on disk where it is large, which nobody else can read and which ends with it."""

import sqlite3


def scratch(schema: str) -> sqlite3.Connection:
    """One with these tables, in a transaction that nobody ends: a statement waits for no disk."""
    database = sqlite3.connect("")  # a temporary file that has no name
    database.executescript(f"PRAGMA synchronous=OFF; PRAGMA journal_mode=OFF; {schema}")
    database.isolation_level = None
    database.execute("BEGIN")
    return database
