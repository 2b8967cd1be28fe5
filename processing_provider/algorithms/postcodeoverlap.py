"""Step 1's overlap table: postcodes are located in the polygons of two sets of areas, and each pair counted."""

from ..runs import overlap, point_overlap
from ..values import READING, WRITING


def compute(values):
    live_only = values.option("LIVE_POSTCODES_ONLY")
    if values.given("INPUT"):
        pairs, notes = point_overlap.count(values, live_only=live_only)
        values.tell(notes)
    else:
        with values.pack() as pack:
            pairs = overlap.make(pack, values.advance(READING), live_only=live_only)
    return values.write_frames({"OUTPUT": pairs.set_index("source")}, values.advance(WRITING))
