"""Steps 1 to 9 in memory, from a data pack to styled layers, tables, maps and a report."""

from ..runs import index


def compute(values):
    output = values.geopackage("OUTPUT")
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
