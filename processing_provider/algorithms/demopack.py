"""The demonstration: the data pack of an invented country."""

from __future__ import annotations

from .. import parameters as p
from ..base import NeedAlgorithm
from ..step_base import Values


class DemoPack(NeedAlgorithm):
    """Makes a pack to try everything with where no data is at hand."""

    STEP = "demopack"
    PAGE = "dock.md#data"
    TAGS = ("demonstration", "example", "test data")

    def definitions(self):
        return [*p.options(self.STEP), p.folder_out("OUTPUT", "Folder of the pack")]

    def compute(self, parameters, context, feedback):
        from ..runs import demo as demo_pack

        values = Values(self, parameters, context, feedback)
        options, folder = values.options(), values.path("OUTPUT")
        demo_pack.write(folder, options["AREAS"], options["SEED"], feedback, options["LOW_COVERAGE_INDICATOR"])
        return {"OUTPUT": str(folder)}
