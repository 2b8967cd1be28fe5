"""The ONS's ArcGIS services: lookups as JSON, boundaries as GeoJSON in EPSG:27700, page by page."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List
from urllib.parse import urlencode

import pandas as pd

from .answer import Answer, Get
from .asking import Request, SourceError, read_json
from .recipe import CODE, Recipe

ADDRESS = "https://services1.arcgis.com/ESMARspQHYMw9BZ9/arcgis/rest/services/"
MOST_ROWS = 2_000
_MOST_PAGES = 2_000


def read(recipe: Recipe, get: Get) -> Answer:
    """Every page of a layer, until the service says that there is no more; SourceError where a page comes again."""
    asked = recipe.fetch.parameters
    shapes, fields = bool(asked.get("geometry")), list(asked["fields"])
    codes = [name for name, column in recipe.columns.items() if column.unit == CODE]
    query: Dict[str, Any] = {
        "where": asked.get("where", "1=1"),
        "outFields": ",".join(fields),
        "returnGeometry": str(shapes).lower(),
        "outSR": 27700,
        "f": "geojson" if shapes else "json",
        # A page is the same again only in a fixed order.
        "orderByFields": ",".join(codes),
        "resultRecordCount": asked.get("page", MOST_ROWS),
    }
    layer = _layer(recipe)
    rows: List[Dict[str, Any]] = []
    pages: List[Path] = []
    more = True
    while more and len(pages) < _MOST_PAGES:
        total = f" of {recipe.fetch.rows:,}" if recipe.fetch.rows else ""
        request = Request(
            layer + urlencode({**query, "resultOffset": len(rows)}, safe=",*="),
            holds="json",
            words=f"areas from {len(rows):,}{total}",
        )
        pages.append(get(request))
        page = read_json(pages[-1], request)
        features = _features(page, request)
        rows += [feature.get("properties" if shapes else "attributes") or {} for feature in features]
        # At the top, or for GeoJSON among the properties.
        held = (page, page.get("properties"))
        more = bool(features) and any(isinstance(one, dict) and one.get("exceededTransferLimit") for one in held)
    table = pd.DataFrame(rows, columns=fields).astype(object)
    table = table.where(table.notna(), "").astype(str).set_index(key(recipe), drop=False).rename_axis("code")
    # An area that was split stands in a lookup once for each of its parts.
    repeated = table.index[table.duplicated(codes)]
    if len(repeated):
        raise SourceError(
            f"{recipe.id}: {len(repeated):,} areas come twice, such as {repeated[0]}; was a page repeated?", again=True
        )
    return Answer(table, pages=tuple(pages) if shapes else ())


def count(recipe: Recipe) -> Request:
    """Asks how many areas there are."""
    asked = recipe.fetch.parameters
    query = urlencode({"where": asked.get("where", "1=1"), "returnCountOnly": "true", "f": "json"}, safe="=*")
    return Request(f"{_layer(recipe)}{query}", holds="json", words="how many there are")


def _layer(recipe: Recipe) -> str:
    asked = recipe.fetch.parameters
    # Recipes write blanks for the underscores: scanners take long names without any for passwords.
    service = asked["service"].replace(" ", "_")
    return f"{ADDRESS}{service}/FeatureServer/{asked.get('layer', 0)}/query?"


def key(recipe: Recipe) -> str:
    """The column of codes that the rows are of."""
    for name, column in recipe.columns.items():
        if column.unit == CODE and column.geography == recipe.fetch.geography:
            return name
    raise SourceError(f"{recipe.id}: columns: none holds the codes of {recipe.fetch.geography}.")


def _features(page: Dict[str, Any], request: Request) -> List[Dict[str, Any]]:
    """The rows of a page; ArcGIS answers 200 where it means an error."""
    if "error" in page:
        fault = page["error"].get("message", "") if isinstance(page["error"], dict) else page["error"]
        raise SourceError(f"{request.host} answers with an error ({fault}): {request.address}.")
    features = page.get("features")
    if not isinstance(features, list):
        raise SourceError(f"{request.host}: the answer has no features: {request.address}.")
    return features
