"""Fingertips (OHID): an indicator as CSV, all areas of a type at once, with limits, counts and notes."""

from __future__ import annotations

from .answer import Answer, Get, read_csv, widen
from .asking import Request, SourceError
from .recipe import Recipe

ADDRESS = "https://fingertips.phe.org.uk/api/all_data/csv/by_indicator_id?"
_NEEDED = ("Indicator ID", "Area Code", "Time period", "Category", "Value")


def read(recipe: Recipe, get: Get) -> Answer:
    """The period that the recipe names, of whole areas (no category of deprivation or the like)."""
    asked, request = recipe.fetch.parameters, question(recipe)
    table = read_csv(get(request), request, _NEEDED)
    periods = table["time period"].str.strip()
    of_period = table[(periods == asked["period"]) & (table["category"].str.strip() == "")]
    if of_period.empty:
        held = ", ".join(sorted(set(periods)))
        raise SourceError(f"{recipe.id}: the answer has no figures of {asked['period']}; it has {held}.")
    # Regions and England come along; a small area's code is told by its first letters.
    prefix = {"OA": "E00", "LS": "E01", "MS": "E02"}.get(recipe.fetch.geography[:2], "E")
    return Answer(
        widen(recipe, [of_period[of_period["area code"].str.startswith(prefix)]], "area code", "Value"),
        date=asked["period"],
    )


def question(recipe: Recipe) -> Request:
    """Asks for all areas and periods of the recipe's indicators."""
    asked = recipe.fetch.parameters
    return Request(
        f"{ADDRESS}indicator_ids={asked['indicators']}&child_area_type_id={asked['child']}"
        f"&parent_area_type_id={asked['parent']}",
        words=f"indicators {asked['indicators']}",
    )
