"""Pages that can go before a committee: an atlas of areas, reports, and the paper's maps."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, Optional

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterString,
    QgsProcessingParameterVectorLayer,
)

from ...core import catalogue
from ...core.errors import OptionError
from .. import parameters as parameters_
from ..base import DEFAULT_METHODOLOGY, NeedAlgorithm
from ..dependencies import PICTURES, REQUIRED

FOLDERS = (
    ("REPORTS", "Folder for reports (HTML, one an area)"),
    ("IMAGES", "Folder for pages (PNG)"),
    ("EXPORT", "Folder for tables (CSV, XLSX, GeoPackage, GeoJSON)"),
    ("MAPS", "Folder for maps of districts and regions (PNG)"),
)


class AreaReport(NeedAlgorithm):
    """Atlas, reports and tables for districts or for a user's own areas."""

    STEP = "areareport"
    TAGS = ("atlas", "layout", "print", "pdf", "committee", "ward", "district", "profile")
    PACKAGES = (*REQUIRED, *PICTURES)
    ONLY_WITH = dict.fromkeys(("CODE_FIELD", "NAME_FIELD", "METHOD"), "AREAS")
    HELP = """
<p>Sums the need layer up for the areas as <i>Summarise by area</i> does, and makes two pages an area. The first holds a
map, key figures and a profile beside district, region and all areas; the second its LSOAs from the neediest, what marks
it, how well LSOAs fit it, and where every figure is from. <i>Only</i> takes codes or names of the areas to make pages
of; ranks are always among all areas.</p>
<p>With <i>Add to the project</i> the atlas opens in QGIS's layout manager and can be edited before it is exported; its
data then stays beside the PDF.</p>
<p>Source: the paper's chapter on analysis and outcomes, for the maps of districts and regions.</p>
<p>Example: <code>qgis_process run hyperlocalneed:areareport -- INPUT='need.gpkg|layername=need' AREAS=wards.gpkg
CODE_FIELD=WD25CD NAME_FIELD=WD25NM ONLY=E05015268,E05015269 OUTPUT=wards.pdf</code></p>"""

    def initAlgorithm(self, configuration: Optional[Dict[str, Any]] = None) -> None:
        polygons = [QgsProcessing.SourceType.TypeVectorPolygon]
        self.addParameter(QgsProcessingParameterVectorLayer("INPUT", "Need", polygons))
        self.addParameter(
            QgsProcessingParameterFeatureSource("AREAS", "Areas (empty: districts)", polygons, optional=True)
        )
        for name, title, parent in (
            ("CODE_FIELD", "Field with the areas' codes", "AREAS"),
            ("NAME_FIELD", "Field with the areas' names", "AREAS"),
            ("AREA_FIELD", "Or areas by a field of the need layer (empty: district_code)", "INPUT"),
        ):
            self.addParameter(QgsProcessingParameterField(name, title, None, parent, optional=True))
        methods = [one for one in catalogue.step("summarisebyarea").options if one.name == "METHOD"]
        for option in (*methods, *catalogue.step(self.STEP).options):
            self.addParameter(parameters_.from_option(option))
        self.addParameter(
            QgsProcessingParameterString("ONLY", "Only these areas (codes or names, by commas)", optional=True)
        )
        self.addParameter(parameters_.pack("For postcodes, and for the lines that name the sources."))
        self.addParameter(parameters_.methodology())
        self.addParameter(
            QgsProcessingParameterBoolean("ADD_TO_PROJECT", "Add the atlas to the project", defaultValue=False)
        )
        self.addParameter(QgsProcessingParameterFileDestination("OUTPUT", "Atlas", "PDF files (*.pdf)"))
        for name, title in FOLDERS:
            self.addParameter(
                QgsProcessingParameterFolderDestination(name, title, optional=True, createByDefault=False)
            )

    def compute(
        self, parameters: Dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> Dict[str, Any]:
        from ..runs import area_pages

        need = self.parameterAsVectorLayer(parameters, "INPUT", context)
        given = {name: self._path(parameters, name, context) for name in ("PACK", "METHODOLOGY")}
        folders = {name: self.parameterAsString(parameters, name, context) for name, _ in FOLDERS}
        output = self.parameterAsFileOutput(parameters, "OUTPUT", context)
        project = context.project() if self.parameterAsBoolean(parameters, "ADD_TO_PROJECT", context) else None
        options = parameters_.read_options(self, self.STEP, parameters, context)
        settings = area_pages.Settings(
            code_field=self.parameterAsString(parameters, "CODE_FIELD", context),
            name_field=self.parameterAsString(parameters, "NAME_FIELD", context),
            area_field=self.parameterAsString(parameters, "AREA_FIELD", context),
            method=self.parameterAsEnumString(parameters, "METHOD", context),
            kind=options["KIND"],
            paper=options["PAPER"],
            only=tuple(
                one.strip() for one in self.parameterAsString(parameters, "ONLY", context).split(",") if one.strip()
            ),
            pack=given["PACK"],
            methodology=given["METHODOLOGY"],
            default_methodology=DEFAULT_METHODOLOGY,
        )
        if not need or not output:
            raise OptionError("INPUT, OUTPUT: give the need layer and a PDF to write.")
        places = {name: Path(folder) for name, folder in folders.items() if folder}
        sources = [self.parameterAsSource(parameters, name, context) for name in ("INPUT", "AREAS")]
        area_pages.make(need.source(), *sources, settings, Path(output), places, project, context, feedback)
        return {"OUTPUT": output, **{name: str(place) for name, place in places.items()}}

    def _path(self, parameters: Dict[str, Any], name: str, context: QgsProcessingContext) -> Optional[Path]:
        text = self.parameterAsFile(parameters, name, context)
        return Path(text) if text else None
