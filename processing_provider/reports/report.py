"""The report: one HTML file that holds its pictures and styles, opens offline and prints on A4."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Union

import numpy as np
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QImage

from ...core import words
from ...core.errors import NeedError
from ..dependencies import how_to_install
from ..io import about
from ..style import palettes
from . import area_facts, charts, facts
from .small_charts import png_address

TEMPLATES = Path(__file__).resolve().parent / "templates"
CHARTED_DISTRICTS = 20
PICTURE_WIDTH = 1500


def write_report(result, path: Union[str, Path], maps: Optional[Mapping[str, Union[str, Path]]] = None) -> None:
    """Write the report of a result to ``path``, which the caller moves into place.

    ``maps``: the pictures' files by name, ``map`` (deciles), ``hotspots`` and the ids of dimensions; a missing name
    leaves its figure out. Every text from the data is escaped. Raises NeedError where jinja2 or matplotlib is
    missing, a picture cannot be read or the file not be written.
    """
    pictures = {name: picture(Path(file)) for name, file in (maps or {}).items()}
    write_page("report.html.j2", Path(path), _content(result, pictures))


def write_page(name: str, path: Path, content: Mapping[str, Any]) -> None:
    """Fill a template and write the page to ``path``; NeedError where jinja2 is missing or that cannot be done."""
    page = render(name, content)
    try:
        path.write_text(page, encoding="utf-8", newline="\n")
    except OSError as error:
        raise NeedError(f"{path}: the report cannot be written ({error.strerror}).") from error


def render(name: str, content: Mapping[str, Any]) -> str:
    """A template filled: every text from the data is escaped, and a name that is missing is an error."""
    try:
        import jinja2
    except ImportError as error:
        raise NeedError(f"The report needs the Python package jinja2. {how_to_install(['jinja2'])}") from error
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(str(TEMPLATES)),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for function in (words.whole, words.decimal, words.percent, words.people, facts.short_title):
        environment.filters[function.__name__] = function
    return environment.get_template(name).render(**content)


def picture(path: Path) -> str:
    """The picture of a file as a ``data:`` address; NeedError where there is none."""
    image = QImage(str(path))
    if image.isNull():
        raise NeedError(f"{path}: the map cannot be read for the report; is it a picture?")
    return address_of(image)


def address_of(image: QImage) -> str:
    """A picture as a ``data:`` address: at most 1,500 pixels wide, in its 256 commonest colours."""
    if image.width() > PICTURE_WIDTH:
        image = image.scaledToWidth(PICTURE_WIDTH, Qt.TransformationMode.SmoothTransformation)
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    bits = image.constBits()
    bits.setsize(image.sizeInBytes())
    colours, counts = np.unique(np.frombuffer(bits, dtype=np.uint32), return_counts=True)
    commonest = [int(colour) for colour in colours[np.argsort(-counts, kind="stable")][:256]]
    return png_address(
        image.convertToFormat(QImage.Format.Format_Indexed8, commonest, Qt.ImageConversionFlag.ThresholdDither)
    )


def _content(result, pictures: Mapping[str, str]) -> Dict[str, Any]:
    methodology = result.methodology
    return {
        "title": f"{methodology.index.title}: {result.title}{about.part_of(result)}",
        "index_title": methodology.index.title,
        "pack_title": result.title,
        "used": facts.indicators_used(result),
        "warning": methodology.warning,
        "headline": facts.headline(result),
        "glance": facts.at_a_glance(result),
        "classes": facts.mission_classes(result),
        "maps": pictures,
        "dimension_maps": [
            {"title": node.title, "picture": pictures[node.id]}
            for node in methodology.dimensions
            if node.id in pictures
        ],
        "charts": _charts(result),
        "dimensions": methodology.dimensions,
        "areas": facts.highest_areas(result),
        "districts": facts.ranked_districts(result),
        "paragraphs": facts.paragraphs(result),
        "regions": facts.regions(result),
        "quality": facts.quality_rows(result),
        "statuses": words.listed([f"{count} {name}" for name, count in facts.status_counts(result).items()]),
        "lesser": facts.lesser_indicators(result),
        "note_groups": facts.grouped_notes(result),
        "imputed": facts.imputed_areas(result),
        "method": _method(result),
        "credits": about.of_result(result).credits(),
        "colours": palettes,
    }


def _charts(result) -> Dict[str, str]:
    """The charts, each left out where there is nothing to compare."""
    drawn: Dict[str, str] = {}
    districts = [row for row in facts.ranked_districts(result) if not words.is_missing(row["average_score"])]
    if len(districts) > 1:
        top = districts[:CHARTED_DISTRICTS]
        people = np.array([row["population"] for row in districts], dtype=float)
        scores = np.array([row["average_score"] for row in districts], dtype=float)
        drawn["districts"] = charts.dot_plot(
            [row["name"] for row in top],
            [row["average_score"] for row in top],
            axis_title="average score (population-weighted, 0 to 100)",
            reference=float((scores * people).sum() / people.sum()) if people.sum() > 0 else None,
            reference_title="all areas",
        )
        titles = [node.title for node in result.methodology.dimensions]
        means = area_facts.leading_district(result)
        drawn["profile"] = charts.profile_chart(titles, means, axis_title="mean score of the people's areas (0 to 100)")
    regions = facts.regions(result)
    if len(regions) > 1:
        drawn["regions"] = charts.dot_plot(
            [row["name"] for row in regions],
            [row["share"] for row in regions],
            axis_title="share of the region's areas that are hot spots",
            as_percent=True,
            reference=sum(row["hot_spots"] for row in regions) / sum(row["areas"] for row in regions),
            reference_title="all regions",
        )
    return drawn


def _method(result) -> Dict[str, Any]:
    """What the section on the method needs: constant, options, versions, digest, dimensions with their indicators."""
    methodology = result.methodology
    of = [methodology.dimension_of(one.id).id for one in methodology.indicators]
    left = [methodology.dimension_of(one).id for one in result.left_out]
    rows: List[Dict[str, Any]] = [
        {"title": node.title, "weight": node.weight, "count": of.count(node.id), "left_out": left.count(node.id)}
        for node in methodology.dimensions
    ]
    return {
        "title": methodology.title,
        "summary": methodology.summary,
        "reference": methodology.reference,
        "constant": methodology.options("exponentialtransform")["CONSTANT"],
        "dimensions": rows,
        "digest": about.digest_of(result),
        "options": _pairs(result.log.get("options", {})),
        "versions": _pairs(result.log.get("versions", {})),
    }


def _pairs(settings: Mapping[str, Any]) -> List[Dict[str, str]]:
    """Names and values as texts, in the order given."""
    return [{"name": str(name), "value": _plain(value)} for name, value in settings.items()]


def _plain(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "none"
    if value is None:
        return "none"
    return ("no", "yes")[value] if isinstance(value, bool) else str(value)
