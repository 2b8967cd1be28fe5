"""Step 2 as an algorithm: a table of quality, and a report to look through."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Optional, Sequence

from qgis.core import QgsWkbTypes

from .. import parameters as p
from ..base import NeedAlgorithm
from ..step_base import Values


class QualityAssurance(NeedAlgorithm):
    """Describes and flags every indicator of a table, before and after what was done to it."""

    STEP = "qualityassurance"
    TAGS = ("histogram", "distribution", "zeros", "outliers", "correlation", "step 2")
    ONLY_WITH = {"AREAS": "REPORT"}
    NOT_WITH = {"METHODOLOGY": "FIELDS"}

    def definitions(self):
        shrunk = "A table with the column id_shrunk of each id, by code."
        return [
            p.table("INPUT", "Indicators", "Any layer or table, a row an area."),
            p.fields("FIELDS", "Fields", "Fields to look at, instead of the methodology's columns."),
            p.field("CODE_FIELD", "Field of area codes", "Empty: area_code or LSOA21CD, where it is there."),
            p.table("SHRUNK", "Values after shrinkage", shrunk, optional=True),
            p.pack("Adds the figures as published, and sums in and out."),
            p.polygons("AREAS", "Areas for the small maps", "Polygons with the same field of codes."),
            *p.options(self.STEP, advanced=True),
            p.methodology(),
            p.sink("Quality"),
            p.file_out("REPORT", "Quality report", "HTML files (*.html)", optional=True),
        ]

    def compute(self, parameters, context, feedback):
        from ..io import about, destination
        from ..io.feature_table import FeatureTable
        from ..runs import quality as quality_run

        values = Values(self, parameters, context, feedback)
        methodology = values.scope_methodology()
        code = values.text("CODE_FIELD")
        figures = quality_run.read_figures(values.table("INPUT", 0.3), values.fields(), methodology, code)
        shrunk = values.optional_table("SHRUNK")
        with values.pack() if values.given("PACK") else nullcontext() as pack:
            told = quality_run.assess(
                figures,
                methodology=None if values.fields() else methodology,
                pack=pack,
                shrunk=None if shrunk is None else quality_run.read_shrunk(shrunk, figures, code),
                options=values.options(),
            )
            entries = pack.entries if pack is not None else {}
            titles = told.table["title"]
            origins = [f"{titles[name]}: {one.source}" for name, one in entries.items() if name in titles.index]
        for name, row in told.table.iterrows():
            if row["flags"]:
                feedback.pushWarning(f"{row['title']} ({name}): {row['flags']}.")
        report, table = values.path("REPORT"), FeatureTable.of_frame("quality", told.table)
        with destination.writing(context.project(), about.finisher(self, parameters, context)) as writer:
            if report:
                credits_ = [*origins, *about.of_run(self, parameters, context).credits()]
                self._write_report(writer.file(report), told, figures, values, code, credits_)
            result = {"OUTPUT": values.write("OUTPUT", table, told.table.iloc[:, :0], writer=writer)}
        return {**result, "REPORT": str(report)} if report else result

    @staticmethod
    def _write_report(path: Path, told, figures, values, code: Optional[str], credits_: Sequence[str]) -> None:
        """The report, with a map beside each histogram where there are polygons."""
        from ...core.texts import find_name
        from ..reports.quality_report import write_quality_report
        from ..reports.small_charts import Ground
        from ..runs import quality as quality_run

        source = values.source("AREAS" if values.given("AREAS") else "INPUT")
        ground = None
        if QgsWkbTypes.geometryType(source.wkbType()) not in (
            QgsWkbTypes.GeometryType.NullGeometry,
            QgsWkbTypes.GeometryType.UnknownGeometry,
        ):
            names = filter(None, (code, *quality_run.CODE_FIELDS))
            key = next((name for name in names if find_name(name, source.fields().names(), "AREAS")), None)
            ground = Ground.of_points(*quality_run.points(source, key, list(figures.values.index), values.advance(0.1)))
        methodology = values.scope_methodology()
        write_quality_report(
            told, figures.values, path, methodology=methodology, ground=ground, names=figures.names, credits_=credits_
        )
