"""A list with postcodes, and the need of the place that each row is in."""

from ..runs import postcodes


def compute(values):
    scored, unmatched, words = postcodes.score_postcodes(
        values.source("INPUT"),
        values.source("NEED"),
        values.text("POSTCODE_FIELD"),
        values.path("PACK"),
        values.advance(0.9),
        live_only=values.option("LIVE_POSTCODES_ONLY"),
    )
    values.say(words)
    return values.write_frames({"OUTPUT": scored, "UNMATCHED": unmatched}, values.advance(0.1))
