"""Zip archives opened with care: nothing is unpacked to disk, and what unfolds without bounds is refused."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from pathlib import Path
from typing import IO, List, Union

from ... import zip_guard
from ...errors import DataError

MOST_BYTES_OF_ONE = 1024**3
MOST_BYTES = 3 * 1024**3
TEXT_ENDINGS = (".csv", ".tsv", ".tab", ".txt", ".psv")
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)


def open_zip(path: Path) -> zipfile.ZipFile:
    """A zip whose list of members was checked; DataError where it is broken, locked, or unfolds beyond all measure."""
    try:
        archive = zipfile.ZipFile(path)
    except BROKEN as error:
        raise DataError(f"{path.name}: not a zip that can be read ({error}).") from error
    fault = zip_guard.fault(archive.infolist(), most_bytes=MOST_BYTES, most_bytes_of_one=MOST_BYTES_OF_ONE)
    if fault:
        archive.close()
        raise DataError(f"{path.name}: {fault}")
    return archive


def read_member(archive: zipfile.ZipFile, member: str, most: int = MOST_BYTES_OF_ONE) -> bytes:
    """The bytes of a member; DataError if it is absent, broken, or longer than the archive's list says."""
    try:
        declared = archive.getinfo(member).file_size
        with archive.open(member) as stream:
            return _limited(stream, min(declared, most), member)
    except KeyError as error:
        raise DataError(f"the archive has no '{member}'.") from error
    except BROKEN as error:
        raise DataError(f"'{member}' cannot be unfolded ({error}).") from error


def read_gzip(path: Path, most: int = MOST_BYTES_OF_ONE) -> bytes:
    """The content of a .gz file; DataError if it is broken, or unfolds to over ``most`` bytes or 250 times its size."""
    most = min(most, max(zip_guard.HARMLESS_BYTES, zip_guard.MOST_RATIO * path.stat().st_size))
    try:
        with gzip.open(path) as stream:
            return _limited(stream, most, path.name)
    except BROKEN as error:
        raise DataError(f"{path.name}: cannot be unfolded ({error}).") from error


def _limited(stream: Union[IO[bytes], gzip.GzipFile], most: int, name: str) -> bytes:
    data = stream.read(most + 1)
    if len(data) > most:
        raise DataError(f"'{name}' unfolds to more than {most:,} bytes; it is refused.")
    return data


def text_members(archive: zipfile.ZipFile) -> List[zipfile.ZipInfo]:
    """The members that hold tables of text, largest first; notes of metadata among them are left to the survey."""
    members = [
        member
        for member in archive.infolist()
        if member.filename.lower().endswith(TEXT_ENDINGS) and not member.is_dir() and "__MACOSX" not in member.filename
    ]
    return sorted(members, key=lambda member: (-member.file_size, member.filename))
