"""Step 2: every indicator of a table described and flagged, before and after what was done to it, and a report."""

from ..runs import quality
from ..values import WRITING


def compute(values):
    told, page = quality.run(values)
    return values.write_frames({"OUTPUT": told, "REPORT": page}, values.advance(WRITING))
