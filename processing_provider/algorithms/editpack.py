"""A data pack with other indicators than before."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, Optional

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterFile,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterMultipleLayers,
)

from ...core import catalogue
from ...core.errors import Cancelled, OptionError
from .. import parameters as parameters_
from ..base import DEFAULT_METHODOLOGY, NeedAlgorithm


class EditPack(NeedAlgorithm):
    """Adds, replaces and takes out indicators, and checks the whole."""

    STEP = "editpack"
    TAGS = ("pack", "own indicator", "replace", "zip")
    ONLY_WITH = dict.fromkeys(("PARENT", "TITLE", "DIRECTION", "SHRINKAGE", "METHODOLOGY"), "METHODOLOGY_OUT")
    HELP = """
<p>Takes the entries that <i>Import a published file</i> has written (ENTRY), with their tables, and writes a new pack
with them: a zip where OUTPUT ends in .zip, else a folder. The pack that you start from stays as it is.</p>
<p>An entry whose id is in the pack replaces what stands there. Whether columns are there, hold numbers, and no code
stands twice is checked before anything is moved into place. An entry may be mended by hand before: the JSON file's
part <code>entries</code> is what goes into <code>pack.json</code>.</p>
<p><b>Own indicators.</b> Those that the methodology does not know enter the measure only with a methodology of your
own: METHODOLOGY_OUT writes one, with the indicators under PARENT, by DIRECTION and SHRINKAGE. Give it to <i>Compute the
index</i> with the new pack.</p>
<p>Example: <code>qgis_process run hyperlocalneed:editpack -- PACK=england/pack.json ADD=fuel.json
OUTPUT=mine.zip</code></p>"""

    def initAlgorithm(self, configuration: Optional[Dict[str, Any]] = None) -> None:
        pack = QgsProcessingParameterFile("PACK", "Data pack (folder, its pack.json, or zip)")
        pack.setFileFilter("Data packs (pack.json *.zip);;All files (*)")
        self.addParameter(pack)
        add = QgsProcessingParameterMultipleLayers(
            "ADD", "Entries to add or replace", QgsProcessing.SourceType.TypeFile, optional=True
        )
        add.setHelp("JSON files written by Import a published file.")
        self.addParameter(add)
        self.addParameter(parameters_.text("REMOVE", "Indicators to take out", "Ids, parted by commas."))
        self.addParameter(
            QgsProcessingParameterFileDestination(
                "OUTPUT", "New pack (.zip, or the name of a folder)", "Zips (*.zip);;Folders (*)"
            )
        )
        for option in catalogue.step(self.STEP).options:
            self.addParameter(parameters_.from_option(option, advanced=True))
        self.addParameter(parameters_.methodology())
        self.addParameter(
            QgsProcessingParameterFileDestination(
                "METHODOLOGY_OUT",
                "Methodology with the own indicators",
                "JSON files (*.json)",
                optional=True,
                createByDefault=False,
            )
        )

    def compute(
        self, parameters: Dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> Dict[str, Any]:
        from ..runs import edit_pack as pack_edit

        def report(fraction: float, text: str = "") -> None:
            if feedback.isCanceled():
                raise Cancelled("Cancelled; nothing was written.")
            feedback.setProgress(100.0 * fraction)
            feedback.setProgressText(text)

        entries = [Path(path) for path in self.parameterAsFileList(parameters, "ADD", context) if path]
        given = self.parameterAsString(parameters, "REMOVE", context)
        remove = [name.strip() for name in given.split(",") if name.strip()]
        if not entries and not remove:
            raise OptionError("ADD, REMOVE: give an entry to add, or the id of an indicator to take out.")
        target = Path(self.parameterAsFileOutput(parameters, "OUTPUT", context))
        pack = Path(self.parameterAsFile(parameters, "PACK", context))
        method = self.parameterAsFileOutput(parameters, "METHODOLOGY_OUT", context)
        own = self._own(parameters, context, Path(method)) if method else None
        changed = pack_edit.run(pack, target, entries, remove, report, own)
        for what, names in changed.items():
            if names:
                feedback.pushInfo(f"{what}: {', '.join(names)}")
        return {"OUTPUT": str(target), **({"METHODOLOGY_OUT": method} if method else {})}

    def _own(self, parameters: Dict[str, Any], context: QgsProcessingContext, output: Path):
        """What becomes of indicators that the methodology does not know."""
        from ..runs import edit_pack as pack_edit

        options = parameters_.read_options(self, self.STEP, parameters, context)
        source = self.parameterAsFile(parameters, "METHODOLOGY", context) or DEFAULT_METHODOLOGY
        return pack_edit.Own(
            Path(source), output, options["PARENT"], options["DIRECTION"], options["SHRINKAGE"], options["TITLE"]
        )
