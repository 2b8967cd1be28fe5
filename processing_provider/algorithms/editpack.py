"""A data pack with other indicators than before."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsProcessing, QgsProcessingParameterMultipleLayers

from ...core.errors import OptionError
from .. import parameters as p
from ..base import NeedAlgorithm
from ..face import DEFAULT_METHODOLOGY
from ..step_base import Values


class EditPack(NeedAlgorithm):
    """Adds, replaces and takes out indicators, and checks the whole."""

    STEP = "editpack"
    PAGE = "import.md#put-it-into-a-pack-hyperlocalneededitpack"
    TAGS = ("pack", "own indicator", "replace", "zip")
    ONLY_WITH = dict.fromkeys(("PARENT", "TITLE", "DIRECTION", "SHRINKAGE", "METHODOLOGY"), "METHODOLOGY_OUT")

    def definitions(self):
        files = QgsProcessing.SourceType.TypeFile
        add = QgsProcessingParameterMultipleLayers("ADD", "Entries to add or replace", files, optional=True)
        add.setHelp("JSON files written by Import a published file.")
        zips, json_files = "Zips (*.zip);;Folders (*)", "JSON files (*.json)"
        return [
            p.pack(optional=False),
            add,
            p.text("REMOVE", "Indicators to take out", "Ids, parted by commas."),
            p.file_out("OUTPUT", "New pack (.zip, or the name of a folder)", zips),
            *p.options(self.STEP, advanced=True),
            p.methodology(),
            p.file_out("METHODOLOGY_OUT", "Methodology with the own indicators", json_files, optional=True),
        ]

    def compute(self, parameters, context, feedback):
        from ..runs import edit_pack as pack_edit

        values = Values(self, parameters, context, feedback)
        entries = [Path(path) for path in self.parameterAsFileList(parameters, "ADD", context) if path]
        remove = values.names("REMOVE")
        if not entries and not remove:
            raise OptionError("ADD, REMOVE: give an entry to add, or the id of an indicator to take out.")
        target, method, own = values.path("OUTPUT"), values.path("METHODOLOGY_OUT"), None
        if method:
            # What becomes of indicators that the methodology does not know.
            options = {name.lower(): value for name, value in values.options().items()}
            own = pack_edit.Own(values.path("METHODOLOGY") or DEFAULT_METHODOLOGY, method, **options)
        changed = pack_edit.run(values.path("PACK"), target, entries, remove, values.advance(1.0), own)
        for what, names in changed.items():
            if names:
                feedback.pushInfo(f"{what}: {', '.join(names)}")
        return {"OUTPUT": str(target), **({"METHODOLOGY_OUT": str(method)} if method else {})}
