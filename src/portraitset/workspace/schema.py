"""The ledger's tables, and how an older ledger is brought up to them."""

import sqlite3
from pathlib import Path

from portraitset.errors import WorkspaceError
from portraitset.workspace.database import transaction
from portraitset.workspace.records import FACE_COLUMNS, PHOTO_COLUMNS

SCHEMA_VERSION = 5
"""Raised with every new column or table; an older ledger is brought up to it when it is opened."""

# Two processes may find the file empty at the same time; the second then changes nothing.
TABLES = f"""
CREATE TABLE IF NOT EXISTS photos (
    {", ".join(PHOTO_COLUMNS)}, PRIMARY KEY (raw_name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS faces ({", ".join(FACE_COLUMNS)}, PRIMARY KEY (name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS notes (subject, text, at, PRIMARY KEY (subject, text)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS evidence (
    raw_name, photo_url, signal, value, url, at, decision,
    PRIMARY KEY (raw_name, signal, value, url)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS revisits (
    raw_name, photo_url, at, outcome, detail, PRIMARY KEY (raw_name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS facts (name, value, PRIMARY KEY (name)) WITHOUT ROWID;
PRAGMA user_version = {SCHEMA_VERSION};
"""


def bring_up_to_date(connection: sqlite3.Connection, path: Path) -> None:
    """Make the tables and columns that are missing.

    Raises:
        WorkspaceError: a newer version made them.
    """
    found = connection.execute("PRAGMA user_version").fetchone()[0]
    if found > SCHEMA_VERSION:
        raise WorkspaceError(f"{path} was made by a newer portraitset; use that one")
    if found < SCHEMA_VERSION:
        _make_what_is_missing(connection)


def _make_what_is_missing(connection: sqlite3.Connection) -> None:
    """Make the tables and columns that are missing; what is there stays as it is.

    Two processes may come here at the same time; the second then finds nothing to do.
    """
    with transaction(connection):
        for statement in TABLES.split(";"):
            connection.execute(statement)
        for table, columns in (("photos", PHOTO_COLUMNS), ("faces", FACE_COLUMNS)):
            there = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
            for column in columns:
                if column not in there:
                    connection.execute(f"ALTER TABLE {table} ADD COLUMN {column}")
