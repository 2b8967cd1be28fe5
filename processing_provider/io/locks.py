"""Whether another program holds a file: SQLite's locks, the marks of office programs, and Windows' own refusal."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

_SQLITE = b"SQLite format 3\x00"
# What office programs put beside a file that they have open.
_MARKS = (".~lock.{}#", "~${}")
# Windows: a sharing violation, and a locked part of a file.
_HELD = (32, 33)


def is_sqlite(path: Path) -> bool:
    """Whether a file is a GeoPackage or another SQLite database; False where it cannot be read."""
    try:
        with path.open("rb") as stream:
            return stream.read(len(_SQLITE)) == _SQLITE
    except OSError:
        return False


def unreadable(path: Path) -> str:
    """Why a file that is there cannot be read now, in words; empty where it can."""
    return unopenable(path) or _sqlite_lock(path, "SELECT count(*) FROM sqlite_master")


def source_fault(value: object) -> str:
    """Why the file of a layer that is given by its source cannot be read now, in words; empty where it can."""
    path = Path(str(value).partition("|")[0])
    try:
        return unreadable(path) if path.is_file() else ""
    except OSError:
        return ""


def unwritable(path: Path) -> str:
    """Why a file that is there must not be replaced now, in words; empty where it may be.

    Seen are: a transaction of another program in a SQLite file, any program that has one open to write with a
    log (``-wal``, as QGIS does while it edits), the lock files of LibreOffice and Microsoft Office, a file that
    Windows holds.
    """
    for mark in _MARKS:
        lock = path.with_name(mark.format(path.name))
        if lock.exists():
            return f"{path}: is open in another program; close it there (if it has ended, remove {lock.name})."
    reason = unopenable(path)
    if reason:
        return reason
    # Only the sole program that has a database open can end its log.
    ended = Path(f"{path}-wal").exists()
    return _sqlite_lock(path, "PRAGMA journal_mode=DELETE" if ended else "BEGIN IMMEDIATE")


def _sqlite_lock(path: Path, statement: str) -> str:
    if not is_sqlite(path):
        return ""
    try:
        with closing(sqlite3.connect(str(path), timeout=0.2, isolation_level=None)) as database:
            database.execute(statement).fetchall()
            if database.in_transaction:
                database.execute("ROLLBACK")
    except sqlite3.DatabaseError as error:
        locked = "locked" in str(error) or "busy" in str(error)
        return f"{path}: is locked by another program; close it there and run again." if locked else ""
    return ""


def unopenable(path: Path) -> str:
    """Why a file cannot be opened now, in words; empty where it can."""
    try:
        with path.open("rb") as stream:
            stream.read(1)
    except OSError as error:
        if getattr(error, "winerror", None) in _HELD:
            return f"{path}: is locked by another program; close it there and run again."
        return f"{path}: cannot be opened ({error.strerror})."
    return ""
