"""Pages that can go before a committee: an atlas of areas, reports, tables, and the paper's maps."""

from ...core.errors import OptionError
from ..runs import area_pages


def compute(values):
    if not values.read("VectorLayer", "INPUT") or not values.path("OUTPUT"):
        raise OptionError("INPUT, OUTPUT: give the need layer and a PDF to write.")
    labels, field = values.read("VectorLayer", "LABELS"), values.text("LABEL_FIELD") or ""
    if values.given("LABELS") and not (labels and labels.isSpatial() and field in ("", *labels.fields().names())):
        raise OptionError("LABELS, LABEL_FIELD: give a layer with shapes, and the field of its names.")
    settings = area_pages.Settings(
        **{name.lower(): values.text(name) or "" for name in ("CODE_FIELD", "NAME_FIELD", "AREA_FIELD")},
        method=values.option("METHOD", "summarisebyarea"),
        **values.settings(),
        only=values.names("ONLY"),
        pack=values.path("PACK"),
        methodology=values.path("METHODOLOGY"),
        labels=(labels, field),
    )
    return area_pages.make(values, settings)
