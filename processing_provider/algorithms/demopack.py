"""The demonstration: the data pack of an invented country."""

from __future__ import annotations

from .. import parameters as p
from ..base import NeedAlgorithm
from ..step_base import Values


class DemoPack(NeedAlgorithm):
    """Makes a pack to try everything with where no data is at hand."""

    STEP = "demopack"
    TAGS = ("demonstration", "example", "test data")
    HELP = """
<p>Draws an invented country from a seed: LSOAs, Output Areas of two censuses, districts and regions that nest,
postcodes, residents, and all indicators at the geographies in which they are published. Need is planted in the counts
alone, so that the index has to find it. The same seed and size give the same figures.</p>
<p>The figures are as awkward as published ones: some names are very long; energy figures are withheld where few homes
have a certificate, incomes of a few MSOAs are absent, and in one LSOA more households are fuel poor than live
there. So by default <i>Compute the index</i> leaves some areas without a rank; MISSING=district fills their gaps. An
indicator that covers one district only, which it refuses, can be asked for.</p>
<p>The full size (33,755 areas, about 1.4 million postcodes) takes about a minute; 600 areas take a few seconds.</p>
<p>The result is a folder with <code>pack.json</code>: give it to <i>Compute the index</i>.</p>
<p>Example: <code>qgis_process run hyperlocalneed:demopack -- AREAS=600 SEED=7 OUTPUT=demo</code></p>"""

    def definitions(self):
        return [*p.options(self.STEP), p.folder_out("OUTPUT", "Folder of the pack")]

    def compute(self, parameters, context, feedback):
        from ..runs import demo as demo_pack

        values = Values(self, parameters, context, feedback)
        options, folder = values.options(), values.path("OUTPUT")
        demo_pack.write(folder, options["AREAS"], options["SEED"], feedback, options["LOW_COVERAGE_INDICATOR"])
        return {"OUTPUT": str(folder)}
