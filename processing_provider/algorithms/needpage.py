"""One web page of a council or region that anybody can open: map, search, sentences and table."""

from ..runs import place_pages


def compute(values):
    report, result = values.read_result(stages=False)
    places, pack = values.names("AREA", ";"), values.path("PACK")
    return values.write_frames({"OUTPUT": place_pages.page_of(result, places, pack, report.part(0.9))}, report)
