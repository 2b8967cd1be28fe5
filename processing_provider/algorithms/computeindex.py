"""Steps 1 to 9 in memory, from a data pack to styled layers, tables, maps and a report."""

from pathlib import Path

from ...core.errors import OptionError
from ..runs import index


def compute(values):
    output = Path(values.read("OutputLayer", "OUTPUT"))
    if output.suffix.lower() != ".gpkg":
        raise OptionError(f"OUTPUT: '{output.name}' must be a GeoPackage (.gpkg).")
    settings = index.Settings(
        pack=values.path("PACK"),
        output=output,
        methodology=values.methodology_path(),
        left_out=values.names("LEAVE_OUT"),
        universe=values.names("UNIVERSE", ";"),
        report_by=values.text("REPORT_BY") or "LTLA23",
        shrink_by=values.text("SHRINK_BY") or "LTLA23",
        report=values.path("REPORT"),
        folder=values.path("FOLDER"),
        **values.settings(),
    )
    index.compute(settings, values.feedback, values.context.project())
    return {"OUTPUT": str(output), **values.paths("REPORT", "FOLDER")}
