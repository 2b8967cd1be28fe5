"""A list with postcodes, and the need of the place that each row is in."""

from ..runs import postcodes


def compute(values):
    scored, unmatched, words = postcodes.score_postcodes(values)
    values.say(words)
    return values.write_frames({"OUTPUT": scored, "UNMATCHED": unmatched}, values.advance(0.1))
