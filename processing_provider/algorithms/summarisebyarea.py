"""The need of LSOAs summed up for larger areas."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, Optional

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
)

from ...core import catalogue
from .. import parameters as parameters_
from ..base import DEFAULT_METHODOLOGY, NeedAlgorithm

FIELDS = (
    # name, title, parent, default
    ("AREA_FIELD", "Or areas by a field of the need layer (district_code, region_code, ...)", "INPUT", None, False),
    ("CODE_FIELD", "Field with the areas' codes", "AREAS", None, False),
    ("NAME_FIELD", "Field with the areas' names", "AREAS", None, False),
    ("LOOKUP_LSOA", "Field of the lookup with LSOA codes", "LOOKUP", None, False),
    ("LOOKUP_AREA", "Field of the lookup with codes of areas", "LOOKUP", None, False),
    ("LOOKUP_SHARE", "Field of the lookup with the share of the LSOA", "LOOKUP", None, True),
    ("LSOA_FIELD", "Field with LSOA codes", "INPUT", "area_code", True),
    ("SCORE_FIELD", "Field of a score to sum up (instead of the measure's)", "INPUT", None, True),
    ("RANK_FIELD", "Field of its rank, 1 = highest need", "INPUT", None, True),
    ("POPULATION_FIELD", "Field with the population", "INPUT", "population", True),
)


class SummariseByArea(NeedAlgorithm):
    """The need layer against any polygons, a lookup, or a field of its own."""

    STEP = "summarisebyarea"
    TAGS = ("ward", "parish", "district", "overlay", "boundary", "zonal", "aggregate", "extent", "concentration")
    ONLY_WITH = {
        **dict.fromkeys(("CODE_FIELD", "NAME_FIELD"), "AREAS"),
        **dict.fromkeys(("LOOKUP_LSOA", "LOOKUP_AREA", "LOOKUP_SHARE"), "LOOKUP"),
        "LOOKUP": "METHOD=lookup",
        "TOLERANCE": "METHOD=area_share|postcode_share",
        "MEASURE_FIT": "METHOD=centroid",
        "PACK": "METHOD=centroid|postcode_share",
    }
    NOT_WITH = dict.fromkeys(("METHOD", "TOLERANCE", "MEASURE_FIT", "PACK"), "AREA_FIELD")
    HELP = """
<p>Give the layer <i>need</i> and a layer of polygons in any reference system, a lookup table, or a field of the need
layer. The output has one row an area, none dropped: average score and rank, the share of LSOAs in the top 10 % and
20 %, extent, local concentration, people in hot spots and the neediest LSOA, for the whole and each dimension, each
with its rank among the areas (1 = highest need), and the number of LSOAs in each class.</p>
<p><b>How well it fits.</b> <i>population_split</i> is the share of an area's people who live in LSOAs that lie there
only in part; <i>lsoas_shared</i> counts LSOAs that other areas count as well. <i>boundary_note</i> says what was found:
no LSOA, no name, a polygon repaired, areas that overlap. The table of LSOAs shows which lie where, to what share.</p>
<p>average score = &Sigma; P s / &Sigma; P; average rank = &Sigma; P (N + 1 &minus; r) / &Sigma; P, with P = population,
s = score, r = rank, N = ranked LSOAs. Extent: population-weighted mean of 1 for the neediest tenth of LSOAs, falling
from 0.95 to 0.05 over percentiles 11 to 30. Local concentration: mean of N + 1 &minus; r over the neediest LSOAs that
hold exactly 10 % of the population.</p>
<p>Source: the summaries of the English Indices of Deprivation, whose published figures they reproduce.</p>
<p>Example: <code>qgis_process run hyperlocalneed:summarisebyarea -- INPUT='need.gpkg|layername=need' AREAS=wards.gpkg
CODE_FIELD=WD25CD NAME_FIELD=WD25NM METHOD=centroid OUTPUT=wards_need.gpkg</code></p>"""

    def initAlgorithm(self, configuration: Optional[Dict[str, Any]] = None) -> None:
        types = QgsProcessing.SourceType
        self.addParameter(QgsProcessingParameterFeatureSource("INPUT", "Need", [types.TypeVector]))
        self.addParameter(
            QgsProcessingParameterFeatureSource("AREAS", "Areas", [types.TypeVectorPolygon], optional=True)
        )
        self.addParameter(QgsProcessingParameterFeatureSource("LOOKUP", "Lookup", [types.TypeVector], optional=True))
        for name, title, parent, default, advanced in FIELDS:
            field = QgsProcessingParameterField(name, title, default, parent, optional=True)
            if advanced:
                field.setFlags(field.flags() | QgsProcessingParameterDefinition.Flag.FlagAdvanced)
            self.addParameter(field)
        for option in catalogue.step(self.STEP).options:
            self.addParameter(parameters_.from_option(option, advanced=option.name != "METHOD"))
        words = "Its live postcodes stand for where people live; needed for shares of postcodes."
        self.addParameter(parameters_.pack(words))
        self.addParameter(parameters_.methodology())
        self.addParameter(QgsProcessingParameterFeatureSink("OUTPUT", "Areas", types.TypeVector))
        self.addParameter(
            QgsProcessingParameterFeatureSink(
                "LSOAS", "LSOAs of each area", types.TypeVector, optional=True, createByDefault=False
            )
        )

    def compute(
        self, parameters: Dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> Dict[str, Any]:
        from ..areas import sinks
        from ..areas import summary as area_summary
        from ..style import result_style

        sources = [self.parameterAsSource(parameters, name, context) for name in ("INPUT", "AREAS", "LOOKUP")]
        settings = self._settings(parameters, context)
        summary = area_summary.summarise_areas(*sources, settings, context.transformContext(), sinks.reporter(feedback))
        for message in summary.messages:
            feedback.pushInfo(message)
        outputs = {"OUTPUT": summary.with_attributes(), "LSOAS": summary.members}
        written = sinks.write_outputs(
            self, outputs, parameters, context, feedback, geometries=summary.areas.geometries, crs=summary.areas.crs
        )
        dress = result_style.dress_areas(settings.methodology)
        result_style.when_loaded(context, written.get("OUTPUT", ""), "Areas", dress)
        return written

    def _settings(self, parameters: Dict[str, Any], context: QgsProcessingContext):
        from ...core import methodology
        from ..areas.summary import Settings

        options = parameters_.read_options(self, self.STEP, parameters, context)
        chosen = {name.lower(): self.parameterAsString(parameters, name, context) for name, *_ in FIELDS}
        pack = self.parameterAsFile(parameters, "PACK", context)
        path = self.parameterAsFile(parameters, "METHODOLOGY", context) or DEFAULT_METHODOLOGY
        return Settings(
            methodology=methodology.load(Path(path)),
            method=options["METHOD"],
            tolerance=options["TOLERANCE"],
            measure_fit=options["MEASURE_FIT"],
            pack=Path(pack) if pack else None,
            **chosen,
        )
