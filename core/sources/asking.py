"""Questions to a service and what becomes of the answers: asked again where that helps, kept once they are proven.

The network itself is a ``Transport`` that is handed in: QGIS's in the plugin, a fake in tests.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from dataclasses import asdict, dataclass, field
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, List, Mapping, Protocol, Tuple

from .. import strict_json
from ..errors import DataError

TAKEN = "taken.json"
PART, TAG = ".part", ".tag"
ATTEMPTS = 4
# Seconds before the second and later attempts, where the service names none; and the longest that is waited for.
PAUSES = (1.0, 4.0, 15.0)
LONGEST_PAUSE = 120.0
# Pages that no proof has taken yet serve the next run for a day: later the publisher may have others.
_LEFT_OVER_SECONDS = 86_400.0
_AGAIN = (408, 416, 425, 429, 500, 502, 503, 504)
_WORDS = {
    401: "asks for a key, or does not know the one it was given",
    403: "refuses the request; is a key needed, or a proxy in between?",
    404: "does not know the address: the file has moved",
    410: "says that the file is gone",
    413: "says that the question is too large",
    429: "asks to wait: too many requests",
}
_BLOCK = 1 << 20


class SourceError(DataError):
    """A source does not give what its recipe says.

    ``again`` where asking once more may help, ``after`` when (Retry-After).
    """

    def __init__(self, words: str, again: bool = False, status: int = 0, after: str = "") -> None:
        super().__init__(words)
        self.again = again
        self.status = status
        self.after = after


class NoAnswer(SourceError):
    """The service does not answer, or not with what was asked for; answers to other questions stay good."""


@dataclass(frozen=True)
class Request:
    """One question: an address, for a POST its JSON ``body``; ``holds`` csv, json, html or file; ``key``: whose.

    ``head``: only its headers are wanted.
    """

    address: str
    body: str = ""
    holds: str = "csv"
    key: str = ""
    words: str = ""
    head: bool = False

    @property
    def digest(self) -> str:
        """What tells it from others, short enough for a file's name; a key is no part of it."""
        return hashlib.sha256(f"{self.address}\n{self.body}".encode()).hexdigest()[:24]

    @property
    def host(self) -> str:
        """Who is asked, for messages."""
        return self.address.split("/")[2] if self.address.count("/") > 1 else self.address


@dataclass(frozen=True)
class Reply:
    """The status and headers (names in lower case) of an answer; its body is in the file that was handed in."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)


class Transport(Protocol):
    """The network."""

    def ask(self, request: Request, into: Path, begun: Callable[[Reply], None]) -> Reply:
        """Write the body of a 200 to ``into``, or add that of a 206 to it; NoAnswer where none comes.

        ``begun`` is called once the headers are there. What ``into`` holds, with a tag beside it, may be gone on from.
        """
        ...

    def wait(self, seconds: float, words: str) -> None:
        """Wait before asking again; raises Cancelled."""
        ...


@dataclass(frozen=True)
class Asked:
    """A line of the manifest: what was asked, when, and which bytes came."""

    address: str
    body: str
    file: str
    bytes: int
    sha256: str
    date: str


@dataclass
class Cache:
    """The answers to one recipe's questions, in a folder of its own.

    An answer that stands in ``taken.json`` with its hash is not asked for again; others wait as ``.part`` until they
    are whole, and as files until the whole dataset is proven and ``take`` is called.
    """

    folder: Path
    transport: Transport
    clock: Callable[[], float] = time.time
    asked: List[Asked] = field(default_factory=list)
    _taken: Dict[str, Asked] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        for one in _read_taken(self.folder):
            place = self.folder / one.file
            if place.is_file() and place.stat().st_size == one.bytes and sha256(place) == one.sha256:
                self._taken[one.file] = one

    def get(self, request: Request) -> Path:
        """The file with the answer, kept or asked for; NoAnswer says who did not give it, and why."""
        place = self.folder / request.digest
        asked = self._taken.get(place.name)
        if asked is None:
            left_over = place.is_file() and self.clock() - place.stat().st_mtime < _LEFT_OVER_SECONDS
            if not left_over:
                self._ask(request, place)
            day = time.strftime("%Y-%m-%d", time.gmtime(place.stat().st_mtime))
            size = place.stat().st_size
            asked = Asked(request.address, request.body, place.name, size, sha256(place), day)
        if asked not in self.asked:
            self.asked.append(asked)
        return place

    def take(self) -> None:
        """Keep what was asked for: it is proven. Files of earlier questions go."""
        text = json.dumps({"format": 1, "asked": [asdict(one) for one in self.asked]}, indent=1)
        part = self.folder / (TAKEN + PART)
        part.write_text(text + "\n", encoding="utf-8")
        os.replace(part, self.folder / TAKEN)
        kept = {TAKEN, *(one.file for one in self.asked)}
        _remove(path for path in self.folder.iterdir() if path.name not in kept)

    def forget(self) -> None:
        """Drop every answer: the proof has failed, or newer figures are wanted."""
        _remove(self.folder.iterdir())
        self.asked.clear()
        self._taken.clear()

    def _ask(self, request: Request, place: Path) -> None:
        part, tag = place.with_name(place.name + PART), place.with_name(place.name + PART + TAG)

        def begun(reply: Reply) -> None:
            validator = reply.headers.get("etag") or reply.headers.get("last-modified", "")
            tag.write_text(validator if reply.status in (200, 206) else "", encoding="utf-8")

        pause = 0.0
        for attempt in range(ATTEMPTS):
            if attempt:
                self.transport.wait(pause, f"{request.host}: asking again in {pause:.0f} seconds")
            last = attempt == ATTEMPTS - 1
            try:
                reply = self.transport.ask(request, part, begun)
                _check(request, reply, part)
                break
            except NoAnswer as error:
                if error.status:
                    _remove([part, tag])
                pause = _pause(error, attempt)
                if last or not error.again or pause > LONGEST_PAUSE:
                    raise
        os.replace(part, place)
        _remove([tag])


def read_json(path: Path, request: Request) -> Any:
    """The object in an answer; SourceError where it is cut short, or none."""
    try:
        return strict_json.read_object(path, f"The answer of {request.host}", DataError)
    except DataError as error:
        raise SourceError(str(error), again=True) from error


def sha256(path: Path) -> str:
    """The hash of a file, read in blocks."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _read_taken(folder: Path) -> Tuple[Asked, ...]:
    """What earlier runs have proven; nothing where the list cannot be read, so that it is asked for anew."""
    path = folder / TAKEN
    if not path.is_file():
        return ()
    try:
        entries = strict_json.read_object(path, str(path), DataError)["asked"]
        return tuple(Asked(**entry) for entry in entries if Path(entry["file"]).name == entry["file"])
    except (DataError, KeyError, TypeError):
        return ()


def _check(request: Request, reply: Reply, part: Path) -> None:
    """NoAnswer where the status is another, bytes are lacking, or a web page came where a table was asked for.

    What is packed for the way is of another size here. Services send their login, or a notice, as if it were the
    answer.
    """
    if reply.status not in (200, 206):
        after = reply.headers.get("retry-after", "")
        words = _WORDS.get(reply.status, f"answers with error {reply.status}")
        raise NoAnswer(f"{request.host} {words}: {request.address}.", reply.status in _AGAIN, reply.status, after)
    announced = reply.headers.get("content-range", "").rpartition("/")[2] or reply.headers.get("content-length", "")
    if announced.isdigit() and not reply.headers.get("content-encoding") and part.stat().st_size != int(announced):
        words = f"{part.stat().st_size:,} of {int(announced):,} bytes came"
        if part.stat().st_size > int(announced):
            _remove([part])
        raise NoAnswer(f"{request.host}: the answer was cut short; {words}: {request.address}.", again=True)
    with part.open("rb") as stream:
        start = stream.read(512).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    page = start.startswith((b"<!doctype html", b"<html")) or "text/html" in reply.headers.get("content-type", "")
    if page and request.holds != "html":
        _remove([part])
        raise NoAnswer(
            f"{request.host} answers with a web page (a login or a notice) in place of the figures: {request.address}."
        )
    if not start:
        _remove([part])
        raise NoAnswer(f"{request.host} gives an empty answer: {request.address}.", again=True)


def _pause(error: NoAnswer, attempt: int) -> float:
    """Seconds until the next attempt: as the service asks (a number, or a date), else by the table."""
    if error.after.isdigit():
        return float(error.after)
    if error.after:
        try:
            return max(0.0, parsedate_to_datetime(error.after).timestamp() - time.time())
        except (TypeError, ValueError):
            pass
    return PAUSES[min(attempt, len(PAUSES) - 1)]


def _remove(paths: Iterable[Path]) -> None:
    for path in list(paths):
        if path.is_file():
            path.unlink()
