"""How sure the ranks of a finished result are: chances of being a hot spot, and intervals of ranks."""

from ..runs import findings


def compute(values):
    return findings.certainty(values)
