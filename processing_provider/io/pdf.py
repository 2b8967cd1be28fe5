"""What readers of a PDF ask for and QGIS leaves out of an atlas: title, subject, language, bookmarks."""

from __future__ import annotations

import mmap
import re
from pathlib import Path
from typing import Dict, Sequence, Tuple

_END = re.compile(rb"startxref\s+(\d+)\s+%%EOF\s*\Z")
_TABLE = re.compile(rb"xref\s+0 \d+ ?\r?\n")
ADDED = b" /Lang (en-GB) /PageMode /UseOutlines /ViewerPreferences << /DisplayDocTitle true >> /Outlines %d 0 R"


def describe(path: Path, title: str, subject: str, bookmarks: Sequence[Tuple[str, int]]) -> bool:
    """Say what a PDF of Qt's own writer is, and mark pages (name and place from 0), behind its end.

    An incremental update: what is there stays byte for byte (ISO 32000-1, 7.5.6; 12.3.3 and 14.9.2 for what is
    added). False where the PDF is of another build; then it is left as it is.
    """
    with path.open("r+b") as file:
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            end = _END.search(data[-64:])
            table = end and _TABLE.match(data, int(end[1]))
            if not table:
                return False
            trailer = data[data.rfind(b"trailer") :]
            numbers = [re.search(rb"/%s\s+(\d+)" % name, trailer) for name in (b"Size", b"Root", b"Info")]
            if not all(numbers):
                return False
            size, root, info = (int(one[1]) for one in numbers)
            catalogue, about = _body(data, table.end(), root), _body(data, table.end(), info)
            pages = _body(data, table.end(), int(re.search(rb"/Pages\s+(\d+)", catalogue)[1]))
            outlines, start = size + len(bookmarks), len(data)
        kids = re.findall(rb"(\d+) 0 R", pages[pages.index(b"/Kids") : pages.index(b"]")])
        told = (_text(title), _text(subject), about.partition(b"/Creator")[2])
        objects = {root: catalogue + ADDED % outlines, info: b"/Title %s /Subject %s /Creator%s" % told}
        for place, (name, page) in enumerate(bookmarks):
            sides = [(b"Prev", place - 1)] * (place > 0) + [(b"Next", place + 1)] * (place + 1 < len(bookmarks))
            named = b"/Title %s /Parent %d 0 R /Dest [%s 0 R /Fit]" % (_text(name), outlines, kids[page])
            objects[size + place] = named + b"".join(b" /%s %d 0 R" % (side, size + one) for side, one in sides)
        objects[outlines] = b"/First %d 0 R /Last %d 0 R /Count %d" % (size, outlines - 1, len(bookmarks))
        ending = b"/Size %d /Root %d 0 R /Info %d 0 R /Prev %d" % (outlines + 1, root, info, int(end[1]))
        file.seek(start)
        file.write(_written(objects, start, ending))
    return True


def _body(data: mmap.mmap, table: int, number: int) -> bytes:
    """What stands between << and >> of an object; ``table``: where the places of objects begin, 20 bytes each."""
    start = int(data[table + 20 * number : table + 20 * number + 10])
    return data[data.find(b"<<", start) + 2 : data.rfind(b">>", start, data.find(b"endobj", start))]


def _written(objects: Dict[int, bytes], start: int, trailer: bytes) -> bytes:
    written, entries = b"\n", b""
    for number, content in sorted(objects.items()):
        entries += b"%d 1\n%010d 00000 n \n" % (number, start + len(written))
        written += b"%d 0 obj\n<<%s>>\nendobj\n" % (number, content)
    return b"%sxref\n%strailer\n<<%s>>\nstartxref\n%d\n%%%%EOF\n" % (written, entries, trailer, start + len(written))


def _text(text: str) -> bytes:
    return f"<FEFF{text.encode('utf-16-be').hex()}>".encode()
