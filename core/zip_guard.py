"""The one guard before a zip is read or unpacked: where its files lead, how many, how large, how dense."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
from pathlib import Path, PurePosixPath
from typing import IO, Sequence

MOST_MEMBERS = 10_000
# Deflate reaches 1,032 to 1; spreadsheets of official figures reach 10 to 60.
MOST_RATIO = 250
HARMLESS_BYTES = 20 * 1024**2
# Windows opens a device by such a name in whichever folder, and drops dots and blanks at a name's end.
_NO_NAME = re.compile(r"(con|prn|aux|nul|(com|lpt)\d)(\..*)?|.*[. ]", re.I | re.S)


def fault(members: Sequence[zipfile.ZipInfo], *, most_bytes: int, most_bytes_of_one: int) -> str:
    """Why a zip is refused, in words that follow its name; empty where it may be read.

    Sizes are those that the list of members declares; Python's reader gives no more than these.
    """
    if len(members) > MOST_MEMBERS:
        return f"holds {len(members):,} files; {MOST_MEMBERS:,} are the most that are read."
    if sum(member.file_size for member in members) > most_bytes:
        return f"unfolds to more than {most_bytes // 1024**3} GB; it is refused."
    for member in members:
        inside = PurePosixPath(member.filename.replace("\\", "/"))
        if inside.is_absolute() or ".." in inside.parts or ":" in member.filename:
            return f"'{member.filename}' leads out of the zip's own folder; it is refused."
        if any(map(_NO_NAME.fullmatch, inside.parts)):
            return f"'{member.filename}' is a name that Windows does not take; it is refused."
        if member.flag_bits & 1:
            return "is locked with a password; unlock it first."
        if member.file_size > most_bytes_of_one:
            return f"'{member.filename}' unfolds to {member.file_size / 1e9:.1f} GB; it is refused."
        times = member.file_size / max(member.compress_size, 1)
        if member.file_size > HARMLESS_BYTES and times > MOST_RATIO:
            return f"'{member.filename}' unfolds to {times:,.0f} times its size; it is refused."
    return ""


class _Gunzipped(gzip.GzipFile):
    """ValueError as soon as more has come than a file of that size can hold in earnest."""

    most = 0

    def read1(self, size: int = -1) -> bytes:
        if self.tell() > self.most:
            raise ValueError(f"it unfolds to more than {MOST_RATIO} times its size; it is refused")
        return super().read1(size)


def opened(place: Path) -> IO[str]:
    """A table as text, packed by gzip or not, for one to read it by parts."""
    if place.suffix != ".gz":
        return place.open(encoding="utf-8-sig", newline="")
    raw = _Gunzipped(place, "rb")
    raw.most = max(MOST_RATIO * place.stat().st_size, HARMLESS_BYTES)
    return io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")
