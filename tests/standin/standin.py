"""A stand-in for the publishers' services: an HTTP server on the loopback that answers as they do, or fails as they do.

A request to ``https://HOST/PATH`` goes to ``http://127.0.0.1:PORT/HOST/PATH``: ``StandIn.address`` says where. What is
served comes from tables by recipe (index: area code of England, columns: the recipe's); what the services add, areas
of Wales, other years, totals, pages, banners and caps, is put around it here.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import socket
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Sequence, Set, Tuple
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pandas as pd
from standin_files import FILES, PublishedFile, make, zipped

from hyperlocal_need.core.sources.recipe import Recipe

NOMIS_ROWS, ARCGIS_ROWS = 25_000, 2_000
KEY = "a-key-of-ones-own"
LOGIN = b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>Please sign in to go on.</body></html>"


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    host: str
    path: str
    query: Mapping[str, str]
    body: str
    headers: Mapping[str, str]

    @property
    def address(self) -> str:
        """The address that was meant."""
        query = "&".join(f"{key}={value}" for key, value in self.query.items())
        return f"https://{self.host}{self.path}" + (f"?{query}" if query else "")


@dataclass
class Sent:
    """An answer."""

    body: bytes
    kind: str = "text/csv"
    status: int = 200
    headers: Dict[str, str] = field(default_factory=dict)


@dataclass
class Fault:
    """What goes wrong at addresses that a pattern fits, and how often: 0 = for good. ``at`` counts from 1."""

    name: str
    where: str = ""
    times: int = 0
    seconds: float = 0.0
    at: int = 1
    met: int = 0

    def due(self, address: str) -> bool:
        """Whether it is this request's turn."""
        if not re.search(self.where, address):
            return False
        self.met += 1
        return self.met >= self.at and (not self.times or self.met < self.at + self.times)


# Faults of the way; those of the figures (SHORT, VINTAGE, TWICE, YEAR) are made where the figures are.
FAULTS = (
    "cut", "404", "429", "500", "moved", "type", "login", "drip", "hang", "to_http", "to_file", "bomb", "empty",
    "short", "vintage", "twice", "year", "refused",
)  # fmt: skip


class StandIn:
    """The services of some recipes, with the figures of their tables; ``faults`` may be changed while it runs."""

    def __init__(self, recipes: Mapping[str, Recipe], tables: Mapping[str, pd.DataFrame], shapes: Shapes = None):
        self.recipes = {name: one for name, one in recipes.items() if name in tables or one.fetch.kind == "manual"}
        self.tables = dict(tables)
        self.shapes = shapes or (lambda recipe, codes: [])
        self.faults: List[Fault] = []
        self.log: List[Asked] = []
        self.bytes = 0
        # Called with the number of each request, before it is answered.
        self.on_request: Callable[[int], None] = lambda _: None
        # Files that are at hand as published go out as they are.
        self.as_published: Dict[str, Path] = {}
        self._made: Dict[Tuple[str, Any], bytes] = {}
        self._stop = threading.Event()
        self._server: Optional[_Server] = None

    def __enter__(self) -> StandIn:
        standin = self

        class Handler(_Handler):
            owner = standin

        self._server = _Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._stop.set()
        self._server.end()

    def address(self, https: str) -> str:
        """Where a request to an address of the publishers goes instead."""
        parts = urlsplit(https)
        query = f"?{parts.query}" if parts.query else ""
        return f"http://127.0.0.1:{self._server.server_port}/{parts.netloc}{parts.path}{query}"

    @property
    def base(self) -> str:
        """Where it stands."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def fail(self, name: str, where: str = "", **more: Any) -> Fault:
        """Let requests fail from now on."""
        if name not in FAULTS:
            raise ValueError(f"{name} is no fault; faults are {FAULTS}")
        self.faults.append(Fault(name, where, **more))
        return self.faults[-1]

    def heal(self) -> None:
        """Let no request fail from now on."""
        self.faults.clear()

    def asked(self, host: str = "") -> List[str]:
        """The addresses that were asked for."""
        return [one.address for one in self.log if host in one.host]

    def fault(self, asked: Asked, names: Sequence[str]) -> Optional[Fault]:
        """The fault of one of the names that is due at a request."""
        due = [one for one in self.faults if one.name in names and one.due(asked.address)]
        return due[0] if due else None

    def answer(self, asked: Asked) -> Sent:
        """What the service says."""
        for host, service in SERVICES:
            if asked.host == host:
                sent = service(self, asked)
                if sent is not None:
                    return sent
        sent = _file(self, asked)
        return sent or Sent(b"<html><body>Page not found</body></html>", "text/html", 404)

    def published(self, file: PublishedFile, keep: int = 0) -> bytes:
        """A file with this stand-in's figures, made once."""
        if file.name in self.as_published:
            return self.as_published[file.name].read_bytes()
        if (file.name, keep) not in self._made:
            whole = {name: self.whole(name) for name in file.recipes}
            self._made[file.name, keep] = make(file, whole, keep)
        return self._made[file.name, keep]

    def postcodes(self, short: bool = False) -> bytes:
        """The directory of postcodes, zipped as the ONS does: all countries, terminated ones too."""
        if ("postcodes", short) not in self._made:
            table = self.tables["postcodes"]
            rest = self.recipes["postcodes"].fetch.rows - len(table)
            head = "pcd7,pcds,dointr,doterm,east1m,north1m,oa21cd,ctry25cd\r\n"
            whole = pd.DataFrame({"pcd7": table["postcode"].str.replace(" ", ""), "pcds": table["postcode"]})
            whole["dointr"] = "198001"
            whole["doterm"] = table["terminated"]
            whole["east1m"], whole["north1m"] = table["easting"], table["northing"]
            whole["oa21cd"], whole["ctry25cd"] = "", "E92000001"
            whole = whole.iloc[: len(whole) * 3 // 4] if short else whole
            welsh = "".join(f"CF{n:05d},CF {n:05d},198001,,318000,176000,,W92000004\r\n" for n in range(rest))
            data = (head + whole.to_csv(index=False, header=False, lineterminator="\r\n") + welsh).encode()
            self._made["postcodes", short] = zipped({"User Guide/guide.txt": b"", "Data/ONSPD_MAY_2026_UK.csv": data})
        return self._made["postcodes", short]

    def whole(self, name: str) -> pd.DataFrame:
        """A recipe's table, with as many areas of Wales as its dataset has besides those of England."""
        table, fetch = self.tables[name], self.recipes[name].fetch
        areas = table.index.nunique()
        if fetch.rows <= areas or fetch.kind == "arcgis":
            return table
        welsh = [f"W{table.index[0][1:3]}{number:06d}" for number in range(1, fetch.rows - areas + 1)]
        figures = np.resize(np.array([7.0, 11.0, 5.0]), (len(welsh), table.shape[1]))
        return pd.concat([table, pd.DataFrame(figures, index=welsh, columns=table.columns)])


Shapes = Optional[Callable[[Recipe, Sequence[str]], List[str]]]


class _Server(ThreadingHTTPServer):
    """Ends with all its threads: one that is still there when Python ends may take Python with it."""

    daemon_threads = False

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._lines: Set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._lines.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._lines.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who asked may go at any time; anything else is printed."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    def end(self) -> None:
        """Drop the lines that are still open, and wait for who talks on them."""
        self.shutdown()
        for line in list(self._lines):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    """One request; the owner says what is answered, and what goes wrong."""

    protocol_version = "HTTP/1.1"
    owner: StandIn

    def do_GET(self) -> None:
        """Answer."""
        self._do("")

    def do_HEAD(self) -> None:
        """Answer with headers alone."""
        self._do("")

    def do_POST(self) -> None:
        """Answer to a body."""
        self._do(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())

    def log_message(self, *_: Any) -> None:
        """Nothing is printed."""

    def _do(self, body: str) -> None:
        parts = urlsplit(self.path)
        _, host, path = (parts.path.split("/", 2) + [""])[:3]
        headers = {key.lower(): value for key, value in self.headers.items()}
        asked = Asked(self.command, host, "/" + path, dict(parse_qsl(parts.query, True)), body, headers)
        self.owner.log.append(asked)
        self.owner.on_request(len(self.owner.log))
        fault = self.owner.fault(asked, WAYS)
        try:
            if fault is None:
                self._send(self.owner.answer(asked))
            else:
                WAYS[fault.name](self, fault, asked)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _send(self, sent: Sent, keep: Optional[int] = None) -> None:
        """Headers and body; ``keep`` bytes of it, then the line is dropped."""
        body, status = sent.body, sent.status
        headers = {"Content-Type": sent.kind, "ETag": f'"{hashlib.md5(body).hexdigest()}"', **sent.headers}
        begins = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        same = self.headers.get("If-Range", headers["ETag"]) == headers["ETag"]
        if begins and status == 200 and same and 0 < int(begins[1]) < len(body):
            headers["Content-Range"] = f"bytes {begins[1]}-{len(body) - 1}/{len(body)}"
            body, status = body[int(begins[1]) :], 206
        self.send_response(status)
        for key, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        self.wfile.write(body if keep is None else body[:keep])
        self.owner.bytes += len(body)
        if keep is not None:
            self.close_connection = True

    def cut(self, _: Fault, asked: Asked) -> None:
        sent = self.owner.answer(asked)
        self._send(sent, keep=len(sent.body) // 2)

    def status(self, fault: Fault, _: Asked) -> None:
        self._send(Sent(b"no", "text/plain", int(fault.name)))

    def wait(self, fault: Fault, _: Asked) -> None:
        self._send(Sent(b"too many requests", "text/plain", 429, {"Retry-After": f"{fault.seconds:.0f}"}))

    def moved(self, _: Fault, asked: Asked) -> None:
        """A redirect to the same with /moved before the path, which answers."""
        if asked.path.startswith("/moved"):
            plain = Asked(asked.method, asked.host, asked.path[len("/moved") :], asked.query, asked.body, asked.headers)
            self._send(self.owner.answer(plain))
        else:
            query = "?" + urlsplit(self.path).query if asked.query else ""
            self._send(Sent(b"", status=302, headers={"Location": f"https://{asked.host}/moved{asked.path}{query}"}))

    def elsewhere(self, fault: Fault, asked: Asked) -> None:
        to = "file:///etc/hostname" if fault.name == "to_file" else f"http://{asked.host}{asked.path}"
        self._send(Sent(b"", status=302, headers={"Location": to}))

    def odd(self, _: Fault, asked: Asked) -> None:
        sent = self.owner.answer(asked)
        self._send(Sent(b"\x89PNG\r\n\x1a\n" + bytes(200), "image/png", sent.status))

    def login(self, _: Fault, __: Asked) -> None:
        self._send(Sent(LOGIN, "text/html; charset=utf-8"))

    def empty(self, _: Fault, __: Asked) -> None:
        self._send(Sent(b""))

    def drip(self, fault: Fault, asked: Asked) -> None:
        """A byte now and then, for ever."""
        self.send_response(200)
        self.send_header("Content-Type", "text/csv")
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        while not self.owner._stop.wait(fault.seconds or 0.2):
            self.wfile.write(b"x")
            self.wfile.flush()

    def hang(self, _: Fault, __: Asked) -> None:
        self.owner._stop.wait(60)
        self.close_connection = True

    def bomb(self, _: Fault, __: Asked) -> None:
        """A gigabyte of noughts in a megabyte."""
        packed = gzip.compress(bytes(1 << 20), 9)
        self._send(Sent(packed * 1024, "text/csv", headers={"Content-Encoding": "gzip"}))


WAYS: Dict[str, Callable[[_Handler, Fault, Asked], None]] = {
    "cut": _Handler.cut,
    "404": _Handler.status,
    "500": _Handler.status,
    "429": _Handler.wait,
    "moved": _Handler.moved,
    "to_http": _Handler.elsewhere,
    "to_file": _Handler.elsewhere,
    "type": _Handler.odd,
    "login": _Handler.login,
    "empty": _Handler.empty,
    "drip": _Handler.drip,
    "hang": _Handler.hang,
    "bomb": _Handler.bomb,
}


def other_vintage(index: pd.Index) -> pd.Index:
    """Codes of which one in ten is of areas that were not there, as in a file of another census."""
    return pd.Index([f"{code[:3]}9{code[4:]}" if place % 10 == 0 else code for place, code in enumerate(index)])


def _json(value: Any, status: int = 200) -> Sent:
    return Sent(json.dumps(value).encode(), "application/json", status)


def _of_kind(standin: StandIn, kind: str) -> Iterator[Recipe]:
    return (one for one in standin.recipes.values() if one.fetch.kind == kind)


def _nomis(standin: StandIn, asked: Asked) -> Optional[Sent]:
    """Rows of area and category, never more than 25,000 and never a word about it."""
    dataset = re.fullmatch(r"/api/v01/dataset/(NM_\d+_\d+)\.data\.csv", asked.path)
    query = {key.lower(): value for key, value in asked.query.items()}
    fitting = [
        one
        for one in _of_kind(standin, "nomis")
        if dataset
        and one.fetch.parameters["dataset"] == dataset[1]
        and one.fetch.parameters["geography"] == query.get("geography")
    ]
    if not fitting:
        return None if dataset is None else Sent(b"")
    recipe = fitting[0]
    date = recipe.fetch.parameters["date"] if query.get("date") in ("latest", None) else query["date"]
    if standin.fault(asked, ("year",)):
        date = str(int(date) - 1)
    table = standin.whole(recipe.id)
    if standin.fault(asked, ("vintage",)):
        table = table.set_axis(other_vintage(table.index))
    short = standin.fault(asked, ("short",))
    dimensions = {
        name: query.get(name, codes).split(",") for name, codes in recipe.fetch.parameters["dimensions"].items()
    }
    combinations: List[Dict[str, str]] = [{}]
    for name, codes in dimensions.items():
        combinations = [{**one, name: code} for one in combinations for code in codes]
    figures = np.column_stack([_figures(recipe, table, combination) for combination in combinations])
    total = len(table) * len(combinations)
    total = _part(total, NOMIS_ROWS) if short else total
    offset = int(query.get("recordoffset", 0))
    if offset and standin.fault(asked, ("twice",)):
        offset -= NOMIS_ROWS
    rows = np.arange(offset, min(total, offset + min(int(query.get("recordlimit", NOMIS_ROWS)), NOMIS_ROWS)))
    area, which = rows // len(combinations), rows % len(combinations)
    columns = {
        "DATE_NAME": np.full(len(rows), date),
        "GEOGRAPHY_CODE": table.index.to_numpy()[area],
        **{name.upper(): np.array([one[name] for one in combinations])[which] for name in dimensions},
        "OBS_VALUE": [_plain(value) for value in figures[area, which]],
    }
    chosen = [name.upper() for name in query.get("select", ",".join(columns)).split(",")]
    lines = [",".join(f'"{name}"' for name in chosen)]
    lines += [",".join(f'"{cell}"' for cell in row) for row in zip(*(columns[name] for name in chosen))]
    return Sent(("\r\n".join(lines) + "\r\n").encode())


def _part(rows: int, cap: int) -> int:
    """How many rows a service gives that stops without a word: up to its cap, or, of fewer, not all."""
    return cap if rows > cap else rows * 3 // 4


def _figures(recipe: Recipe, table: pd.DataFrame, where: Mapping[str, str]) -> np.ndarray:
    for name, column in recipe.columns.items():
        if all(where.get(dimension) == value for dimension, value in column.where.items()):
            return table[name].to_numpy(dtype=float)
    return np.zeros(len(table))


def _plain(value: float) -> str:
    return "" if value != value else str(int(value)) if value == int(value) else repr(float(value))


def _arcgis(standin: StandIn, asked: Asked) -> Optional[Sent]:
    """Features, never more than 2,000, with ``exceededTransferLimit`` where there are more."""
    found = re.fullmatch(r"/ESMARspQHYMw9BZ9/arcgis/rest/services/([^/]+)/FeatureServer/0/query", asked.path)
    fitting = [
        one
        for one in _of_kind(standin, "arcgis")
        if found and one.fetch.parameters["service"].replace(" ", "_") == found[1]
    ]
    if not fitting:
        return None if found is None else _json({"error": {"code": 400, "message": "Invalid URL"}})
    recipe = fitting[0]
    table, geojson = standin.tables[recipe.id], asked.query.get("f") == "geojson"
    if standin.fault(asked, ("vintage",)):
        table = table.assign(**{table.columns[0]: other_vintage(table.index)})
    if asked.query.get("returnCountOnly") == "true":
        return _json({"count": len(table)})
    offset, limit = int(asked.query.get("resultOffset", 0)), int(asked.query.get("resultRecordCount", ARCGIS_ROWS))
    if offset and standin.fault(asked, ("twice",)):
        offset -= ARCGIS_ROWS
    if standin.fault(asked, ("short",)):
        table = table.iloc[: _part(len(table), ARCGIS_ROWS)]
    page = table.iloc[offset : offset + min(limit, ARCGIS_ROWS)]
    more = offset + len(page) < len(table)
    fields = page[asked.query["outFields"].split(",")].to_dict("records")
    if not geojson:
        rest = {"exceededTransferLimit": True} if more else {}
        return _json({"features": [{"attributes": one} for one in fields], **rest})
    shapes = standin.shapes(recipe, list(page.index))
    features = ",".join(
        f'{{"type":"Feature","id":{offset + place},"geometry":{shape},"properties":{json.dumps(one)}}}'
        for place, (one, shape) in enumerate(zip(fields, shapes))
    )
    rest = '"properties":{"exceededTransferLimit":true},' if more else ""
    return Sent(f'{{"type":"FeatureCollection",{rest}"features":[{features}]}}'.encode(), "application/geo+json")


def _govuk(standin: StandIn, asked: Asked) -> Optional[Sent]:
    """What GOV.UK says of a page: its attachments, of which some are of other things and years."""
    path = asked.path[len("/api/content/") :] if asked.path.startswith("/api/content/") else ""
    names = [one.id for one in _of_kind(standin, "govuk") if one.fetch.parameters["page"] == path]
    if not names:
        return None
    files = [file for file in FILES if set(file.recipes) & set(names)]
    attachments = [
        {
            "attachment_type": "file",
            "content_type": "application/octet-stream",
            "filename": file.name,
            "title": file.title,
            "url": _asset(file),
        }
        for file in files
    ]
    background = {"title": "Background note", "filename": "background.pdf", "content_type": "application/pdf"}
    background["url"] = "https://assets.publishing.service.gov.uk/media/000000000000000000000000/background.pdf"
    return _json({"base_path": "/" + path, "details": {"attachments": [background, *attachments]}})


def _asset(file: PublishedFile) -> str:
    """An address such as GOV.UK gives to a file: another with every release."""
    return (
        f"https://assets.publishing.service.gov.uk/media/{hashlib.md5(file.name.encode()).hexdigest()[:24]}/{file.name}"
    )


def _ons(standin: StandIn, asked: Asked) -> Optional[Sent]:
    """A dataset's page, with links to the files of its editions; and the files."""
    path = asked.path.strip("/")
    recipes = [one for one in _of_kind(standin, "ons") if one.fetch.parameters["page"] == path]
    if asked.path == "/file":
        return _file(standin, asked)
    if not recipes:
        return None
    links = "".join(
        f'<li><a href="/file?uri=/{path}/{_edition(standin.recipes[name])}/{file.name}">xlsx</a></li>'
        for one in recipes
        for file in FILES
        for name in file.recipes
        if name == one.id
    )
    page = f'<!doctype html><html><body><a href="/help">Help</a><ul>{links}</ul></body></html>'
    return Sent(page.encode(), "text/html; charset=utf-8")


def _edition(recipe: Recipe) -> str:
    known = re.search(r"/([^/]+)/[^/]+$", recipe.fetch.parameters.get("address", ""))
    return known[1] if known else "current"


def _file(standin: StandIn, asked: Asked) -> Optional[Sent]:
    """A file, wherever it is asked for by its name or by the address of its recipe."""
    name = (asked.query.get("uri") or asked.path).rpartition("/")[2]
    directory = standin.recipes.get("postcodes")
    if directory is not None and asked.address == directory.fetch.parameters["address"]:
        return Sent(standin.postcodes(standin.fault(asked, ("short",)) is not None), "application/zip")
    for file in FILES:
        held = [standin.recipes[one] for one in file.recipes if one in standin.recipes]
        known = {urlsplit(one.fetch.parameters.get("address", "")).path for one in held}
        if held and len(held) == len(file.recipes) and (name == file.name or asked.path in known - {"", "/file"}):
            return Sent(_spoilt(standin, asked, file), "application/octet-stream")
    return None


def _spoilt(standin: StandIn, asked: Asked, file: PublishedFile) -> bytes:
    """The file; with a fault of figures: a part of its rows, rows twice, or codes of another census."""
    fault = standin.fault(asked, ("short", "vintage", "twice", "year"))
    if fault is None:
        return standin.published(file)
    if fault.name == "short":
        length = max(len(standin.tables[name]) for name in file.recipes)
        return standin.published(file, keep=min(25_000, length - length // 4))
    tables = {name: standin.whole(name) for name in file.recipes}
    if fault.name == "vintage":
        tables = {name: table.set_axis(other_vintage(table.index)) for name, table in tables.items()}
    elif fault.name == "twice":
        tables = {name: pd.concat([table, table.iloc[:3]]) for name, table in tables.items()}
        return make(file, tables)
    made = make(file, tables)
    return made.replace(b"2023", b"2013") if fault.name == "year" and file.form == "csv" else made


def _ees(standin: StandIn, asked: Asked) -> Optional[Sent]:
    """Explore education statistics: meta with ids of its own, and a query, page by page."""
    found = re.fullmatch(r"/statistics/v1/data-sets/([0-9a-f-]+)/(meta|query)", asked.path)
    fitting = [one for one in _of_kind(standin, "ees") if found and one.fetch.parameters["dataset"] == found[1]]
    if not fitting:
        return None if found is None else _json({"title": "Not Found", "status": 404}, 404)
    recipe = fitting[0]
    table = standin.tables[recipe.id]
    if standin.fault(asked, ("vintage",)):
        table = table.set_axis(other_vintage(table.index))
    ids = {code: _id(recipe, code) for code in table.index}
    if found[2] == "meta":
        return _json(_ees_meta(recipe, ids))
    body = json.loads(asked.body)
    chosen = {part["filters"]["eq"] for part in body["criteria"]["and"] if "filters" in part}
    wanted = _id(recipe, "Total")
    codes = list(table.index)
    if standin.fault(asked, ("short",)):
        codes = codes[: len(codes) * 3 // 4]
    rows = [
        {
            "timePeriod": {"code": recipe.fetch.parameters["period_code"], "period": recipe.fetch.parameters["period"]},
            "geographicLevel": "LA",
            "locations": {"NAT": _id(recipe, "England"), "LA": ids[code]},
            "filters": {_id(recipe, "Sex"): option},
            "values": {
                _id(recipe, name): "z" if value != value else str(value)
                for name, value in table.loc[code].items()
                if _id(recipe, name) in body["indicators"]
            },
        }
        for code in codes
        for option in (_id(recipe, "Boys"), _id(recipe, "Girls"), wanted)
        if not chosen or option in chosen
    ]
    size, page = min(int(body.get("pageSize", 1000)), 10_000), int(body.get("page", 1))
    pages = -(-len(rows) // size)
    if page > 1 and standin.fault(asked, ("twice",)):
        page -= 1
    paging = {"page": page, "pageSize": size, "totalResults": len(rows), "totalPages": pages}
    return _json({"paging": paging, "warnings": [], "results": rows[(page - 1) * size : page * size]})


def _id(recipe: Recipe, label: str) -> str:
    """An id that means nothing, and is another in each data set."""
    return hashlib.md5(f"{recipe.id} {label}".encode()).hexdigest()[:5]


def _ees_meta(recipe: Recipe, ids: Mapping[str, str]) -> Dict[str, Any]:
    options = [{"id": _id(recipe, label), "label": label} for label in ("Boys", "Girls", "Total")]
    indicators = [
        {
            "id": _id(recipe, name),
            "column": column.where.get("indicator", name),
            "label": f"Published name of {column.where.get('indicator', name)}",
            "unit": column.unit,
        }
        for name, column in recipe.columns.items()
    ]
    other = {"id": _id(recipe, "pupils"), "column": "t_pupils", "label": "Number of pupils", "unit": ""}
    places = [{"id": place, "label": code, "code": code, "oldCode": "000"} for code, place in ids.items()]
    return {
        "filters": [{"id": _id(recipe, "Sex"), "column": "sex", "label": "Sex", "options": options}],
        "indicators": [other, *indicators],
        "geographicLevels": [{"code": "NAT", "label": "National"}, {"code": "LA", "label": "Local authority"}],
        "locations": [
            {"level": {"code": "NAT", "label": "National"}, "options": [{"id": "0", "code": "E92000001"}]},
            {"level": {"code": "LA", "label": "Local authority"}, "options": places},
        ],
        "timePeriods": [{"code": "AY", "label": recipe.fetch.date, "period": recipe.fetch.parameters["period"]}],
    }


FINGERTIPS = (
    "Indicator ID", "Indicator Name", "Parent Code", "Parent Name", "Area Code", "Area Name", "Area Type", "Sex",
    "Age", "Category Type", "Category", "Time period", "Value", "Lower CI 95.0 limit", "Upper CI 95.0 limit", "Count",
    "Denominator", "Value note", "Time period Sortable",
)  # fmt: skip


def _fingertips(standin: StandIn, asked: Asked) -> Optional[Sent]:
    """Indicators as CSV: England and regions first, an earlier period, then the areas."""
    if asked.path != "/api/all_data/csv/by_indicator_id":
        return None
    ids = asked.query.get("indicator_ids", "")
    lines = [",".join(FINGERTIPS)]
    for recipe in _of_kind(standin, "fingertips"):
        if recipe.fetch.parameters["indicators"] == ids:
            table = standin.tables[recipe.id]
            if standin.fault(asked, ("vintage",)):
                table = table.set_axis(other_vintage(table.index))
            if standin.fault(asked, ("short",)):
                table = table.iloc[: len(table) * 3 // 4]
            if standin.fault(asked, ("twice",)):
                table = pd.concat([table, table.iloc[:2]])
            lines += _fingertips_lines(recipe, table, standin.fault(asked, ("year",)) is not None)
    return Sent(("\r\n".join(lines) + "\r\n").encode("utf-8-sig"))


def _fingertips_lines(recipe: Recipe, table: pd.DataFrame, old: bool) -> Iterator[str]:
    """The lines of each sex: value and limits from the columns that share it."""
    period = recipe.fetch.parameters["period"]
    groups: Dict[str, Dict[str, str]] = {}
    for name, column in recipe.columns.items():
        groups.setdefault(column.where.get("Sex", "Persons"), {})[column.figure or "Value"] = name
    number, title = recipe.fetch.parameters["indicators"], recipe.title.split(": ")[-1]
    for sex, figures in groups.items():
        empty = pd.Series(np.nan, index=table.index)
        value, low, high = (
            table[figures[figure]] if figure in figures else empty
            for figure in ("Value", "Lower CI 95.0 limit", "Upper CI 95.0 limit")
        )
        start = [number, title, "E92000001", "England"]
        for year in ("2013 - 17",) if old else ("2013 - 17", period):
            yield _line([*start, "E92000001", "England", "England", sex, "All ages", "", "", year, "79.5"])
            for code, one, lower, upper in zip(table.index, value, low, high):
                figures_ = [_plain(one), _plain(lower), _plain(upper)]
                note = "Value suppressed for disclosure control" if one != one else ""
                yield _line([*start, code, code, "MSOA", sex, "All ages", "", "", year, *figures_, "", "", note])


def _line(cells: Sequence[str]) -> str:
    return ",".join([*(f'"{cell}"' if "," in cell else cell for cell in cells), *[""] * (len(FINGERTIPS) - len(cells))])


def _statxplore(standin: StandIn, asked: Asked) -> Optional[Sent]:
    """Schema and tables, for who has a key; a whole country may be refused."""
    if not asked.path.startswith("/webapi/rest/v1/"):
        return None
    if asked.headers.get("apikey") != KEY:
        return _json({"message": "Not authorised"}, 401)
    rest = asked.path[len("/webapi/rest/v1/") :]
    if rest.startswith("schema/"):
        return _schema(standin, rest[len("schema/") :])
    body = json.loads(asked.body)
    fitting = [one for one in _of_kind(standin, "statxplore") if one.fetch.parameters["database"] == body["database"]]
    if not fitting or rest != "table":
        return _json({"message": "Unknown database"}, 404)
    return _table(standin, asked, fitting[0], body)


VALUESETS = (
    ("V_C_MASTERGEOG21_LA_TO_REGION", "Local Authority"),
    ("V_C_MASTERGEOG21_MSOA_TO_LA", "Middle Layer Super Output Areas"),
    ("V_C_MASTERGEOG21_LSOA_TO_MSOA", "Lower Layer Super Output Areas"),
    ("V_C_MASTERGEOG21_OA_TO_LSOA", "Census Output Areas"),
)


def _schema(standin: StandIn, wanted: str) -> Sent:
    """The valuesets of a field of areas, or the authorities of a valueset."""
    for recipe in _of_kind(standin, "statxplore"):
        field_id = recipe.fetch.parameters["geography_field"]
        stem = field_id.replace("str:field", "str:valueset")
        if wanted == field_id:
            children = [{"id": f"{stem}:{name}", "label": label, "type": "VALUESET"} for name, label in VALUESETS]
            return _json(
                {"id": wanted, "label": "National - Regional - LA - OAs", "type": "FIELD", "children": children}
            )
        for name, label in VALUESETS:
            if wanted == f"{stem}:{name}":
                values = [
                    {
                        "id": f"{field_id.replace('str:field', 'str:value')}:{name}:{code}",
                        "label": code,
                        "type": "VALUE",
                    }
                    for code in standin.tables[recipe.id].index
                ]
                return _json({"id": wanted, "label": label, "type": "VALUESET", "children": values})
    return _json({"message": "Unknown id"}, 404)


def _table(standin: StandIn, asked: Asked, recipe: Recipe, body: Mapping[str, Any]) -> Sent:
    """The cube of the dimensions asked for; recodes choose among the values of a field."""
    known, table = recipe.fetch.parameters, standin.tables[recipe.id]
    recodes, axes = body.get("recodes", {}), []
    for (dimension,) in body["dimensions"]:
        chosen = [value for (value,) in recodes.get(dimension, {}).get("map", [])]
        if dimension == known["date_field"]:
            axes.append((dimension, "Month", chosen or [known["date"]]))
        elif dimension == known.get("field"):
            wheres = [column.where[dimension] for column in recipe.columns.values()]
            axes.append((dimension, "Conditionality", chosen or wheres))
        else:
            stem = known["geography_field"].replace("str:field", "str:value") + ":V_C_MASTERGEOG21_LSOA_TO_MSOA"
            codes = chosen or [f"{stem}:{code}" for code in table.index]
            if not chosen and standin.fault(asked, ("refused",)):
                return _json({"message": "The table is too large"}, 413)
            codes = codes[: len(codes) * 3 // 4] if standin.fault(asked, ("short",)) else codes
            axes.append((dimension, "National - Regional - LA - OAs", codes))

    def value(place: Mapping[str, str]) -> float:
        area = next(one.rpartition(":")[2] for one in place.values() if re.search(r":E0\d{7}$", one))
        for name, column in recipe.columns.items():
            if all(place.get(key) == wanted for key, wanted in column.where.items()):
                return float(table.at[area, name])
        return 0.0

    def nested(depth: int, place: Dict[str, str]) -> Any:
        if depth == len(axes):
            return value(place)
        return [nested(depth + 1, {**place, axes[depth][0]: one}) for one in axes[depth][2]]

    fields = [
        {"uri": uri, "label": label, "items": [{"uris": [one], "labels": [one.rpartition(":")[2]]} for one in values]}
        for uri, label, values in axes
    ]
    measure = body["measures"][0]
    return _json(
        {"database": {"uri": body["database"]}, "fields": fields, "cubes": {measure: {"values": nested(0, {})}}}
    )


SERVICES: Tuple[Tuple[str, Callable[[StandIn, Asked], Optional[Sent]]], ...] = (
    ("www.nomisweb.co.uk", _nomis),
    ("services1.arcgis.com", _arcgis),
    ("www.gov.uk", _govuk),
    ("www.ons.gov.uk", _ons),
    ("api.education.gov.uk", _ees),
    ("fingertips.phe.org.uk", _fingertips),
    ("stat-xplore.dwp.gov.uk", _statxplore),
)
