"""What a source has now, without fetching it: whether it answers, its size, date and rows, and whether newer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, Optional

from .. import strict_json
from ..pack_format import vintage
from . import arcgis, ees, fingertips, nomis, pages, statxplore
from .asking import NoAnswer, Reply, Request, Transport
from .recipe import Recipe

_ANSWERS, _ERROR = "answers", "error "


@dataclass(frozen=True)
class Look:
    """One line of the table: what a source answers, and what it says of itself, as texts; '' where it says nothing."""

    recipe: str
    host: str
    answer: str
    size: str = ""
    date: str = ""
    rows: str = ""
    newer: str = ""

    @property
    def answered(self) -> bool:
        """Whether anything came back, be it an error."""
        return self.answer == _ANSWERS or self.answer.startswith(_ERROR)


def look(recipe: Recipe, transport: Transport, folder: Path) -> Look:
    """Ask a source for its head, its newest date, its number of rows or the page that names its file."""
    request = _question(recipe)
    if request is None:
        return Look(recipe.id, "", f"has no address; see {recipe.page or recipe.page_note}")
    into = folder / request.digest
    try:
        reply = transport.ask(request, into, lambda reply: None)
    except NoAnswer as error:
        return Look(recipe.id, request.host, str(error))
    words = _ANSWERS if reply.status == 200 else f"{_ERROR}{reply.status}"
    date, rows = _said(recipe, into, reply) if reply.status == 200 else ("", "")
    size = reply.headers.get("content-length", "") if request.head else ""
    newer = (
        f"has {date}, the recipe asks for {recipe.fetch.date}" if vintage(date, recipe.fetch.date) == "newer" else ""
    )
    return Look(recipe.id, request.host, words, size, date, rows, newer)


def _question(recipe: Recipe) -> Optional[Request]:
    kind = recipe.fetch.kind
    if kind == "manual":
        return None
    if kind == "file":
        return Request(recipe.fetch.parameters["address"], holds="file", head=True)
    if kind == "fingertips":
        return replace(fingertips.question(recipe), head=True)
    asks: Dict[str, Callable[[Recipe], Request]] = {
        "nomis": nomis.newest,
        "arcgis": arcgis.count,
        "ees": ees.meta_of,
        "statxplore": statxplore.schema_of,
    }
    return asks.get(kind, pages.page_of)(recipe)


def _said(recipe: Recipe, path: Path, reply: Reply) -> Any:
    """Date and rows that an answer states."""
    kind = recipe.fetch.kind
    if kind in ("file", "fingertips", "ons", "statxplore"):
        return reply.headers.get("last-modified", ""), ""
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    if kind == "nomis":
        return (text.split("\n")[1:2] or [""])[0].strip().strip('"'), ""
    try:
        answer: Mapping[str, Any] = strict_json.parsed(text)
    except ValueError:
        return "", ""
    if kind == "arcgis":
        return "", str(answer.get("count", ""))
    if kind == "govuk":
        return str(answer.get("public_updated_at", ""))[:10], ""
    periods: List[str] = [str(one.get("period", "")) for one in answer.get("timePeriods", [])]
    return max(periods, default=""), ""
