"""A result beside another, or beside any layer with a rank of the same areas."""

from ..runs import findings


def compute(values):
    return findings.compare(values)
