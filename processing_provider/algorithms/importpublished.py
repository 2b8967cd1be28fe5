"""A file as its publisher ships it, made a clean table with its entry for a data pack."""

from __future__ import annotations

import json
from typing import Any, Dict

from qgis.core import QgsProcessingFeedback, QgsProcessingOutputNumber, QgsProcessingOutputString

from ...core.errors import OptionError
from .. import parameters as p
from ..base import NeedAlgorithm
from ..face import DEFAULT_METHODOLOGY
from ..step_base import Values


class ImportPublished(NeedAlgorithm):
    """Finds sheet, header, codes, geography and figures by itself; every guess is reported and can be overruled."""

    STEP = "importpublished"
    PAGE = "import.md#import-hyperlocalneedimportpublished"
    TAGS = ("excel", "xlsx", "ods", "csv", "spreadsheet", "census", "nomis", "stat-xplore", "own data")

    def definitions(self):
        tables = "Tables (*.xlsx *.ods *.csv *.tsv *.txt *.zip *.gz *.xls);;All files (*)"
        names = "Any file of the same areas with codes and names, for a file that has names alone."
        return [
            p.file_in("INPUT", "Published file", tables),
            p.text("INDICATOR", "Indicator (id)", "Empty: told by the catalogue of sources."),
            p.pack("Its lookups tell which geography and year the codes are of, and names of areas."),
            p.file_in("NAMES", "Table of codes and names", words=names, optional=True),
            *p.options(self.STEP, advanced=True, shown=("SHEET", "VALUE_COLUMNS", "GEOGRAPHY")),
            p.methodology(),
            p.file_out("OUTPUT", "Clean table", "CSV files (*.csv)"),
            p.file_out("ENTRY", "Guesses and pack entry", "JSON files (*.json)", optional=True),
        ]

    def initAlgorithm(self, configuration=None) -> None:
        super().initAlgorithm(configuration)
        self.addOutput(QgsProcessingOutputString("GUESSES", "Guesses (JSON)"))
        self.addOutput(QgsProcessingOutputString("WARNINGS", "What to look at, a line each"))
        self.addOutput(QgsProcessingOutputString("GEOGRAPHY", "Geography"))
        self.addOutput(QgsProcessingOutputNumber("AREAS", "Number of areas"))

    def compute(self, parameters, context, feedback):
        from ..runs import importing as import_run

        values = Values(self, parameters, context, feedback)
        output, entry = values.path("OUTPUT"), values.path("ENTRY")
        if output.suffix.lower() != ".csv":
            raise OptionError(f"OUTPUT: '{output.name}' must be a table (.csv).")
        request = import_run.Request(
            file=values.path("INPUT"),
            output=output,
            entry=entry,
            options=values.options(),
            indicator=values.text("INDICATOR") or "",
            pack=values.path("PACK"),
            names=values.path("NAMES"),
            methodology=values.path("METHODOLOGY") or DEFAULT_METHODOLOGY,
        )
        imported = import_run.run(request, values.advance(1.0), context.project())
        self._tell(imported.guesses, feedback)
        given = {
            "OUTPUT": str(output),
            "ENTRY": str(entry or ""),
            "GUESSES": json.dumps(imported.guesses, ensure_ascii=False),
            "GEOGRAPHY": str(imported.guesses.get("geography", "")),
            "AREAS": len(imported.table),
            "WARNINGS": "\n".join(imported.guesses["warnings"]),
        }
        return {name: value for name, value in given.items() if value != ""}

    def _tell(self, guesses: Dict[str, Any], feedback: QgsProcessingFeedback) -> None:
        """What was found, in a few lines."""
        if guesses["kind"] == "areas":
            covered = f"{guesses['areas']:,} of {guesses['areas_there_are']:,} areas of {guesses['geography']}"
            feedback.pushInfo(
                f"{covered} ({guesses['vintage']['reason']}); sheet '{guesses['sheet']}', header in row "
                f"{', '.join(map(str, guesses['header_rows'])) or 'none'}."
            )
        for name, entry in guesses["entries"].items():
            feedback.pushInfo(f"Entry for {name}: {json.dumps(entry, ensure_ascii=False)}")
        for warning in guesses["warnings"]:
            feedback.pushWarning(warning)
