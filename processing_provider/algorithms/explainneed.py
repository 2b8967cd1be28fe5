"""Why every area of a result has its score: contributions that add up, effective weights, and needs that meet."""

from ..runs import findings


def compute(values):
    return findings.explain(values)
