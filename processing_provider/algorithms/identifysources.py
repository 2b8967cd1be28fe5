"""Which file of a folder of downloads holds what, by the catalogue of sources."""

from ..runs import importing


def compute(values):
    return values.write_frames({"OUTPUT": importing.identify_folder(values)}, values.advance(0.1))
