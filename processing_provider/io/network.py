"""Questions to the publishers' servers through QGIS's own network classes: its proxy, certificates and keys."""

from __future__ import annotations

import errno
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Callable, Dict, List, Mapping, Optional, Tuple
from urllib.parse import urljoin, urlsplit

from qgis.core import QgsApplication, QgsAuthMethodConfig, QgsNetworkAccessManager
from qgis.PyQt.QtCore import QEventLoop, QTimer, QUrl
from qgis.PyQt.QtNetwork import QNetworkReply, QNetworkRequest

from ...core.errors import NeedError, OptionError
from ...core.sources.asking import TAG, NoAnswer, Reply, Request

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_KEY_HEADERS = {"statxplore": b"APIKey"}
_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_REDIRECTS = 8
_LOOK_EVERY_MS = 200
# Mostly there is no internet: asked again soon, but not waited for.
_NOBODY = (QNetworkReply.NetworkError.ConnectionRefusedError, QNetworkReply.NetworkError.HostNotFoundError)
# Seconds without a byte, and bytes a second over as long, after which an answer is given up.
STALL_SECONDS, SLOWEST = 60.0, 200.0
MOST_BYTES = {"file": 8 * 1024**3, "csv": 512 * 1024**2, "json": 512 * 1024**2, "html": 32 * 1024**2}
_ROOM_LEFT = 64 * 1024**2


@dataclass
class Network:
    """QGIS's network as the core's ``Transport``.

    ``keys``: the authentication configuration of each service that wants one; the key itself stays with QGIS.
    ``base``: a server on the loopback that stands in for all others, for tests. ``check`` raises to stop, ``tell``
    says what is going on. An answer that stalls, or drips in too slowly, is given up.
    """

    check: Callable[[], None]
    tell: Callable[[str], None]
    keys: Mapping[str, str] = field(default_factory=dict)
    base: str = ""
    replies: List[Any] = field(default_factory=list, init=False, repr=False)

    def __post_init__(self) -> None:
        if self.base and urlsplit(self.base).hostname not in _LOOPBACK:
            raise OptionError(f"BASE: '{self.base}' is no address on this computer; it is for tests alone.")

    def ask(self, request: Request, into: Path, begun: Callable[[Reply], None]) -> Reply:
        """The answer, redirects followed to https alone; NoAnswer where none comes, NeedError for a full disk."""
        address = request.address
        for _ in range(_MOST_REDIRECTS):
            self._check_address(request, address)
            transfer = _Transfer(self, request, into, begun)
            try:
                reply = transfer.run(self._network_request(request, address, into))
            except OSError as error:
                fault = "the disk is full" if error.errno == errno.ENOSPC else error.strerror
                raise NeedError(f"{into.parent}: {fault}; make room or choose another folder.") from error
            if reply.status not in _REDIRECTS:
                return reply
            target = urljoin(address, reply.headers.get("location", ""))
            if request.body and reply.status < 307:
                raise NoAnswer(f"{request.host}: the address has moved to {target}, where nothing can be posted.")
            address = target
        raise NoAnswer(f"{request.host} redirects in a circle: {request.address}.")

    def wait(self, seconds: float, words: str) -> None:
        """Wait, hearing a cancel."""
        self.tell(words)
        loop, end = QEventLoop(), time.monotonic() + seconds
        timer = QTimer()
        timer.timeout.connect(loop.quit)
        timer.start(_LOOK_EVERY_MS)
        while time.monotonic() < end:
            loop.exec()
            self.check()

    def _check_address(self, request: Request, address: str) -> None:
        parts = urlsplit(address)
        local = bool(self.base) and address.startswith(self.base)
        if parts.scheme != "https" and not local:
            raise NoAnswer(
                f"{request.host} leads to {parts.scheme or 'a file'}://{parts.netloc}, which is not https; it is not "
                f"followed: {request.address}."
            )

    def _network_request(self, request: Request, address: str, into: Path) -> QNetworkRequest:
        place = address
        if self.base and not address.startswith(self.base):
            place = f"{self.base.rstrip('/')}/{address.partition('://')[2]}"
        asked = QNetworkRequest(QUrl(place))
        asked.setAttribute(QNetworkRequest.Attribute.RedirectPolicyAttribute, 0)
        asked.setAttribute(
            QNetworkRequest.Attribute.CacheLoadControlAttribute, QNetworkRequest.CacheLoadControl.AlwaysNetwork
        )
        asked.setAttribute(QNetworkRequest.Attribute.CacheSaveControlAttribute, False)
        if request.body:
            asked.setHeader(QNetworkRequest.KnownHeaders.ContentTypeHeader, "application/json")
        if request.holds == "file":
            # What is packed for the way cannot be gone on from in its middle.
            asked.setRawHeader(b"Accept-Encoding", b"identity")
            tag = into.with_name(into.name + TAG)
            known = tag.read_text(encoding="utf-8") if tag.is_file() and into.is_file() else ""
            if known:
                asked.setRawHeader(b"Range", f"bytes={into.stat().st_size}-".encode())
                asked.setRawHeader(b"If-Range", known.encode())
        if request.key and urlsplit(address).netloc == urlsplit(request.address).netloc:
            self._add_key(request, asked)
        return asked

    def _add_key(self, request: Request, asked: QNetworkRequest) -> None:
        """The key goes from QGIS's authentication manager into the header, to the service that gave it alone."""
        config = self.keys.get(request.key, "")
        if not config:
            raise NoAnswer(f"{request.host} asks for a key: make an authentication configuration for it in QGIS.")
        manager, held = QgsApplication.authManager(), QgsAuthMethodConfig()
        loaded = _first(manager.loadAuthenticationConfig(config, held, True))
        # QGIS 3.22 has no method for a header of one's own: there the key is the password of a Basic configuration.
        if loaded and held.method() == "Basic":
            asked.setRawHeader(_KEY_HEADERS[request.key], held.config("password").encode())
        elif not (loaded and _first(manager.updateNetworkRequest(asked, config))):
            raise NoAnswer(f"{request.host}: the authentication configuration '{config}' cannot be used; look at it.")


def _first(given: Any) -> bool:
    """Whether a call of the authentication manager went well: it gives that alone, or with what it filled."""
    return bool(given[0] if isinstance(given, tuple) else given)


class _Transfer:
    """One request on its way: its body goes to disk as it comes."""

    def __init__(self, network: Network, request: Request, into: Path, begun: Callable[[Reply], None]) -> None:
        self._network = network
        self._request = request
        self._into = into
        self._begun = begun
        self._loop = QEventLoop()
        self._reply: Any = None
        self._stream: Optional[BinaryIO] = None
        self._told: Optional[Reply] = None
        self._ended: Tuple[Reply, Any, str] = (Reply(0, {}), None, "")
        self._bytes = 0
        self._error: Optional[Exception] = None
        self._moved = self._start = time.monotonic()

    def run(self, asked: QNetworkRequest) -> Reply:
        manager = QgsNetworkAccessManager.instance()
        body = self._request.body.encode()
        if self._request.head:
            self._reply = manager.head(asked)
        else:
            self._reply = manager.post(asked, body) if body else manager.get(asked)
        self._reply.setReadBufferSize(1 << 22)
        self._reply.readyRead.connect(self._read)
        self._reply.finished.connect(self._end)
        # Kept until all is fetched: in a thread of its own, Qt may give the next reply the place of one that is gone,
        # and Python would take it for that one.
        self._network.replies.append(self._reply)
        timer = QTimer()
        timer.timeout.connect(self._look)
        timer.start(_LOOK_EVERY_MS)
        try:
            if self._reply.isFinished():
                self._end()
            else:
                self._loop.exec()
            timer.stop()
            if self._error is not None:
                raise self._error
            return self._finished(*self._ended)
        finally:
            if self._stream is not None:
                self._stream.close()

    def _end(self) -> None:
        """What is to be known of the reply is taken while it is sure to be there."""
        self._read()
        self._ended = self._told or self._heard(), self._reply.error(), self._reply.errorString()
        self._loop.quit()

    def _finished(self, told: Reply, fault: Any, words: str) -> Reply:
        if told.status == 0 or (told.status in (200, 206) and fault != QNetworkReply.NetworkError.NoError):
            words = f"{self._request.host} gives no whole answer ({words}): {self._request.address}."
            raise NoAnswer(words, again=True, after="1" if fault in _NOBODY else "")
        if self._told is None and told.status in (200, 206) and not self._request.head:
            self._open(told)
        return told

    def _heard(self) -> Reply:
        status = self._reply.attribute(QNetworkRequest.Attribute.HttpStatusCodeAttribute)
        headers: Dict[str, str] = {
            bytes(name).decode("latin-1").lower(): bytes(self._reply.rawHeader(name)).decode("latin-1")
            for name in self._reply.rawHeaderList()
        }
        return Reply(int(status or 0), headers)

    def _open(self, told: Reply) -> None:
        self._told = told
        self._begun(told)
        start = told.headers.get("content-range", "").partition(" ")[2].partition("-")[0]
        goes_on = told.status == 206 and self._into.is_file() and start == str(self._into.stat().st_size)
        if told.status == 206 and not goes_on:
            raise NoAnswer(f"{self._request.host} goes on at another place than was asked for.", again=True, status=416)
        self._stream = self._into.open("ab" if goes_on else "wb")

    def _read(self) -> None:
        """What has come so far, to disk; an error ends the transfer, for none may leave a slot of Qt."""
        try:
            self._read_on()
        except (NeedError, OSError) as error:
            self._error = error
            self._reply.abort()

    def _read_on(self) -> None:
        if self._error is not None or not self._reply.bytesAvailable():
            return
        told = self._told or self._heard()
        data = bytes(self._reply.readAll())
        self._moved = time.monotonic()
        if told.status not in (200, 206):
            return
        if self._stream is None:
            self._open(told)
        self._bytes += len(data)
        most = MOST_BYTES[self._request.holds]
        if self._bytes > most:
            self._stream.close()
            self._into.unlink()
            raise NoAnswer(
                f"{self._request.host}: the answer unfolds to more than {most / 1e6:,.0f} MB; it is refused: "
                f"{self._request.address}."
            )
        self._stream.write(data)

    def _look(self) -> None:
        """Now and then: is it cancelled, has it stalled, does it drip, is there room?"""
        now = time.monotonic()
        try:
            self._network.check()
            if now - self._moved > STALL_SECONDS:
                raise NoAnswer(f"{self._request.host}: no answer for {STALL_SECONDS:.0f} seconds.", again=True)
            took = now - self._start
            if took > STALL_SECONDS and self._bytes < took * SLOWEST:
                raise NoAnswer(f"{self._request.host}: the answer comes too slowly to be waited for.", again=True)
            if shutil.disk_usage(self._into.parent).free < _ROOM_LEFT:
                raise NeedError(f"{self._into.parent}: the disk is full; make room or choose another folder.")
            self._network.tell(f"{self._request.words}, {self._bytes / 1e6:,.1f} MB")
        except NeedError as error:
            self._error = error
            self._reply.abort()
