"""Steps 1 to 9 in memory, from a data pack to styled layers, tables, maps and a report."""

from ...core.indicators import REPORT_DISTRICT
from ..runs import index


def compute(values):
    choices = values.settings()
    choices.update(left_out=values.names("LEAVE_OUT"), universe=values.names("UNIVERSE", ";"))
    choices.update({name.lower(): values.text(name) or REPORT_DISTRICT for name in ("REPORT_BY", "SHRINK_BY")})
    settings = index.Settings(
        pack=values.path("PACK"),
        output=values.geopackage("OUTPUT"),
        methodology=values.methodology_path(),
        stages=choices.pop("stages"),
        choices=choices,
        report=values.path("REPORT"),
        folder=values.path("FOLDER"),
    )
    index.compute(settings, values.feedback, values.context.project())
    return {"OUTPUT": str(settings.output), **values.paths("REPORT", "FOLDER")}
