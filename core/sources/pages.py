"""Files: at an address, as the attachment of a page of GOV.UK, or linked from a dataset's page of the ONS."""

from __future__ import annotations

import html
import re
from typing import Any, Iterator, Tuple
from urllib.parse import unquote, urljoin, urlsplit

from ..published.reading import periods
from .answer import Answer, Get
from .asking import Request, SourceError, read_json
from .recipe import Recipe

GOVUK = "https://www.gov.uk/api/content/"
ONS = "https://www.ons.gov.uk/"
_LINK = re.compile(r"href=[\"']([^\"'<>]+)[\"']", re.IGNORECASE)


def read(recipe: Recipe, get: Get) -> Answer:
    """The file itself; where the page no longer names it, the last address known is asked, and said."""
    address, said = recipe.fetch.parameters.get("address", ""), []
    if recipe.fetch.kind != "file":
        try:
            address = find(recipe, get)
        except SourceError as error:
            if not address:
                raise
            said.append(f"{error} The last address known is asked.")
    name = _name(address)
    return Answer(file=get(Request(address, holds="file", words=name)), name=name, said=tuple(said))


def find(recipe: Recipe, get: Get) -> str:
    """The current address of the file that the recipe's pattern names, of several the latest by its title."""
    request = page_of(recipe)
    if recipe.fetch.kind == "govuk":
        links = list(_attachments(read_json(get(request), request)))
    else:
        text = get(request).read_text(encoding="utf-8", errors="replace")
        links = [("", urljoin(request.address, html.unescape(link))) for link in _LINK.findall(text)]
    pattern = re.compile(recipe.fetch.parameters["pattern"], re.IGNORECASE)
    fitting = [(title, link) for title, link in links if pattern.search(title) or pattern.search(unquote(link))]
    if not fitting:
        raise SourceError(f"{request.host}: no file on {request.address} fits '{pattern.pattern}'.")
    # Of those of one date the first: pages put the newest on top.
    title, link = max(fitting, key=lambda one: periods.latest(f"{one[0]} {_name(one[1])}") or ())
    if urlsplit(link).scheme != "https":
        raise SourceError(f"{request.host}: '{title}' leads to {link}, which is no https address.")
    return link


def page_of(recipe: Recipe) -> Request:
    """Asks for the page that names the file."""
    path = recipe.fetch.parameters["page"].strip("/")
    if recipe.fetch.kind == "govuk":
        return Request(GOVUK + path, holds="json", words="which file is current")
    return Request(ONS + path, holds="html", words="which file is current")


def _attachments(value: Any) -> Iterator[Tuple[str, str]]:
    """Title and address of everything with an address in what GOV.UK says of a page."""
    if isinstance(value, dict):
        address = value.get("url")
        if isinstance(address, str) and ("filename" in value or "content_type" in value):
            yield str(value.get("title", "")), urljoin("https://www.gov.uk/", address)
        for inner in value.values():
            yield from _attachments(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _attachments(inner)
    elif isinstance(value, str) and "href=" in value:
        yield from (("", urljoin("https://www.gov.uk/", html.unescape(link))) for link in _LINK.findall(value))


def _name(address: str) -> str:
    """The name of the file at an address: the ONS puts its path into the query."""
    parts = urlsplit(address)
    path = parts.query.partition("uri=")[2] if "uri=" in parts.query else parts.path
    return unquote(path).rstrip("/").rpartition("/")[2] or parts.netloc
