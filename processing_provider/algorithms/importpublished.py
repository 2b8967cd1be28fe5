"""A file as its publisher ships it, made a clean table with its entry for a data pack."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, Optional

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterFile,
    QgsProcessingParameterFileDestination,
)

from ...core import catalogue
from ...core.errors import Cancelled, OptionError
from .. import parameters as parameters_
from ..base import DEFAULT_METHODOLOGY, NeedAlgorithm


class ImportPublished(NeedAlgorithm):
    """Finds sheet, header, codes, geography and figures by itself; every guess is told and can be overruled."""

    STEP = "importpublished"
    TAGS = ("excel", "xlsx", "ods", "csv", "spreadsheet", "census", "nomis", "stat-xplore", "own data")
    HELP = """
<p>Reads XLSX, ODS, CSV, TSV, their gzips and zips, and old XLS. It looks for the sheet with the finest areas, the
header (also of several rows), the column of codes, the geography and its year, and every column of figures.</p>
<p>Thousands separators, blanks, %, &pound; and footnote marks are taken away; suppression marks (such as [x], c, .. or
&lt;5) and bands (1 to 4) become empty cells and are counted. Notes, totals and areas of other levels or countries are
left out and counted. Files with names of areas alone need PACK, or NAMES: a table of the same areas with codes
and names.</p>
<p>Long tables (a row for each area and year) become one row an area. Formulas are never computed, links never
followed.</p>
<p>OUTPUT is the clean table; ENTRY holds every guess and the entries for <code>pack.json</code>, which
<i>Edit a data pack</i> takes. The guesses are also returned as the text GUESSES (JSON), and what to look at as
WARNINGS. The file itself is never changed.</p>
<p>Example: <code>qgis_process run hyperlocalneed:importpublished -- INPUT=fuel_poverty_2022.xlsx OUTPUT=fuel.csv
ENTRY=fuel.json</code></p>"""

    def initAlgorithm(self, configuration: Optional[Dict[str, Any]] = None) -> None:
        published = QgsProcessingParameterFile("INPUT", "Published file")
        published.setFileFilter("Tables (*.xlsx *.ods *.csv *.tsv *.txt *.zip *.gz *.xls);;All files (*)")
        self.addParameter(published)
        self.addParameter(parameters_.text("INDICATOR", "Indicator (id)", "Empty: told by the catalogue of sources."))
        self.addParameter(
            parameters_.pack("Its lookups tell which geography and year the codes are of, and names of areas.")
        )
        names = QgsProcessingParameterFile("NAMES", "Table of codes and names", optional=True)
        names.setHelp("Any file of the same areas with codes and names, for a file that has names alone.")
        self.addParameter(names)
        for option in catalogue.step(self.STEP).options:
            self.addParameter(
                parameters_.from_option(option, advanced=option.name not in ("SHEET", "VALUE_COLUMNS", "GEOGRAPHY"))
            )
        self.addParameter(parameters_.methodology())
        self.addParameter(QgsProcessingParameterFileDestination("OUTPUT", "Clean table", "CSV files (*.csv)"))
        self.addParameter(
            QgsProcessingParameterFileDestination(
                "ENTRY", "Guesses and pack entry", "JSON files (*.json)", optional=True, createByDefault=False
            )
        )
        self.addOutput(QgsProcessingOutputString("GUESSES", "Guesses (JSON)"))
        self.addOutput(QgsProcessingOutputString("WARNINGS", "What to look at, a line each"))
        self.addOutput(QgsProcessingOutputString("GEOGRAPHY", "Geography"))
        self.addOutput(QgsProcessingOutputNumber("AREAS", "Number of areas"))

    def compute(
        self, parameters: Dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> Dict[str, Any]:
        from ..runs import importing as import_run

        output = Path(self.parameterAsFileOutput(parameters, "OUTPUT", context))
        if output.suffix.lower() != ".csv":
            raise OptionError(f"OUTPUT: '{output.name}' must be a table (.csv).")
        entry = self.parameterAsFileOutput(parameters, "ENTRY", context)

        def optional(name: str) -> Optional[Path]:
            given = self.parameterAsFile(parameters, name, context)
            return Path(given) if given else None

        def report(fraction: float, text: str = "") -> None:
            if feedback.isCanceled():
                raise Cancelled("Cancelled; nothing was written.")
            feedback.setProgress(100.0 * fraction)
            if text:
                feedback.setProgressText(text)

        request = import_run.Request(
            file=Path(self.parameterAsFile(parameters, "INPUT", context)),
            output=output,
            entry=Path(entry) if entry else None,
            options=parameters_.read_options(self, self.STEP, parameters, context),
            indicator=self.parameterAsString(parameters, "INDICATOR", context).strip(),
            pack=optional("PACK"),
            names=optional("NAMES"),
            methodology=optional("METHODOLOGY") or DEFAULT_METHODOLOGY,
        )
        imported = import_run.run(request, report, context.project())
        self._tell(imported.guesses, feedback)
        given = {"OUTPUT": str(output), "ENTRY": entry, "GUESSES": json.dumps(imported.guesses, ensure_ascii=False)}
        given.update(GEOGRAPHY=str(imported.guesses.get("geography", "")), AREAS=len(imported.table))
        given["WARNINGS"] = "\n".join(imported.guesses["warnings"])
        return {name: value for name, value in given.items() if value != ""}

    def _tell(self, guesses: Dict[str, Any], feedback: QgsProcessingFeedback) -> None:
        """What was found, in a few lines."""
        if guesses["kind"] == "areas":
            feedback.pushInfo(
                f"{guesses['areas']:,} areas of {guesses['geography']} ({guesses['vintage']['reason']}); "
                f"sheet '{guesses['sheet']}', header in row {', '.join(map(str, guesses['header_rows'])) or 'none'}."
            )
            feedback.pushInfo(
                f"Left out: {guesses['rows_without_area']:,} rows without an area; "
                f"{guesses['rows_of_other_areas'] or 'none'} of other areas."
            )
        for name, entry in guesses["entries"].items():
            feedback.pushInfo(f"Entry for {name}: {json.dumps(entry, ensure_ascii=False)}")
        for warning in guesses["warnings"]:
            feedback.pushWarning(warning)
