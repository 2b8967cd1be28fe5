"""Which file of a folder of downloads holds what, by the catalogue of sources."""

from ..runs import importing


def compute(values):
    files = importing.identify_folder(values.path("FOLDER"), values.path("PACK"), values.advance(0.9))
    return values.write_frames({"OUTPUT": files}, values.advance(0.1))
