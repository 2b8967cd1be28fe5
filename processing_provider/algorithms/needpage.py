"""One web page of a council or region that anybody can open: map, search, sentences and table."""

from ..runs import place_pages


def compute(values):
    report = values.advance(1.0)
    report(0.0, "reading the result")
    result, places, pack = values.result(stages=False), values.names("AREA", ";"), values.path("PACK")
    return values.write_frames({"OUTPUT": place_pages.page_of(result, places, pack, report.part(0.9))}, report)
