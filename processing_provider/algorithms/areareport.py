"""Pages that can go before a committee: an atlas of areas, reports, and the paper's maps."""

from __future__ import annotations

from qgis.core import QgsProcessingParameterBoolean

from ...core import catalogue
from ...core.errors import OptionError
from .. import parameters as p
from ..base import NeedAlgorithm
from ..dependencies import PICTURES, REQUIRED
from ..step_base import Values

FOLDERS = (
    ("REPORTS", "Folder for reports (HTML, one an area)"),
    ("DOCUMENTS", "Folder for documents to edit (ODT, one an area)"),
    ("IMAGES", "Folder for pages (PNG)"),
    ("EXPORT", "Folder for tables (CSV, XLSX, GeoPackage, GeoJSON)"),
    ("MAPS", "Folder for maps of districts and regions (PNG)"),
)


class AreaReport(NeedAlgorithm):
    """Atlas, reports and tables for districts or for a user's own areas."""

    STEP = "areareport"
    PAGE = "boundaries.md#pages-hyperlocalneedareareport"
    TAGS = ("atlas", "layout", "print", "pdf", "committee", "ward", "district", "profile")
    PACKAGES = (*REQUIRED, *PICTURES)
    ONLY_WITH = dict.fromkeys(("CODE_FIELD", "NAME_FIELD", "METHOD"), "AREAS")

    def definitions(self):
        areas = "Or areas by a field of the need layer (empty: district_code)"
        return [
            p.need(),
            p.polygons("AREAS", "Areas (empty: districts)"),
            p.field("CODE_FIELD", "Field with the areas' codes", parent="AREAS"),
            p.field("NAME_FIELD", "Field with the areas' names", parent="AREAS"),
            p.field("AREA_FIELD", areas),
            p.from_option(catalogue.step("summarisebyarea").option("METHOD")),
            *p.options(self.STEP),
            p.text("ONLY", "Only these areas (codes or names, by commas)"),
            p.pack("For postcodes, and for the lines that name the sources."),
            p.methodology(),
            QgsProcessingParameterBoolean("ADD_TO_PROJECT", "Add the atlas to the project", defaultValue=False),
            p.file_out("OUTPUT", "Atlas", "PDF files (*.pdf)"),
            *(p.folder_out(name, title, optional=True) for name, title in FOLDERS),
        ]

    def compute(self, parameters, context, feedback):
        from ..runs import area_pages

        values = Values(self, parameters, context, feedback)
        need, output = self.parameterAsVectorLayer(parameters, "INPUT", context), values.path("OUTPUT")
        if not need or not output:
            raise OptionError("INPUT, OUTPUT: give the need layer and a PDF to write.")
        options = values.options()
        settings = area_pages.Settings(
            code_field=values.text("CODE_FIELD") or "",
            name_field=values.text("NAME_FIELD") or "",
            area_field=values.text("AREA_FIELD") or "",
            method=self.parameterAsEnumString(parameters, "METHOD", context),
            kind=options["KIND"],
            paper=options["PAPER"],
            only=values.names("ONLY"),
            pack=values.path("PACK"),
            methodology=values.path("METHODOLOGY"),
        )
        project = context.project() if self.parameterAsBoolean(parameters, "ADD_TO_PROJECT", context) else None
        folders = {name: values.path(name) for name, _ in FOLDERS if values.path(name)}
        places = area_pages.Output(output, folders, project)
        sources = [self.parameterAsSource(parameters, name, context) for name in ("INPUT", "AREAS")]
        area_pages.make(need.source(), *sources, settings, places, context, feedback)
        return {"OUTPUT": str(output), **{name: str(place) for name, place in folders.items()}}
